"""Targets on the desk: what is shown, to whom, and what is said when a landing leaves its target."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from include.settings.reviewing.targets import Targets
from include.warehouse.tables import closes, fact_versions, facts_sales
from tests.desk import conftest
from tests.desk.test_review import DAY, close, sale
from tests.reads import reads_of

LAST = date(2025, 11, 11)
TARGETS = Targets(paid={"2025-11": Decimal(24_000)}, shops={"jd": {"2025-11": Decimal(3_000)}}, owner="王经理")


@pytest.fixture
def sold(listed: Engine) -> Engine:
    """A year and more of 300 a day in tmall and 100 in jd."""
    days = [(LAST - timedelta(days=back)).isoformat() for back in range(430)]
    rows = [sale(shop, day, "A", 1, each) for shop, each in (("tmall", 300), ("jd", 100)) for day in days]
    versions = [
        {"fact": "sales", "shop": one["shop"], "day": one["day"], "as_of": DAY, "content_hash": "0" * 64, "rows": 1}
        for one in rows
    ]
    with listed.begin() as books:
        books.execute(insert(closes), [close(DAY)])
        books.execute(insert(facts_sales), rows)
        books.execute(insert(fact_versions), versions)
    return listed


@pytest.fixture
def stated(sold: Engine, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A desk of a merchant with these targets."""
    usual = conftest.merchant_with

    def of(targets: Targets = TARGETS, **settings: Any) -> Any:
        monkeypatch.setattr(
            conftest, "merchant_with", lambda *a, **more: usual(*a, **more).model_copy(update={"targets": targets})
        )
        return conftest.desk_on(sold, tmp_path, **settings)

    return of


def rows_of(client: Any, part: str = "targets", **asked: str) -> dict[str, list[str]]:
    answer = client.get(f"/review/targets/file/{part}", params=asked)
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    return {"": rows[0], **{row[0]: row[1:] for row in rows[1:]}}


def test_a_month_stands_where_it_can_be_reckoned_by_hand(stated: Callable[..., Any]) -> None:
    client = stated().client_of()
    # target, done, completion, against plan, run rate, expected
    assert rows_of(client, shop="jd")["2025-11"][:6] == ["3000.00", "1100.00", "0.3667", "0.0", "3000.00", "3000.00"]
    whole = rows_of(client)["2025-11"]
    assert whole[:2] == ["24000.00", "4400.00"]
    assert whole[8] == "12000.00", "400 a day land at 12,000"
    assert whole[9] == "400.00"
    assert float(whole[10]) == pytest.approx(19_600 / 19, abs=0.01), "what is needed on each of 19 days"
    assert float(whole[11]) == pytest.approx(19_600 / 7_600 - 1, abs=0.001)
    tmall = rows_of(client, shop="tmall")["2025-11"]
    assert tmall[0] == "21000.00", "what jd leaves"
    week = rows_of(client)
    assert "2025-W46" in week, "a week is split from its month"
    assert "2025" not in week, "nothing is stated for the other months"


def test_a_landing_that_leaves_its_target_names_figures_and_a_person(stated: Callable[..., Any]) -> None:
    page = stated().client_of(language="en").get("/review/targets").text
    assert "Off target" in page
    assert "All shops, 2025-11: expected to land between" in page
    assert "below the target of ¥24,000; ¥12,000 are lacking" in page
    assert "For: 王经理" in page
    assert "JD, 2025-11" not in page, "jd lands on its target"
    calm = stated(Targets(paid={"2025-11": Decimal(12_000)})).client_of(language="en").get("/review/targets").text
    assert "Off target" not in calm


def test_days_of_the_period_add_up_and_are_drawn(stated: Callable[..., Any]) -> None:
    client = stated().client_of()
    days = rows_of(client, "days", kind="month")
    assert len(days) == 31
    assert days["2025-11-30"][1:] == ["", "24000.00", ""], "still to come"
    assert days["2025-11-11"][1::2] == ["400.00", "4400.00"]
    drawn = client.get("/review/targets/picture/month").json()
    rows = [one for rows in drawn["datasets"].values() for one in rows]
    assert max(one["value"] for one in rows if "low" not in one) == 24_000
    fan = [one for one in rows if "low" in one]
    assert len(fan) == 20
    assert all(one["low"] <= one["value"] <= one["high"] for one in fan)


def test_each_person_sees_their_shops(stated: Callable[..., Any]) -> None:
    scopes = {"小京": {"shops": ["jd"]}, "小清": {"categories": ["清洁"]}, "小南": {"warehouses": ["华南仓"]}}
    desk = stated(scopes=scopes)
    jd = desk.client_of("小京")
    assert rows_of(jd)["2025-11"][0] == "3000.00", "all of what is theirs"
    assert jd.get("/review/targets/file/targets?shop=tmall").status_code == 404
    assert "旗舰店" not in jd.get("/review/targets").text
    for name in ("小清", "小南"):
        assert 'class="empty"' in desk.client_of(name).get("/review/targets").text
        assert desk.client_of(name).get("/review/targets/picture/month").status_code == 404
    assert desk.client_of("路人", "nobody").get("/review/targets").status_code == 403


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_a_target_the_page_says_how_to_state_one(stated: Callable[..., Any], language: str) -> None:
    page = stated(Targets()).client_of(language=language).get("/review/targets").text
    assert "merchant.yaml" in page
    assert page.count('class="empty"') == 1


def test_a_day_whose_files_were_missing_is_not_taken_for_nothing(stated: Callable[..., Any], sold: Engine) -> None:
    with sold.begin() as books:
        books.execute(closes.update().values(missing_shops='["jd"]'))
    client = stated().client_of()
    assert rows_of(client, shop="jd")["2025-11"][1] == "", "one of its days is not known"
    assert rows_of(client, "days", shop="jd", kind="month")["2025-11-11"][1] == ""
    assert rows_of(client, shop="tmall")["2025-11"][1] == "3300.00"


def test_statements_are_few_and_remembered(stated: Callable[..., Any], sold: Engine) -> None:
    client = stated().client_of()
    with reads_of(sold) as found:
        client.get("/review/targets")
    assert sum(n for name, n in found.by_function.items() if name.startswith("kpi_sums")) == 4
    with reads_of(sold) as found:
        client.get("/review/targets?shop=jd")
    assert not any(name.startswith("kpi_sums") for name in found.by_function)
