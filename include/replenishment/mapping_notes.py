"""What the plan of a day rests on and somebody should look at: places that nobody serves, codes in two writings."""

from include.calendar.business_days import day_after
from include.facts.listing_map import loose_form
from include.replenishment.planning_frames import PlanningData
from include.tasks.drafts import Note
from include.warehouse.as_of import read_lines
from include.warehouse.tables import orders
from include.warehouse.workspace import Workspace
from include.words.texts import in_each

RECENT_DAYS = 28  # four weeks hold every weekday alike; a place that nobody serves is told while it is news
TOLD = 5  # names in one sentence: more are counted


def doubts(workspace: Workspace, day: str, planning: PlanningData) -> list[Note]:
    """The notes above the lists that plan goods. known: what the plan of `day` rests on."""
    return [*_places(workspace, day), *_codes(planning)]


def _places(workspace: Workspace, day: str) -> list[Note]:
    """Recent orders whose place no warehouse serves: their demand counts for the first one."""
    merchant = workspace.merchant
    if len(merchant.warehouses) < 2:
        return []
    since = orders.c.created_at >= day_after(day, -RECENT_DAYS)
    recent = read_lines(workspace.books, "orders", day, since)
    places = recent["province"].astype("str").fillna("?")
    stray = places[~places.isin(list(merchant.warehouse_of()))]
    if not len(recent) or len(stray) / len(recent) < merchant.demand.unplaced_share:
        return []
    named = ", ".join(f"{place} {count}" for place, count in stray.value_counts().head(TOLD).items())
    return [
        Note(
            *in_each(
                "note.unserved_places",
                days=RECENT_DAYS,
                orders=len(recent),
                stray=len(stray),
                named=named,
                first=merchant.fallback_warehouse,
            )
        )
    ]


def _codes(planning: PlanningData) -> list[Note]:
    """Stock under a code that nothing sells by, while a sku that differs in case, signs or zeros only has none."""
    stock = planning.stock
    # What a file leaves out is taken for empty, and says nothing of how the sku is written.
    stocked = set(stock["sku"] if "state" not in stock else stock.loc[stock["state"] != "left_out", "sku"])
    wanted = {*planning.sold["sku"].astype("str"), *planning.products["sku"].astype("str")}
    lacking: dict[str, set[str]] = {}
    for sku in wanted - stocked:
        lacking.setdefault(loose_form(sku), set()).add(sku)
    pairs = [
        (code, next(iter(alike)))
        for code in sorted(stocked - wanted)
        if len(alike := lacking.get(loose_form(code), set())) == 1
    ]
    if not pairs:
        return []
    named = ", ".join(f"{code} ({sku}?)" for code, sku in pairs[:TOLD]) + (", …" if len(pairs) > TOLD else "")
    return [Note(*in_each("note.loose_codes", count=len(pairs), named=named))]
