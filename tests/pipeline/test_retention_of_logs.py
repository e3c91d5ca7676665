"""Logs and Data Docs end with their age, and nothing else does."""

import os
from datetime import datetime
from pathlib import Path

from include.pipeline.retention import retire_logs
from include.pipeline.upkeep import retire_raw_files
from tests.pipeline.erp_merchant import DAY, SHANGHAI, ErpMerchant, day_of


def aged(path: Path, day: str) -> Path:
    """A file, and the folders above it, that were last written on a day."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("said\n", encoding="utf-8")
    at = datetime.fromisoformat(f"{day} 12:00:00").replace(tzinfo=SHANGHAI).timestamp()
    for one in (path, path.parent, path.parent.parent):
        os.utime(one, (at, at))
    return path


def test_airflow_s_old_logs_go_and_what_is_not_airflow_s_stays(tmp_path: Path) -> None:
    shop = ErpMerchant.at(tmp_path / "home", retention={"logs": 30})
    logs = tmp_path / "logs"
    outside = aged(tmp_path / "elsewhere" / "kept.log", day_of(-400))
    kept = [
        aged(logs / "dag_id=restock" / "run_id=2" / "attempt=1.log", day_of(-30)),
        aged(logs / "dag_id=push" / "run_id=1" / "attempt=2.log", DAY),
        aged(logs / "scheduler.log", day_of(-400)),
        aged(logs / "accounts" / "ours.txt", day_of(-400)),
    ]
    old = [
        aged(logs / "dag_id=restock" / "run_id=1" / "attempt=1.log", day_of(-31)),
        aged(logs / "dag_processor" / "2026-01-01" / "ingest.py.log", day_of(-60)),
        aged(logs / "dag_id=push" / "run_id=1" / "attempt=1.log", day_of(-31)),
    ]
    os.utime(logs / "dag_id=push" / "run_id=1", None)
    (logs / "dag_processor" / "latest").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert retire_logs(shop.workspace, logs, DAY) == {"logs_removed": len(old)}
    assert [path for path in (*kept, outside) if not path.exists()] == []
    assert [path for path in old if path.exists()] == []
    assert not (logs / "dag_id=restock" / "run_id=1").exists(), "an empty folder goes, too"
    shop.workspace.books.dispose()


def test_data_docs_have_an_age_of_their_own(tmp_path: Path) -> None:
    shop = ErpMerchant.at(tmp_path / "home", retention={"data_docs": 30})
    docs = Path(shop.workspace.merchant.data_docs)
    for day in (day_of(-31), day_of(-30)):
        aged(docs / day / "index.html", day)
        aged(docs / "results" / day / "export" / "orders.json", day)
    assert retire_raw_files(shop.workspace, DAY)["docs_removed"] == 1
    assert sorted(path.name for path in docs.iterdir()) == [day_of(-30), "results"]
    assert [path.name for path in (docs / "results").iterdir()] == [day_of(-30)]
    shop.workspace.books.dispose()
