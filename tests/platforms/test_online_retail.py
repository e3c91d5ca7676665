"""The whole of Online Retail II (UCI, CC BY 4.0), 1,067,370 lines, through the example's own YAML."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from examples.online_retail_ii.convert import NOT_MERCHANDISE, read
from include.exports.reading import Reading
from include.platforms.read_export import read_export

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "online_retail_ii" / "online_retail_ii.parquet"
SETTINGS = ROOT / "examples" / "online_retail_ii" / "shops" / "retail.yaml"
LINES = 1_067_370

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.exists(), reason="Online Retail II is not beside the project (see the example)"),
]


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return read(DATA)


@pytest.fixture(scope="module")
def reading(lines: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Reading:
    path = tmp_path_factory.mktemp("retail") / "orders_2009-12-01_2011-12-09.csv"
    lines.assign(InvoiceDate=lines["InvoiceDate"].dt.strftime("%Y-%m-%d %H:%M:%S")).to_csv(path, index=False)
    declared = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))["reports"]["orders"]["declared"]
    return read_export(path, platform="declared", report="orders", declared=declared, time_zone="Europe/London")


def fate(lines: pd.DataFrame) -> pd.Series:
    """What should become of each line, said again from the data set's description."""
    invoice, code = lines["InvoiceNo"].astype("str"), lines["StockCode"].astype("str")
    twice = (lines["sheet"] == "Year 2010-2011") & (lines["InvoiceDate"] < "2010-12-10")
    said = pd.Series("sale", index=lines.index)
    for rows, reason in (
        (lines["UnitPrice"] <= 0, "not a sale: no price"),
        (lines["Quantity"] <= 0, "not a sale: a correction of stock"),
        (invoice.str.startswith("C"), "refund"),
        (code.str.match(NOT_MERCHANDISE), "not merchandise: postage, fees, manual entries"),
        (invoice.str.startswith("A"), "adjustment of bad debt"),
        (twice, "stands in both sheets"),
    ):
        said[rows.to_numpy(dtype=bool)] = reason
    return said


def test_every_line_has_the_fate_that_the_data_set_s_description_gives_it(
    lines: pd.DataFrame, reading: Reading
) -> None:
    expected = fate(lines)

    assert reading.rows == len(lines) == LINES
    counted = reading.ignored["reason"].value_counts().to_dict()
    assert counted == expected[~expected.isin(["sale", "refund"])].value_counts().to_dict()
    assert reading.rejected.empty
    assert len(reading.frames["order_lines"]) == (expected == "sale").sum()
    assert len(reading.frames["refunds"]) == (expected == "refund").sum()
    # line by line, not only in number: the header is line 1
    reasons = reading.ignored.set_index("file_line")["reason"]
    wanted = expected[~expected.isin(["sale", "refund"])]
    assert (reasons.to_numpy() == wanted.to_numpy()).all()
    assert (reasons.index.to_numpy() == wanted.index.to_numpy() + 2).all()


def test_the_money_of_the_file_is_the_money_of_the_frames(lines: pd.DataFrame, reading: Reading) -> None:
    # Prices have three decimals at most, so thousandths times pieces are exact.
    micros = (lines["UnitPrice"] * 1000).round().astype("int64") * 1000 * lines["Quantity"].astype("int64")
    expected = fate(lines)

    assert reading.money_micros == int(micros.sum())
    assert int(reading.frames["order_lines"]["paid_micros"].sum()) == int(micros[expected == "sale"].sum())
    assert int(reading.frames["refunds"]["refunded_micros"].sum()) == -int(micros[expected == "refund"].sum())
    assert int(reading.frames["orders"]["total_micros"].sum()) == int(micros[expected == "sale"].sum())
    ignored = reading.row_money[reading.row_money["file_line"].isin(reading.ignored["file_line"])]
    assert int(ignored["money_micros"].sum()) == int(micros[~expected.isin(["sale", "refund"])].sum())
