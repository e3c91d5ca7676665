"""Every tag on a customer who was made for it, beside forty ordinary ones who bear none of the rarer ones."""

import numpy as np
import pandas as pd
import pytest

from include.customers.history import book_as_of, order_history
from include.customers.tags import holding, load_tags, measures

AS_OF = "2025-06-30"
TEA = {"main_category": "tea", "shop": "tmall"}
DAYS_OF = {
    # customer: (day, yuan, what else), oldest first
    "one_time_buyer": [("2025-04-10", 100)],
    "newcomer": [("2025-06-05", 100)],
    "long_standing": [("2024-05-20", 100), ("2025-04-10", 100)],
    "active": [("2025-04-10", 100), ("2025-06-10", 100)],
    "sleeping": [("2024-09-01", 100), ("2024-10-20", 100)],
    # usual gap 10 days, silent for 60
    "overdue": [("2025-04-11", 100), ("2025-04-21", 100), ("2025-05-01", 100)],
    "clockwork": [(f"2025-05-{day:02d}", 100) for day in (2, 10, 18, 26)],
    # gaps 2, 2, 2 and 90: mean 24, spread 38
    "irregular": [("2025-02-18", 100), ("2025-02-20", 100), ("2025-02-22", 100), ("2025-02-24", 100),
                  ("2025-05-25", 100)],
    # gaps 10, then 100; back 10 days ago... and silent for less than 30
    "came_back": [("2025-02-21", 100), ("2025-03-03", 100), ("2025-06-11", 100)],
    "speeding_up": [("2025-02-20", 100), ("2025-03-20", 100), ("2025-04-17", 100), ("2025-04-24", 100)],
    "slowing_down": [("2025-02-20", 100), ("2025-02-27", 100), ("2025-03-14", 100), ("2025-05-13", 100)],
    "high_value": [("2025-03-20", 900), ("2025-04-20", 900)],
    "big_basket": [("2025-04-20", 800)],
    "small_basket": [("2025-03-20", 10), ("2025-04-20", 10)],
    "spending_more": [("2025-02-20", 100), ("2025-03-20", 100), ("2025-04-20", 150)],
    "spending_less": [("2025-02-20", 100), ("2025-03-20", 100), ("2025-04-20", 50)],
    "discount_lover": [("2025-03-20", 90, {"discount": 10}), ("2025-04-20", 90, {"discount": 10})],
    "full_price": [("2025-03-20", 100, {"discount": 0}), ("2025-04-20", 100, {"discount": 0})],
    "returns_often": [("2025-03-20", 100, {"refunded": 20}), ("2025-04-20", 100)],
    "refunded_last": [("2025-03-20", 100), ("2025-04-20", 100, {"refunded": 50})],
    "bulk_or_gift_buyer": [("2025-03-20", 100), ("2025-04-20", 1000, {"exceptional": 1000})],
    "festival_buyer": [("2024-11-11", 100), ("2025-04-20", 100)],
    "weekend_buyer": [("2025-03-22", 100), ("2025-03-30", 100), ("2025-04-19", 100)],
    "several_orders_a_day": [("2025-03-20", 50), ("2025-03-20", 50), ("2025-04-22", 50), ("2025-04-22", 50)],
    "faithful_to_a_category": [("2025-02-20", 100), ("2025-03-20", 100), ("2025-04-22", 100)],
    "explorer": [("2025-02-20", 100), ("2025-03-20", 100, {"main_category": "cups"}),
                 ("2025-04-22", 100, {"main_category": "sweets"})],
    "several_shops": [("2025-03-20", 100), ("2025-04-22", 100, {"shop": "jd"})],
    "seasonal": [("2024-07-20", 100), ("2025-04-22", 100)],
    "regular": [("2025-02-18", 100), ("2025-02-26", 100), ("2025-03-20", 100), ("2025-04-16", 100),
                ("2025-04-29", 100)],
    "frequent": [(f"2025-{month:02d}-{day:02d}", 100) for month in (2, 3, 4, 5) for day in (12, 19, 26)],
    "repeat_buyer": [("2025-03-20", 100), ("2025-04-20", 100)],
}  # fmt: skip
ORDINARY = [("2025-03-20", 100, {"discount": 20}), ("2025-04-22", 100, {"discount": 0})]
USUAL = {"repeat_buyer"}  # what an ordinary customer bears


