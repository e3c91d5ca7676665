"""Looking back: figures that can be added up by hand, for each person what is theirs."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from include.tasks.by_hand.overrides import NewOverride, Score, keep_scores, set_override
from include.warehouse.tables import forecast_hits, plan_results, stock_health

DAY = "2025-11-11"


def hits(warehouse: str, category: str, sold: float, mean: float, error: float, weeks: int = 4) -> dict[str, Any]:
    return {"day": DAY, "weeks": weeks, "warehouse": warehouse, "category": category, "forecasts": 2, "unknown": 1,
            "sold": sold, "mean": mean, "error": error}  # fmt: skip


def health(warehouse: str, category: str, value: int, sales: int, in_stock: float, day: str = DAY) -> dict[str, Any]:
    """value and sales of 28 days in yuan; of 100 units' weight so many were in stock."""
    return {
        "day": day, "warehouse": warehouse, "category": category, "places": 3, "unknown_places": 1, "on_hand": 40,
        "uncosted": 0, "value_micros": value * 1_000_000, "cost_of_sales_micros": sales * 1_000_000, "weight": 100.0,
        "weight_in_stock": in_stock, "weight_unknown": 0.0, "excess_s_micros": 7_000_000, "excess_a_micros": 0,
        "excess_b_micros": 0, "excess_c_micros": 0,
    }  # fmt: skip


def result(kind: str, what: str, lines: int, units: int, money: int, place: str = "华东仓", day: str = DAY) -> Any:
    return {"day": day, "kind": kind, "what": what, "place": place, "category": "" if kind == "recall" else "保暖",
            "lines": lines, "units": units, "money_micros": money * 1_000_000}  # fmt: skip


@pytest.fixture
def stored(listed: Engine) -> Engine:
    """Figures of one night; east and south, two categories."""
    with listed.begin() as books:
        books.execute(
            insert(forecast_hits),
            [
                hits("华东仓", "保暖", 100, 120, 30),
                hits("华南仓", "保暖", 100, 80, 20),
                hits("华东仓", "", 50, 50, 10),
                hits("华东仓", "保暖", 1000, 500, 500, weeks=13),
            ],
        )
        books.execute(
            insert(stock_health),
            [
                health("华东仓", "保暖", 2800, 1400, 90),
                health("华南仓", "保暖", 200, 1400, 50),
                health("华东仓", "清洁", 500, 0, 100),
                health("华东仓", "保暖", 1400, 1400, 70, "2025-11-10"),
                health("华东仓", "保暖", 9999, 1400, 0, "2025-10-01"),  # more than four weeks ago
            ],
        )
        books.execute(
            insert(plan_results),
            [
                result("restock", "suggested", 10, 200, 1000),
                result("restock", "accepted", 6, 110, 600),
                result("restock", "accepted", -1, -10, -50, day="2025-11-10"),  # taken back
                result("restock", "done", 4, 80, 400),
                result("restock", "came", 1, 40, 180),
                result("restock", "saved", 1, 30, 96),
                result("restock", "missed", 2, 7, 21, "华南仓"),
                result("restock", "suggested", 5, 50, 100, "华南仓"),
                result("restock", "suggested", 99, 99, 99, day="2025-10-14"),  # the day before the four weeks
                result("recall", "suggested", 3, 0, 30, "jd"),
                result("recall", "suggested", 2, 0, 20, "tmall"),
            ],
        )
    return listed


def rows(client: Any, part: str, weeks: int = 4) -> list[list[str]]:
    """The table as its CSV file says it, without headings."""
    answer = client.get(f"/looking-back/file/{part}?weeks={weeks}")
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]


def test_bias_and_error_by_category_and_in_all(desk: Any, stored: Engine) -> None:
    found = rows(desk.client_of(), "accuracy")
    # 保暖: 200 said of 200 sold, 50 off; without a category: 50 of 50, 10 off. In all 250 of 250, 60 off.
    assert found == [
        ["保暖", "4", "2", "200.0", "200.0", "0.0", "0.25"],
        ["（未分类）", "2", "1", "50.0", "50.0", "0.0", "0.2"],
        ["合计", "6", "3", "250.0", "250.0", "0.0", "0.24"],
    ]
    assert rows(desk.client_of(), "accuracy", 13)[-1] == ["合计", "2", "1", "1000.0", "500.0", "-0.5", "0.5"]
    assert "−50.0%" in desk.client_of().get("/looking-back?weeks=13").text


def test_a_plan_is_followed_from_suggestion_to_goods(desk: Any, stored: Engine) -> None:
    found = {(row[0], row[1]): row[2:] for row in rows(desk.client_of(), "plan")}
    assert found["补货", "新建议"] == ["15", "250", "1100.00", ""]
    assert found["补货", "接受（含完成）"] == ["5", "100", "550.00", "0.3333"]
    assert found["补货", "拒绝"] == ["0", "0", "0.00", "0.0"]
    assert found["补货", "完成"] == ["4", "80", "400.00", "0.2667"]
    assert found["补货", "到货"] == ["1", "40", "180.00", "0.4"], "of the 100 accepted units"
    assert found["召回", "新建议"] == ["5", "", "50.00", ""]
    assert found["召回", "到货"] == ["", "", "", ""], "the books do not tell"
    assert found["补货", "因此多卖（毛利）"] == ["1", "30", "96.00", ""]
    assert found["补货", "没做而少卖（毛利）"] == ["2", "7", "21.00", ""]
    assert ("召回", "因此多卖（毛利）") not in found
    assert ("调拨", "新建议") not in found
    page = desk.client_of().get("/looking-back").text
    assert "照清单补的货多卖 30 件，毛利 ¥96；拒绝或没处理的行约少卖 7 件，毛利 ¥21" in page
    picture = desk.client_of().get("/looking-back/picture/plan?weeks=4").text
    assert "新建议" in picture
    assert "因此多卖" not in picture, "units sold are no lines of a list"


