"""What a shop's visitors and its advertising were: drawn day by day, whoever asks and however often.

Nothing of it moves demand: buyers, orders and money are the ledger's, and who came and what was spent is drawn beside
them. Visitors follow what customers want on the day, so that an empty shelf and chance show in the conversion as they
do in life. Platforms count brushing orders like any other.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.orders import GIFT
from include.simulation.specimen.settings import (
    CHANNEL_LOSS,
    CONVERSION_LEAK,
    MarketingFault,
    day_number,
    day_of,
    stream,
)

CONVERSION = {"tmall": 0.035, "jd": 0.045, "douyin": 0.02}
USUAL_CONVERSION = 0.03  # of the other shops
CONVERSION_SPREAD = 0.05  # of a day, in log units, beside chance
BUYERS_A_UNIT = 0.65  # an order has about one and a half units
PASSERS_BY = 20.0  # visitors a day that come whatever the shop sells
CLICKED = 0.06  # of the times that goods are shown, and of visitors who put something into the cart
INTO_CART = 0.08
RETURN = {"tmall": 4.2, "jd": 3.8, "douyin": 3.4}  # attributed sales for each yuan spent
USUAL_RETURN = 3.6
ATTRIBUTED = 0.45  # of an advertised listing's sales, on average
BUDGET_DAYS = 28  # the budget follows what the listing sold on so many days before
BUDGET_SPREAD = 0.1
CLICK_FEN = 120  # of a click, on average
AD_CLICKED = 0.04  # of the times that an advertisement is shown
ADVERTISED = 0.08  # of the listings, at least
FEWEST_ADVERTISED = 4
SESSIONS = ((12, 14), (19, 23))  # hours of the two live sessions of a day: what is paid in them is theirs


def shop_traffic(specimen: Specimen, shop: int, first: date, last: date) -> pd.DataFrame:
    """A row a day: day (number), impressions, visitors, carts, buyers, orders, units, paid_fen of the whole shop."""
    days = np.arange(day_number(first), day_number(last) + 1)
    bought = _bought(specimen, shop, days[0], days[-1])
    each = pd.DataFrame({"day": days}).merge(
        bought.groupby("day", as_index=False).agg(
            buyers=("customer", "nunique"),
            orders=("order", "nunique"),
            units=("quantity", "sum"),
            paid_fen=("fen", "sum"),
        ),
        on="day",
        how="left",
    )
    each = each.fillna(0).astype("int64")
    drawn = [_visits(specimen, shop, int(day), int(buyers)) for day, buyers in zip(days, each["buyers"], strict=True)]
    return each.assign(**pd.DataFrame(drawn))


def advertising(specimen: Specimen, shop: int, first: date, last: date) -> pd.DataFrame:
    """A row a day and advertised listing: day (number), listing, impressions, clicks, spend_fen, paid_fen (attributed
    by the platform), buyers; only where anything was spent."""
    begin, end = day_number(first), day_number(last)
    advertised = advertised_listings(specimen, shop)
    bought = _bought(specimen, shop, begin - BUDGET_DAYS, end)
    bought = bought[bought["listing"].isin(advertised)]
    place = {listing: number for number, listing in enumerate(advertised)}
    fen, buyers = (np.zeros((end - begin + 1 + BUDGET_DAYS, len(advertised)), dtype=np.int64) for _ in range(2))
    at = (bought["day"].to_numpy() - begin + BUDGET_DAYS, bought["listing"].map(place).to_numpy(np.int64))
    np.add.at(fen, at, bought["fen"].to_numpy())
    np.add.at(buyers, at, 1)
    name = specimen.settings.shops[shop]
    rows = []
    for day in range(begin, end + 1):
        now = day - begin + BUDGET_DAYS
        rng = stream(specimen.settings.seed, "marketing", shop, day, 1)
        usual = fen[now - BUDGET_DAYS : now].mean(axis=0)
        back = RETURN.get(name, USUAL_RETURN) * _factor(specimen, CHANNEL_LOSS, name, day)
        spread = np.exp(rng.normal(0, BUDGET_SPREAD, len(advertised)))
        spend = np.round(usual * ATTRIBUTED / back * spread).astype(np.int64)
        share = rng.beta(9, 11, len(advertised))  # its mean is ATTRIBUTED
        clicks = rng.poisson(spend / CLICK_FEN)
        rows.append(
            pd.DataFrame(
                {
                    "day": day,
                    "listing": advertised,
                    "impressions": clicks + rng.poisson(clicks * (1 / AD_CLICKED - 1)),
                    "clicks": clicks,
                    "spend_fen": spend,
                    "paid_fen": np.floor(fen[now] * share).astype(np.int64),
                    "buyers": np.floor(buyers[now] * share).astype(np.int64),
                }
            )
        )
    told = pd.concat(rows, ignore_index=True)
    return told[told["spend_fen"] > 0].reset_index(drop=True)


def live_sessions(specimen: Specimen, shop: int, first: date, last: date) -> pd.DataFrame:
    """A row a day and live session: day (number), room, hour (its first), paid_fen, orders, buyers."""
    bought = _bought(specimen, shop, day_number(first), day_number(last))
    rows = []
    for number, (begins, ends) in enumerate(SESSIONS):
        within = bought[(bought["hour"] >= begins) & (bought["hour"] < ends)]
        told = within.groupby("day", as_index=False).agg(
            paid_fen=("fen", "sum"), orders=("order", "nunique"), buyers=("customer", "nunique")
        )
        rows.append(told.assign(room=number, hour=begins))
    return pd.concat(rows).sort_values(["day", "room"], ignore_index=True)


def advertised_listings(specimen: Specimen, shop: int) -> np.ndarray:
    """Positions of the listings that the shop advertises: those of which it hopes to sell most."""
    catalogue = specimen.catalogue
    hoped = catalogue.shop_share[:, shop] * catalogue.listing_level * catalogue.listing_price_fen
    hoped = hoped * catalogue.level[catalogue.listing_main]
    number = max(FEWEST_ADVERTISED, int(catalogue.listings * ADVERTISED))
    return np.sort(np.argsort(-hoped, kind="stable")[:number])


def _visits(specimen: Specimen, shop: int, day: int, buyers: int) -> dict[str, int]:
    name = specimen.settings.shops[shop]
    rng = stream(specimen.settings.seed, "marketing", shop, day, 0)
    hoped = float(specimen.demand.expected_units(day_of(day)).sum()) * specimen.settings.shop_shares[shop]
    conversion = CONVERSION.get(name, USUAL_CONVERSION) * np.exp(rng.normal(0, CONVERSION_SPREAD))
    conversion *= _factor(specimen, CONVERSION_LEAK, name, day)
    visitors = max(buyers, int(rng.poisson(hoped * BUYERS_A_UNIT / conversion) + rng.poisson(PASSERS_BY)))
    return {
        "visitors": visitors,
        "impressions": visitors + int(rng.poisson(visitors * (1 / CLICKED - 1))),
        "carts": buyers + int(rng.poisson(visitors * INTO_CART)),
    }


def _factor(specimen: Specimen, kind: str, shop: str, day: int) -> float:
    wrong = [MarketingFault.read(text) for text in specimen.settings.marketing_faults]
    mine = [one.factor for one in wrong if (one.kind, one.shop) == (kind, shop) and day >= day_number(one.first_day)]
    return float(np.prod(mine))


def _bought(specimen: Specimen, shop: int, first: int, last: int) -> pd.DataFrame:
    """Lines that were paid from day `first` to `last`, gifts aside: day, hour, order, customer, listing, quantity,
    fen."""
    ledger = specimen.sales.orders
    paid = ledger["paid"]
    day = paid.astype("datetime64[D]").astype(np.int64)
    chosen = (ledger["shop"] == shop) & ~np.isnat(paid) & (day >= first) & (day <= last) & (ledger["kind"] != GIFT)
    rows = np.flatnonzero(chosen)
    count = ledger["lines"][rows].astype(np.int64)
    order = np.repeat(rows, count)
    nth = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    line = ledger["first_line"][order] + nth
    lines = specimen.sales.lines
    table = pd.DataFrame(
        {
            "day": day[order],
            "hour": (paid[order].astype(np.int64) // 3600) % 24,
            "order": order,
            "customer": ledger["customer"][order],
            "listing": lines["listing"][line].astype(np.int64),
            "quantity": lines["quantity"][line].astype(np.int64),
            "fen": lines["payable_fen"][line],
        }
    )
    return table[~lines["gift"][line]].reset_index(drop=True)
