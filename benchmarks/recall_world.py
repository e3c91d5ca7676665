"""A merchant of the specimen's customers and goods, without shelves: what win-back truly brings can be counted.

Every customer's luck of a day is their own, so two worlds of one seed that differ in contacts differ in nothing else,
and a visit that a contact brings about takes no order away from anybody. What a contact changes is the specimen's own
truth: `SpecimenSettings.contact_lift` and what follows it, varying from customer to customer.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from include.simulation.specimen import regions, sale_days
from include.simulation.specimen.catalogue import CATEGORIES, draw_catalogue
from include.simulation.specimen.customers import Customers
from include.simulation.specimen.settings import SpecimenSettings, day_number, stream

FAVOURITE, TWO_LINES, REFUNDED, DISCOUNTS = 0.7, 0.3, 0.06, (0.0, 0.0, 0.05, 0.08, 0.12)


class World(Customers):
    """orders: frames of the days lived, columns number (the customer's), day (number), and what a customer orders
    frame holds. used: what gifts and freight cost, by customer and day (number, day, fen)."""

    def __init__(self, settings: SpecimenSettings, founders: int, newcomers_a_day: float) -> None:
        super().__init__(settings)
        self.catalogue = draw_catalogue(settings)
        self.newcomers_a_day = newcomers_a_day
        self.orders: list[pd.DataFrame] = []
        self.used: list[pd.DataFrame] = []
        self._kind_fen, self._kind_until = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self.day = settings.first_day
        self.found(self.day, founders)

    def live(self, days: int) -> None:
        for _ in range(days):
            self._live(self.day)
            self.day += timedelta(days=1)

    def visitors(self, day: date) -> np.ndarray:
        """As the specimen's, with luck of each customer's own."""
        table, number = self.table, day_number(day)
        rng, rows = stream(self.settings.seed, "visits", number), len(self.table)
        gap_luck, pull_luck = rng.random(rows), rng.random(rows)
        next_visit, alive = table["next_visit"], table["lost"] > number
        pull = min(0.45, 0.09 * (sale_days.effects(day).sales - 1.3))
        soon = alive & (next_visit > number) & (next_visit <= number + 30)
        who = np.flatnonzero((alive & (next_visit <= number)) | (soon & (pull_luck < pull)))
        shape = table["regularity"][who].astype(np.float64)
        gaps = gammaincinv(shape, gap_luck[who]) * table["gap_days"][who] / shape
        table["next_visit"][who] = number + np.maximum(np.round(gaps), 1).astype(np.int32)
        table["last_visit"][who] = number
        table["visits"][who] += 1
        return who

    def offer_in_kind(self, who: np.ndarray, fen: np.ndarray, days: int) -> None:
        """A gift or freight that the merchant pays at the next order within so many days."""
        self._grow()
        self._kind_fen[who], self._kind_until[who] = fen, day_number(self.day) - 1 + days

    def _live(self, day: date) -> None:
        number = day_number(day)
        who = self.visitors(day)
        rng = stream(self.settings.seed, "newcomers", number)
        count = int(rng.poisson(self.newcomers_a_day))
        shops = rng.choice(3, size=count, p=self.settings.shop_shares).astype(np.int8)
        warehouses = rng.choice(3, size=count, p=regions.WAREHOUSE_SHARE).astype(np.int8)
        who = np.concatenate([who, self.born(rng, day, shops, warehouses)])
        self._grow()
        if len(who):
            self.orders.append(self._baskets(who, day))

    def _grow(self) -> None:
        room = len(self.table) - len(self._kind_fen)
        self._kind_fen = np.concatenate([self._kind_fen, np.zeros(room, dtype=np.int64)])
        self._kind_until = np.concatenate([self._kind_until, np.zeros(room, dtype=np.int64)])

    def _baskets(self, who: np.ndarray, day: date) -> pd.DataFrame:
        """One order a visit: one or two goods, mostly of the favourite category, at the day's luck of the customer."""
        table, goods, number = self.table, self.catalogue, day_number(day)
        luck = stream(self.settings.seed, "baskets", number).random((8, len(table)))[:, who]
        sells = (goods.launched <= number) & (goods.ended > number)
        favourite = table["category"][who]
        category = np.where(luck[0] < FAVOURITE, favourite, (luck[1] * len(CATEGORIES)).astype(np.int64))
        price, cost = np.zeros(len(who)), np.zeros(len(who))
        for line in (0, 1):
            ordered = np.ones(len(who), dtype=bool) if line == 0 else luck[2] < TWO_LINES
            for one in range(len(CATEGORIES)):
                mine = np.flatnonzero(ordered & (category == one))
                skus = np.flatnonzero(sells & (goods.category == one))
                if len(mine) and len(skus):
                    sku = skus[(luck[3 + line][mine] * len(skus)).astype(np.int64)]
                    price[mine] += goods.price_fen[sku]
                    cost[mine] += goods.cost_fen[sku]
        price, cost = np.maximum(price, 990), np.maximum(cost, 400)
        discount = np.array(DISCOUNTS)[(luck[5] * len(DISCOUNTS)).astype(np.int64)]
        paid = np.round(price * (1 - discount)).astype(np.int64)
        paid -= self.use_coupons(who, paid, day)
        held = (self._kind_fen[who] > 0) & (self._kind_until[who] >= number) & (luck[7] < self.settings.offer_used)
        if held.any():
            self.used.append(pd.DataFrame({"number": who[held], "day": number, "fen": self._kind_fen[who[held]]}))
            self._kind_fen[who[held]] = 0
        back = np.where(luck[6] < REFUNDED, paid, 0)
        return pd.DataFrame(
            {
                "number": who,
                "day": number,
                "shop": np.array(list(self.settings.shops))[table["shop"][who]],
                "main_category": np.array([one.title for one in CATEGORIES])[category],
                "revenue_micros": paid * 10_000,
                "discount_micros": (price.astype(np.int64) - paid) * 10_000,
                "refunded_micros": back * 10_000,
                "cost_micros": cost.astype(np.int64) * 10_000,
                "margin_fen": paid - back - np.where(back > 0, 0, cost).astype(np.int64),
            }
        )

    def customer_orders(self) -> pd.DataFrame:
        """The customer orders frame of all days lived."""
        frame = pd.concat(self.orders, ignore_index=True)
        days = frame["day"].to_numpy().astype("datetime64[D]").astype(str)
        order_id = frame["number"].astype(str) + "/" + frame["day"].astype(str)
        return frame.assign(customer=customer_names(frame["number"].to_numpy()), day=days, order_id=order_id)


def customer_names(numbers: np.ndarray) -> np.ndarray:
    return np.char.add("c", np.char.zfill(np.asarray(numbers).astype(str), 6))


def numbers_of(names: pd.Series) -> np.ndarray:
    return np.asarray(names.str[1:].astype(np.int64).to_numpy())
