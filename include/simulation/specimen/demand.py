"""What customers want, before any shelf is looked at: expected units and the lines drawn around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from include.simulation.specimen import sale_days
from include.simulation.specimen.catalogue import INTERMITTENT, LUMPY, Catalogue
from include.simulation.specimen.settings import DOUYIN, SpecimenSettings, day_number, stream

PROMOTION_CHANCE, PROMOTION_CHANCE_INTERMITTENT = 0.7, 0.4  # of a sku, a quarter
PROMOTION_DEPTHS = (0.08, 0.12, 0.2, 0.3)
HITS_A_QUARTER = 0.012  # chance that a sku goes viral in a quarter
DAY_SHOCK, LIVE_SHOCK = 0.07, 0.3  # sigma of a day's shared luck, of a live-sales shop's luck


@dataclass(frozen=True)
class Wanted:
    """Lines customers want on a day, one entry a line, ordered by nothing in particular."""

    listing: np.ndarray
    warehouse: np.ndarray
    shop: np.ndarray
    quantity: np.ndarray

    def __len__(self) -> int:
        return len(self.listing)


class Demand:
    """The merchant's true demand as a function of the day."""

    def __init__(self, settings: SpecimenSettings, catalogue: Catalogue) -> None:
        self.settings = settings
        self.catalogue = catalogue
        rng = stream(settings.seed, "wander")
        # Slow wander of a sku's level: three waves of no calendar's period.
        shape = (3, catalogue.skus)
        self._wave_days = rng.uniform(45, 260, shape)
        self._wave_phase = rng.uniform(0, 2 * np.pi, shape)
        self._wave_height = rng.uniform(0.03, 0.2, shape)
        self._spread = rng.uniform(0.05, 0.3, catalogue.skus)  # variance of a sku-day's own luck
        self._first = day_number(settings.first_day)
        self._quarters: dict[int, tuple[np.ndarray, ...]] = {}
        self.scale = 1.0
        sample = [settings.first_day + timedelta(days=8 * step) for step in range(46)]
        lines = np.mean([(self._listing_mean(day) / catalogue.lump).sum() for day in sample])
        self.scale = settings.lines_per_sku_day * catalogue.skus / lines

    def price_cut(self, day: date) -> np.ndarray:
        """Share of the list price taken off on `day`, by sku; promotions and shop-wide sales do not add up."""
        number = day_number(day)
        cut = np.zeros(self.catalogue.skus)
        for quarter in (number // 91 - 1, number // 91):
            first, last, depth, _, _ = self._quarter(quarter)
            running = (first <= number) & (number <= last)
            cut = np.where(running, np.maximum(cut, depth), cut)
        leaving = self.catalogue.ended - number
        cut = np.where((leaving >= 0) & (leaving < 30), np.maximum(cut, 0.35), cut)
        return np.maximum(cut, sale_days.effects(day).discount)

    def promotions(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(sku, first day, last day, depth) of the skus' own promotions that begin on the days numbered `first` to
        `last`, ordered by day and sku."""
        parts = []
        for quarter in range(first // 91 - 1, last // 91 + 1):
            begin, end, depth, _, _ = self._quarter(quarter)
            chosen = np.flatnonzero((end >= begin) & (begin >= first) & (begin <= last))
            parts.append(np.column_stack([chosen, begin[chosen], end[chosen]]))
            parts[-1] = np.column_stack([parts[-1], np.round(depth[chosen] * 1000).astype(np.int64)])
        table = np.concatenate(parts) if parts else np.zeros((0, 4), np.int64)
        table = table[np.lexsort((table[:, 0], table[:, 1]))]
        return table[:, 0], table[:, 1], table[:, 2], table[:, 3] / 1000

    def expected_units(self, day: date) -> np.ndarray:
        """Expected units by (sku, warehouse), bundles taken apart; floats of shape skus x warehouses."""
        catalogue = self.catalogue
        by_listing = self._listing_mean(day)[:, None] * catalogue.region_share
        owner = np.repeat(np.arange(catalogue.listings), np.diff(catalogue.part_first))
        units = np.zeros((catalogue.skus, by_listing.shape[1]))
        np.add.at(units, catalogue.part_sku, by_listing[owner] * catalogue.part_quantity[:, None])
        return units

    def draw(self, day: date) -> Wanted:
        """The lines wanted on a day (deposits for presales apart)."""
        catalogue, rng = self.catalogue, stream(self.settings.seed, "demand", day_number(day))
        mean = self._listing_mean(day)
        luck = rng.gamma(1 / self._spread, self._spread)[catalogue.listing_main]
        luck = luck * rng.lognormal(-(DAY_SHOCK**2) / 2, DAY_SHOCK)
        shops = catalogue.shop_share.copy()
        shops[:, DOUYIN] *= rng.lognormal(-(LIVE_SHOCK**2) / 2, LIVE_SHOCK)
        cells = (mean * luck / catalogue.lump)[:, None, None] * catalogue.region_share[:, :, None] * shops[:, None, :]
        count = rng.poisson(cells)
        place = np.repeat(np.arange(count.size), count.ravel())
        listing, warehouse, shop = np.unravel_index(place, count.shape)
        quantity = rng.geometric(1 / catalogue.lump[listing])
        return Wanted(
            listing.astype(np.int32),
            warehouse.astype(np.int8),
            shop.astype(np.int8),
            np.minimum(quantity, 60).astype(np.int32),
        )

    def listing_prices(self, day: date) -> np.ndarray:
        """Price a listing is shown at on `day`, fen."""
        cut = self.price_cut(day)[self.catalogue.listing_main]
        return np.maximum(np.round(self.catalogue.listing_price_fen * (1 - cut) / 10), 10).astype(np.int64) * 10

    def _listing_mean(self, day: date) -> np.ndarray:
        """Expected units of each listing on `day`, all warehouses and shops."""
        catalogue, number = self.catalogue, day_number(day)
        effect = sale_days.effects(day)
        age_years = (number - self._first) / 365
        log = np.log(catalogue.level) + catalogue.trend * age_years
        log += (self._wave_height * np.sin(2 * np.pi * number / self._wave_days + self._wave_phase)).sum(axis=0)
        day_of_year = day.timetuple().tm_yday
        log += catalogue.season * np.cos(2 * np.pi * (day_of_year - catalogue.peak) / 365.25)
        weekday = day.weekday()
        log += catalogue.weekend if weekday >= 5 else (-0.05 if weekday == 4 else 0.02)
        log += catalogue.sales_feeling * np.log(effect.sales) + catalogue.festival * np.log(effect.festival)
        own_cut = np.maximum(self.price_cut(day) - effect.discount, 0)
        log += -catalogue.price_feeling * np.log1p(-own_cut)
        log += self._viral(number)
        units = np.exp(log) * self._life(number) * self.scale
        return units[catalogue.listing_main] * catalogue.listing_level

    def _life(self, number: int) -> np.ndarray:
        """Launch ramp (with its early excitement) and the end of life, as a factor by sku."""
        age = number - self.catalogue.launched
        ramp = np.where(age < 0, 0.0, 1 - 0.85 * np.exp(-np.maximum(age, 0) / 18))
        ramp = ramp * (1 + 0.5 * np.exp(-(((age - 30) / 20) ** 2)))
        left = self.catalogue.ended.astype(np.int64) - number
        fade = np.where(left < 0, 0.0, np.minimum(1.0, 0.3 + left / 90))
        return ramp * fade

    def _viral(self, number: int) -> np.ndarray:
        """Log lift of skus that have gone viral: a jump that fades within a month or so."""
        lift = np.zeros(self.catalogue.skus)
        for quarter in (number // 91 - 1, number // 91):
            *_, start, height = self._quarter(quarter)
            since = number - start
            lift += np.where((since >= 0) & (since < 75), height * np.exp(-np.maximum(since, 0) / 14), 0.0)
        return lift

    def _quarter(self, quarter: int) -> tuple[np.ndarray, ...]:
        """A quarter's promotion (first day, last day, depth) and viral jump (start, log height) of each sku."""
        if quarter not in self._quarters:
            rng, skus = stream(self.settings.seed, "promotions", quarter + 10_000), self.catalogue.skus
            first = quarter * 91 + rng.integers(0, 91, skus)
            rare = self.catalogue.kind == INTERMITTENT
            chance = np.where(rare, PROMOTION_CHANCE_INTERMITTENT, PROMOTION_CHANCE)
            length = np.where(rng.random(skus) < chance, rng.integers(4, 11, skus), 0)
            depth = rng.choice(PROMOTION_DEPTHS, size=skus)
            viral = (rng.random(skus) < HITS_A_QUARTER) & (self.catalogue.kind != LUMPY)
            start = np.where(viral, quarter * 91 + rng.integers(0, 91, skus), 10**9)
            self._quarters[quarter] = (first, first + length - 1, depth, start, rng.uniform(0.9, 1.8, skus))
        return self._quarters[quarter]
