"""What is known about a series as of an origin day, by cumulative sums over the dense panel: no loop over series.

Every feature that carries units is divided by the series' own recent level, so that scale is no feature and a
model learned on one sku serves another. An origin t means: days 0 .. t-1 are known, the future begins at day t.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.demand.forecaster.attributes import class_codes, class_lists
from include.demand.forecaster.closed import without_closed_days
from include.demand.panel import Panel, fill_forward
from include.demand.promotion_effects import promoted_days
from include.demand.sales_events import REACH, EventDays, event_days

WINDOWS = (7, 14, 28, 56, 91, 182, 364)
HALF_LIVES = (4, 12, 40)
YEAR = 364


class History:
    """The panel with its cumulative sums, ready to give features as of any origin.

    horizon: days after the panel that may be asked for. constant: units a day added to the level that targets and
    features are divided by. classes, frequent: a trained model's categories and events; None reads the panel's.
    class_trends: whether the trends of categories and warehouses are features.
    """

    def __init__(
        self,
        panel: Panel,
        *,
        horizon: int,
        constant: float = 0.1,
        classes: dict[str, list[str]] | None = None,
        frequent: list[str] | None = None,
        class_trends: bool = False,
    ) -> None:
        self.panel = panel
        self.constant = constant
        self.horizon = horizon
        open_units = without_closed_days(panel).units
        known = np.isfinite(open_units)
        units = np.where(known, open_units, 0).astype(np.float32)
        self.classes = classes if classes is not None else class_lists(panel.keys)
        self.codes = {name: class_codes(panel.keys, name, values) for name, values in self.classes.items()}
        lift_group = next((c for n, c in self.codes.items() if n.startswith("cat")), np.zeros(len(units), int))
        self.calendar: EventDays = event_days(panel, horizon, np.maximum(lift_group, 0), frequent)
        # What was really sold, for targets; features see what would have sold without promotions.
        self.sold = units
        self.promoted = promoted_days(panel, horizon, self.calendar)
        if self.promoted is not None:
            row, day, lift = self.promoted.past(panel.day_count)
            units = units.copy()
            units[row, day] /= lift.astype(np.float32)
        self.units, self.known = units, known
        self.sums = _cumulative(units, np.float64)
        self.sold_sums = self.sums if self.promoted is None else _cumulative(self.sold, np.float64)
        self.squares = _cumulative(units * units, np.float64)
        self.counts = _cumulative(known, np.int16)
        self.sales = _cumulative(units > 0, np.int16)
        self.shelf = _cumulative(panel.in_stock, np.float32)
        days = np.where(units > 0, np.arange(panel.day_count, dtype=np.int16), np.int16(-1))
        self.last_sale = np.maximum.accumulate(days, axis=1) if panel.day_count else days
        # Few groups share a trend: single skus would learn the history's accidents from them, groups' totals do not.
        self.trend_codes = self.codes if class_trends else {}
        self.sku_code = pd.factorize(panel.keys["sku"])[0]
        self.has_price = bool(np.isfinite(panel.price).any())
        self.prices = fill_forward(panel.price) if self.has_price else None
        self._latest: tuple[int, dict[str, np.ndarray]] = (-1, {})

    # -- pieces ---------------------------------------------------------------------------------------------

    def total(self, start: int, end: int) -> np.ndarray:
        """Known units sold from day start to end (exclusive), float64 [n]."""
        start, end = max(start, 0), max(end, 0)
        return self.sums[:, end] - self.sums[:, start]

    def count(self, start: int, end: int) -> np.ndarray:
        """Known days from day start to end (exclusive), [n]."""
        start, end = max(start, 0), max(end, 0)
        return self.counts[:, end] - self.counts[:, start]

    def mean(self, start: int, end: int) -> np.ndarray:
        """Units a known day from day start to end (exclusive), float32 [n]; NaN where no day is known."""
        count = self.count(start, end)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(count > 0, self.total(start, end) / count, np.nan).astype(np.float32)

    def level(self, origin: int) -> np.ndarray:
        """Units a day that targets are divided by: the recent quarter shrunk to the last year, plus a constant."""
        quarter, days = self.total(origin - 91, origin), self.count(origin - 91, origin)
        year = np.nan_to_num(self.mean(origin - YEAR, origin))
        return ((quarter + 14 * year) / (days + 14) + self.constant).astype(np.float32)

    def selling(self, origin: int, min_days: int = 1) -> np.ndarray:
        """Series that had started, with so many known days, before the origin; bool [n]."""
        return self.count(0, origin) >= min_days

    def open_share(self, origin: int, days: int) -> np.ndarray:
        """Share of the span's days on which each series' doors are open, as far as the calendar tells, [n]."""
        calendar = self.calendar
        return np.asarray(calendar.open[:, origin : origin + days].mean(axis=1)[calendar.group])

    # -- features -------------------------------------------------------------------------------------------

    def series(self, origin: int) -> dict[str, np.ndarray]:
        """Features of each series as of the origin, whatever the span; float32 [n] each. The latest are kept."""
        if self._latest[0] != origin:
            self._latest = (origin, self._series(origin))
        return self._latest[1]

    def _series(self, origin: int) -> dict[str, np.ndarray]:
        level = self.level(origin)
        out: dict[str, np.ndarray] = {"log_level": np.log(level)}
        means, longer = {}, self.mean(0, origin)
        everything = longer / level
        # A window in which the shelf was empty throughout says what the longer one says: a gap would be read as low.
        for window in reversed(WINDOWS):
            mean = self.mean(origin - window, origin)
            means[window] = longer = np.where(np.isfinite(mean), mean, longer)
        out |= {f"mean_{window}": means[window] / level for window in WINDOWS}
        out["mean_all"] = everything
        self._recency(out, origin, level)
        self._spread(out, origin, level)
        self._weeks(out, origin, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            out["trend_week"] = means[7] / (means[28] + 0.05)
            out["trend_month"] = means[28] / (means[91] + 0.05)
            out["trend_quarter"] = means[91] / (means[364] + 0.05)
        out["shelf_28"] = self._shelf_share(origin, 28)
        out["shelf_7"] = self._shelf_share(origin, 7)
        out["age"] = np.minimum(origin - self.panel.started, 2 * YEAR).astype(np.float32)
        out["age"][self.panel.started == 0] = 2 * YEAR
        self._group_totals(out, origin, level)
        self._prices(out, origin)
        for name, code in self.codes.items():
            out[f"is_{name}"] = code.astype(np.float32)
        return {name: np.asarray(value, np.float32) for name, value in out.items()}

    def span(self, origin: int, days: int) -> dict[str, np.ndarray]:
        """Features of the span of so many days from the origin on, known in advance; float32 [n] each."""
        n = len(self.units)
        last = origin + days
        out: dict[str, np.ndarray] = {"span": np.full(n, days, np.float32)}
        out["weekdays"] = self.weekday_share(origin)[:, (origin + np.arange(days)) % 7].mean(axis=1)
        calendar = self.calendar
        for name, flag in calendar.flags.items():
            out[f"days_{name}"] = flag[:, origin:last].mean(axis=1)[calendar.place[name]]
        out["lift"] = calendar.lift[:, origin:last].mean(axis=1)[calendar.group]
        near = calendar.offset[origin:last]
        out["event_days"] = np.full(n, (near == 0).sum())
        out["event_first"] = np.full(n, _first_event(near))
        out["lift_before"] = calendar.lift[:, max(0, origin - 28) : origin].mean(axis=1)[calendar.group]
        for name, flag in calendar.flags.items():
            before = flag[:, max(0, origin - 28) : origin].mean(axis=1)[calendar.place[name]]
            out[f"days_{name}_before"] = before
        if origin >= YEAR + 28:
            level = self.level(origin)
            out["last_year"] = self.mean(origin - YEAR, last - YEAR) / level
            out["last_year_wide"] = self.mean(origin - YEAR - 7, last - YEAR + 7) / level
            out["last_year_before"] = self.mean(origin - YEAR - 28, origin - YEAR) / level
        return {name: np.asarray(value, np.float32) for name, value in out.items()}

    def day(self, origin: int, ahead: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Features of single future days: ahead int [m] (0 = the day after the last known), for series rows [m]."""
        day = origin + ahead
        calendar = self.calendar
        level = self.level(origin)[rows]
        weekday = day % 7
        out = {"ahead": ahead, "weekday": (weekday + self.panel.days[0].day_of_week) % 7}
        out["month_day"] = self._month_day(int(day.max()) + 1)[day]
        for weeks in (4, 13):
            out[f"weekday_mean_{weeks}"] = self.weekday_means(origin, weeks)[rows, weekday] / level
        out["weekday_share"] = self.weekday_share(origin)[rows, weekday]
        for name, flag in calendar.flags.items():
            out[f"day_{name}"] = flag[calendar.place[name][rows], day]
            before = flag[:, max(0, origin - 28) : origin].mean(axis=1)
            out[f"days_{name}_before"] = before[calendar.place[name][rows]]
        out["day_lift"] = calendar.lift[calendar.group[rows], day]
        out["event_offset"] = calendar.offset[day]
        return {name: np.asarray(value, np.float32) for name, value in out.items()}

    def target(self, origin: int, days: int) -> tuple[np.ndarray, np.ndarray]:
        """Total over the span in units, scaled up for unknown days, and the share of its days that is known. Without
        the lift of the promotions that were planned by then: that is known, and not to be learned."""
        total = self.sold_sums[:, origin + days] - self.sold_sums[:, origin]
        if self.promoted is not None:
            row, day, lift = self.promoted.at(origin, days)
            brought = self.sold[row, day] * (1 - 1 / lift)
            total = total - np.bincount(row, weights=brought, minlength=len(total))
        return self._whole(total, origin, days)

    def sold_total(self, origin: int, days: int) -> tuple[np.ndarray, np.ndarray]:
        """As `target`, with everything that was sold."""
        return self._whole(self.sold_sums[:, origin + days] - self.sold_sums[:, origin], origin, days)

    def lift_ahead(self, origin: int, days: int) -> np.ndarray:
        """Mean lift of the promotions planned for the span as of the origin, float64 [n]; 1 without any."""
        return np.ones(len(self.units)) if self.promoted is None else self.promoted.mean_lift(origin, days)

    def _whole(self, total: np.ndarray, origin: int, days: int) -> tuple[np.ndarray, np.ndarray]:
        share = self.count(origin, origin + days) / days
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(share > 0, total / share, np.nan), share

    # -- parts ----------------------------------------------------------------------------------------------

    def weekday_means(self, origin: int, weeks: int) -> np.ndarray:
        """Mean of the last so many same weekdays; [n, 7], column d is the weekday of day d of the panel."""
        weeks = min(weeks, origin // 7)
        if weeks == 0:
            return np.full((len(self.units), 7), np.nan, np.float32)
        part = slice(origin - 7 * weeks, origin)
        sums = self.units[:, part].reshape(-1, weeks, 7).sum(axis=1)
        counts = self.known[:, part].reshape(-1, weeks, 7).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = sums.sum(axis=1) / counts.sum(axis=1)
            means = np.where(counts > 0, sums / counts, mean[:, None])
        return np.roll(means, (origin - 7 * weeks) % 7, axis=1).astype(np.float32)

    def weekday_share(self, origin: int) -> np.ndarray:
        """Each weekday's sales over the mean day, [n, 7], shrunk to the merchant's own profile."""
        weeks = min(26, origin // 7)
        if weeks == 0:
            return np.ones((len(self.units), 7), np.float32)
        part = slice(origin - 7 * weeks, origin)
        sums = self.units[:, part].reshape(-1, weeks, 7).sum(axis=1)
        sums = np.roll(sums, (origin - 7 * weeks) % 7, axis=1)
        everyone = sums.sum(axis=0)
        everyone = everyone / everyone.mean() if everyone.sum() > 0 else np.ones(7)
        prior = 50.0  # units: a series needs several hundred sold to speak for itself
        share = (sums + prior * everyone / 7) / (sums.sum(axis=1, keepdims=True) + prior) * 7
        return share.astype(np.float32)

    def _recency(self, out: dict[str, np.ndarray], origin: int, level: np.ndarray) -> None:
        last = self.last_sale[:, origin - 1]
        # Days on which there was something to sell: an empty shelf is no lack of interest.
        idle = self.counts[:, origin] - np.take_along_axis(self.counts, np.maximum(last, 0)[:, None], axis=1)[:, 0]
        since = np.where(last >= 0, idle, YEAR).astype(np.float32)
        out["since_sale"] = np.minimum(since, YEAR)
        length = min(origin, 182)
        part = slice(origin - length, origin)
        age = np.arange(length, 0, -1, dtype=np.float32)[:, None]
        weights = (0.5 ** (age / np.array(HALF_LIVES, np.float32))).astype(np.float32)
        sums, counts = self.units[:, part] @ weights, self.known[:, part].astype(np.float32) @ weights
        for number, half_life in enumerate(HALF_LIVES):
            with np.errstate(divide="ignore", invalid="ignore"):
                out[f"faded_{half_life}"] = sums[:, number] / counts[:, number] / level

    def _spread(self, out: dict[str, np.ndarray], origin: int, level: np.ndarray) -> None:
        for window in (28, 91, 364):
            start = max(origin - window, 0)
            count = self.count(start, origin)
            with np.errstate(divide="ignore", invalid="ignore"):
                mean = self.total(start, origin) / count
                square = (self.squares[:, origin] - self.squares[:, start]) / count
                sold = self.sales[:, origin] - self.sales[:, start]
                deviation = np.sqrt(np.maximum(square - mean * mean, 0))
                out[f"deviation_{window}"] = deviation / level
                out[f"zeros_{window}"] = 1 - sold / count
                if window == 364:
                    out["dispersion"] = np.log((deviation**2 + 0.01) / (mean + 0.01))
                    out["size"] = mean * count / np.maximum(sold, 1) / level

    def _weeks(self, out: dict[str, np.ndarray], origin: int, level: np.ndarray) -> None:
        """Spread of the last 13 weekly totals, whose highs and lows say more about spans than days do."""
        weeks = min(13, origin // 7)
        if weeks < 2:
            return
        edges = np.maximum(origin - 7 * np.arange(weeks, -1, -1), 0)
        counts = np.diff(self.counts[:, edges], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            weekly = np.where(counts > 2, np.diff(self.sums[:, edges], axis=1) / counts, np.nan)
        weekly = (weekly / level[:, None]).astype(np.float32)
        filled = np.where(np.isfinite(weekly), weekly, np.nan_to_num(out["mean_91"])[:, None])
        ordered = np.sort(filled, axis=1)
        out["week_deviation"] = filled.std(axis=1)
        out["week_high"] = ordered[:, -1]
        out["week_second"] = ordered[:, -2]
        out["week_median"] = ordered[:, weeks // 2]
        out["week_low"] = ordered[:, weeks // 5]
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.abs(np.diff(filled, axis=1)).mean(axis=1)
            out["week_rough"] = steps / (out["week_deviation"] + 0.05)
        out["week_1"] = filled[:, -1]
        out["week_2"] = filled[:, -2]

    def _shelf_share(self, origin: int, window: int) -> np.ndarray:
        start = max(origin - window, 0)
        return (self.shelf[:, origin] - self.shelf[:, start]) / max(origin - start, 1)

    def _group_totals(self, out: dict[str, np.ndarray], origin: int, level: np.ndarray) -> None:
        """How fast a series' siblings move: the sku in all warehouses and, if asked, its category and warehouse."""
        month, quarter = self.total(origin - 28, origin), self.total(origin - 91, origin)
        week = self.total(origin - 7, origin)
        month_days, quarter_days = self.count(origin - 28, origin), self.count(origin - 91, origin)
        week_days = self.count(origin - 7, origin)
        for name, code in {"sku": self.sku_code, **self.trend_codes}.items():
            size = int(code.max()) + 2
            place = np.where(code < 0, size - 1, code)

            def rate(units: np.ndarray, days: np.ndarray, place: np.ndarray = place, size: int = size) -> np.ndarray:
                sums = np.bincount(place, units, minlength=size)
                return sums / np.maximum(np.bincount(place, days, minlength=size), 1)

            long = rate(quarter, quarter_days)
            lately = np.where(np.bincount(place, month_days, minlength=size) > 0, rate(month, month_days), long)
            out[f"{name}_trend_month"] = (lately / (long + 0.02))[place]
            if name == "sku":
                members = np.bincount(place, quarter_days > 0, minlength=size)[place]
                out["sku_level"] = np.where(members > 1, long[place] / level, np.nan)
            else:
                out[f"{name}_trend_week"] = (rate(week, week_days) / (long + 0.02))[place]

    def _prices(self, out: dict[str, np.ndarray], origin: int) -> None:
        if self.prices is None:
            return
        recent = self.prices[:, max(0, origin - 91) : origin : 7]
        with np.errstate(all="ignore"):
            middle = np.median(recent, axis=1)
            out["price_now"] = self.prices[:, origin - 1] / middle
            out["price_low"] = recent.min(axis=1) / middle
        out["log_price"] = np.log(np.maximum(middle, 0.01))

    def _month_day(self, until: int) -> np.ndarray:
        days = pd.date_range(self.panel.days[0], periods=until, freq="D")
        return days.day.to_numpy()


def _cumulative(matrix: np.ndarray, dtype: type) -> np.ndarray:
    out = np.zeros((matrix.shape[0], matrix.shape[1] + 1), dtype)
    np.cumsum(matrix, axis=1, out=out[:, 1:], dtype=dtype)
    return out


def _first_event(offsets: np.ndarray) -> float:
    hits = np.flatnonzero(offsets == 0)
    return float(hits[0]) if len(hits) else float(REACH + 1)
