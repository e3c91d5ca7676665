"""Whatever is changed behind the books' back is found by the audit, and nothing else is."""

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from include.demand.forecaster.config import DemandConfig
from include.demand.forecaster.model import DemandModel
from include.facts.compute import hash_facts_again
from include.pipeline.audit.finding import Looked
from include.pipeline.audit.stored_facts import audit_facts, audit_one_day, day_of
from include.pipeline.audit.stored_lines import audit_lines
from include.pipeline.audit.stored_lists import audit_lists
from include.pipeline.audit.whole_audit import ROUND, Audit, audit, of_tonight, parts_of
from include.pipeline.train import newest_list
from include.tasks.canonical_json import content_hash
from include.tasks.document import pack, unpack
from include.tasks.task_tables import task_events, task_lists, tasks
from include.warehouse.migrate import migrate, revision_of
from include.warehouse.model_registry import register
from include.warehouse.tables import (
    closes,
    exports,
    fact_versions,
    facts_demand,
    facts_stock,
    order_lines,
    orders,
    quarantine,
    stock,
    watch_marks,
)
from include.warehouse.workspace import Keys
from tests.command_lines import EXAMPLE, storekeeper

NOW = datetime(2025, 11, 2, 8)
Tamper = Callable[[Connection], None]


def first_export(connection: Connection, report: str = "orders") -> Any:
    query = select(exports.c.export_id).where(exports.c.report == report, exports.c.state == "published")
    return connection.scalar(query.order_by(exports.c.export_id).limit(1))


def more_rows(*names: str) -> Tamper:
    def tamper(connection: Connection) -> None:
        values = {name: exports.c[name] + 1 for name in names}
        connection.execute(update(exports).where(exports.c.export_id == first_export(connection)).values(**values))

    return tamper


def export_deleted(connection: Connection) -> None:
    connection.execute(delete(exports).where(exports.c.export_id == first_export(connection)))


def one_row(table: Any) -> Any:
    keys = list(table.primary_key.columns)
    return lambda connection: [
        column == value
        for column, value in zip(keys, connection.execute(select(*keys).order_by(*keys).limit(1)).one(), strict=True)
    ]


def deleted(table: Any) -> Tamper:
    return lambda connection: connection.execute(delete(table).where(*one_row(table)(connection)))  # type: ignore[return-value]


def changed(table: Any, **values: Any) -> Tamper:
    return lambda connection: connection.execute(  # type: ignore[return-value]
        update(table).where(*one_row(table)(connection)).values(**values)
    )


def partition_deleted(connection: Connection) -> None:
    shop, day, as_of = connection.execute(
        select(facts_stock.c.shop, facts_stock.c.day, facts_stock.c.as_of).limit(1)
    ).one()
    where = (facts_stock.c.shop == shop, facts_stock.c.day == day, facts_stock.c.as_of == as_of)
    connection.execute(delete(facts_stock).where(*where))


def last_event_deleted(connection: Connection) -> None:
    last = connection.scalar(select(func.max(task_events.c.seq)))
    connection.execute(delete(task_events).where(task_events.c.seq == last))


def quarantined(connection: Connection) -> None:
    row = {"export_id": first_export(connection), "file_line": 7, "number": 0, "frame": "orders", "expectation": "x"}
    connection.execute(insert(quarantine).values(**row))


def payload_and_its_hash(connection: Connection) -> None:
    row = connection.execute(select(tasks).where(tasks.c.kind == "restock").limit(1)).one()
    payload = row.payload.replace('"quantity":', '"quantity":9')
    values = {"payload": payload, "payload_hash": content_hash(payload)}
    connection.execute(update(tasks).where(tasks.c.task_id == row.task_id).values(**values))


def document_changed(connection: Connection) -> None:
    row = connection.execute(select(task_lists).where(task_lists.c.kind == "restock").limit(1)).one()
    text = unpack(row.document).replace('"quantity":', '"quantity":9', 1)
    connection.execute(update(task_lists).where(task_lists.c.list_id == row.list_id).values(document=pack(text)))


