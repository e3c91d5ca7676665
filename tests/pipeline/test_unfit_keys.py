"""Keys that are not those of the raw files are told as keys: no file is called damaged, and no books are made."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.files.raw_store import UnfitKeysError
from include.pipeline.audit.stored_files import audit_files
from include.pipeline.recovery.rebuild import rebuild
from include.warehouse.publish import Landed
from include.warehouse.workspace import Keys, Workspace
from tests.pipeline.plain_merchant import merchant
from tests.warehouse.one_part import publish_export

DAY = "2026-05-12"
OWN, OTHER = Keys({"k1": bytes(32)}, "k1", bytes(32)), Keys({"k1": bytes([1]) * 32}, "k1", bytes(32))
LEDGER = {
    **dict.fromkeys(("rows_total", "rows_published", "rows_quarantined", "rows_ignored"), 0),
    **dict.fromkeys((f"money_{name}_micros" for name in ("total", "published", "quarantined", "ignored")), 0),
    "reasons": "{}",
}


def test_an_audit_and_a_rebuild_with_other_keys_say_so(books: Engine, tmp_path: Path) -> None:
    own = Workspace(merchant(tmp_path), books, OWN, tmp_path)
    for number in range(3):
        kept = own.raw_store().keep_chunks([b"a,b\n%d,2\n" % number])
        landed = Landed(
            "web", "declared", "sales", DAY, kept.digest, f"{number}.csv", 8, f"{DAY} 23:00:00", f"{DAY} 23:00:00"
        )
        publish_export(books, landed, {}, LEDGER, pd.DataFrame(), {"state": "published"})
    assert audit_files(own, DAY).findings == ()

    (found,) = audit_files(replace(own, keys=OTHER), DAY).findings
    assert found.check == "keys"
    assert "k1 are other keys under the same name; at hand: k1" in found.describe("en")
    assert "取保险柜里" in found.what_to_do("zh")
    into = tmp_path / "rebuilt.sqlite"
    with pytest.raises(UnfitKeysError, match="these keys do not fit"):
        rebuild(own.merchant, OTHER, tmp_path, f"sqlite:///{into}", None, {})
    assert not into.exists()
