"""The tables of looking back: forecasts, plans and stock from what a night stored, overrides from their scores.

All is added up over what the person sees. Few rows a day are read: the nightly run has made the sums.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select, true

from include.calendar.business_days import day_after
from include.demand.accuracy import bias_and_wape
from include.desk.judging.override_guards import may_see
from include.desk.looking.figure_tables import FigureColumn, FigureTable, Part, Unit
from include.desk.page import Page
from include.replenishment.looking_back.plan_results import OF_WORTH, WHATS
from include.replenishment.looking_back.stock_health import COST_DAYS, GRADES
from include.settings.desk import Scope
from include.settings.stock.override_kinds import WHATS as WHATS_OF_OVERRIDES
from include.tasks.by_hand.overrides import all_overrides, scores
from include.tasks.kinds import in_order
from include.warehouse.tables import forecast_hits, plan_results, stock_health

# What the books tell of a kind beyond the answers: what came, and what its goods were worth.
TOLD_BY_BOOKS = {"came": ("restock", "chase"), "saved": ("restock",), "missed": ("restock",)}
EXCESS = tuple(f"excess_{grade.lower()}_micros" for grade in GRADES)
REMEMBERED_SECONDS, MAX_REMEMBERED = 60, 200  # of tables
WEIGHTS = ("weight", "weight_in_stock", "weight_unknown")


def figures(connection: Connection, page: Page, part: Part, weeks: int) -> FigureTable:
    """One table of the last so many weeks, as the newest night stored it."""
    day = stored_day(connection)
    if part == "worth":
        return _worth(connection, page, weeks, day)
    if day is None:
        return FigureTable(part, (), ())
    make = {"accuracy": _accuracy, "plan": _plan, "health": _health, "days": _days}[part]
    # Stored figures change at night, or if a day is run again: they are added up once for all who see the same.
    person, remembered = page.person, page.remembered
    key = (part, weeks, day, page.language, person.scope.model_dump_json(), person.may("see_customers"))
    made, table = remembered.get(key, (0.0, None))
    if table is None or monotonic() - made > REMEMBERED_SECONDS:
        table = make(connection, page, weeks, day)
        if len(remembered) >= MAX_REMEMBERED:
            remembered.clear()
        remembered[key] = monotonic(), table
    return table


def stored_day(connection: Connection) -> str | None:
    """The newest day whose figures are stored."""
    return connection.execute(select(func.max(stock_health.c.day))).scalar_one()


def _accuracy(connection: Connection, page: Page, weeks: int, day: str) -> FigureTable:
    c = forecast_hits.c
    sums = [func.sum(c[name]) for name in ("forecasts", "unknown", "sold", "mean", "error")]
    within = (c.day == day, c.weeks == weeks, _of_scope(forecast_hits, page.person.scope))
    found = connection.execute(select(c.category, *sums).where(*within).group_by(c.category)).all()

    def row(called: str, judged: int, unknown: int, sold: float, mean: float, error: float) -> list[Any]:
        bias, wape = bias_and_wape(sold, mean, error) if judged and sold else (None, None)
        return [called, judged, unknown, sold, mean, bias, wape]

    rows = [row(_category(page, one[0]), *one[1:]) for one in sorted(found, key=lambda one: (-one[3], one[0]))]
    total = row(page.text("looking.all"), *(sum(one[at] for one in found) for at in range(1, 6)))
    columns = _columns("accuracy", category="text", forecasts="count", unknown="count", sold="units", forecast="units",
                       bias="signed_share", wape="share")  # fmt: skip
    return FigureTable("accuracy", columns, rows, total if rows else None, day, day_after(day, -7 * weeks))


def _plan(connection: Connection, page: Page, weeks: int, day: str) -> FigureTable:
    c, first = plan_results.c, day_after(day, 1 - 7 * weeks)
    sums = [func.sum(c[name]) for name in ("lines", "units", "money_micros")]
    within = (c.day >= first, c.day <= day, _of_plan(page.person.scope))
    query = select(c.kind, c.what, *sums).where(*within).group_by(c.kind, c.what)
    found = {(kind, what): [int(one) for one in three] for kind, what, *three in connection.execute(query)}
    rows: list[list[Any]] = []
    for kind in in_order():
        if not page.person.may_see(kind.name) or not any(name == kind.name for name, _ in found):
            continue
        suggested = found.get((kind.name, "suggested"), [0, 0, 0])
        accepted = found.get((kind.name, "accepted"), [0, 0, 0])
        for what in WHATS:
            if kind.name not in TOLD_BY_BOOKS.get(what, (kind.name,)):
                if what == "came":
                    rows.append([kind.called(page.language), page.text("looking.what.came"), None, None, None, None])
                continue
            lines, units, money = found.get((kind.name, what), [0, 0, 0])
            of, share = (accepted[1], units) if what == "came" else (suggested[0], lines)
            told = [
                lines,
                units if kind.counted else None,
                money,
                share / of if of > 0 and what not in ("suggested", *OF_WORTH) else None,
            ]
            rows.append([kind.called(page.language), page.text(f"looking.what.{what}"), *told])
    columns = _columns("plan", list="text", what="text", lines="count", units="units", money="money", of_plan="share")
    return FigureTable("plan", columns, rows, None, day, first, _worth_in_words(page, weeks, found))


def _worth_in_words(page: Page, weeks: int, found: Mapping[tuple[str, str], Sequence[int]]) -> list[str]:
    """What the restock lists brought, in a sentence; none as long as nothing was sold or missed by them."""
    (_, saved, gained), (_, missed, lost) = (found.get(("restock", what), (0, 0, 0)) for what in ("saved", "missed"))
    if not (saved or missed) or not page.person.may_see("restock"):
        return []
    money = {"saved_money": page.money(gained), "missed_money": page.money(lost)}
    return [page.text("looking.note.worth", weeks=weeks, saved=f"{saved:,}", missed=f"{missed:,}", **money)]


def _health(connection: Connection, page: Page, weeks: int, day: str) -> FigureTable:
    c, first = stock_health.c, day_after(day, 1 - 7 * weeks)
    scope = _of_scope(stock_health, page.person.scope)
    names = ("on_hand", "uncosted", "unknown_places", "value_micros", "cost_of_sales_micros", *EXCESS)
    now = select(c.category, *(func.sum(c[name]) for name in names)).where(c.day == day, scope).group_by(c.category)
    lately = select(c.category, *(func.sum(c[name]) for name in WEIGHTS))
    weights = {
        one[0]: one[1:]
        for one in connection.execute(lately.where(c.day >= first, c.day <= day, scope).group_by(c.category))
    }
    found = [(one[0], [int(value) for value in one[1:]]) for one in connection.execute(now)]

    def row(called: str, sums: Sequence[int], weight: Sequence[float]) -> list[Any]:
        on_hand, uncosted, unknown, value, sales, *excess = sums
        return [called, on_hand, value, _turnover(value, sales), _share(weight), *excess, unknown, uncosted]

    found.sort(key=lambda one: (-one[1][3], one[0]))
    nothing = (0.0, 0.0, 0.0)
    rows = [row(_category(page, name), sums, weights.get(name, nothing)) for name, sums in found]
    sums = [sum(one[1][at] for one in found) for at in range(len(names))]
    every = [sum(one[at] for one in weights.values()) for at in range(len(WEIGHTS))]
    grades: dict[str, Unit] = {f"excess_{grade.lower()}": "money" for grade in GRADES}
    columns = _columns("health", category="text", on_hand="units", value="money", turnover="days", availability="share",
                       **grades, unknown_places="count", uncosted="units")  # fmt: skip
    total = row(page.text("looking.all"), sums, every) if rows else None
    return FigureTable("health", columns, rows, total, day, first)


def _days(connection: Connection, page: Page, weeks: int, day: str) -> FigureTable:
    """Day by day; of more than four weeks every seventh day, with what was in stock in the week up to it."""
    c, first, step = stock_health.c, day_after(day, 1 - 7 * weeks), 1 if weeks <= 4 else 7
    names = (*WEIGHTS, "value_micros", "cost_of_sales_micros", *EXCESS)
    within = (c.day >= first, c.day <= day, _of_scope(stock_health, page.person.scope))
    query = select(c.day, *(func.sum(c[name]) for name in names)).where(*within).group_by(c.day)
    found = {one[0]: one[1:] for one in connection.execute(query)}
    rows = []
    for back in range(7 * weeks - step, -1, -step):
        own = day_after(day, -back)
        if own not in found:
            continue
        week = [found[one] for one in (day_after(own, -n) for n in range(step)) if one in found]
        value, sales, *excess = (int(one) for one in found[own][3:])
        share = _share([sum(one[at] for one in week) for at in range(3)])
        rows.append([own, share, _turnover(value, sales), value, sum(excess), *excess])
    grades: dict[str, Unit] = {f"excess_{grade.lower()}": "money" for grade in GRADES}
    columns = _columns(
        "days", day="text", availability="share", turnover="days", value="money", excess="money", **grades
    )
    return FigureTable("days", columns, rows, None, day, first)


def _worth(connection: Connection, page: Page, weeks: int, day: str | None) -> FigureTable:
    """Forecast overrides whose span ended in these weeks, by who set them and their kind."""
    known = scores(connection)
    until = max([*([day] if day else []), *(one.day for one in known.values())], default=None)
    if until is None:
        return FigureTable("worth", (), ())
    first, sums = day_after(until, 1 - 7 * weeks), dict[tuple[str, str], list[Any]]()
    for one in all_overrides(connection):
        score = known.get(one.number)
        is_lately = one.last_day is not None and first <= one.last_day <= until
        if score is None or not is_lately or not may_see(connection, page.person.scope, one):
            continue
        own = sums.setdefault((one.made_by, one.what), [0, 0, 0, 0.0, None])
        if score.unknown_places == score.places:
            own[1] += 1
            continue
        own[0] += 1
        own[2] += score.better_units > 0
        own[3] += score.better_units
        if score.better_micros is not None:
            own[4] = (own[4] or 0) + score.better_micros
    order = sorted(sums, key=lambda one: (one[0], WHATS_OF_OVERRIDES.index(one[1])))
    rows = [[person, page.text(f"desk.override.what.{what}"), *sums[person, what]] for person, what in order]
    columns = _columns("worth", person="text", override="text", judged="count", unjudged="count", nearer="count",
                       gained_units="units", gained_money="money")  # fmt: skip
    total = None
    if rows:
        money = [row[6] for row in rows if row[6] is not None]
        added = [sum(row[at] for row in rows) for at in range(2, 6)]
        total = [page.text("looking.all"), "", *added, sum(money) if money else None]
    return FigureTable("worth", columns, rows, total, until, first)


def _columns(part: Part, **units: Unit) -> list[FigureColumn]:
    return [FigureColumn(part, name, unit) for name, unit in units.items()]


def _turnover(value: int, sales: int) -> float | None:
    """Days that the stock lasts at the pace of the last weeks; None if nothing left the shelves."""
    return value / (sales / COST_DAYS) if sales > 0 else None


def _share(weight: Sequence[float]) -> float | None:
    known, in_stock, _ = weight
    return in_stock / known if known > 0 else None


def _category(page: Page, name: str) -> str:
    return name or page.text("looking.no_category")


def _of_scope(table: Table, scope: Scope) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if scope.warehouses:
        conditions.append(table.c.warehouse.in_(scope.warehouses))
    if scope.categories:
        conditions.append(table.c.category.in_(scope.categories))
    return and_(*conditions)


def _of_plan(scope: Scope) -> ColumnElement[bool]:
    """As of the lists: a recall by its shop, all else by warehouse and category; a transfer by where it goes."""
    c = plan_results.c
    recall: list[ColumnElement[bool]] = [c.kind == "recall"]
    goods: list[ColumnElement[bool]] = [c.kind != "recall"]
    if scope.shops:
        recall.append(c.place.in_(scope.shops))
    if scope.warehouses:
        goods.append(c.place.in_(scope.warehouses))
    if scope.categories:
        goods.append(c.category.in_(scope.categories))
    return or_(and_(*recall), and_(*goods))