TAMPERED: dict[str, tuple[Tamper, str]] = {
    "a count of rows": (more_rows("rows_published"), "ledger_unbalanced"),
    "two counts of rows together": (more_rows("rows_published", "rows_total"), "rows_differ"),
    "two sums of money together": (more_rows("money_published_micros", "money_total_micros"), "inputs_differ"),
    "an export's own row": (export_deleted, "export_gone"),
    "a line deleted": (deleted(order_lines), "lines_changed"),
    "an order's money": (changed(orders, total_micros=1), "lines_changed"),
    "a stock row": (changed(stock, on_hand=987_654), "lines_changed"),
    "a fact": (changed(facts_demand, units=987_654), "fact_changed"),
    "a partition of facts": (partition_deleted, "fact_gone"),
    "a version of facts": (deleted(fact_versions), "fact_without_version"),
    "a quarantined row": (quarantined, "quarantine_differs"),
    "what a close knew": (changed(closes, inputs_hash="0" * 64), "inputs_differ"),
    "who did it": (changed(task_events, who="somebody else"), "task_log_broken"),
    "what was said": (changed(task_events, data='{"x":1}'), "task_log_broken"),
    "the end of the log": (last_event_deleted, "task_log_broken"),
    "a task's state": (changed(tasks, state="done"), "task_off_the_log"),
    "a task's content": (changed(tasks, payload='{"quantity":1}'), "task_changed"),
    "a task's content and its hash": (payload_and_its_hash, "task_not_of_its_list"),
    "a task's answer": (changed(tasks, answer='{"quantity":1}'), "answer_changed"),
    "a list": (document_changed, "document_changed"),
    "a list's bytes": (changed(task_lists, document=b"no list"), "document_damaged"),
}
# The part of the audit that finds it, so that each case need not look at everything.
PARTS: dict[str, Callable[[Any], Looked]] = {
    **dict.fromkeys(("ledger", "rows", "export", "lines", "quarantine"), audit_lines),
    **dict.fromkeys(("inputs", "fact"), audit_facts),
    **dict.fromkeys(("task", "answer", "document"), audit_lists),
}


@pytest.fixture
def desk(first_day: Path, desk_at: Callable[[Path], Any]) -> Any:
    return desk_at(first_day)


def test_books_that_nobody_touched_are_clean(desk: Any) -> None:
    found = audit(desk.workspace, NOW)
    assert found.findings == ()
    assert found.page("zh").endswith("没有发现问题。")
    assert found.counts["exports_read"] == found.counts["exports"] > 20
    assert min(found.counts.values()) > 0, "it has looked at something of each kind"


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_changed_is_found_and_told_with_what_to_do(desk: Any, what: str) -> None:
    tamper, check = TAMPERED[what]
    with desk.workspace.books.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        tamper(connection)
    look = PARTS[check.split("_")[0]]
    found = Audit(look(desk.workspace).findings, {})
    assert check in {one.check for one in found.findings}
    for language in ("zh", "en"):
        page = found.page(language)
        told = next(one for one in found.findings if one.check == check)
        assert told.describe(language) in page
        assert told.what_to_do(language) in page


def test_a_fact_that_its_lines_do_not_make_is_found_though_its_hash_was_changed_too(desk: Any) -> None:
    with desk.workspace.books.begin() as connection:
        row = connection.execute(select(facts_demand).order_by(facts_demand.c.day.desc()).limit(1)).one()
        mine = (facts_demand.c.day == row.day, facts_demand.c.shop == row.shop)
        connection.execute(update(facts_demand).where(*mine).values(units=987_654))
        places = connection.execute(select(facts_demand.c.as_of).where(*mine).distinct()).scalars().all()
        hash_facts_again(connection, "demand", [(row.shop, row.day, as_of) for as_of in places])
        days = sorted(set(connection.scalars(select(fact_versions.c.day))))
    seed = next(one for one in map(str, range(2_000)) if day_of(one, days) == row.day)
    assert {one.check for one in audit_one_day(desk.workspace, seed).findings} == {"fact_not_computed"}
    with desk.workspace.books.connect() as connection:
        kept = connection.scalars(select(facts_demand.c.units).where(*mine).distinct()).all()
    assert kept == [987_654], "an audit changes nothing"


