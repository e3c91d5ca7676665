"""Books of three days in which much went wrong: 11-09 all well, 11-10 without jd, on 11-11 tmall was stopped."""

from itertools import count
from typing import Any

from sqlalchemy import Connection, insert

from include.pipeline.watching.alarms import Alarm
from include.tasks.canonical_json import canonical_json
from include.tasks.task_tables import outbox, task_lists
from include.warehouse.tables import alerts, closes, exports, quarantine, watch_marks

FIRST, SECOND, THIRD = "2025-11-09", "2025-11-10", "2025-11-11"
REASON = "a required column is missing: 总金额 <b>"


_numbers = count(1)


def export(shop: str, report: str, day: str, name: str, rows: int = 100, held: int = 0, stopped: str = "") -> Any:
    published = 0 if stopped else rows - held
    return {
        "export_id": f"{name}{day}", "export_number": next(_numbers), "shop": shop, "platform": shop, "report": report,
        "day": day,
        "content_hash": f"{name}{day}", "file_name": f"{name}.csv", "size_bytes": 1, "exported_at": f"{day} 23:00:00",
        "landed_at": f"{day} 23:30:00", "state": "stopped" if stopped else "published", "message": stopped or None,
        "rows_total": rows, "rows_published": published, "rows_quarantined": held, "rows_ignored": 0,
        "money_total_micros": 0, "money_published_micros": 0, "money_quarantined_micros": 0, "money_ignored_micros": 0,
    }  # fmt: skip


def live(connection: Connection, merchant: Any, lists: bool = True) -> None:
    """lists: restock and recall lists of each day, too."""
    for day in (FIRST, SECOND, THIRD):
        for shop in merchant.shops:
            if (shop.name, day) == ("jd", SECOND):
                continue
            for name, report in shop.reports.items():
                if not report.required:
                    continue
                for n in range(report.at_least):
                    stops = REASON if (shop.name, day) == ("tmall", THIRD) else ""
                    held = 7 if (shop.name, day) == ("douyin", FIRST) and not n else 0
                    connection.execute(
                        insert(exports), export(shop.name, name, day, f"{shop.name}-{name}-{n}", 100, held, stops)
                    )
        missing = {SECOND: '["jd"]', THIRD: '["tmall"]'}.get(day, "[]")
        connection.execute(
            insert(closes),
            {"day": day, "revision": 1, "closed_at": f"{day} 23:58:00", "missing_shops": missing,
             "inputs_hash": "0" * 64, "exports": 1, "touched": "{}"},
        )  # fmt: skip
        for kind in ("restock", "recall") if lists else ():
            own = f"{kind[:6]}{day}"
            connection.execute(
                insert(task_lists),
                {"list_id": own, "kind": kind, "day": day, "revision": 1, "edition": 1, "content_hash": "",
                 "lines": 1234, "document_hash": "", "document": b"", "stored_at": f"{day} 23:59:30"},
            )  # fmt: skip
            state = "unknown" if (kind, day) == ("recall", THIRD) else "sent"
            connection.execute(
                insert(outbox),
                {"delivery_key": own, "list_id": own, "channel": "desk", "kind": kind, "day": day, "state": state,
                 "withheld": "[]", "attempts": 1, "stored_at": f"{day} 23:59:30", "answer": ""},
            )  # fmt: skip
    connection.execute(
        insert(quarantine),
        {"export_id": f"douyin-orders-0{FIRST}", "file_line": 3, "number": 1, "frame": "orders", "expectation": "x"},
    )
    alarm = Alarm("ingest_tmall", "ingest", THIRD, "tmall", REASON, "https://airflow.example.com/dags/ingest_tmall")
    connection.execute(
        insert(alerts),
        {"alert_id": "a", "channel": "duty", "reason_hash": "r", "first_at": f"{THIRD} 23:40:00",
         "last_at": f"{THIRD} 23:50:00", "failures": 3, "told": 0, "state": "dead", "attempts": 6,
         "alarm": canonical_json(alarm.as_json()), "places": canonical_json([list(alarm.place)]),
         "answer": "2025-11-11 23:50:00 HTTP 404"},
    )  # fmt: skip
    connection.execute(
        insert(watch_marks),
        [{"name": "backup", "day": "2025-11-12", "at": "2025-11-12 00:05:00", "is_well": 1, "detail": ""},
         {"name": "audit", "day": "2025-11-12", "at": "2025-11-12 00:06:00", "is_well": 0, "detail": "a hash differs"}],
    )  # fmt: skip