def _orders(last_day="2099-12-31"):
    customers = {f"ordinary {n:02d}": ORDINARY for n in range(40)} | DAYS_OF
    rows = []
    for customer, days in customers.items():
        for number, (day, yuan, *more) in enumerate(days):
            extra = more[0] if more else {"discount": 20 if number % 2 == 0 else 0}
            row = {"customer": customer, "day": day, "yuan": yuan, "order_id": f"{customer}{number}", **TEA, **extra}
            rows.append(row)
    # What came after the day: it must not show.
    rows.append({"customer": "sleeping", "day": "2025-07-01", "yuan": 9000, "order_id": "later", **TEA})
    frame = pd.DataFrame(rows)
    for name in ("discount", "refunded", "exceptional"):
        frame[f"{name}_micros"] = (frame[name].fillna(0) * 1_000_000).astype("int64")
    frame["revenue_micros"] = frame["yuan"] * 1_000_000
    return frame[frame["day"] <= last_day]


def _borne_by(orders):
    table = holding(book_as_of(order_history(orders), AS_OF), load_tags())
    return {customer: set(table.columns[held]) for customer, held in zip(table.index, table.to_numpy(), strict=True)}


@pytest.fixture(scope="module")
def borne():
    return _borne_by(_orders())


def test_there_are_at_least_23_tags_in_both_languages():
    defined = load_tags()

    assert len(defined) >= 23
    assert {tag.name for tag in defined} == set(DAYS_OF)
    assert all(tag.zh and tag.en for tag in defined)
    assert len({tag.zh for tag in defined}) == len(defined)


@pytest.mark.parametrize("name", sorted(DAYS_OF))
def test_a_tag_is_borne_by_who_does_so_and_not_by_the_ordinary(borne, name):
    assert name in borne[name]
    if name not in USUAL:
        assert name not in borne["ordinary 07"]


def test_what_came_later_changes_no_tag(borne):
    assert _borne_by(_orders(last_day=AS_OF)) == borne


def test_measures_by_hand():
    table = measures(book_as_of(order_history(_orders()), AS_OF))

    # Gaps 2, 2, 2, 90: mean 24, spread sqrt((3 x 22^2 + 66^2) / 4) = 38.1.
    assert table.loc["irregular", "gap_variation"] == pytest.approx(38.105 / 24, rel=1e-4)
    assert table.loc["overdue", "gaps_late"] == 6.0
    assert table.loc["slowing_down", "last_gap_share"] == pytest.approx(60 / 11)
    assert table.loc["bulk_or_gift_buyer", "money"] == 100.0
    assert table.loc["several_orders_a_day", "orders_a_day"] == 2.0
    assert np.isnan(table.loc["one_time_buyer", "gap_variation"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loud: {zh: 吵, en: loud}", "expected zh, en and when"),
        ("loud: {zh: 吵, en: loud, when: [[noise, '>', 1]]}", "no measure 'noise'"),
        ("loud: {zh: 吵, en: loud, when: [[money, '~', 1]]}", "no comparison '~'"),
        ("loud: {zh: 吵, en: loud, when: [[money, '>', p100]]}", "compared with a number or p1 to p99"),
        ("loud: {zh: 吵, en: loud, when: [[money, '>']]}", "a condition is"),
    ],
)
def test_a_definition_that_cannot_be_is_named(tmp_path, text, message):
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ValueError, match=rf"own\.yaml, loud: .*{message}"):
        load_tags(path)


def test_definitions_are_parsed_once_and_again_when_they_change(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("new: {zh: 新, en: new, when: [[order_days, '=', 1]]}", encoding="utf-8")
    before = load_tags(path)

    assert load_tags(path) is before

    path.write_text("new: {zh: 新, en: new, when: [[order_days, '=', 2]]}", encoding="utf-8")
    assert load_tags(path)[0].when == (("order_days", "=", 2),)
