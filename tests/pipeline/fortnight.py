"""Two merchants' fortnights, lived through the steps of the day, and the digests of all that they leave.

    python -m tests.pipeline.fortnight specimen HOME [--trained]
    python -m tests.pipeline.fortnight online-retail HOME FILE [--trained]

lives the fortnight in HOME and writes its digests into fortnight.json. Lists are whole numbers and words, so a digest
is the same on every machine. Nothing is trained, since a model's last digits hang on the machine, and no hash of the
exports counts, since a workbook holds the time at which it was written. With --trained both do, and the digests are
printed instead, to hold two versions of the code against each other on one machine: exports that lie in HOME are lived
as they are, so copy them from the first home into the second.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from examples.online_retail_ii.convert import read, write_orders, write_warehouse
from include.pipeline.ingest import ingest_shop
from include.pipeline.train import train_churn
from include.pipeline.whole_day import close_day, ingest_shops, publish_lists
from include.settings.loading import load_merchant
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings
from include.tasks.document import Document, read_document, write_document
from include.tasks.publish_list import document_of
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.tables import FACT_TABLES, LINE_TABLES
from include.warehouse.workspace import Keys, Workspace
from tests.copies import new_workspace

KEPT = Path(__file__).with_name("fortnight.json")
EXAMPLES = Path(__file__).parents[2] / "examples"
DAYS, HISTORY_DAYS = 14, 90
LISTS = ("restock", "transfer", "chase", "excess", "recall")
OF_THE_CODE = ("code", "configuration")  # entries of a manifest that change with the code
OF_THE_RUN = (*OF_THE_CODE, "inputs_hash", "exports_of_the_day")
SPECIMEN_FIRST, RETAIL_FIRST = date(2025, 11, 1), date(2011, 10, 10)

Digests = dict[str, dict[str, str]]
"""By day: what it left -> its digest."""


def same_keys() -> Keys:
    vault, customers = (base64.b64encode(sha256(name).digest()).decode() for name in (b"vault", b"customers"))
    return Keys.from_mapping({"vault": {"k1": vault}, "vault_key_id": "k1", "customers": customers})


def specimen_fortnight(home: Path, days: int = DAYS, is_trained: bool = False) -> Digests:
    """Thirty skus in four shops and their ERP, over Double 11. days: of the fortnight, the first ones."""
    first = SPECIMEN_FIRST
    if not (home / "exports").exists():
        opening = first - timedelta(days=HISTORY_DAYS)
        business = Specimen(SpecimenSettings(seed=5, skus=30, first_day=opening, lines_per_sku_day=0.5))
        business.run_history(HISTORY_DAYS)
        business.write_history(home / "exports", first - timedelta(days=1))
        for number in range(days):
            day = first + timedelta(days=number)
            business.step(day)
            business.write_day(home / "exports", day)
    return _lived(home, "specimen", first, days, is_trained)


def online_retail_fortnight(home: Path, file: Path, is_trained: bool = False) -> Digests:
    """A fortnight of the real shop, with the ninety days before it."""
    first = RETAIL_FIRST
    lines = read(file)
    when = lines["InvoiceDate"].dt.date
    lines = lines[(when >= first - timedelta(days=HISTORY_DAYS)) & (when < first + timedelta(days=DAYS))]
    if not (home / "exports").exists():
        write_orders(lines, home / "exports", first, DAYS)
        write_warehouse(lines, home / "exports", first, DAYS)
    return _lived(home, "online_retail_ii", first, DAYS, is_trained)


def _lived(home: Path, example: str, first: date, days: int, is_trained: bool) -> Digests:
    merchant = load_merchant(EXAMPLES / example, home)
    workspace = new_workspace(merchant, merchant.books, same_keys(), home)
    digests: Digests = {}
    try:
        opening = first - timedelta(days=1)
        now = _morning_after(workspace, opening)
        for shop in merchant.shops:
            ingest_shop(workspace, shop.name, opening.isoformat(), now, history=True)
        close_day(workspace, opening.isoformat(), now, without_late_shops=True)
        if is_trained:
            train_churn(workspace, opening.isoformat(), say=lambda text: None)
        for number in range(days):
            day, now = (
                (first + timedelta(days=number)).isoformat(),
                _morning_after(workspace, first + timedelta(number)),
            )
            ingest_shops(workspace, day, now, {})
            close_day(workspace, day, now, without_late_shops=True)
            for step in ("restock", "recall"):
                publish_lists(workspace, day, now, step, replay=False, push=False)
            digests[day] = dict(_left_by(workspace, day, OF_THE_CODE if is_trained else OF_THE_RUN))
    finally:
        workspace.books.dispose()
    return digests


def _morning_after(workspace: Workspace, day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=ZoneInfo(workspace.merchant.time_zone)) + timedelta(days=1)


def _left_by(workspace: Workspace, day: str, left_out: Collection[str]) -> Iterator[tuple[str, str]]:
    """Every list with its manifest, without the entries `left_out`, and the books as of the day."""
    with workspace.books.connect() as connection:
        written = {kind: document_of(connection, kind, day) for kind in LISTS}
    for kind, text in written.items():
        if text is not None:
            document = read_document(text)
            yield kind, _digest([write_document(_without(document, left_out)).text])
            yield f"{kind} lines", str(len(document.lines))
    for name in FACT_TABLES:
        yield f"facts {name}", _digest(read_facts(workspace.books, name, day, first_day=day).to_csv(index=False))
    for name in LINE_TABLES:
        lines = read_lines(workspace.books, name, day)
        yield f"lines {name}", _digest(lines[lines["export_day"] == day].to_csv(index=False))


def _without(document: Document, left_out: Collection[str]) -> Document:
    manifest = {name: value for name, value in document.manifest.items() if name not in left_out}
    return Document(document.kind, document.day, document.lines, document.notes, document.held_back, manifest)


def _digest(text: str | Sequence[str]) -> str:
    return sha256("".join(text).encode()).hexdigest()[:16]


def main(words: Sequence[str]) -> None:
    is_trained = "--trained" in words
    name, home, *file = (word for word in words if word != "--trained")
    if name == "specimen":
        lived = specimen_fortnight(Path(home), is_trained=is_trained)
    else:
        lived = online_retail_fortnight(Path(home), Path(file[0]), is_trained)
    if is_trained:
        print(json.dumps(lived, indent=1))
    else:
        kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        KEPT.write_text(json.dumps({**kept, name: lived}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
