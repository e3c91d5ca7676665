"""The specimen's customers: who they are, the rhythm in which they come back, and when they are lost for good.

A customer belongs to one shop. After each visit the next one is planned a gamma-distributed gap ahead (regular rhythms,
not memoryless ones); independently a life is drawn at birth, exponential with a hazard of the customer's own, and a
visit planned after its end never happens. That end is the churn that the exports do not show.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from include.simulation.specimen import regions, sale_days
from include.simulation.specimen.catalogue import CATEGORIES
from include.simulation.specimen.growing_table import GrowingTable
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream

SHOPPER, BRUSHER, COMPANY = 0, 1, 2
NO_DAY = 2**31 - 1

COLUMNS = {
    "shop": "int8",
    "kind": "int8",
    "warehouse": "int8",
    "province": "int16",
    "city": "int16",
    "category": "int8",  # favourite
    "gap_days": "float32",  # mean days between visits
    "regularity": "float32",  # shape of the gap's gamma; 1 is memoryless, 4 is a clockwork
    "hazard": "float32",  # chance a day of being lost
    "born": "int32",  # day numbers from here on
    "lost": "int32",
    "next_visit": "int32",
    "last_visit": "int32",
    "contacted": "int32",
    "called_back": "int32",  # day of the visit that a contact brought about, NO_DAY when it brought none
    "coupon_fen": "int32",  # off the next order, 0: none
    "coupon_until": "int32",
    "visits": "int32",
}


class Customers:
    """All customers ever; a customer's number is their row."""

    def __init__(self, settings: SpecimenSettings) -> None:
        self.settings = settings
        self.table = GrowingTable(COLUMNS)

    def found(self, day: date, how_many: int) -> None:
        """The customers the merchant already has on the first day, somewhere inside their rhythms."""
        rng = stream(self.settings.seed, "founders")
        shops = rng.choice(3, size=how_many, p=self.settings.shop_shares).astype(np.int8)
        warehouses = rng.choice(3, size=how_many, p=regions.WAREHOUSE_SHARE).astype(np.int8)
        rows = self.born(rng, day, shops, warehouses, one_time_share=0.0)
        gap = self.table["gap_days"][rows]
        self.table["next_visit"][rows] = day_number(day) + (rng.random(how_many) * gap * 1.5).astype(np.int32)
        self.table["visits"][rows] = 1

    def born(
        self,
        rng: np.random.Generator,
        day: date,
        shops: np.ndarray,
        warehouses: np.ndarray,
        kind: int = SHOPPER,
        one_time_share: float | None = None,
    ) -> np.ndarray:
        """New customers who come for the first time on `day`; returns their numbers."""
        settings, number, rows = self.settings, day_number(day), len(shops)
        once = settings.one_time_buyers if one_time_share is None else one_time_share
        provinces = regions.draw_provinces(rng, warehouses)
        spread = 0.6
        gap = settings.mean_gap_days * rng.lognormal(-(spread**2) / 2, spread, rows)
        hazard = rng.lognormal(0.0, 0.5, rows) / settings.mean_life_days
        regularity = rng.choice([1.0, 2.0, 4.0], size=rows, p=[0.35, 0.4, 0.25])
        life = rng.exponential(1 / hazard)
        single = (rng.random(rows) < once) | (kind != SHOPPER)
        return self.table.append(
            rows,
            {
                "shop": shops,
                "kind": kind,
                "warehouse": warehouses,
                "province": provinces,
                "city": regions.draw_cities(rng, provinces),
                "category": rng.integers(len(CATEGORIES), size=rows),
                "gap_days": np.clip(gap, 4, 150),
                "regularity": regularity,
                "hazard": np.where(single, 1.0, hazard),
                "born": number,
                "lost": np.where(single, number, number + np.minimum(life, 20_000)),
                "next_visit": number + self._gaps(rng, gap, regularity),
                "last_visit": number,
                "contacted": -NO_DAY,
                "called_back": NO_DAY,
                "coupon_fen": 0,
                "coupon_until": 0,
                "visits": 1,
            },
        )

    def visitors(self, day: date) -> np.ndarray:
        """Numbers of the customers who come back on `day`, and plans for when they will come next.

        Big sales also bring in some of those whose turn would come within the month.
        """
        table, number = self.table, day_number(day)
        rng = stream(self.settings.seed, "visits", number)
        next_visit, alive = table["next_visit"], table["lost"] > number
        coming = alive & (next_visit <= number)
        pull = min(0.45, 0.09 * (sale_days.effects(day).sales - 1.3))
        if pull > 0:
            soon = alive & (next_visit > number) & (next_visit <= number + 30)
            coming |= soon & (rng.random(len(table)) < pull)
        who = np.flatnonzero(coming)
        gaps = self._gaps(rng, table["gap_days"][who], table["regularity"][who])
        table["next_visit"][who] = number + gaps
        table["last_visit"][who] = number
        table["visits"][who] += 1
        return who

    def put_off(self, rng: np.random.Generator, day: date, who: np.ndarray, visited: np.ndarray) -> None:
        """Customers who found nothing they wanted today come back within the week.

        `visited` holds the last visit each had before today, so that today leaves no trace.
        """
        self.table["next_visit"][who] = day_number(day) + rng.integers(1, 8, len(who))
        self.table["last_visit"][who] = visited
        self.table["visits"][who] -= 1

    def contact(
        self, who: Iterable[int], day: date, by: str = "call", offer_fen: int = 0, coupon_fen: int = 0, days: int = 30
    ) -> int:
        """Contact customers on `day`, by 'call', 'chat', 'text' or 'push': each comes back within the window with
        `lifts` on top of their own plans.

        offer_fen: what is offered with it is worth so much; coupon_fen: so much comes off the price of an order within
        `days`, whoever would have come anyway included. A lost customer who comes back lives on with a new life of
        their own hazard. A contact soon after another one has no effect. Returns how many were called back.
        """
        settings, table, number = self.settings, self.table, day_number(day)
        rows = np.unique(np.fromiter(who, dtype=np.int64))
        if len(rows) and (rows[0] < 0 or rows[-1] >= len(table)):
            raise ValueError(f"customer numbers must be 0..{len(table) - 1}, found {rows[0]}..{rows[-1]}")
        rng = stream(settings.seed, "contacts", number)
        # One draw a customer in existence: whom else is contacted today does not change a customer's luck.
        luck = rng.random(len(table))[rows]
        window = rng.integers(1, settings.contact_window_days + 1, len(table))[rows]
        life = rng.exponential(1.0, len(table))[rows] / np.minimum(table["hazard"][rows], 0.02)
        rested = number - table["contacted"][rows].astype(np.int64) > settings.contact_rest_days
        table["contacted"][rows] = number
        if coupon_fen:
            table["coupon_fen"][rows], table["coupon_until"][rows] = coupon_fen, number + days
        lift = self.lifts(by, offer_fen)[rows]
        moved = (luck < lift) & rested & (table["kind"][rows] == SHOPPER)
        won, back = rows[moved], number + window[moved]
        lost = table["lost"][won] <= back
        table["lost"][won] = np.where(lost, back + 1 + np.minimum(life[moved], 20_000), table["lost"][won])
        earlier = lost | (back < table["next_visit"][won])
        table["next_visit"][won] = np.where(earlier, back, table["next_visit"][won])
        table["called_back"][won] = np.where(earlier, back, table["called_back"][won])
        return int(earlier.sum())

    def lifts(self, by: str, offer_fen: int = 0) -> np.ndarray:
        """(customers,) how much a contact truly raises each one's chance to come within the window: the truth that the
        exports do not show. Some answer to contacts and some to offers, each to their own degree, for life."""
        settings = self.settings
        strength = {
            "call": 1.0,
            "chat": settings.chat_strength,
            "text": settings.text_strength,
            "push": settings.push_strength,
        }[by]
        degrees = [
            stream(settings.seed, "contacts", 0, place).lognormal(
                -(settings.contact_spread**2) / 2, settings.contact_spread, len(self.table)
            )
            for place in (1, 2)
        ]
        lift = settings.contact_lift * strength * degrees[0] + settings.offer_lift * offer_fen / 100 * degrees[1]
        return np.asarray(np.minimum(lift, 1.0))

    def use_coupons(self, who: np.ndarray, goods_fen: np.ndarray, day: date) -> np.ndarray:
        """(orders,) fen that coupons take off orders of `day` by these customers: at most half of the goods, a coupon
        once. A coupon that is not used today stays."""
        table, number = self.table, day_number(day)
        off = np.zeros(len(who), dtype=np.int64)
        held = (table["coupon_fen"][who] > 0) & (table["coupon_until"][who] >= number)
        if not held.any():
            return off
        first = np.zeros(len(who), dtype=bool)
        first[np.unique(who, return_index=True)[1]] = True
        luck = stream(self.settings.seed, "contacts", number, 3).random(len(table))[who]
        used = held & first & (luck < self.settings.offer_used)
        off[used] = np.minimum(table["coupon_fen"][who[used]], goods_fen[used] // 2)
        table["coupon_fen"][who[used]] = 0
        return off

    @staticmethod
    def _gaps(rng: np.random.Generator, gap: np.ndarray, regularity: np.ndarray) -> np.ndarray:
        drawn = rng.gamma(regularity, np.asarray(gap) / regularity)
        return np.maximum(np.round(drawn), 1).astype(np.int32)
