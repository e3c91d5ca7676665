"""What must be known to read a period's figures: what they are held against, and what the books do not tell."""

from __future__ import annotations

from collections.abc import Iterable

from include.desk.page import Page
from include.desk.reviewing.review_sums import Reviewed
from include.desk.reviewing.review_tables import By, figures_of, shop_name
from include.kpi.kpi_sums import IN_PART


def notes_of(page: Page, found: Reviewed, by: By) -> list[str]:
    against, sums = found.compared, found.sums
    notes = []
    if against.is_running:
        notes.append(page.text("review.note.running", days=len(against.now.days), day=found.day))
    for day, shops in sorted(sums.awaited.items()):
        if against.now.first <= day <= against.now.last:
            notes.append(page.text("review.note.awaited", day=day, shops=_names(page, shops)))
    for begins in sorted(set(sums.begins.values())):
        shops = _names(page, [one for one in found.shops if sums.begins[one] == begins])
        late = [name for name, span in against.spans.items() if begins > span.first]
        if IN_PART in late and begins <= against.now.last:
            late.remove(IN_PART)
            notes.append(page.text("review.note.in_part", shops=shops, day=begins))
        if late:
            spans = _joined(page, [page.text(f"review.column.{name}") for name in late])
            notes.append(page.text("review.note.begins", shops=shops, day=begins, spans=spans))
    notes.append(page.text("review.note.ripens"))
    if found.categories is not None:
        notes.append(page.text("review.note.categories", categories=_joined(page, found.categories)))
        return notes
    whole = {shop: sums.of("now", [shop]) for shop in found.shops}
    unnamed = [
        page.text("review.note.of_orders", shop=shop_name(page, shop), named=f"{named:,}", orders=f"{orders:,}")
        for shop, one in whole.items()
        if (orders := one["orders"]) is not None and (named := one["named_orders"] or 0) < orders
    ]
    if unnamed:
        notes.append(page.text("review.note.unnamed", shops=_joined(page, unnamed)))
    no_visitors = [shop for shop, one in whole.items() if one["visitors"] is None]
    if no_visitors:
        notes.append(page.text("review.note.no_visitors", shops=_names(page, no_visitors)))
    if by == "category":
        left_out = [page.text(f"review.figure.{one.name}") for one in figures_of(found) if not one.is_by_category]
        notes.append(page.text("review.note.not_by_category", figures=_joined(page, left_out)))
    return notes


def _names(page: Page, shops: Iterable[str]) -> str:
    return _joined(page, [shop_name(page, shop) for shop in shops])


def _joined(page: Page, names: Iterable[str]) -> str:
    return page.text("why.and").join(names)
