"""Replay the specimen merchant with several ways of running its stock, day by day in lockstep.

Every player gets its own copy of the business some days before the first (they warm up: the stock they begin with is
the merchant's own doing, and does not count), meets the same customers wanting the same things, and is told nothing but
what a merchant sees. The planner is the code of the daily lists with the merchant's own settings; people do what its
lists say, the next morning. `daily planner` is the planner as it was before a line cost anything to order: whatever is
short is ordered at every look. The min-max rule is tuned on the same business's days before, for the total cost: lost
margin, holding, and order lines at what one costs to handle and a planner to look at.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from include.demand.bulk import bulk_rule
from include.settings.merchant import Merchant
from include.settings.names import no_such, require_known
from include.settings.stock.replenishment import Replenishment
from include.simulation.observe_specimen import Observer
from include.simulation.players import BaseStock, Habits, MinMax, Planner, Player
from include.simulation.retrained_model import RetrainedModel
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.regions import WAREHOUSES
from include.simulation.specimen.settings import SpecimenSettings, day_number
from include.words.texts import Language, say

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"
HISTORY_DAYS = 425
WARM_UP_DAYS = 30
RETRAIN_DAYS = 28
TUNING_DAYS = 120  # of the min-max rule, before the first day
# What a line of an order costs whoever orders it: handling it, and the share of a planner's half hour for forty lines.
LINE_YUAN = 5.0
PLANNER_HOUR_YUAN, HOURS_A_LINE = 25.0, 0.5 / 40
HANDLING_YUAN = LINE_YUAN + PLANNER_HOUR_YUAN * HOURS_A_LINE
DAILY_LEVEL = 0.98  # the highest level that was best for the planner that orders at every look
FEN_YUAN = 0.01
MIN_DAYS = 28  # lived before the rule of thumb is tuned
PLAYERS = ("planner", "daily planner", "habits", "min-max", "base-stock")
NO_TRANSFERS = "planner without transfers"
YEAR_DAYS = 365.0

Say = Callable[[str], None]


@dataclass
class Run:
    """One player's copy of the business and what it decided."""

    business: Specimen
    player: Player
    bought_yuan: float = 0.0
    budget_used: list[float] | None = None

    def live(self) -> None:
        """Decide at the end of one day, live through the next."""
        decision = self.player.decide(self.business)
        before = len(self.business.supply.purchases)
        self.business.step(self.business.next_day, decision.orders, decision.transfers)
        table = self.business.supply.purchases
        self.bought_yuan += float((table["quantity"][before:] * table["cost_fen"][before:]).sum()) * FEN_YUAN
        if decision.budget_used is not None:
            self.budget_used = [*(self.budget_used or []), decision.budget_used]


def lockstep(runs: Mapping[str, Run], days: int, tell: Say = print, language: Language = "en") -> None:
    """All runs live through so many days, one day after the other."""
    started = time.monotonic()
    for past in range(1, days + 1):
        for run in runs.values():
            run.live()
        if past % 30 == 0 or past == days:
            day = next(iter(runs.values())).business.last_day
            seconds = f"{time.monotonic() - started:.0f}"
            tell(say(language, "replay.lived_to", day=day, past=past, days=days, seconds=seconds))


