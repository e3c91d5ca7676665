"""What the tests of the day keep of a check is what the check says."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from include.quality.check_export import ExportCheck, check_facts
from tests.kept_checks import KeptChecks, kept_checks
from tests.quality.conftest import CHECKED_AT, DAY

_MOMENT = re.compile(r"\d{8}T\d{6}\.\d{6}Z")  # of the machine's clock, which a document tells


class Counted(KeptChecks):
    """kept: how many checks were not known before."""

    kept = 0

    def keep(self, key: str, content: bytes) -> bytes:
        self.kept += 1
        return super().keep(key, content)


@pytest.fixture
def check(frame: Callable, context: Callable) -> Callable[..., list[tuple]]:
    """An export of three orders with one broken cell, and facts; what came of them."""

    def checked(total: int = -5) -> list[tuple]:
        orders = frame("orders", 3)
        orders.loc[1, "total_micros"] = total
        of_export = ExportCheck(context(3))
        part, whole = of_export.part({"orders": orders}, None), of_export.whole(3, 60_000_000)
        verdicts = [part, whole, check_facts("facts_demand", frame("facts_demand", 3), DAY, DAY, CHECKED_AT)]
        return [(v.frames, v.quarantined, v.ignored, v.warnings, v.failures, v.results) for v in verdicts]

    return checked


def assert_same(one: object, other: object) -> None:
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    else:
        assert _MOMENT.sub("", str(one)) == _MOMENT.sub("", str(other))
        assert type(one) is type(other)


def test_a_kept_check_says_what_the_check_says(check: Callable, tmp_path: Path) -> None:
    plain = check()
    assert len(plain[0][1]) > 0, "a row is held back"
    mine = Counted(tmp_path / "kept")
    with kept_checks(mine):
        assert_same(plain, check())
        judged = mine.kept
        assert judged == 3
        assert_same(plain, check())
        assert mine.kept == judged, "judged once"
        assert_same(check(total=-6)[2], plain[2])
        assert mine.kept == judged + 1, "other rows are judged anew"
    of_another_worker = Counted(tmp_path / "kept")
    with kept_checks(of_another_worker):
        assert_same(plain, check())
    assert of_another_worker.kept == 0
    assert_same(plain, check())
