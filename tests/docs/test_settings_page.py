"""docs/settings.md is what scripts/settings_page.py writes from the settings, and it explains every one of them."""

import pytest

from include.settings.merchant import Merchant
from scripts import settings_page


def test_the_page_is_not_stale() -> None:
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page(), "run `make pages`"


def test_every_setting_is_explained() -> None:
    unexplained = [line for line in settings_page.page().splitlines() if line.endswith("|  |")]
    assert unexplained == []


@pytest.mark.parametrize(
    "row",
    [
        "| `soon_days` | `3` | a line is soon if waiting begins to cost so much within so many days, or in them all |",
        "| `service_levels` | `AX: 0.95, AY: 0.9, AZ: 0.9, BX: 0.9, BY: 0.9, BZ: 0.8, CX: 0.9, CY: 0.8, CZ: 0.8` |",
        "| `budget` | none | most that suggested orders may cost, see budget_of; null: no cap |",
        "| `clock_starts` | needed | the first day that the clock opens by itself |",
    ],
)
def test_a_setting_stands_with_its_default(row: str) -> None:
    assert row in settings_page.page()


def test_every_section_has_its_heading() -> None:
    headings = {line.removeprefix("## ") for line in settings_page.page().splitlines() if line.startswith("## ")}
    assert {"replenishment.excess", "customers.segments", "demand.bulk", "shops[].reports[]"} <= headings
    assert {name for name in Merchant.model_fields if f"| `{name}` |  |" in settings_page.page()} <= {
        heading.split(".")[0].removesuffix("[]") for heading in headings
    }
