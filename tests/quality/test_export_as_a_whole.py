"""What is judged of an export as a whole: volume, money, age, overlap, the share of bad rows."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from include.quality.comparisons import keys_of
from include.quality.volume import Seen, export_measures, usual_weekday
from include.settings.checking import Checking
from tests.quality.one_part import check_frames

MONDAYS = ["2025-09-29", "2025-10-06", "2025-10-13", "2025-10-20", "2025-10-27"]


def ledgers(rows: int = 100, money: int = 1_000_000_000, days: list[str] | None = None) -> pd.DataFrame:
    days = days or MONDAYS
    return pd.DataFrame({"day": days, "rows_total": rows, "money_total_micros": money})


def measure(context, frames=None, quarantined: int = 0) -> dict:
    seen = Seen(quarantined_rows=quarantined)
    seen.add(frames or {})
    return export_measures(context, seen).iloc[0].to_dict()


def test_volume_is_compared_with_the_median_of_the_same_weekday(context) -> None:
    # given five Mondays of 100 rows and 1,000 yuan, and Tuesdays of 9
    history = pd.concat([ledgers(), ledgers(9, 9, ["2025-10-14", "2025-10-21", "2025-10-28"])])
    # when a Monday brings 50 rows and 600 yuan
    measures = measure(context(50, money_micros=600_000_000, history=history))
    assert measures["rows_against_usual"] == 0.5
    assert measures["money_against_usual"] == pytest.approx(0.6)
    assert measures["money_a_row_against_usual"] == pytest.approx(1.2)


def test_first_loads_and_short_histories_are_not_compared(context) -> None:
    for known in (
        {"history": ledgers(), "is_history": True},
        {"history": ledgers(days=MONDAYS[:2])},
        {"history": ledgers(), "event_days": set(MONDAYS[:3])},
        {"history": None},
    ):
        assert pd.isna(measure(context(1, **known))["rows_against_usual"]), known


def test_the_future_and_old_weeks_are_not_usual() -> None:
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range("2025-01-06", "2025-12-29", freq="7D")]
    usual = usual_weekday(ledgers(days=days), "2025-11-03", frozenset())
    assert (usual["day"].min(), usual["day"].max(), len(usual)) == ("2025-09-08", "2025-10-27", 8)


def test_an_export_cut_short_is_stopped(frame, context) -> None:
    verdict = check_frames({"orders": frame("orders", 10)}, context(10, history=ledgers(), money_micros=10**8))
    assert verdict.stopped
    assert verdict.frames == {}
    assert list(verdict.failures["column"]) == ["rows_against_usual"]
    assert "found 0.1, expected ≥ 0.5" in verdict.why_stopped()


def test_on_an_event_day_too_few_rows_stop_an_export_and_too_many_do_not(frame, context) -> None:
    event = {"history": ledgers(), "event_days": {"2025-11-03"}}
    few = check_frames({"orders": frame("orders", 40)}, context(40, money_micros=4 * 10**8, **event))
    assert list(few.failures["column"]) == ["rows_against_usual"]
    many = check_frames({"orders": frame("orders", 900)}, context(900, money_micros=9 * 10**9, **event))
    assert not many.stopped
    assert many.warnings.empty


def test_around_new_year_a_tenth_of_the_rows_is_enough(frame, context) -> None:
    slow = context(20, history=ledgers(), money_micros=2 * 10**8, slow_days={"2025-11-03"})
    assert not check_frames({"orders": frame("orders", 20)}, slow).stopped


def test_a_weekday_that_is_new_is_held_against_the_last_days(frame, context) -> None:
    # given a shop that is four days old, with 90 to 120 rows a day
    days = ["2025-10-30", "2025-10-31", "2025-11-01", "2025-11-02"]
    history = ledgers(days=days).assign(rows_total=[90, 100, 120, 110])
    # when its first Monday brings 40 rows, or 50
    assert measure(context(40, history=history))["rows_against_usual"] == pytest.approx(40 / 90)
    assert check_frames({"orders": frame("orders", 40)}, context(40, money_micros=4 * 10**8, history=history)).stopped
    assert not check_frames(
        {"orders": frame("orders", 50)}, context(50, money_micros=5 * 10**8, history=history)
    ).stopped


def test_few_rows_of_a_small_shop_are_chance(frame, context) -> None:
    # given nine rows a day: two come by chance, of a hundred not
    assert not check_frames(
        {"orders": frame("orders", 2)}, context(2, money_micros=2 * 10**8, history=ledgers(9))
    ).stopped


def test_a_file_that_was_delivered_before_and_one_whose_rows_are_old_are_noted(frame, context) -> None:
    orders, stock = frame("orders", 20), frame("stock", 20).assign(stock_day="2025-10-29")
    same = check_frames({"orders": orders}, context(20, same_file_day="2025-11-01"))
    assert same.warnings.set_index("title")["found"].to_dict() == {
        "The file is not that of an earlier day": "2025-11-01"
    }
    old = check_frames({"stock": stock}, context(20, report="stock"))
    assert old.warnings.set_index("title")["found"].to_dict() == {"The newest row speaks of a recent day": "5.0"}
    assert not same.stopped
    assert not old.stopped


def test_fen_for_yuan_is_stopped(frame, context) -> None:
    # given the usual 100 rows, a hundred times the money
    verdict = check_frames({"orders": frame("orders", 100)}, context(100, history=ledgers(), money_micros=10**11))
    assert list(verdict.failures["column"]) == ["money_a_row_against_usual"]
    assert "money_against_usual" in set(verdict.warnings["column"])


def test_a_withdrawal_among_money_movements_is_no_alarm(frame, context) -> None:
    # given the usual 100 rows, and a sum that a withdrawal has turned to a hundredth of the usual
    moved = {"money_movements": frame("money_movements", 100)}
    verdict = check_frames(moved, context(100, report="bill", history=ledgers(), money_micros=10**7))
    assert not verdict.stopped
    assert verdict.warnings.empty


def test_many_rows_are_noted_not_stopped(frame, context) -> None:
    verdict = check_frames({"orders": frame("orders", 190)}, context(190, history=ledgers(), money_micros=19 * 10**8))
    assert not verdict.stopped
    assert set(verdict.warnings["column"]) == {"rows_against_usual", "money_against_usual"}


@pytest.mark.parametrize(
    ("bad", "rows", "ceiling", "stopped"), [(11, 200, 0.05, True), (9, 150, 0.05, False), (30, 200, 0.2, False)]
)
def test_too_many_quarantined_rows_stop_the_export(bad, rows, ceiling, stopped, frame, context) -> None:
    lines = frame("order_lines", rows)
    lines.loc[: bad - 1, "quantity"] = 0
    verdict = check_frames({"order_lines": lines}, context(rows, limits=Checking(quarantine_ceiling=ceiling)))
    assert verdict.stopped is stopped
    assert len(verdict.quarantined) == bad


def test_one_bad_row_of_a_small_export_does_not_stop_it_but_all_bad_do(context) -> None:
    assert measure(context(5), quarantined=1)["quarantined_share"] == 0
    assert measure(context(5), quarantined=5)["quarantined_share"] == 1
    assert measure(context(0))["quarantined_share"] == 0


def test_an_old_export_is_stopped_and_an_early_one_noted(frame, context) -> None:
    orders = frame("orders", 20)
    old = orders.assign(
        created_at=orders["created_at"] - pd.Timedelta(days=4), paid_at=orders["paid_at"] - pd.Timedelta(days=4)
    )
    verdict = check_frames({"orders": old}, context(20, exported_at=datetime(2025, 10, 30, 1)))
    assert set(verdict.failures["column"]) == {"newest_payment_age_days", "export_age_days"}
    # A name with a day and no time may name the day that the file is of: nothing is known of when it was taken.
    only_a_day = context(20, exported_at=datetime(2025, 11, 3))
    assert pd.isna(measure(only_a_day, {"orders": orders})["taken_after_the_day"])
    day_before = context(20, exported_at=datetime(2025, 11, 2))
    assert not measure(day_before, {"orders": orders})["taken_after_the_day"]
    early = check_frames({"orders": orders}, context(20, exported_at=datetime(2025, 11, 3, 22)))
    assert not early.stopped
    assert list(early.warnings["title"]) == ["The export was taken after the day was over"]


def test_master_data_and_first_loads_may_be_old(frame, context) -> None:
    long_ago = datetime(2025, 1, 1)
    assert pd.isna(measure(context(3, exported_at=long_ago), {"products": frame("products", 3)})["export_age_days"])
    first = context(3, exported_at=long_ago, is_history=True)
    assert pd.isna(measure(first, {"orders": frame("orders", 3)})["export_age_days"])


def test_keys_of_another_file_of_the_day_and_unknown_columns_are_noted(frame, context) -> None:
    orders = frame("orders", 20)
    elsewhere = keys_of({"orders": orders.iloc[:3]})
    verdict = check_frames(
        {"orders": orders}, context(20, keys_elsewhere=elsewhere, unknown_columns=("收藏人数", "新列"))
    )
    notes = verdict.warnings.set_index("column")["found"].to_dict()
    assert notes == {"keys_seen_elsewhere": "3.0", "unknown_columns": "收藏人数, 新列"}
    assert not verdict.stopped


def test_keys_with_gaps_compare_as_text(frame) -> None:
    stock = frame("stock", 2)
    keys = keys_of({"stock": stock})["stock"]

    # a gap is a gap, whatever stands for it; and a key is all of its columns
    assert np.array_equal(
        keys_of({"stock": stock.assign(stock_day=pd.Series([None] * 2, dtype="object"))})["stock"], keys
    )
    assert len(np.intersect1d(keys_of({"stock": stock.assign(warehouse="west")})["stock"], keys)) == 0
