"""Which report a header belongs to rests on the header, and on the order of platforms only if reports are alike."""

from pathlib import Path

import pytest

from include.exports.any_platform import order_customers, promotion_file
from include.exports.declaration import Column
from include.platforms import registry
from include.platforms.read_export import read_export
from tests.platforms import test_generations as first
from tests.platforms import test_other_generations as second

FILES = [(*case[:3], first.PASSWORDS.get(case[0])) for case in first.FILES]
FILES += [(*case[:3], second.PASSWORD) for case in second.FILES]


def turn_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last platform, and the last report of each, are tried first."""
    turned = {name: dict(reversed(reports.items())) for name, reports in reversed(registry.REPORTS.items())}
    monkeypatch.setattr(registry, "REPORTS", turned)


def test_every_fixture_is_recognised_whatever_is_tried_first(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = [read_export(fixtures / file, platform=p, report=r, password=word) for file, p, r, word in FILES]

    turn_round(monkeypatch)

    found = [registry.recognise(reading.columns) for reading in readings]
    assert [(one.platform, one.report) for one in found if one] == [(p, r) for _, p, r, _ in FILES]


@pytest.mark.parametrize(
    ("columns", "report", "by_place", "turned"),
    [
        (promotion_file.COLUMNS, "promotions", "taobao", "kuaimai"),
        (order_customers.COLUMNS, "order_customers", "jushuitan", "kuaimai"),
    ],
)
def test_of_reports_that_are_alike_the_platforms_place_decides(
    monkeypatch: pytest.MonkeyPatch, columns: tuple[Column, ...], report: str, by_place: str, turned: str
) -> None:
    header = [column.headers[0] for column in columns]

    assert (found := registry.recognise(header)) is not None
    assert (found.platform, found.report) == (by_place, report)
    turn_round(monkeypatch)
    assert (found := registry.recognise(header)) is not None
    assert (found.platform, found.report) == (turned, report)
