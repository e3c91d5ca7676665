"""Plots and cards are well-formed, show what they are given, and load nothing."""

import re
from xml.etree import ElementTree as xml

import pytest

from include.pages import html_card
from include.pages.plots import Line, bar_plot, calibration_plot, line_plot

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


def test_bars_are_as_long_as_their_values() -> None:
    svg = bar_plot("Gain", {"week": 0.6, "price": 0.3})
    _, long, half = (float(node.get("width", "")) for node in xml.fromstring(svg).iter(f"{SPACE}rect"))
    assert long == pytest.approx(2 * half)
    assert "60.0%" in texts(svg)


def test_a_page_escapes_and_fetches_nothing() -> None:
    parts = (
        html_card.words("a < b"),
        html_card.facts({"hash": "<script>", "share": 0.123456}),
        html_card.table([{"span": 7, "pinball": 0.5}]),
        html_card.reasons(["for: less", "against: more"]),
        bar_plot("Gain", {"week": 1.0}),
    )
    text = html_card.page("Model", "What it is", [html_card.Section("One", parts)])
    assert "<script" not in text
    assert "0.1235" in text
    assert "<li class=against>against: more</li>" in text
    addresses = set(re.findall(r"https?://[^\"<]*", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of SVG, not a place
