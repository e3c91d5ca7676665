"""docs/dags.md is what scripts/dag_page.py writes from the Dag files."""

from typing import Any

import pytest

from scripts import dag_page


@pytest.fixture(scope="module")
def dags() -> list[dict[str, Any]]:
    return dag_page.parsed_dags()


def test_the_page_is_not_stale(dags: list[dict[str, Any]]) -> None:
    assert dag_page.PAGE.read_text(encoding="utf-8") == dag_page.page(dags), "run `make pages`"


def test_every_dag_stands_on_the_page_with_its_steps(dags: list[dict[str, Any]]) -> None:
    written = dag_page.page(dags)
    for dag in dags:
        assert f"### {dag['dag']}\n" in written
        assert dag["doc"].strip() in written


def test_schedules_are_told_in_words() -> None:
    daily = {"kind": "CronPartitionTimetable", "cron": "30 6 * * *", "time_zone": "Europe/London", "run_offset": -1}
    weekly = {"kind": "CronPartitionTimetable", "cron": "0 0 * * 1", "time_zone": "Asia/Shanghai", "run_offset": 0}
    either = {"kind": "", "assets": {"AssetAny": [{"AssetAll": ["shop_a", "shop_b"]}, "close_requested"]}}
    assert dag_page.in_words(daily) == "every day at 06:30 (Europe/London), for the day before"
    assert dag_page.in_words(weekly) == "every Monday at 00:00 (Asia/Shanghai), for that Monday"
    assert dag_page.in_words(either) == "for each day that has (`shop_a` and `shop_b`), or `close_requested`"
    watched = {"kind": "AssetTriggeredTimetable", "assets": {"AssetAll": ["handed_back"]}}
    assert dag_page.in_words(watched) == "whenever the watch tells of `handed_back`"
    assert dag_page.in_words({"kind": "", "cron": "*/10 * * * *", "time_zone": "UTC"}) == "every 10 minutes"
    assert dag_page.in_words({"kind": "", "cron": None}) == "by hand, with the day as partition key"


def test_a_clock_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match="no words for the cron"):
        dag_page.in_words({"kind": "", "cron": "5 */2 * * *", "time_zone": "UTC"})


def test_check_says_when_the_page_is_stale(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dags: list[dict[str, Any]]
) -> None:
    stale = tmp_path / "docs" / "dags.md"
    stale.parent.mkdir()
    stale.write_text("of last year", encoding="utf-8")
    monkeypatch.setattr(dag_page, "PAGE", stale)
    monkeypatch.setattr(dag_page, "parsed_dags", lambda: dags)
    assert dag_page.main(["--check"]) == 1
    assert "make pages" in capsys.readouterr().err
    assert dag_page.main([]) == 0
    assert dag_page.main(["--check"]) == 0
