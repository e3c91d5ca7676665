"""Counts and sums of some spans of days by shop and category, read from the books as of a closed day.

A dozen statements, however many days, shops and skus there are. What the books do not tell of a shop is None, never 0.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from include.calendar.business_days import day_after, days_between
from include.kpi.kpi_figures import GOODS, Sums, added
from include.kpi.review_periods import Span
from include.warehouse.as_of import latest_lines, newest_facts
from include.warehouse.tables import FACT_TABLES, closes, fact_versions, orders, products, traffic

Spans = Mapping[str, Span]
UNMATCHED = "?"  # beside categories: what was paid for listings that no sku answers to; no category is called so
NOT_COUNTED = ("brushing", "gift")  # marks of orders that nobody placed to buy

IN_PART = "now"  # the span that is told as far as the books reach; one that it is held against is whole, or unknown


AD = "ads "  # how the parts of traffic that are advertising begin; the channel's name follows
CAME_BY = ("visitors", "paid_buyers", "impressions", "carts")  # of a shop's day, each known or not by itself


@dataclass(frozen=True)
class ChannelSums:
    """impressions, clicks; spent and paid (what the platform attributes to it) in micros, paid None: not known. days:
    on which it is told."""

    impressions: int
    clicks: int
    spent: int
    paid: int | None
    days: int


@dataclass(frozen=True)
class KpiSums:
    """goods: (span, shop, category) -> sums named in GOODS; '' is of goods without a category, UNMATCHED of listings
    without a sku. shops: (span, shop) -> all sums. skus: (span, shop) -> sku -> what was paid, and units handed out.
    channels: (span, shop, channel) -> what its advertising took and brought. begins: shop -> the first day of which
    the books know sales.
    awaited: day -> shops whose files were missing at its close."""

    goods: Mapping[tuple[str, str, str], Sums]
    shops: Mapping[tuple[str, str], Sums]
    skus: Mapping[tuple[str, str], Mapping[str, tuple[int, int]]]
    channels: Mapping[tuple[str, str, str], ChannelSums]
    begins: Mapping[str, str]
    awaited: Mapping[str, Sequence[str]]

    def of(self, span: str, shops: Collection[str], categories: Collection[str] | None = None) -> Sums:
        """The sums of some shops; of some categories, only what is known by category."""
        if categories is None:
            return added([self.shops[span, shop] for shop in shops if (span, shop) in self.shops])
        unknown = any(self.shops[span, shop]["matched"] is None for shop in shops)
        if unknown:
            return {}
        found = [
            one for (at, shop, name), one in self.goods.items() if at == span and shop in shops and name in categories
        ]
        none: Sums = dict.fromkeys(GOODS, 0)
        return added([*found, none]) if found else none

    @property
    def categories(self) -> set[str]:
        return {category for _, _, category in self.goods}


def selling_shops(connection: Connection, as_of: str) -> dict[str, str]:
    """Shop -> the first day of which the books know sales."""
    v = fact_versions.c
    sold = select(v.shop, func.min(v.day)).where(v.fact.in_(["sales", "unmapped"]), v.rows > 0, v.as_of <= as_of)
    return {str(shop): str(first) for shop, first in connection.execute(sold.group_by(v.shop).order_by(v.shop))}


def read_sums(connection: Connection, as_of: str, shops: Collection[str] | None, spans: Spans) -> KpiSums:
    """The sums of each span, as the close of `as_of` and the lines up to it tell them. shops: None is all."""
    begins = {shop: day for shop, day in selling_shops(connection, as_of).items() if shops is None or shop in shops}
    told = sorted(begins)
    goods, skus = _goods(connection, as_of, told, spans)
    taken, placed = _orders(connection, as_of, told, spans)
    people = _buyers(connection, as_of, told, spans)
    visits = _visits(connection, as_of, told, spans)
    channels, spent = _advertising(connection, as_of, told, spans)
    whole: dict[tuple[str, str], Sums] = {}
    for name, span in spans.items():
        for shop in told:
            is_in_part = name == IN_PART and begins[shop] <= span.last
            if begins[shop] > span.first and not is_in_part:
                whole[name, shop] = dict.fromkeys(added([]))
                continue
            named, buyers, new = people.get((name, shop), (0, 0, 0))
            nobody_named = not named and taken[name, shop] > 0
            own = [one for (at, of, _), one in goods.items() if (at, of) == (name, shop)]
            visitors, visiting, shown, carts = visits.get((name, shop), (None,) * len(CAME_BY))
            spending, brought = spent.get((name, shop), (None, None))
            whole[name, shop] = {
                **{one: sum(part[one] or 0 for part in own) for one in GOODS},
                "gmv": placed[name, shop],
                "orders": taken[name, shop],
                "buyers": None if nobody_named else buyers,
                "new_buyers": None if nobody_named else new,
                "named_orders": named,
                "visitors": visitors,
                "visiting_buyers": visiting,
                "impressions": shown,
                "carts": carts,
                "ad_spend": spending,
                "ad_paid": brought,
            }
    return KpiSums(goods, whole, skus, channels, begins, _awaited(connection, as_of, told, spans))


def paid_by_shop(
    connection: Connection, as_of: str, shops: Collection[str] | None, spans: Spans, categories: Collection[str] | None
) -> dict[tuple[str, str], int]:
    """(span, shop) -> micros paid, of goods of some categories or of all; a span before the shop's first day of sales
    is left out."""
    begins = {shop: day for shop, day in selling_shops(connection, as_of).items() if shops is None or shop in shops}
    paid = Counter({(name, shop): 0 for name, span in spans.items() for shop in begins if begins[shop] <= span.first})
    goods, _ = _goods(connection, as_of, sorted(begins), spans)
    for (name, shop, category), one in goods.items():
        if (name, shop) in paid and (categories is None or category in categories):
            paid[name, shop] += (one["matched"] or 0) + (one["unmatched"] or 0)
    return dict(paid)


def paid_by_day(
    connection: Connection, as_of: str, shops: Collection[str] | None, first: str
) -> dict[str, dict[str, int]]:
    """Shop -> day -> micros paid, from `first` (or the shop's first day of sales) to `as_of`. A day without sales is 0;
    one whose files were missing at its close is not there."""
    begins = {shop: day for shop, day in selling_shops(connection, as_of).items() if shops is None or shop in shops}
    paid = {shop: dict.fromkeys(days_between(max(day, first), as_of), 0) for shop, day in begins.items()}
    for fact, name in (("sales", "paid_micros"), ("unmapped", "revenue_micros")):
        c = newest_facts(fact, as_of, first, as_of, sorted(begins)).subquery().c
        for shop, day, micros in connection.execute(select(c.shop, c.day, func.sum(c[name])).group_by(c.shop, c.day)):
            paid[shop][day] += int(micros)
    for day, missing in _awaited(connection, as_of, sorted(begins), {"all": Span(first, as_of)}).items():
        for shop in missing:
            paid[shop].pop(day, None)
    return paid


def _goods(
    connection: Connection, as_of: str, shops: Sequence[str], spans: Spans
) -> tuple[dict[tuple[str, str, str], dict[str, int | None]], dict[tuple[str, str], dict[str, tuple[int, int]]]]:
    category, cost = dict[str, str](), dict[str, int | None]()
    masters = latest_lines(products, as_of).subquery()
    known = select(masters.c.sku, masters.c.category, masters.c.cost_micros).order_by(masters.c.shop)
    for sku, kind, each in connection.execute(known):
        category.setdefault(sku, kind or "")
        cost.setdefault(sku, int(each) if each and each > 0 else None)
    goods: dict[tuple[str, str, str], Counter[str]] = {}
    skus: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}

    def row(span: str, shop: str, of: str) -> Counter[str]:
        return goods.setdefault((span, shop, of), Counter(dict.fromkeys(GOODS, 0)))

    names = ("paid_micros", "refunded_micros", "units_paid")
    for span, shop, sku, paid, refunded, handed in _facts(connection, "sales", as_of, shops, spans, "sku", names):
        own = row(span, shop, category.get(sku, ""))
        own["matched"] += paid
        own["refunded"] += refunded
        skus.setdefault((span, shop), {})[sku] = (paid, handed)
        each = cost.get(sku)
        if each is not None:
            own["costed"] += paid
            own["cost"] += each * handed
    for span, shop, sku, units, bulk in _facts(
        connection, "demand", as_of, shops, spans, "sku", ("units", "bulk_units")
    ):
        row(span, shop, category.get(sku, ""))["units"] += units + bulk
    for span, shop, _, paid in _facts(connection, "unmapped", as_of, shops, spans, "shop", ("revenue_micros",)):
        row(span, shop, UNMATCHED)["unmatched"] += paid
    return {key: dict(one) for key, one in goods.items()}, skus


def _facts(
    connection: Connection, fact: str, as_of: str, shops: Sequence[str], spans: Spans, by: str, names: Sequence[str]
) -> list[tuple]:
    """span, shop, `by`, the sum of each of `names`."""
    day = FACT_TABLES[fact].c.day
    c = _newest(fact, as_of, shops, spans).where(_within(day, spans)).subquery().c
    # Labelled in a select of its own: PostgreSQL takes two equal CASEs with parameters for different ones.
    label = case(*((c.day.between(span.first, span.last), name) for name, span in spans.items())).label("span")
    rows = select(label, c.shop, c[by].label("part"), *(c[name] for name in names)).subquery().c
    sums = [func.sum(rows[name]) for name in names]
    statement = select(rows.span, rows.shop, rows.part, *sums).group_by(rows.span, rows.shop, rows.part)
    return [(*found[:3], *(int(one) for one in found[3:])) for found in connection.execute(statement)]


def _newest(fact: str, as_of: str, shops: Sequence[str], spans: Spans) -> Select:
    first, last = min(one.first for one in spans.values()), max(one.last for one in spans.values())
    return newest_facts(fact, as_of, first, last, shops)


def _within(column: ColumnElement[str], spans: Spans) -> ColumnElement[bool]:
    """Of a column of days or moments."""
    return or_(*(and_(column >= one.first, column < day_after(one.last)) for one in spans.values()))


def _orders(
    connection: Connection, as_of: str, shops: Sequence[str], spans: Spans
) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """(span, shop) -> orders paid in it; micros of the orders placed in it."""
    c = orders.c
    of_spans = or_(_within(c.paid_at, spans), _within(c.created_at, spans))
    chosen = select(c.order_id).where(c.shop.in_(shops), of_spans)
    o = latest_lines(orders, as_of, c.shop.in_(shops), c.order_id.in_(chosen)).subquery().c
    paid, placed = func.substr(o.paid_at, 1, 10).label("paid"), func.substr(o.created_at, 1, 10).label("placed")
    rows = (
        select(o.shop, paid, placed, o.total_micros).where(func.coalesce(o.mark, "").not_in(NOT_COUNTED)).subquery().c
    )
    days = (rows.shop, rows.paid, rows.placed)
    taken, gmv = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for shop, paid_on, placed_on, number, total in connection.execute(
        select(*days, func.count(), func.sum(rows.total_micros)).group_by(*days)
    ):
        for name, span in spans.items():
            taken[name, shop] += number if span.first <= (paid_on or "") <= span.last else 0
            gmv[name, shop] += int(total) if span.first <= (placed_on or "") <= span.last else 0
    return taken, gmv


def _buyers(
    connection: Connection, as_of: str, shops: Sequence[str], spans: Spans
) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(span, shop) -> orders that name a buyer; buyers; of these, those whose first order in the books is in it."""
    c = newest_facts("customer_orders", as_of, shops=shops).subquery().c
    counts = [func.sum(case((c.day.between(one.first, one.last), 1), else_=0)) for one in spans.values()]
    named = [one.label(f"orders_{number}") for number, one in enumerate(counts)]
    each = select(c.shop, func.min(c.day).label("first"), *named).group_by(c.shop, c.customer).subquery().c
    sums: list[ColumnElement[int]] = []
    for number, span in enumerate(spans.values()):
        own = each[f"orders_{number}"]
        is_new = and_(own > 0, each.first >= span.first)
        sums += [func.sum(own), *(func.sum(case((one, 1), else_=0)) for one in (own > 0, is_new))]
    found = {}
    for shop, *told in connection.execute(select(each.shop, *sums).group_by(each.shop)):
        for number, name in enumerate(spans):
            orders_, buyers, new = (int(one) for one in told[3 * number : 3 * number + 3])
            found[name, shop] = (orders_, buyers, new)
    return found


def _visits(
    connection: Connection, as_of: str, shops: Sequence[str], spans: Spans
) -> dict[tuple[str, str], tuple[int | None, ...]]:
    """(span, shop) -> CAME_BY of the shop as a whole; None unless every day tells it.

    Visitors of listings are not added up: whoever looks at two would count twice."""
    c = traffic.c
    whole = (c.listing_id.is_(None), c.merchant_code.is_(None), c.part.is_(None))
    told = latest_lines(traffic, as_of, c.shop.in_(shops), _within(c.traffic_day, spans), *whole).subquery().c
    rows = connection.execute(select(told.shop, told.traffic_day, *(told[name] for name in CAME_BY)))
    days = {(shop, day): tuple(values) for shop, day, *values in rows}
    nothing = (None,) * len(CAME_BY)
    return {
        (name, shop): tuple(
            _all_known(one) for one in zip(*(days.get((shop, day), nothing) for day in span.days), strict=True)
        )
        for name, span in spans.items()
        for shop in {one for one, _ in days}
    }


def funnel_days(
    connection: Connection, as_of: str, shops: Collection[str] | None, first: str
) -> dict[str, dict[str, tuple[int | None, ...]]]:
    """Shop -> day -> CAME_BY of the shop as a whole, from `first` to `as_of`; days that nobody tells are not there."""
    c = traffic.c
    whole = (c.listing_id.is_(None), c.merchant_code.is_(None), c.part.is_(None))
    within = [c.traffic_day.between(first, as_of), *([] if shops is None else [c.shop.in_(list(shops))])]
    t = latest_lines(traffic, as_of, *within, *whole).subquery().c
    found: dict[str, dict[str, tuple[int | None, ...]]] = {}
    for shop, day, *values in connection.execute(select(t.shop, t.traffic_day, *(t[name] for name in CAME_BY))):
        found.setdefault(shop, {})[day] = tuple(values)
    return found


def _advertising(
    connection: Connection, as_of: str, shops: Sequence[str], spans: Spans
) -> tuple[dict[tuple[str, str, str], ChannelSums], dict[tuple[str, str], tuple[int | None, int | None]]]:
    """(span, shop, channel) -> its sums; (span, shop) -> what was spent and what that brought, None unless a channel or
    the shop's own report tells every day.

    What the shop's own report says was spent is not added to what its channels say: it is the same money."""
    c = traffic.c
    is_ad, is_whole = c.part.startswith(AD, autoescape=True), and_(c.part.is_(None), c.listing_id.is_(None))
    told = latest_lines(traffic, as_of, c.shop.in_(shops), _within(c.traffic_day, spans), or_(is_ad, is_whole))
    t = told.subquery().c
    names = (t.impressions, t.views, t.spend_micros, t.paid_micros)
    sums = [func.sum(one) for one in names]
    by = (t.shop, t.traffic_day, t.part)
    rows = connection.execute(
        select(*by, *sums, func.count() - func.count(t.paid_micros))
        .where(t.spend_micros.is_not(None))
        .group_by(*by)
        .order_by(*by)
    ).all()
    channels: dict[tuple[str, str, str], ChannelSums] = {}
    spent: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for name, span in spans.items():
        days: dict[tuple[str, str], tuple[int, int | None]] = {}
        own: dict[tuple[str, str], int] = {}
        for shop, day, part, *numbers in rows:
            shown, clicks, spending, brought, untold = numbers
            if not span.first <= day <= span.last:
                continue
            if part is None:
                own[shop, day] = int(spending)
                continue
            paid = None if untold else int(brought)
            key = (name, shop, part.removeprefix(AD))
            was = channels.get(key, ChannelSums(0, 0, 0, 0, 0))
            channels[key] = ChannelSums(
                was.impressions + int(shown or 0),
                was.clicks + int(clicks or 0),
                was.spent + int(spending),
                None if paid is None or was.paid is None else was.paid + paid,
                was.days + 1,
            )
            before, back = days.get((shop, day), (0, 0))
            days[shop, day] = before + int(spending), None if paid is None or back is None else back + paid
        for shop in {one for one, _ in [*days, *own]}:
            of_days = [days.get((shop, day), (own.get((shop, day)), None)) for day in span.days]
            spent[name, shop] = _all_known([one for one, _ in of_days]), _all_known([one for _, one in of_days])
    return channels, spent


def _all_known(values: Sequence[int | None]) -> int | None:
    """Their sum; None if one is not known."""
    known = [one for one in values if one is not None]
    return sum(known) if len(known) == len(values) else None


def _awaited(connection: Connection, as_of: str, shops: Sequence[str], spans: Spans) -> dict[str, list[str]]:
    """Day -> shops whose files were missing at its newest close; of days of the spans."""
    c = closes.c
    rows = select(c.day, c.missing_shops).where(_within(c.day, spans), c.day <= as_of).order_by(c.day, c.revision)
    newest = {day: json.loads(missing) for day, missing in connection.execute(rows)}
    return {day: own for day, missing in newest.items() if (own := [one for one in missing if one in shops])}
