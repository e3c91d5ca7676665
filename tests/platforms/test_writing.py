"""What stands beside a number: taken off if it changes nothing, converted if it is declared, told otherwise."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from include.cli.unknown_files.scaffolding import scaffold
from include.exports.any_platform.declared import DeclarationError, declare
from include.exports.parts import read_in_parts
from include.exports.reading import Reading
from include.exports.values import values
from include.files.content import Held
from include.platforms.read_export import ask, read_content, read_export
from include.settings.writing import Writing
from tests.command_lines import storekeeper

main = storekeeper("inspect")

ZONE = "Europe/Berlin"
GERMAN = Writing(decimal=",")
COLUMNS = {"order_id": "order", "merchant_code": "sku", "quantity": "units", "unit_price": "price", "created_at": "at"}
SALES: dict[str, Any] = {"frame": "sales", "columns": COLUMNS}


def array(*texts: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, type=pa.large_string())])


def read(rows: list[str], currency: str | None = "CNY", declared: dict[str, Any] = SALES, **more: Any) -> Reading:
    file = "order;sku;units;price;at\n" + "\n".join(rows) + "\n"
    return read_content(
        Held(file.encode()), platform="declared", report="sales", declared=declared, currency=currency, **more
    )


@pytest.mark.parametrize("text", ["10件", "10 件", "10 个", "10 pcs", "10 Stück", "10 Stk.", "１０只", "10 EA"])
def test_words_that_mean_one_piece_are_taken_off(text: str) -> None:
    assert values.quantities(array(text)).series.tolist() == [10]


@pytest.mark.parametrize(
    "text",
    ["10箱", "10 箱", "10 盒装", "2打", "3 dozen", "1.2万", "1万", "3.5折", "5 kg", "5kg", "10 ctn", "1 set",
     "10箱(240)",      "12²", "1/2", "10-12", "3+1"],
)  # fmt: skip
def test_any_other_word_makes_it_no_number_of_pieces(text: str) -> None:
    assert values.quantities(array(text)).bad.tolist() == [True]


def test_a_number_of_days_may_say_so() -> None:
    read = values.quantities(array("7天", "7 天", "2 weeks", "30", "12个月", "7件"), of_days=True)

    assert read.series[:4].tolist() == [7, 7, 14, 30]
    assert read.bad.tolist() == [False] * 4 + [True] * 2


def test_a_share_with_an_undeclared_decimal_comma_is_not_a_hundred_times_as_much() -> None:
    assert values.shares(array("12,34%", "1,234%", "12.34%")).bad.tolist() == [True, False, False]


def test_a_unit_is_as_many_pieces_as_the_shop_says() -> None:
    # given a clerk's 10 cartons of 24, 2 dozen, 3 pieces and a pallet that nobody has explained
    writing = Writing(units={"箱": 24, "Dozen": 12})

    read = values.quantities(array("10 箱", "2 dozen", "3", "1 Palette"), writing=writing)

    assert read.series[:3].tolist() == [240, 24, 3]
    assert read.bad.tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    ("currency", "text", "micros"),
    [
        ("CNY", "12.30元", 12_300_000), ("CNY", "CNY 12.30", 12_300_000), ("CNY", "12.30 RMB", 12_300_000),
        ("CNY", "￥12.30", 12_300_000), ("EUR", "12.30 €", 12_300_000), ("EUR", "€12.30", 12_300_000),
        ("EUR", "12.30 EUR", 12_300_000), ("EUR", "-€ 5", -5_000_000), ("USD", "$12.30", 12_300_000),
        ("USD", "US$ 1,234.50", 1_234_500_000), ("SEK", "99 kr", 99_000_000), ("KZT", "₸ 500", 500_000_000),
    ],
)  # fmt: skip
def test_the_shops_own_currency_may_stand_on_either_side(currency: str, text: str, micros: int) -> None:
    read = values.micros(array(text), currency=currency)

    assert read.series.tolist() == [micros]


@pytest.mark.parametrize(
    ("currency", "text"),
    [
        ("CNY", "12.30 USD"), ("CNY", "USD 12.30"), ("CNY", "$12.30"), ("CNY", "€12.30"), ("CNY", "12.30 €"),
        ("CNY", "12.30美元"), ("CNY", "12.30 美金"), ("CNY", "12.30 港币"), ("CNY", "12.30 dollars"),
        ("CNY", "1.2万"), ("CNY", "1.2 万元"), ("CNY", "12.30 k"), ("EUR", "¥12.30"), ("EUR", "12.30元"),
        ("EUR", "12.30 CHF"), ("USD", "C$12.30"), ("USD", "12.30 EUR"), ("KZT", "€ 500"),
    ],
)  # fmt: skip
def test_another_currency_or_a_word_of_size_is_no_amount_of_this_shop(currency: str, text: str) -> None:
    assert values.micros(array(text), currency=currency).bad.tolist() == [True]


def test_without_a_declared_currency_an_amount_unlike_most_is_held_back() -> None:
    read = values.micros(array("৳2,999", "৳100", "$5", "7"))

    assert read.bad.tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("text", "micros"),
    [("(12.30)", -12_300_000), ("12.30-", -12_300_000), ("−12.30", -12_300_000), ("¥(5)", -5_000_000)],
)
def test_a_minus_is_read_as_accounts_write_it(text: str, micros: int) -> None:
    assert values.micros(array(text), currency="CNY").series.tolist() == [micros]


def test_only_a_column_that_says_so_takes_a_remark_after_the_amount() -> None:
    told = array("-0.03 技术服务费")

    assert values.micros(told, remarks=True).series.tolist() == [-30_000]
    assert values.micros(told, remarks=False).bad.tolist() == [True]


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("12,50", 12_500_000),
        ("1.250", 1_250_000_000),
        ("1.234,50", 1_234_500_000),
        ("-0,5", -500_000),
        ("7", 7_000_000),
    ],
)
def test_declared_decimal_commas_are_read(text: str, micros: int) -> None:
    assert values.micros(array(text), currency="EUR", writing=GERMAN).series.tolist() == [micros]


@pytest.mark.parametrize("text", ["12.50", "1,234.50", "1.23,4"])
def test_a_point_before_the_cents_does_not_fit_declared_commas(text: str) -> None:
    assert values.micros(array(text), currency="EUR", writing=GERMAN).bad.tolist() == [True]


def test_thousands_may_be_parted_by_a_space_or_an_apostrophe() -> None:
    french, swiss = Writing(decimal=",", thousands=" "), Writing(thousands="'")

    assert values.micros(array("1 234,50", "1\u202f234,50"), writing=french).series.tolist() == [1_234_500_000] * 2
    assert values.micros(array("1'234.50"), writing=swiss).series.tolist() == [1_234_500_000]


def test_declared_commas_hold_for_quantities_and_shares_too() -> None:
    assert values.quantities(array("1.250", "2,0"), writing=GERMAN).series.tolist() == [1250, 2]
    assert values.shares(array("12,34%"), writing=GERMAN).series.tolist() == [0.1234]


def test_beside_an_undeclared_decimal_comma_a_thousand_is_not_read_as_one() -> None:
    # given a file in which nobody said that commas stand before the cents
    reading = read(["1;A;1;12,50;2026-05-12", "2;A;1;1.250;2026-05-12", "3;A;1;12.99;2026-05-12", "4;A;1;7;2026-05-12"])

    # then neither the comma nor what may be a thousand is booked, the reason says the word, and the file is told
    assert reading.rejected["found"].tolist() == ["12,50", "1.250"]
    assert 'decimal: ","' in reading.rejected["expected"][1]
    assert reading.frames["order_lines"]["order_id"].tolist() == ["3", "4"]
    assert "Decimal commas" in reading.notes[0]


def test_commas_in_most_amounts_make_the_quantities_doubtful_too() -> None:
    reading = read(["1;A;1.000;12,50;2026-05-12", "2;A;1;9,90;2026-05-12", "3;A;2;5;2026-05-12"], currency="EUR")

    assert reading.rejected["found"].tolist() == ["1.000", "12,50", "9,90"]
    assert reading.frames["order_lines"]["order_id"].tolist() == ["3"]


def test_without_any_comma_a_price_of_three_decimals_is_a_price() -> None:
    reading = read(["1;A;1;1.250;2026-05-12", "2;A;1;3.75;2026-05-12"])

    assert reading.frames["order_lines"]["unit_price_micros"].tolist() == [1_250_000, 3_750_000]


def test_a_comma_in_a_far_part_of_a_large_file_casts_doubt_on_all_of_it() -> None:
    rows = [f"{n};A;1;1.250;2026-05-12" for n in range(400)] + ["999;A;1;12,50;2026-05-12"]
    file = ("order;sku;units;price;at\n" + "\n".join(rows) + "\n").encode()

    with read_in_parts(
        Held(file), ask("x.csv", platform="declared", report="sales", declared=SALES, currency="CNY"), part_bytes=2_000
    ) as parts:
        rejected = [len(part.rejected) for part in parts]

    assert len(rejected) > 1
    assert sum(rejected) == 401


@pytest.mark.parametrize(
    ("writing", "text", "expected"),
    [
        (Writing(day_first=True), "12.11.2025 09:14", "2025-11-12 09:14:00"),
        (Writing(day_first=True), "12/11/25", "2025-11-12 00:00:00"),
        (Writing(day_first=True), "12.11.2025, 09:14 Uhr", "2025-11-12 09:14:00"),
        (Writing(day_first=True), "12.11.2025 09:14:22 UTC", "2025-11-12 10:14:22"),
        (Writing(day_first=False), "11/12/2025 9:14 PM", "2025-11-12 21:14:00"),
        (Writing(day_first=True), "2025-11-12 09:14:00", "2025-11-12 09:14:00"),
        (Writing(time_format="%d.%m.%Y %H:%M"), "12.11.2025 09:14", "2025-11-12 09:14:00"),
        (Writing(time_format="%d %b %Y %H:%M %z"), "12 Nov 2025 09:14 +0000", "2025-11-12 10:14:00"),
        (Writing(time_format=("%d.%m.%Y %H:%M", "%d.%m.%Y")), "12.11.2025", "2025-11-12 00:00:00"),
        (Writing(time_format="%d.%m.%Y"), "2025-11-12 09:14:00", "2025-11-12 09:14:00"),  # a workbook's date cell
    ],
)
def test_times_are_read_as_the_shop_says_it_writes_them(writing: Writing, text: str, expected: str) -> None:
    read = values.times(array(text, ""), ZONE, writing=writing)

    assert read.series[0] == pd.Timestamp(expected)
    assert not read.bad.any()


@pytest.mark.parametrize("text", ["12.11.2025 09:14", "11/12/2025"])
def test_which_of_day_and_month_comes_first_is_not_guessed(text: str) -> None:
    assert values.times(array(text), ZONE).bad.tolist() == [True]


def test_a_month_beyond_twelve_is_no_time_even_if_the_other_order_would_fit() -> None:
    assert values.times(array("12/31/2025"), ZONE, writing=Writing(day_first=True)).bad.tolist() == [True]


def test_a_german_till_is_declared_without_code() -> None:
    # given a till's export: decimal commas, days first, cartons
    declared = {**SALES, "decimal": ",", "day_first": True, "units": {"Karton": 6}}

    reading = read(["1001;A;2 Karton;1.234,50 €;12.11.2025 09:14"], currency="EUR", declared=declared)

    lines = reading.frames["order_lines"]
    assert lines["quantity"].tolist() == [12]
    assert lines["unit_price_micros"].tolist() == [1_234_500_000]
    assert lines["created_at"].tolist() == [pd.Timestamp("2025-11-12 09:14")]


def test_a_declarations_own_words_go_before_the_shops() -> None:
    declared = {**SALES, "decimal": "."}

    reading = read(["1;A;1;12.50;2026-05-12"], declared=declared, writing=GERMAN)

    assert reading.frames["order_lines"]["unit_price_micros"].tolist() == [12_500_000]


@pytest.mark.parametrize(
    "wrong", [{"decimal": ";"}, {"time_format": "%H:%M"}, {"units": {"箱": 0}}, {"decimal": ",", "thousands": ","}]
)
def test_words_that_cannot_be_meant_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="sales: "):
        declare("sales", {**SALES, **wrong})


def test_a_scaffolded_declaration_says_how_the_file_writes(tmp_path: Path) -> None:
    # given a German till's file
    file = tmp_path / "kasse.csv"
    file.write_text(
        "Bon;Artikel-Nr.;Menge;Preis;Datum\n1001;TEE-01;2;39,90;12.11.2025 09:14\n"
        "1002;TEE-02;1;1.234,50;13.11.2025 10:14\n",
        encoding="utf-8",
    )

    # when a shop is begun with it
    made = scaffold(file, "kasse", tmp_path / "merchant", tmp_path)

    # then the guess reads it, and says why
    text = made.files[tmp_path / "merchant" / "drafts" / "kasse.yaml"]
    declared = yaml.safe_load(text)["reports"]["sales"]["declared"]
    assert (declared["decimal"], declared["day_first"]) == (",", True)
    assert "# guessed by days beyond the twelfth" in text
    reading = read_export(file, platform="declared", report="sales", declared=declared)
    assert reading.rejected.empty
    assert reading.frames["order_lines"]["unit_price_micros"].tolist() == [39_900_000, 1_234_500_000]


def test_the_check_command_knows_the_merchants_currency(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # given a shop that leaves its currency to the merchant's YAML, and a file in euros
    (tmp_path / "shops").mkdir()
    (tmp_path / "merchant.yaml").write_text("currency: EUR\n", encoding="utf-8")
    shop = {
        "name": "kasse", "platform": "declared", "source": {"path": "/x/{day}"},
        "reports": {"sales": {"pattern": "*.csv", "declared": SALES}},
    }  # fmt: skip
    (tmp_path / "shops" / "kasse.yaml").write_text(yaml.safe_dump(shop), encoding="utf-8")
    file = tmp_path / "kasse.csv"
    file.write_text(
        "order,sku,units,price,at\n1,A,1,12.50 €,2026-05-12\n2,A,1,12.50 USD,2026-05-12\n", encoding="utf-8"
    )

    # then it says what the day would say
    assert main([str(file), "--shop", str(tmp_path / "shops" / "kasse.yaml")]) == 0
    assert "1 published, 1 rejected" in capsys.readouterr().out