def test_stock_is_told_at_cost_with_turnover_and_availability(desk: Any, stored: Engine) -> None:
    found = {row[0]: row[1:] for row in rows(desk.client_of(), "health")}
    # 3000 yuan over 2800 / 28 a day; in stock (90 + 50 + 70) of 300, with the day before.
    assert found["保暖"] == ["80", "3000.00", "30.0", "0.7", "14.00", "0.00", "0.00", "0.00", "2", "0"]
    assert found["清洁"][:4] == ["40", "500.00", "", "1.0"], "nothing left the shelves: no turnover"
    assert found["合计"][:4] == ["120", "3500.00", "35.0", "0.775"]
    days = rows(desk.client_of(), "days")
    assert [row[:5] for row in days] == [
        ["2025-11-10", "0.7", "28.0", "1400.00", "7.00"],
        ["2025-11-11", "0.8", "35.0", "3500.00", "21.00"],
    ]
    weekly = rows(desk.client_of(), "days", 13)
    assert weekly[-1][:2] == ["2025-11-11", "0.775"], "the week up to that day"


def override(engine: Engine, name: str, warehouse: str, who: str, score: Score) -> None:
    asked = NewOverride("add", "sku", name, warehouse, "9", "2025-10-20", "2025-10-31", "直播")
    with engine.begin() as books:
        set_override(books, asked, who, datetime(2025, 10, 19, 9), "2025-10-19")
        keep_scores(books, [score])


def test_judgement_is_told_by_person_and_kind(listed: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    override(listed, "SKU003", "华南仓", "小李", Score(1, DAY, "2025-10-19", 2, 0, 70, 40, 80, 20, 110_000_000))
    override(listed, "SKU001", "华东仓", "小李", Score(2, DAY, "2025-10-19", 1, 0, 10, 10, 15, -5, -2_760_000))
    override(listed, "SKU001", "华东仓", "小王", Score(3, DAY, "2025-10-19", 1, 1, 0, 0, 0, 0, None))
    desk = make_desk_on(listed, tmp_path, scopes={"小南": {"warehouses": ["华南仓"]}})
    assert rows(desk.client_of(), "worth") == [
        ["小李", "销量：整段加减几件", "2", "0", "1", "15.0", "107.24"],
        ["小王", "销量：整段加减几件", "0", "1", "0", "0.0", ""],
        ["合计", "", "2", "1", "1", "15.0", "107.24"],
    ]
    assert rows(desk.client_of("小南"), "worth")[-1] == ["合计", "", "1", "0", "1", "20.0", "110.00"]


def test_each_person_sees_their_part(stored: Engine, tmp_path: Any, make_desk_on: Callable[..., Any]) -> None:
    scopes = {
        "小南": {"warehouses": ["华南仓"]},
        "小清": {"categories": ["清洁"]},
        "小京": {"shops": ["jd"]},
    }
    desk = make_desk_on(stored, tmp_path, scopes=scopes)
    south, cleaning = desk.client_of("小南"), desk.client_of("小清")
    assert rows(south, "accuracy")[-1][3:5] == ["100.0", "80.0"]
    assert {row[1]: row[2] for row in rows(south, "plan") if row[0] == "补货"}["新建议"] == "5"
    assert rows(south, "health")[-1][1:3] == ["40", "200.00"]
    assert rows(cleaning, "health")[-1][1:3] == ["40", "500.00"]
    assert cleaning.get("/looking-back/file/accuracy").status_code == 404
    recall = [row for row in rows(desk.client_of("小京"), "plan") if row[:2] == ["召回", "新建议"]]
    assert [row[2] for row in recall] == ["3"]
    assert "召回" not in {row[0] for row in rows(desk.client_of("小赵", "viewer"), "plan")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_as_of_when_and_what_to_do_if_there_is_nothing(desk: Any, listed: Engine, language: str) -> None:
    page = desk.client_of(language=language).get("/looking-back")
    assert page.status_code == 200
    assert page.text.count('class="empty"') == 1
    assert {"zh": "今晚的补货跑完", "en": "restock has run"}[language] in page.text
    with listed.begin() as books:
        books.execute(insert(stock_health), health("华东仓", "保暖", 1, 0, 0))
    page = desk.client_of(language=language).get("/looking-back")
    assert page.text.count('class="empty"') == 3, "forecasts, plan and judgement each say what to do"


def test_charts_stand_beside_their_tables(desk: Any, stored: Engine) -> None:
    client = desk.client_of(language="en")
    page = client.get("/looking-back?weeks=13").text
    assert "as of the close of 2025-11-11" in page
    charts = re.findall(r'data-picture="([^"]+)"', page)
    assert len(charts) == 5, "none of overrides, of which there are none"
    for address in charts:
        drawn = client.get(address)
        assert drawn.status_code == 200, address
        assert drawn.json()["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
        assert sum(len(one) for one in drawn.json()["datasets"].values()) > 0
    told = json.dumps(client.get("/looking-back/picture/accuracy?weeks=13").json(), ensure_ascii=False)
    assert "保暖" in told
    assert client.get("/looking-back/picture/nonsense").status_code == 404
    assert client.get("/looking-back/file/nonsense").status_code == 404