def cells_of(business: Specimen, first: date, settings: Replenishment) -> pd.DataFrame:
    """What came of it from `first` on, one row a (sku, warehouse).

    Units: wanted, lost, held (unit-days at the days' ends). Yuan: lost_margin, held_value (yuan-days), holding_cost,
    sold_cost (of goods sold), transport_cost, handling_cost (of order_lines, purchase lines placed). Days:
    stock_out_days (somebody was turned away), selling_days (listed).
    """
    goods, start = business.catalogue, day_number(first)
    days = business.days - (first - business.settings.first_day).days
    shape = (goods.skus, len(WAREHOUSES))
    table = business.wanted
    rows = np.flatnonzero((table["day"] >= start) & (table["day"] <= day_number(business.last_day)))
    place = (table["sku"][rows], table["warehouse"][rows])
    wanted, lost = np.zeros(shape), np.zeros(shape)
    np.add.at(wanted, place, table["wanted"][rows])
    missed = table["lost"][rows] + table["lost_with_bundle"][rows]
    np.add.at(lost, place, missed)
    short_days = np.zeros((days, *shape), dtype=bool)
    turned_away = table["lost"][rows] > 0
    short_days[table["day"][rows][turned_away] - start, place[0][turned_away], place[1][turned_away]] = True
    on_hand = np.stack(business.closings[-days:])[:, 0].astype(float)
    held = on_hand.sum(axis=0)
    numbers = start + np.arange(days)
    on_sale = (goods.launched[:, None] <= numbers) & (goods.ended[:, None] >= numbers)
    cost, price = goods.cost_fen[:, None] * FEN_YUAN, goods.price_fen[:, None] * FEN_YUAN
    moved = np.zeros(shape)
    sent = np.flatnonzero(business.transfers["day"] >= start)
    np.add.at(
        moved,
        (business.transfers["sku"][sent], business.transfers["taker"][sent]),
        business.transfers["quantity"][sent],
    )
    lines = np.zeros(shape)
    placed = np.flatnonzero(business.supply.purchases["ordered"] >= start)
    bought = business.supply.purchases
    np.add.at(lines, (bought["sku"][placed], bought["warehouse"][placed]), 1)
    sku, warehouse = np.meshgrid(goods.sku_codes, WAREHOUSES, indexing="ij")
    transport = settings.transport
    columns = {
        "wanted": wanted,
        "lost": lost,
        "held": held,
        "lost_margin": lost * (price - cost),
        "held_value": held * cost,
        "holding_cost": held * cost * settings.holding_cost_per_year / YEAR_DAYS,
        "sold_cost": (wanted - lost) * cost,
        "moved": moved,
        "transport_cost": moved * (transport.cost_per_unit + transport.share_of_cost * cost),
        "order_lines": lines,
        "handling_cost": lines * HANDLING_YUAN,
        "stock_out_days": short_days.sum(axis=0),
        "selling_days": np.broadcast_to(on_sale.sum(axis=1)[:, None], shape),
    }
    frame = pd.DataFrame({name: np.asarray(values, dtype=float).ravel() for name, values in columns.items()})
    frame.insert(0, "sku", sku.ravel())
    frame.insert(1, "warehouse", warehouse.ravel())
    return frame.assign(days=days)


def days_of(business: Specimen, first: date) -> pd.DataFrame:
    """day, wanted, lost, on_hand_yuan: the whole merchant, a row a day."""
    start, cost = day_number(first), business.catalogue.cost_fen[:, None] * FEN_YUAN
    days = business.days - (first - business.settings.first_day).days
    table = business.wanted
    rows = np.flatnonzero((table["day"] >= start) & (table["day"] <= day_number(business.last_day)))
    wanted, lost = np.zeros(days), np.zeros(days)
    np.add.at(wanted, table["day"][rows] - start, table["wanted"][rows])
    np.add.at(lost, table["day"][rows] - start, table["lost"][rows] + table["lost_with_bundle"][rows])
    value = [float((closing[0] * cost).sum()) for closing in business.closings[-days:]]
    names = [(first + timedelta(days=past)).isoformat() for past in range(days)]
    return pd.DataFrame({"day": names, "wanted": wanted, "lost": lost, "on_hand_yuan": value})


def tuned_min_max(
    history: Specimen, days: int, settings: Replenishment, tell: Say = print, language: Language = "en"
) -> MinMax:
    """The min-max rule that would have cost least (lost margin, holding, order lines) in the last `days` days lived
    through.

    history: the business at the start of those days; it is copied, not changed.
    """
    first = history.next_day

    def cost(rule: MinMax) -> float:
        run = Run(copy.deepcopy(history), rule)
        for _ in range(days):
            run.live()
        cells = cells_of(run.business, first, settings)
        return float((cells["lost_margin"] + cells["holding_cost"] + cells["handling_cost"]).sum())

    def best(rules: Sequence[MinMax]) -> MinMax:
        return rules[int(np.argmin([cost(rule) for rule in rules]))]

    rule = best([MinMax(low, low + more) for low in (4, 10, 18, 28, 40) for more in (4, 14, 28)])
    rule = best([rule, *(MinMax(rule.lowest, rule.highest, boost) for boost in (1.0, 2.0, 2.5))])
    rule = best(
        [
            rule,
            MinMax(rule.lowest, rule.highest, rule.boost, is_daily=False),
            MinMax(rule.lowest - 3, rule.highest, rule.boost),
            MinMax(rule.lowest + 4, rule.highest + 4, rule.boost),
            MinMax(rule.lowest, rule.highest + 14, rule.boost),
        ]
    )
    tell(say(language, "replay.specimen.tuned", rule=rule))
    return rule


