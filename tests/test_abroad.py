"""A merchant in another country: its money, its festivals, its words."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from include.calendar.events import Calendar, black_friday, event_dates, event_days
from include.demand.panel import Panel
from include.exports.currency import in_currency_of_books
from include.replenishment.explain import explain
from include.replenishment.lunar import keeps_lunar_new_year
from include.replenishment.promotions.presale import balance_day
from include.replenishment.suppliers.closures import closed_days
from include.settings.merchant import Merchant
from include.settings.people.contacts import ContactChannel
from include.settings.stock.replenishment import Replenishment
from include.settings.stock.transport import Transport
from include.tasks.kinds import kind_of
from include.tasks.sheets.cells import amount_of
from tests.demand.test_features import small


def merchant(shops: list[dict[str, Any]] | None = None, **said: Any) -> Merchant:
    shop = {
        "name": "web",
        "platform": "shopify",
        "source": {"path": "/x/{day}"},
        "reports": {"orders": {"pattern": "*"}},
    }
    described = {"name": "m", "running": {"clock_starts": "2100-01-01"}, "warehouses": [{"name": "w1"}]}
    return Merchant.model_validate({**described, "shops": [{**shop, **one} for one in shops or [{}]], **said})


def test_a_german_calendar_has_black_friday_easter_and_unity_day_and_no_double_11() -> None:
    dates = event_dates(date(2025, 1, 1), date(2025, 12, 31), Calendar("DE"))

    assert date(2025, 11, 28) in dates["black_friday"]
    assert date(2025, 12, 1) in dates["cyber_monday"]
    assert date(2025, 4, 20) in dates["easter"]
    assert date(2025, 10, 3) in dates["german_unity_day"]
    assert not {"double_11", "618", "lunar_new_year"} & set(dates)


def test_a_part_of_a_country_has_its_own_holidays() -> None:
    # given women's day, which is free in Berlin alone
    def free(country: str) -> list[date]:
        return [
            day for days in event_dates(date(2025, 3, 1), date(2025, 3, 31), Calendar(country)).values() for day in days
        ]

    assert date(2025, 3, 8) in free("DE-BE")
    assert date(2025, 3, 8) not in free("DE-BY")


def test_without_a_word_the_calendar_is_chinas() -> None:
    dates = event_dates(date(2025, 1, 1), date(2025, 12, 31), {"sale": [date(2025, 5, 5)]})

    assert date(2025, 11, 11) in dates["double_11"]
    assert date(2025, 1, 29) in dates["lunar_new_year"]
    assert dates["sale"] == [date(2025, 5, 5)]


@pytest.mark.parametrize(("year", "day"), [(2023, 24), (2024, 29), (2025, 28), (2026, 27)])
def test_black_friday_is_the_day_after_the_fourth_thursday(year: int, day: int) -> None:
    assert black_friday(year) == date(year, 11, day)


def test_counts_may_be_unusual_around_a_big_sale_and_on_a_holidays_eve() -> None:
    days = event_days(date(2025, 9, 25), date(2025, 11, 30), Calendar("DE"))

    assert {"2025-10-02", "2025-10-03", "2025-10-04", "2025-11-25", "2025-11-28"} <= days
    assert not {"2025-10-01", "2025-10-06", "2025-11-11"} & days


def test_a_german_merchants_suppliers_may_rest_by_either_calendar() -> None:
    closed = closed_days(date(2026, 2, 16), 3, {"lunar_new_year": (0, 1)}, Calendar("DE"))
    assert closed.tolist() == [False, True, True]

    closed = closed_days(date(2026, 4, 4), 3, {"easter": (0, 1)}, Calendar("DE"))
    assert closed.tolist() == [False, True, True]


def test_a_deposit_abroad_waits_for_no_chinese_sale() -> None:
    assert balance_day(date(2025, 10, 24), Calendar("DE")) == date.max


def test_the_lunar_new_year_bends_forecasts_only_if_the_calendar_keeps_it() -> None:
    def panel(calendar: Calendar) -> Panel:
        dates = event_dates(date(2025, 1, 1), date(2025, 12, 31), calendar)
        events = [
            {"day": day, "event": name, "column": None, "value": None} for name, days in dates.items() for day in days
        ]
        return small([[1, 2, 3]], pd.DataFrame(events))

    assert keeps_lunar_new_year(panel(Calendar("CN")))
    assert not keeps_lunar_new_year(panel(Calendar("DE")))


def test_shops_and_channels_inherit_currency_and_language() -> None:
    said = merchant(
        currency="EUR",
        language="en",
        channels=[
            {"name": "desk", "kind": "file", "lists": ["restock"], "path": "/l"},
            {"name": "agent", "kind": "file", "lists": ["restock"], "path": "/l", "language": "zh"},
        ],
    )

    assert said.shops[0].currency == "EUR"
    assert [channel.language for channel in said.channels] == ["en", "zh"]


def test_two_currencies_need_a_rate() -> None:
    with pytest.raises(ValidationError, match=r"shops are in USD, the books in CNY.*exchange_rates: \{USD: \.\.\.\}"):
        merchant([{"currency": "USD"}], currency="CNY")

    said = merchant([{"currency": "USD"}], currency="CNY", exchange_rates={"USD": "7.1"})
    assert said.rate_of(said.shops[0]) == Decimal("7.1")


@pytest.mark.parametrize(("field", "value"), [("currency", "euro"), ("calendar", "Germany"), ("calendar", "DE-XX")])
def test_a_misspelt_country_or_currency_is_told(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match=field):
        merchant(**{field: value})


def test_amounts_are_booked_in_the_merchants_currency_half_to_even() -> None:
    # given 10.00 and 0.000001 USD at 7.5 yuan, and an amount nobody knows
    rows = pd.DataFrame({"sku": "A", "paid_micros": pd.array([10_000_000, 1, None], dtype="Int64")})

    booked = in_currency_of_books(rows, Decimal("7.5"))["paid_micros"]

    assert booked[:2].tolist() == [75_000_000, 8]
    assert booked.isna()[2]


def test_the_names_that_said_yuan_are_still_understood(caplog: pytest.LogCaptureFixture) -> None:
    old = Replenishment.model_validate({"budget_yuan": 5, "supplier_minimum_yuan": {"G1": 7}})

    assert (old.budget, old.supplier_minimums) == (5, {"G1": 7})
    assert "the setting budget_yuan is called budget now" in caplog.text
    assert Transport.model_validate({"yuan_a_unit": 2}).cost_per_unit == 2
    channel = {"name": "call", "zh": "电话", "en": "phone", "capacity": 1, "yuan_a_contact": 3}
    assert ContactChannel.model_validate(channel).cost_per_contact == 3


def test_a_setting_is_not_said_under_both_names() -> None:
    with pytest.raises(ValidationError, match="budget_yuan and budget say the same thing"):
        Replenishment.model_validate({"budget_yuan": 5, "budget": 6})


def test_headings_name_the_merchants_currency() -> None:
    cost = next(column for column in kind_of("restock").columns if column.field == "cost_micros")

    assert cost.heading("en", "EUR") == "Cost (EUR)"
    assert cost.heading("zh", "CNY") == "货款(元)"
    assert cost.bare_heading("en") == "Cost"
    assert str(amount_of(12_340_000)) == "12.34"


def test_no_text_that_people_read_says_yuan_by_itself() -> None:
    # given the templates from which lists are written: the currency is filled in
    include = Path(__file__).parents[1] / "include"
    for module in (*include.glob("words/locales/*/*/*.po"), include / "tasks/sheets/digest.py"):
        lines = module.read_text(encoding="utf-8").splitlines()
        text = "\n".join(line for line in lines if not line.startswith("msgid"))  # a text's name is read by nobody
        assert "yuan" not in text.replace("are in yuan", ""), module
        assert "元" not in text.replace("单元", ""), module
        assert "¥" not in text, module


def test_a_line_is_explained_in_the_merchants_currency() -> None:
    line: dict[str, Any] = {
        "budget_cut_micros": 0, "forgone_micros": 0, "supplier_on_time_share": None, "safety_stock": 2,
        "protection_days": 7, "period_forecast": 10,
        "lost_before_arrival": 0, "protection_demand": 10, "on_hand": 3, "arriving": 0, "promised": 0, "need": 9,
        "pack_rounding": 0, "moq_raise": 0, "shelf_life_cut": 0, "budget_cut": 0, "service_level": 0.9, "abc": "A",
        "level_from": "class",
        "xyz": "X", "cost_micros": 45_000_000, "money_at_risk_micros": 90_000_000, "quantity": 9, "reasons": "",
        "last_order_day": None,
    }  # fmt: skip

    assert "cost 45.00 EUR, about 90.00 EUR of sales at risk" in explain(line, "en", "EUR")
    assert "货款 45.00 元" in explain(line, "zh")


def test_a_merchant_whose_shops_have_one_currency_has_it_too() -> None:
    assert merchant([{"currency": "GBP"}]).currency == "GBP"
    assert merchant([{"currency": "EUR"}, {"name": "erp"}]).currency == "EUR"

    with pytest.raises(ValidationError, match="amounts of two currencies are not added up"):
        merchant([{"currency": "EUR"}, {"name": "uk", "currency": "GBP"}])
