"""Plots and cards are well-formed, show what they are given, and load nothing."""

import re
from xml.etree import ElementTree as xml

import pandas as pd
import pytest
from jinja2 import UndefinedError

from include.customers.churn.churn_card import calibration_svg
from include.demand.forecaster import model_card
from include.pages.markdown_card import markdown_card
from include.pages.plots import Line, bar_plot, calibration_plot, line_plot
from include.pages.rendering import render

SPACE = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in xml.fromstring(svg).iter(f"{SPACE}text")]


def test_a_line_stands_where_its_numbers_say() -> None:
    svg = line_plot("Sold <units>", [Line("us", [0, 10], [0, 5]), Line("them", [0, 10], [5, 10])], [(0, "Monday")])
    assert {"Sold <units>", "us", "them", "Monday", "10"} <= set(texts(svg))
    first, second = (node.get("points", "").split() for node in xml.fromstring(svg).iter(f"{SPACE}polyline"))
    left, right = ([float(n) for n in point.split(",")] for point in first)
    assert left[0] < right[0]
    assert left[1] > right[1]  # five is above zero
    assert second[0].split(",")[1] == first[1].split(",")[1]  # their first is our last


def test_a_plot_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="'Sold' has no point"):
        line_plot("Sold", [])


def test_calibration_lies_on_the_diagonal_when_levels_are_met() -> None:
    levels = [0.1, 0.5, 0.9]
    svg = calibration_plot("Levels", [Line("7 days", levels, levels, levels, [0.2, 0.6, 1.0])], "said", "seen")
    for circle in xml.fromstring(svg).iter(f"{SPACE}circle"):
        x, y = float(circle.get("cx", "")), float(circle.get("cy", ""))
        across, up = (x - 56) / (330 - 56), (302 - y) / (302 - 44)
        assert across == pytest.approx(up, abs=0.01)
    assert {"said", "seen", "100%"} <= set(texts(svg))


def test_a_churn_plot_shows_how_far_chance_alone_may_stray() -> None:
    bins = pd.DataFrame({"customers": [9, 9], "mean_chance": [0.01, 0.5], "lost_share": [0.0, 1.0], "deviation": 0.1})
    drawn = xml.fromstring(calibration_svg(bins, "Customers"))
    _, low_end, middle, _ = (node.get("points", "").split() for node in drawn.iter(f"{SPACE}polyline"))
    assert low_end[0] == "58.7,302.0"  # 0.01 - 1.96 * 0.1 is no share: the stroke ends at the axis, at 302
    assert middle == ["193.0,223.6", "193.0,122.4"]  # half way, and 0.196 of 258 pixels up and down from 173
    assert [node.get("cy") for node in drawn.iter(f"{SPACE}circle")] == ["302.0", "44.0"]


def test_a_markdown_card_has_a_table_for_rows_and_one_for_names() -> None:
    card = {"as_of": "2025-01-01", "reasons": ["less", "sure"], "auc_by_way": {"own_gap": 0.123456, "by": {"tea": 7}}}
    text = markdown_card("Churn model", card | {"bins": [{"lost": 0.5}]}, between="; ", pictures={"bins": "bins.svg"})
    assert text.splitlines() == [
        "# Churn model", "", "- **as of**: 2025-01-01", "- **reasons**: less; sure",
        "", "## auc by way", "", "| | |", "| --- | --- |", "| own_gap | 0.1235 |", "| by | tea 7 |",
        "", "## bins", "", "| lost |", "| --- |", "| 0.5 |", "", "![bins](bins.svg)",
    ]  # fmt: skip


def test_bars_are_as_long_as_their_values() -> None:
    svg = bar_plot("Gain", {"week": 0.6, "price": 0.3})
    _, long, half = (float(node.get("width", "")) for node in xml.fromstring(svg).iter(f"{SPACE}rect"))
    assert long == pytest.approx(2 * half)
    assert "60.0%" in texts(svg)


def test_a_page_escapes_and_fetches_nothing() -> None:
    card = {
        "data_hash": "<script>", "share": 0.123456, "note": "a < b", "released": False,
        "reasons": ["for: less", "against: more"], "backtest": [{"span": 7, "pinball": 12345.6}],
        "calibration": [{"span": 7, "level": 0.5, "below": 0.4, "at_or_below": 0.6}], "importance": {"<week>": 1.0},
        "settings": {"spans": [7, 14]},
    }  # fmt: skip
    text = model_card.html(card)
    assert "<script" not in text
    assert "<week>" not in text
    for told in ("&lt;script&gt;", "<p>a &lt; b</p>", "<td>0.1235</td>", "<td>12,346</td>", "<td>7, 14</td>"):
        assert told in text
    assert "<li class=against>against: more</li>" in text
    assert text.count("<svg") == 2
    addresses = set(re.findall(r"https?://[^\"<]*", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of SVG, not a place


def test_a_template_that_misses_a_value_draws_nothing() -> None:
    with pytest.raises(UndefinedError, match="'suites' is undefined"):
        render("data_docs.html", checks=[])
