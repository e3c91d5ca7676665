"""What a customer's past says about their next orders: one dense matrix, as of a day, for a given horizon.

Times are divided by the horizon and levels by the merchant's own level where that makes a column mean the same at
another cut, another horizon or another merchant: the models learn from cuts of several lengths at once.
Everything is binary searches and running sums over the flat arrays of `OrderHistory`; nothing loops over customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.customers.churn.btyd import MbgCnbd, ParetoNbd, Rhythm, distinct, grouped, rhythm_of
from include.customers.churn.fitting import fit_mbg_families, fit_pareto_nbd
from include.customers.history import Book

YEAR = 365
# A fit needs no more customers than this; the likelihood is flat in sample size long before.
FIT_CUSTOMERS = 30_000


@dataclass(frozen=True)
class BtydFits:
    """The three fitted families of one cut."""

    pareto_nbd: ParetoNbd
    mbg_nbd: MbgCnbd
    regular: MbgCnbd

    def parameters(self) -> dict[str, dict[str, float]]:
        return {name: dict(vars(getattr(self, name))) for name in ("pareto_nbd", "mbg_nbd", "regular")}


def fit_btyd(book: Book, seed: int) -> BtydFits:
    """Fit the three families to the book (a seeded sample of FIT_CUSTOMERS when there are more)."""
    rhythm = rhythm_of(book)
    if len(rhythm.x) > FIT_CUSTOMERS:
        keep = np.random.default_rng(seed).choice(len(rhythm.x), FIT_CUSTOMERS, replace=False)
        rhythm = Rhythm(*(getattr(rhythm, name)[keep] for name in ("x", "t_x", "age", "weight", "log_gap")))
    rhythm = grouped(rhythm)
    return BtydFits(fit_pareto_nbd(rhythm), *fit_mbg_families(rhythm))


@dataclass(frozen=True)
class FeatureMatrix:
    """values: (customers, features) float32, NaN where unknown. names: (features,)."""

    values: np.ndarray
    names: tuple[str, ...]

    def column(self, name: str) -> np.ndarray:
        return self.values[:, self.names.index(name)].astype(np.float64)

    def of(self, customers: np.ndarray) -> FeatureMatrix:
        """Of these customers alone: (customers,) bool, or their places."""
        return FeatureMatrix(self.values[customers], self.names)


def _logit(p: np.ndarray) -> np.ndarray:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def feature_matrix(book: Book, horizon: int | np.ndarray, fits: BtydFits) -> FeatureMatrix:
    """The features of every customer in the book, for the `horizon` days (days) after it; of each customer their own,
    where it is (customers,). Either way what a customer is compared with is all customers seen at that horizon."""
    if isinstance(horizon, int):
        return _at(book, horizon, fits)
    lengths = np.unique(horizon).tolist()
    if len(lengths) <= 1:
        return _at(book, lengths[0] if lengths else 1, fits)
    values = np.empty((0, 0), dtype=np.float32)
    for days in lengths:
        seen, rows = _at(book, days, fits), horizon == days
        if not values.size:
            values = np.empty_like(seen.values)
        values[rows] = seen.values[rows]
    return FeatureMatrix(values, seen.names)


def _at(book: Book, horizon: int, fits: BtydFits) -> FeatureMatrix:
    columns: dict[str, np.ndarray] = {}
    columns |= _btyd(book, horizon, fits)
    columns |= _rhythm(book, horizon)
    columns |= _trend(book, horizon)
    columns |= _money(book, horizon)
    columns |= _calendar(book, horizon)
    values = np.stack([np.asarray(column, dtype=np.float32) for column in columns.values()], axis=1)
    return FeatureMatrix(values, tuple(columns))


def _btyd(book: Book, horizon: int, fits: BtydFits) -> dict[str, np.ndarray]:
    rhythm = rhythm_of(book)
    # One-time buyers repeat themselves: compute each distinct history once.
    (x, t_x, age), inverse = distinct(rhythm)
    columns = {}
    for name in ("pareto_nbd", "mbg_nbd", "regular"):
        model = getattr(fits, name)
        columns[f"{name}_quiet"] = _logit(model.p_no_order(x, t_x, age, horizon))[inverse]
        columns[f"{name}_orders"] = np.log(model.expected_orders(x, t_x, age, horizon) + 1e-4)[inverse]
    columns["alive"] = fits.pareto_nbd.p_alive(x, t_x, age)[inverse]
    rate = (fits.pareto_nbd.r + x) / (fits.pareto_nbd.alpha + age)
    columns["rate"] = np.log(rate * horizon)[inverse]
    return columns


def _rhythm(book: Book, horizon: int) -> dict[str, np.ndarray]:
    history, frequency = book.history, book.frequency
    day = history.day.astype(np.float64)
    gap = np.zeros(len(day))
    same = np.zeros(len(day), dtype=bool)
    same[1:] = history.owner[1:] == history.owner[:-1]
    gap[1:] = np.where(same[1:], np.diff(day), 0.0)
    # A customer's first known order day has no gap: its entry is zero and adds nothing to the sums.
    since = (book.as_of - book.last).astype(np.float64)
    age = (book.as_of - book.first).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(frequency > 0, (book.last - book.first) / frequency, np.nan)
        square = book.total(gap**2) / frequency
        spread = np.where(frequency > 1, np.sqrt(np.maximum(square - mean**2, 0.0)), np.nan)
        log_mean = np.where(frequency > 0, book.total(np.log(np.maximum(gap, 1.0))) / frequency, np.nan)
        last_gap = np.where(frequency > 0, gap[book.end - 1], np.nan)
        previous_gap = np.where(frequency > 1, gap[np.maximum(book.end - 2, 0)], np.nan)
        first_gap = np.where(frequency > 0, gap[np.minimum(book.start + 1, len(gap) - 1)], np.nan)
        largest = np.where(frequency > 0, np.maximum.reduceat(gap, book.start), np.nan)
        longer = book.total((gap > since[history.owner]).astype(np.float64))
        beyond = book.total((gap > since[history.owner] + horizon).astype(np.float64))
        visits = {
            f"since_{back}": np.where(
                frequency >= back - 1, (book.as_of - day[np.maximum(book.end - back, 0)]) / horizon, np.nan
            )
            for back in (2, 3, 5)
        }
        return visits | {
            "frequency": np.log1p(frequency),
            "since_last": since / horizon,
            "tenure": age / horizon,
            "active_span": (book.last - book.first) / horizon,
            "since_share": since / np.maximum(age, 1.0),
            "gap_mean": mean / horizon,
            "gap_typical": np.exp(log_mean) / horizon,
            "gap_variation": spread / mean,
            "gap_last": last_gap / mean,
            "gap_previous": previous_gap / mean,
            "gap_first": first_gap / horizon,
            "overdue": since / mean,
            "overdue_spread": (since - mean) / np.sqrt(spread**2 + (0.2 * mean) ** 2 + 9.0),
            "overdue_largest": since / largest,
            "next_due": (mean - since) / horizon,
            # How often they were silent for as long before, and how often it then went on for a whole horizon.
            "gaps_longer": np.where(frequency > 0, (longer + 0.5) / (frequency + 1), np.nan),
            "gaps_beyond": np.where(frequency > 0, (beyond + 0.3) / (longer + 1), np.nan),
        }


def _trend(book: Book, horizon: int) -> dict[str, np.ndarray]:
    history, columns = book.history, {}
    for days in (30, 90, 180, YEAR):
        begin = book.since(book.as_of - days)
        columns[f"orders_{days}"] = np.log1p(book.end - begin)
    before = book.end
    for step, share in enumerate((0.25, 0.5, 1.0, 2.0)):
        begin = book.since(book.as_of - round(share * horizon))
        columns[f"recent_{step}"] = np.log1p(before - begin)
        before = begin
    ago = (book.as_of - history.day) / horizon
    for name, life in (("fast", 0.25), ("middle", 1.0), ("slow", 3.0)):
        weight = np.where(ago >= 0, np.exp(-np.maximum(ago, 0.0) / life), 0.0)
        # Order days that a younger customer could not yet have had are not held against them.
        fair = life * -np.expm1(-(book.as_of - book.first + 1) / horizon / life)
        columns[f"rate_{name}"] = np.log((book.total(weight) + 0.1) / (fair + 0.1))
    month = (book.as_of - history.day) // 30
    opens = np.ones(len(month), dtype=bool)
    opens[1:] = (history.owner[1:] != history.owner[:-1]) | (month[1:] != month[:-1])
    joined = (book.as_of - book.first) // 30
    columns["months_active"] = book.total((opens & (month < 12)).astype(np.float64)) / np.minimum(12, joined + 1)
    # Of those who joined in the same month, the share that came again within the last horizon.
    came = (book.frequency > 0) & (book.last > book.as_of - horizon)
    joiners = np.bincount(joined)
    columns["cohort_return"] = ((np.bincount(joined, came) + 20 * came.mean()) / (joiners + 20))[joined]
    return columns


def _money(book: Book, horizon: int) -> dict[str, np.ndarray]:
    history = book.history
    days = book.end - book.start
    spent, kept = history.amount, history.kept
    paid, total = book.total(spent), book.total(kept)
    level = max(float(total.sum()) / max(float(days.sum()), 1.0), 1e-9)
    mean = total / days
    recent = book.total(np.where(history.day > book.as_of - horizon, kept, 0.0))
    discount = book.total(history.discount)
    refunded = book.total(history.refunded)
    square = book.total((kept / level) ** 2) / days
    floor = 0.01 * level
    log_money = np.log((kept + floor) / level)
    before_last = log_money[np.maximum(book.end - 2, 0)]
    columns = {
        "money_mean": np.log((mean + floor) / level),
        "money_typical": book.total(log_money) / days,
        "money_change": np.where(book.frequency > 0, log_money[book.end - 1] - before_last, np.nan),
        "money_total": np.log((total + floor) / level),
        "money_last": np.log((kept[book.end - 1] + floor) / (mean + floor)),
        "money_first": np.log((kept[book.start] + floor) / level),
        "money_recent": np.log((recent + floor) / level),
        "money_spread": np.sqrt(np.maximum(square - (mean / level) ** 2, 0.0)),
        "orders_a_day": book.total(history.orders) / days,
        "discount_share": discount / np.maximum(paid + discount, floor),
        "refund_share": refunded / np.maximum(paid, floor),
        "refund_last": history.refunded[book.end - 1] / np.maximum(spent[book.end - 1], floor),
    }
    # Where they last bought, as the share of such order days that the customer followed by another: codes would shift
    # with every new category.
    if history.category_names:
        columns["category_return"] = _return_share(book, history.category)
    if len(history.shop_names) > 1:
        columns["shop_return"] = _return_share(book, history.shop)
    return columns


def _return_share(book: Book, codes: np.ndarray) -> np.ndarray:
    """(customers,) for the code of their last order day: share of its order days that were followed by another."""
    followed = np.ones(len(codes), dtype=bool)
    followed[book.end - 1] = False
    slot = codes + 1  # unknown is a group of its own
    size = np.bincount(slot, minlength=slot.max() + 1)
    again = np.bincount(slot[followed], minlength=slot.max() + 1)
    overall = followed.mean()
    share = (again + 50 * overall) / (size + 50)
    return share[slot[book.end - 1]]


def _calendar(book: Book, horizon: int) -> dict[str, np.ndarray]:
    """Last year's orders in the season of the horizon, for customers old enough to have had one."""
    begin = book.since(book.as_of - YEAR)
    end = book.since(book.as_of - YEAR + min(horizon, YEAR))
    known = book.first <= book.as_of - YEAR + horizon // 2
    seasonal = np.where(known, end - begin, np.nan)
    year = np.maximum(book.end - begin, 1)
    return {"season_orders": np.log1p(seasonal), "season_share": seasonal / year}
