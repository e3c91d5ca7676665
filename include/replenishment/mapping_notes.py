"""What the plan of a day rests on and somebody should look at: places that nobody serves, codes in two writings."""

from include.calendar.business_days import day_after
from include.facts.listing_map import loose_form
from include.replenishment.knowledge import Known
from include.tasks.drafts import Note
from include.warehouse.as_of import read_lines
from include.warehouse.tables import orders
from include.warehouse.workspace import Office

RECENT_DAYS = 28  # four weeks hold every weekday alike; a place that nobody serves is told while it is news
TOLD = 5  # names in one sentence: more are counted


def doubts(office: Office, day: str, known: Known) -> list[Note]:
    """The notes above the lists that plan goods. known: what the plan of `day` rests on."""
    return [*_places(office, day), *_codes(known)]


def _places(office: Office, day: str) -> list[Note]:
    """Recent orders whose place no warehouse serves: their demand counts for the first one."""
    merchant = office.merchant
    if len(merchant.warehouses) < 2:
        return []
    since = orders.c.created_at >= day_after(day, -RECENT_DAYS)
    recent = read_lines(office.books, "orders", day, since)
    places = recent["province"].astype("str").fillna("?")
    stray = places[~places.isin(list(merchant.warehouse_of()))]
    if not len(recent) or len(stray) / len(recent) < merchant.demand.unplaced_share:
        return []
    named = ", ".join(f"{place} {count}" for place, count in stray.value_counts().head(TOLD).items())
    first = merchant.fallback_warehouse
    return [
        Note(
            f"近 {RECENT_DAYS} 天 {len(recent)} 单中有 {len(stray)} 单的地区没有仓库负责（{named}），"
            f"需求都计入{first}；可在 merchant.yaml 的 serves 里写明。",
            f"{len(stray)} of {len(recent)} orders of the last {RECENT_DAYS} days are from places that no warehouse "
            f"serves ({named}): their demand counts for {first}. Say under `serves` in merchant.yaml who serves them.",
        )
    ]


def _codes(known: Known) -> list[Note]:
    """Stock under a code that nothing sells by, while a sku that differs in case, signs or zeros only has none."""
    stock = known.stock
    # What a file leaves out is taken for empty, and says nothing of how the sku is written.
    stocked = set(stock["sku"] if "state" not in stock else stock.loc[stock["state"] != "left_out", "sku"])
    wanted = {*known.sold["sku"].astype("str"), *known.products["sku"].astype("str")}
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
    return [
        Note(
            f"库存表里有 {len(pairs)} 个编码和商品编码只差大小写、符号或前导零，未当作同一商品：{named}。",
            f"{len(pairs)} codes of the stock files differ from a sku only in case, signs or leading zeros, and are "
            f"not taken for it: {named}.",
        )
    ]