def test_raw_files_and_models_that_were_damaged_are_found(desk: Any) -> None:
    folder = desk.home / "saved"
    DemandModel(DemandConfig(), kind="rule", note="x").save(folder)
    model, _ = register(desk.workspace, "demand", "2025-10-31", folder, {}, True, newest_list(desk.workspace))
    assert audit(desk.workspace, NOW).findings == ()
    damaged, gone, *_ = sorted((desk.home / "raw").rglob("*.sealed"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    gone.unlink()
    note = sorted((desk.home / "raw" / "landings").iterdir())[0]
    note.write_bytes(note.read_bytes()[:-1])
    card = next(path for path in (Path(desk.workspace.merchant.models) / model).rglob("*") if path.is_file())
    card.write_bytes(card.read_bytes() + b" ")
    assert sorted(one.check for one in audit(desk.workspace, NOW).findings) == [
        "model_damaged", "note_damaged", "raw_damaged", "raw_gone",
    ]  # fmt: skip


def test_a_night_reads_a_part_and_all_nights_read_all(desk: Any) -> None:
    with desk.workspace.books.connect() as connection:
        every = set(connection.scalars(select(exports.c.export_id)))
        old = set(connection.scalars(select(exports.c.export_id).where(exports.c.day < "2025-10-31")))
    later = [datetime.fromordinal(date(2026, 3, 1).toordinal() + night) for night in range(ROUND)]
    nights = [of_tonight(desk.workspace, now) for now in later]
    assert set().union(*nights) == every
    assert max(len(night) for night in nights) < len(every) / 2
    assert every - old <= of_tonight(desk.workspace, NOW), "what came lately is read every night"
    assert len(list(parts_of(desk.workspace, NOW, is_nightly=True))) == 5


def test_the_command_ends_with_one_if_something_is_wrong(
    desk: Any, keys: Keys, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = {name: base64.b64encode(key).decode() for name, key in keys.vault.items()}
    said = {"vault": vault, "vault_key_id": keys.vault_key_id, "customers": base64.b64encode(keys.customers).decode()}
    monkeypatch.setenv("STOREKEEPER_KEYS", json.dumps(said))
    run, place = storekeeper("audit"), ["--merchant", str(EXAMPLE), "--home", str(desk.home)]
    assert run(place, lambda zone: NOW) == 0
    assert "没有发现问题" in capsys.readouterr().out
    with desk.workspace.books.begin() as connection:
        connection.execute(update(tasks).values(state="done"))
    assert marked_of(desk) == [("2025-11-02", 1)]
    assert run([*place, "--nightly"], lambda zone: NOW) == 1
    assert "storekeeper tasks show" in capsys.readouterr().out
    assert marked_of(desk) == [("2025-11-02", 0)], "status tells what came of it"
    # Books of another release are refused: a command that looks upgrades nothing.
    migrate(desk.workspace.books, "0019")
    assert run(place, lambda zone: NOW) == 1
    assert "storekeeper migrate" in capsys.readouterr().err
    assert revision_of(desk.workspace.books) == "0019"


def marked_of(desk: Any) -> list[tuple[str, int]]:
    c = watch_marks.c
    with desk.workspace.books.connect() as connection:
        rows = connection.execute(select(c.day, c.is_well).where(c.name == "audit"))
        return [(row.day, row.is_well) for row in rows]
