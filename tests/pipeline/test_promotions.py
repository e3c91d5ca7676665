"""Promotions from a merchant's sheet to the lists, the stock plan and the review."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlalchemy import select

from include.demand.panel_store import panel_as_of
from include.demand.promotion_plans import plan_versions
from include.pipeline.restock import tables_of
from include.replenishment.planning_data import plan_basis
from include.replenishment.promotions.promotion_figures import review, stock_plan
from include.replenishment.promotions.promotion_stock import by_supplier
from include.tasks.answers.sheet_reading import read_answers
from include.tasks.channels.file import FileChannel
from include.tasks.channels.parcel import Parcel
from include.tasks.sheets.promotion_sheet import write_sheet
from include.tasks.sheets.spreadsheet import write_xlsx
from include.warehouse import workspace
from include.warehouse.as_of import read_lines
from include.warehouse.books import read_frame
from include.warehouse.tables import quarantine
from include.warehouse.workspace import Keys
from include.words.texts import say
from tests.command_lines import storekeeper
from tests.list_sheets import codes_of
from tests.pipeline.plain_merchant import PlainDesk

main = storekeeper("promotions")

KEYS = Keys({"k": bytes(range(32))}, "k", b"c" * 32)
DAY = "2025-06-10"
HEADER = "活动名称,商家编码,店铺,开始日期,结束日期,活动价,折扣,预计倍数,活动库存,状态"
PLANNING: dict[str, Any] = {"review_period_days": 7, "default_lead_time_days": 5, "supplier_holidays": {}}


def after(days: int) -> str:
    return (pd.Timestamp(DAY) + timedelta(days=days)).strftime("%Y-%m-%d")


def desk(home: Path, with_report: bool = True) -> PlainDesk:
    made = PlainDesk.at(home, KEYS, replenishment=PLANNING)
    if not with_report:
        return made
    plan = {
        "name": "ops",
        "platform": "jushuitan",
        "source": {"path": f"{home}/exports/ops/{{day}}", "settle_seconds": 0},
        "reports": {"promotions": {"pattern": "活动计划*", "required": False}},
    }
    shops = [shop.model_dump(exclude_unset=True) for shop in made.workspace.merchant.shops]
    return PlainDesk.at(home, KEYS, replenishment=PLANNING, shops=[*shops, plan])


def plans(made: PlainDesk, day: str, *rows: str, name: str = "活动计划") -> None:
    folder = made.workspace.home / "exports" / "ops" / day
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8-sig")


def ten(_: int) -> int:
    return 10


def lives(
    made: PlainDesk, day: str, days: int = 1, sold: Callable[[int], int] = ten, others: tuple[str, ...] = ("B",)
) -> None:
    """`days` days up to `day`: A sells what `sold` says of each day's number after DAY, the others ten a day; 60 of
    each lie on the shelf, from supplier G1."""
    last = pd.Timestamp(day)
    rows = []
    for back in range(days):
        date = last - timedelta(days=back)
        for sku, units in {"A": sold((date - pd.Timestamp(DAY)).days), **dict.fromkeys(others, 10)}.items():
            rows += [
                f"{sku}{date:%m%d}{hour},{sku},{units // 5},20.00,{date:%Y-%m-%d} 1{hour}:00:00,b{hour}"
                for hour in range(5)
            ]
    made.gives(day, "sales", *rows)
    made.gives(day, "stock", *(f"{sku},60,0,w1" for sku in ("A", *others)))
    made.gives(day, "products", *(f"{sku},Tea {sku},tea,20.00,8.00,,G1,2024-01-01," for sku in ("A", *others)))
    made.live(day)


def means(made: PlainDesk, day: str, days: float = 14) -> dict[str, float]:
    protection = plan_basis(made.workspace, day).protection
    place = list(protection.spans).index(days)
    middle = protection.totals[:, place, list(protection.levels).index(0.5)]
    return dict(zip(protection.frame["sku"], middle.tolist(), strict=True))


def test_a_plan_reaches_the_forecast_of_its_sku_and_the_line_names_it(tmp_path: Path) -> None:
    # given 100 days of ten a day, and a plan that A sells three times as much for four days
    made = desk(tmp_path)
    plans(made, DAY, f"夏日,A,,{after(3)},{after(6)},15.00,,3倍,,已报名")
    lives(made, DAY, days=100)

    # then A's two weeks hold eight ordinary days more, and B's do not
    assert means(made, DAY) == pytest.approx({"A": 140 + 80, "B": 140})
    made.lists(DAY)
    lines = {line.payload["sku"]: line.payload for line in made.document("restock", DAY).lines}
    assert "promotion" in lines["A"]["reasons"].split()
    assert (
        f"夏日（{after(3)} 至 {after(6)}，活动价 15.00，预计销量为平日 3.0 倍，按活动计划所填）" in lines["A"]["why_zh"]
    )
    assert "expected to sell 3.0 times as much as ordinary days, as the plan says" in lines["A"]["why_en"]
    # of the 80, what the shelf turns away before an order is there is not ordered for
    assert 30 < lines["A"]["protection_demand"] - lines["B"]["protection_demand"] <= 80
    assert "promotion" not in lines["B"]["reasons"].split()


def test_without_the_report_and_without_a_plan_the_lists_are_the_same(tmp_path: Path) -> None:
    bare, other = desk(tmp_path / "bare", with_report=False), desk(tmp_path / "other")
    plans(other, DAY, f"很早以前,A,,{after(-700)},{after(-699)},15.00,,3倍,,已报名")
    for made in (bare, other):
        lives(made, DAY, days=100)
        made.lists(DAY)

    assert panel_as_of(bare.workspace, DAY).promotions is None
    assert bare.document("restock", DAY).tables == other.document("restock", DAY).tables == {}
    assert "promotion" not in bare.notes("restock", DAY).lower()
    told = [[line.payload for line in made.document("restock", DAY).lines] for made in (bare, other)]
    assert told[0] == told[1]
    assert len(told[0]) == 2


def test_rows_follow_the_newest_export_and_an_earlier_day_knows_what_was_planned_then(tmp_path: Path) -> None:
    # given a plan that is changed the next day (A later and for B no more), and called off the day after
    made = desk(tmp_path)
    plans(made, DAY, f"夏日,A,,{after(3)},{after(6)},,,3倍,,已报名", f"夏日,B,,{after(3)},{after(6)},,,2倍,,已报名",
          f"秋日,B,,{after(60)},{after(61)},,,2倍,,已报名")  # fmt: skip
    lives(made, DAY, days=100)
    first = means(made, DAY)
    plans(made, after(1), f"夏日,A,,{after(3)},{after(4)},,,3倍,,已报名")
    lives(made, after(1))
    plans(made, after(2), f"夏日,A,,{after(3)},{after(4)},,,3倍,,已取消")
    lives(made, after(2))

    assert means(made, after(1)) == pytest.approx({"A": 140 + 40, "B": 140})
    assert means(made, after(2)) == pytest.approx({"A": 140, "B": 140})
    # and the day before stays what it was, whatever came since
    assert means(made, DAY) == first == pytest.approx({"A": 140 + 80, "B": 140 + 40})
    # what the versions say of each day is what the books' own reading says
    versions = plan_versions(made.workspace, after(2))
    assert versions is not None
    for day in (DAY, after(1), after(2)):
        standing = versions[(versions["known_from"] <= day) & ~(versions["known_until"] <= day).fillna(False)]
        lines = read_lines(made.workspace.books, "promotions", day)
        keys = ["promotion", "sku", "first_day", "last_day"]
        planned = lines.loc[lines["status"] == "planned", keys]
        assert sorted(map(tuple, standing[keys].values)) == sorted(map(tuple, planned.values)), day


def test_a_row_that_cannot_be_read_keeps_the_last_whole_plan(tmp_path: Path) -> None:
    made = desk(tmp_path)
    good = f"夏日,B,,{after(3)},{after(6)},,,2倍,,已报名"
    plans(made, DAY, f"夏日,A,,{after(3)},{after(6)},,,3倍,,已报名", good)
    lives(made, DAY, days=100)
    plans(made, after(1), f"夏日,A,,{after(3)},{after(6)},,,50%,,已报名", good)
    lives(made, after(1))

    held = read_frame(made.workspace.books, select(quarantine))
    assert held["column_name"].tolist() == ["预计倍数"]
    assert "+50%" in held["expected"].iloc[0]
    assert means(made, after(1)) == pytest.approx({"A": 140 + 80, "B": 140 + 40})


def test_what_the_first_export_tells_of_the_past_was_planned_four_weeks_before(tmp_path: Path) -> None:
    made = desk(tmp_path)
    plans(
        made, DAY, f"春日,A,,{after(-40)},{after(-36)},15.00,,,,已结束", f"夏日,A,,{after(3)},{after(6)},,,3倍,,已报名"
    )
    lives(made, DAY, days=100)

    versions = plan_versions(made.workspace, DAY)

    assert versions is not None
    assert versions.set_index("promotion")["known_from"].to_dict() == {"春日": after(-68), "夏日": DAY}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> PlainDesk:
    """60 of each sku on the shelf and ten sold a day; 夏日 three times as many of A and B from the 15th to the 18th day
    on; 急 and 太急 within days; 明年 out of sight."""
    made = desk(tmp_path_factory.mktemp("planned"))
    days = f"{after(15)},{after(18)}"
    plans(made, DAY, f"夏日,A,,{days},15.00,,3倍,,已报名", f"夏日,B,,{days},,,3倍,30,已报名",
          f"明年,A,,{after(60)},{after(61)},,,2倍,,已报名", f"急,C,,{after(2)},{after(9)},,,5倍,,已报名",
          f"太急,D,,{after(1)},{after(3)},,,5倍,,已报名")  # fmt: skip
    lives(made, DAY, days=100, others=("B", "C", "D"))
    return made


def test_the_stock_plan_counts_back_from_the_promotion(planned: PlainDesk) -> None:
    lines = stock_plan(planned.workspace, DAY)
    summer = lines[lines["promotion"] == "夏日"]

    # then 140 before it, 120 in it; what no order of tomorrow can save is not ordered for
    assert sorted(lines["promotion"].unique()) == sorted(["夏日", "急", "太急"])
    line = summer.set_index("sku").loc["A"]
    assert line["days"] == 18
    assert line["demand_promotion"] / line["demand_before"] == pytest.approx(120 / 140, rel=0.01)
    assert 255 <= line["target"] <= 275
    assert line["need"] == line["target"] - line["lost"] - 60
    assert line["quantity"] == line["need"]
    assert line["cost_micros"] == 8_000_000 * line["quantity"]
    # five days of lead time: there on the fifteenth day if it is ordered on the tenth
    assert (line["order_by"], line["arrives_day"], bool(line["is_late"])) == (after(10), after(6), False)
    # B is limited to 30 pieces in the promotion, so that only its ordinary sales go on
    assert summer.set_index("sku").loc["B", "demand_promotion"] == pytest.approx(line["demand_promotion"] / 3, abs=1)
    suppliers = by_supplier(summer)
    assert suppliers["supplier"].tolist() == ["G1"]
    assert suppliers["cost_micros"].sum() == summer["cost_micros"].sum()


def test_an_order_that_comes_too_late_says_so(planned: PlainDesk) -> None:
    lines = stock_plan(planned.workspace, DAY).set_index("sku").loc[["C", "D"]]

    # ordered tomorrow it is there on the sixth day: after the first day of both, before the end of one
    assert lines["order_by"].isna().all()
    assert lines["is_late"].all()
    assert lines["can_come"].tolist() == [True, False]
    assert lines.loc["D", "quantity"] == 0
    assert lines.loc["C", "quantity"] > 0


def test_the_sheets_open_in_chinese_and_english_and_add_up(planned: PlainDesk) -> None:
    lines = stock_plan(planned.workspace, DAY)
    lines = lines[lines["promotion"] == "夏日"]

    for language, heading in (("zh", "最晚下单日"), ("en", "Order by")):
        content = write_sheet("plan", lines, by_supplier(lines), DAY, language, "CNY")
        assert content == write_sheet("plan", lines, by_supplier(lines), DAY, language, "CNY")
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book.worksheets[0]
        header = [cell.value for cell in sheet[3]]
        assert heading in header
        place = header.index("要订" if language == "zh" else "To order")
        units = [row[place] for row in sheet.iter_rows(min_row=4, values_only=True)]
        assert sum(units) == int(lines["quantity"].sum())
        assert len(book.worksheets) == 3


def test_whoever_gets_the_restock_list_gets_the_stock_plan_on_sheets_of_its_own(planned: PlainDesk) -> None:
    assert planned.lists(DAY)["restock"]["revision"] == planned.lists(DAY)["restock"]["revision"] == 1
    document = planned.document("restock", DAY)

    # what lacks, as the command tells it; what comes too late is told, too
    lines = stock_plan(planned.workspace, DAY)
    lacking = lines[(lines["need"] > 0) | (lines["lost"] > 0)]
    assert [row["quantity"] for row in document.tables["plan"]] == lacking["quantity"].tolist()
    assert {row["promotion"] for row in document.tables["plan"]} == {"夏日", "急", "太急"}
    units = int(lacking["quantity"].sum())
    assert sum(row["units"] for row in document.tables["suppliers"]) == units
    assert "review" not in document.tables
    assert f"还要订 {(lacking['quantity'] > 0).sum()} 行、{units} 件" in planned.notes("restock", DAY, "zh")
    assert f"ordered by {after(10)}" in planned.notes("restock", DAY)
    assert planned.document("transfer", DAY).tables == {}

    # and the sheet can be answered as ever
    for language, name in (("zh", "活动备货"), ("en", "Promotions ahead")):
        content = write_xlsx(Parcel("k" * 64, 1, 1, document), language)
        assert content == write_xlsx(Parcel("k" * 64, 1, 1, document), language)
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book[name]
        place = [cell.value for cell in sheet[3]].index("要订" if language == "zh" else "To order")
        assert sum(row[place] for row in sheet.iter_rows(min_row=4, values_only=True)) == units
        first = book.worksheets[0]
        header, places = codes_of(first)
        first.cell(header + 1, places["answer"], say(language, "list.state.accepted"))
        saved = io.BytesIO()
        book.save(saved)
        answers = read_answers(saved.getvalue())
        assert answers.problems == ()
        assert [answer.act.task_id for answer in answers.answers] == [document.lines[0].task_id]

    # a folder without workbooks has files of the same
    folder = planned.workspace.home / "plain"
    told = FileChannel("plain", str(folder), formats=("csv",)).send(Parcel("k" * 64, 1, 1, document), {})
    names = [f"活动备货_{DAY}.csv", f"活动备货按供应商_{DAY}.csv", f"补货_{DAY}.csv"]
    assert (told.state, sorted(path.name for path in folder.iterdir())) == ("sent", names)
    assert pd.read_csv(folder / names[0])["要订"].sum() == pd.read_csv(folder / names[1])["件数"].sum() == units


def test_the_sheets_call_suppliers_by_their_names() -> None:
    lines = {"promotion": "夏日", "shop": "", "lines": 1, "units": 2, "cost_micros": 3, "order_by": DAY, "late": 0}
    frame = pd.DataFrame({**lines, "supplier": ["G1", "G2"]})
    told = tables_of({"suppliers": frame}, pd.DataFrame({"supplier": ["G1", "G2"], "title": ["嘉禾", None]}))
    assert [row["supplier"] for row in told["suppliers"]] == ["嘉禾 G1", "G2"]


def test_the_review_goes_along_with_the_list_when_the_promotion_is_over(tmp_path: Path) -> None:
    made = desk(tmp_path)
    plans(made, DAY, f"夏日,A,,{after(3)},{after(6)},15.00,,3倍,,已报名")
    lives(made, DAY, days=100)
    for day in (5, 6, 7):
        lives(made, after(day), 100 + day, lambda number: 30 if 3 <= number <= 6 else 10)
        made.lists(after(day))

    told = [made.document("restock", after(day)).tables.get("review") for day in (5, 6, 7)]
    assert told[0] is None
    assert told[2] is None
    assert told[1] is not None
    assert [row["sku"] for row in told[1]] == ["A", ""]
    assert [row["sold"] for row in told[1]] == [120, 120]
    assert "活动复盘：夏日" in made.notes("restock", after(6), "zh")


def test_the_review_says_what_came_of_it_and_judges_no_unseen_day(tmp_path: Path) -> None:
    # given A three times as much for four days, and half as much on the five days after
    made = desk(tmp_path)
    plans(made, DAY, f"夏日,A,,{after(3)},{after(6)},15.00,,3倍,,已报名")
    lives(made, DAY, days=100)
    for day in (2, 4, 8, 21):
        lives(made, after(day), 100 + day, lambda number: 30 if 3 <= number <= 6 else 5 if 7 <= number <= 11 else 10)

    # while it runs only the days that are over are told
    running = review(made.workspace, after(4)).set_index("sku").loc["A"]
    assert (running["seen_days"], running["days"], running["sold"], running["stock_left"]) == (2, 4, 60, 60)
    assert pd.isna(running["forecast"])
    assert pd.isna(running["after"])
    # when it is over, all but the weeks after
    over = review(made.workspace, after(8)).set_index("sku").loc["A"]
    assert (over["sold"], over["after_seen_days"]) == (120, 2)
    assert over["forecast"] == pytest.approx(120, abs=2)
    assert pd.isna(over["net"])
    # and two weeks later what it took from them
    lines = review(made.workspace, after(21), since_days=28)
    whole = lines.set_index("sku").loc["A"]
    assert whole["ordinary"] == pytest.approx(40, abs=2)
    assert whole["lift"] == pytest.approx(3.0, abs=0.2)
    assert whole["lift_planned"] == pytest.approx(3.0, abs=0.01)
    assert whole["after"] == pytest.approx(-25, abs=8)
    assert whole["net"] == pytest.approx(whole["uplift"] + whole["before"] + whole["after"])
    assert whole["price_planned_micros"] == 15_000_000
    assert whole["price_paid_micros"] == 20_000_000
    assert whole["revenue_micros"] == 120 * 20_000_000
    assert whole["margin_micros"] == 120 * 12_000_000
    assert pd.isna(whole["stock_left"]), "nobody told the stock of its last day"
    assert lines["sku"].tolist() == ["A", ""]
    assert lines.iloc[1]["sold"] == 120


def test_the_commands_print_write_and_refuse(
    planned: PlainDesk, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = planned

    class Reading:
        def __enter__(self) -> Any:
            return made.workspace

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(workspace, "workspace_for_reading", lambda given: Reading())
    out = tmp_path / "sheets"

    assert main(["plan", "--day", DAY, "--promotion", "夏日", "--out", str(out), "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "Order by" in said
    assert [path.name for path in out.iterdir()] == [f"promotion_plan_夏日_{DAY}.xlsx"]
    assert main(["plan", "--day", DAY, "--promotion", "夏日节"]) == 1
    assert "did you mean 夏日?" in capsys.readouterr().err
    assert main(["review", "--day", after(40)]) == 1
    assert "is not closed" in capsys.readouterr().err
    assert main(["review", "--day", DAY]) == 0
    assert "没有活动" in capsys.readouterr().out