def replay_seed(
    seed: int, merchant: Merchant, players: Sequence[str], first: date, days: int, skus: int, history_days: int,
    warm_up: int, retrain_days: int = RETRAIN_DAYS,
    weights: Sequence[float] = (), tell: Say = print,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """(cells, days) of one seed, with columns seed and player. weights: more planners, by holding weight."""
    settings, language = merchant.replenishment, merchant.language
    began = first - timedelta(days=history_days)
    business = Specimen(SpecimenSettings(seed=seed, skus=skus, first_day=began, transfer_days=settings.transport.days))
    business.run_history(history_days - TUNING_DAYS - warm_up)
    earlier = copy.deepcopy(business)
    business.run_history(TUNING_DAYS)
    tell(say(language, "replay.specimen.seed", seed=seed, history_days=history_days, skus=skus))
    observer = Observer(merchant.demand, bulk_rule(merchant.demand.bulk))
    model = RetrainedModel(retrain_days)

    def player(name: str) -> Player:
        if name == "planner":
            return Planner(settings, observer.copy(), model)
        if name == "daily planner":
            daily = {"order_line_cost": 0.0, "highest_level": DAILY_LEVEL, "max_restock_lines": None}
            return Planner(settings.model_copy(update=daily), observer.copy(), model)
        if name.startswith("planner at "):
            weight = float(name.removeprefix("planner at "))
            varied = settings.model_copy(update={"levels_from": "cost", "holding_weight": weight})
            return Planner(varied, observer.copy(), model)
        if name == NO_TRANSFERS:
            closed = settings.transport.model_copy(update={"open": False, "lanes": {}})
            return Planner(settings.model_copy(update={"transport": closed}), observer.copy(), model)
        if name == "habits":
            return Habits()
        if name == "min-max":
            return tuned_min_max(earlier, TUNING_DAYS, settings, tell, language)
        if name == "base-stock":
            return BaseStock(0.95)
        raise no_such("player", name, [*PLAYERS, NO_TRANSFERS])

    names = [*players, *(f"planner at {weight:g}" for weight in weights)]
    observer.look(business)
    runs = {name: Run(copy.deepcopy(business), player(name)) for name in names}
    lockstep(runs, warm_up + days, tell, language)
    about = {"seed": seed}
    cells, daily = [], []
    for name, run in runs.items():
        used = float(np.mean(run.budget_used)) if run.budget_used else np.nan
        told = cells_of(run.business, first, settings).assign(**about, player=name, budget_used=used)
        told["bought_yuan"] = [run.bought_yuan, *[0.0] * (len(told) - 1)]
        cells.append(told)
        daily.append(days_of(run.business, first).assign(**about, player=name))
    return pd.concat(cells, ignore_index=True), pd.concat(daily, ignore_index=True)


def named_players(text: str) -> list[str]:
    """The players that a text names, separated by commas. Raises UnknownNameError."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    require_known("player", names, [*PLAYERS, NO_TRANSFERS])
    return names


def merge_into(path: Path, fresh: pd.DataFrame) -> None:
    """The file with what was found for the same seed and player before replaced."""
    if path.exists():
        old = pd.read_csv(path)
        again = pd.MultiIndex.from_frame(old[["seed", "player"]]).isin(
            pd.MultiIndex.from_frame(fresh[["seed", "player"]])
        )
        fresh = pd.concat([old[~again], fresh], ignore_index=True)
    fresh.to_csv(path, index=False)
