"""The figures of a period as tables: all of them against the periods before, and broken down."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from include.desk.looking.figure_tables import csv_cell, formatted
from include.desk.page import Page
from include.desk.reviewing.review_sums import Reviewed
from include.kpi.kpi_figures import FIGURES, Figure, Sums, change
from include.kpi.kpi_sums import UNMATCHED
from include.settings.currencies import MINUS
from include.settings.report_names import PLATFORM_WORDS
from include.tasks.sheets.cells import neutral, neutral_heading

By = Literal["shop", "platform", "category"]
BYS: tuple[By, ...] = ("shop", "platform", "category")
SHOWN_AS = {"price": "money", "ratio": "count"}  # in a CSV file


@dataclass(frozen=True)
class Heading:
    name: str
    text: str
    meaning: str
    is_number: bool = True


@dataclass(frozen=True)
class Cell:
    """value: micros, shares of 1, or text; None: not known. tone: good or bad, of a change."""

    value: Any
    unit: str
    tone: Literal["", "good", "bad"] = ""


@dataclass(frozen=True)
class ReviewTable:
    """total: the last row is of all the others."""

    name: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    total: bool = False


def figure_table(page: Page, reviewed: Reviewed) -> ReviewTable:
    """Every figure: now, the period before, a year before."""
    headings = [_heading(page, "figure", is_number=False)]
    headings += [_heading(page, name) for name in ("now", "before", "change", "year", "year_change")]
    now, before, year = (reviewed.sums_of(name) for name in ("now", "before", "year"))
    rows = []
    for one in figures_of(reviewed):
        value, then, long_ago = (one.value(sums) for sums in (now, before, year))
        rows.append(
            [
                Cell(page.text(f"review.figure.{one.name}"), "text"),
                Cell(value, one.unit),
                Cell(then, one.unit),
                _change(one, value, then),
                Cell(long_ago, one.unit),
                _change(one, value, long_ago),
            ]
        )
    return ReviewTable("figures", headings, rows)


def breakdown(page: Page, reviewed: Reviewed, by: By) -> ReviewTable:
    """The period's figures by shop, platform or category; a figure that cannot be cut so has no column."""
    chosen = figures_of(reviewed)
    if by == "category":  # what no product is matched to has a row there, and needs no column
        chosen = [one for one in chosen if one.is_by_category and one.name != "unmatched"]
    headings = [Heading("member", page.text(f"review.by.{by}"), page.text(f"review.by.{by}.meaning"), is_number=False)]
    for one in chosen:
        headings.append(Heading(one.name, page.text(f"review.figure.{one.name}"), meaning_of(page, one)))
        if one.name == "paid":
            headings += [_heading(page, name) for name in ("change", "year_change")]
    rows = [
        _row(called, chosen, [sums[span] for span in ("now", "before", "year")])
        for called, sums in _members(page, reviewed, by)
    ]
    rows.sort(key=lambda row: (row[1].value is None, -(row[1].value or 0), row[0].value))
    whole = [reviewed.sums_of(span) for span in ("now", "before", "year")]
    return ReviewTable(by, headings, [*rows, _row(page.text("looking.all"), chosen, whole)], total=True)


def figures_of(reviewed: Reviewed) -> list[Figure]:
    """Those that a person sees: whose part is some categories, only what is known by category."""
    if reviewed.categories is None:
        return list(FIGURES)
    return [one for one in FIGURES if one.is_by_category and one.name != "unmatched"]


def meaning_of(page: Page, figure: Figure) -> str:
    return page.text(f"review.meaning.{figure.name}")


def shop_name(page: Page, shop: str) -> str:
    """As lists call it; a shop that the settings no longer know keeps its own name."""
    known = next((one for one in page.workspace.merchant.shops if one.name == shop), None)
    return known.called(page.language) if known else shop


def cell_text(cell: Cell, page: Page) -> str:
    """As the page shows it; '–' if it is not known."""
    if cell.value is None:
        return "–"
    if cell.unit == "price":
        return page.money(cell.value, 2)
    if cell.unit == "ratio":
        return f"{cell.value:,.2f}"
    if cell.unit == "points":
        return page.text("review.points", points=f"{cell.value * 100:+.1f}".replace("-", MINUS))
    return formatted(cell.value, cell.unit, page)


def review_csv(table: ReviewTable, page: Page) -> bytes:
    """UTF-8 with BOM, exact numbers, unknown figures empty, no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([neutral_heading(one.text) for one in table.headings])
    for row in table.rows:
        writer.writerow(
            [
                neutral(str(one.value)) if one.unit == "text" else csv_cell(one.value, SHOWN_AS.get(one.unit, one.unit))
                for one in row
            ]
        )
    return buffer.getvalue().encode("utf-8-sig")


def _heading(page: Page, name: str, *, is_number: bool = True) -> Heading:
    return Heading(name, page.text(f"review.column.{name}"), page.text(f"review.column.{name}.meaning"), is_number)


def _change(figure: Figure, now: float | None, then: float | None) -> Cell:
    moved = change(figure, now, then)
    tone: Literal["", "good", "bad"] = ""
    if moved and not figure.ripens and figure.good != "either":
        tone = "good" if (moved > 0) == (figure.good == "up") else "bad"
    return Cell(moved, "points" if figure.unit == "share" else "signed_share", tone)


def _row(called: str, chosen: Sequence[Figure], spans: Sequence[Sums]) -> list[Cell]:
    cells = [Cell(called, "text")]
    for one in chosen:
        now, before, year = (one.value(sums) for sums in spans)
        cells.append(Cell(now, one.unit))
        if one.name == "paid":
            cells += [_change(one, now, before), _change(one, now, year)]
    return cells


def _members(page: Page, reviewed: Reviewed, by: By) -> list[tuple[str, Mapping[str, Sums]]]:
    """What each shop, platform or category is called, and its sums by span."""
    spans, shops = ("now", "before", "year"), reviewed.shops
    if by == "category":
        names = sorted(reviewed.sums.categories if reviewed.categories is None else reviewed.categories)
        called = {"": page.text("looking.no_category"), UNMATCHED: page.text("review.unmatched")}
        return [(called.get(one, one), {span: reviewed.sums.of(span, shops, [one]) for span in spans}) for one in names]
    groups: dict[str, list[str]] = {}
    for shop in shops:
        known = next((one for one in page.workspace.merchant.shops if one.name == shop), None)
        platform = known.platform if known else shop
        own = PLATFORM_WORDS.get(platform, {}).get(page.language, platform)
        groups.setdefault(shop_name(page, shop) if by == "shop" else own, []).append(shop)
    return [
        (name, {span: reviewed.sums.of(span, own, reviewed.categories) for span in spans})
        for name, own in groups.items()
    ]
