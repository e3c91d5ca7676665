"""What 180 days of recall earn when the effect of every contact is known, beside the rule of before.

    python -m benchmarks.recall OUT [--seeds 101-110] [--days 180] [--every 2] [--merchant examples/specimen]

Each seed is a merchant of its own (`recall_world`): 300 days of history, then a list every few days by the settings
of --merchant, carried out as listed, and 30 days for the last contacts to bear fruit. Scores are those of the three
repeat-buying models that the daily scorer stacks, fitted to the merchant's own books before the first list; effects are
measured on its own control group as it grows, as in the daily run.
Two worlds are lived beside it with the same luck: one in which nobody is contacted, which is the truth that no merchant
sees, and one with the rule of before.

Writes OUT/recall.json and prints for each rule, in yuan a merchant: contacts made, what their lists expected, the true
gain (margin less offers and contacts, of all customers, against the world without contacts), and the same as the
merchant measures it, listed against the control group from the first list to the end. 95 % intervals: bootstrap over
merchants, and over customers within merchants.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.recall_before import CHANNELS, recall_before
from benchmarks.recall_world import World, numbers_of
from include.customers.churn.btyd import rhythm_of
from include.customers.churn.customer_features import BtydFits, fit_btyd
from include.customers.history import OrderHistory, book_as_of, day_number, order_history
from include.customers.recall.choose import recall_lines
from include.customers.recall.offers import offer_called
from include.customers.recall.win_back_review import effects_by_channel, outcomes
from include.settings.loading import load_merchant
from include.settings.people.customers import Customers
from include.simulation.specimen.settings import SpecimenSettings

NOW, BEFORE = "now", "before"
HISTORY_DAYS, TAIL_DAYS, NUMBER_DAYS, WASTED_MINUTES = 300, 30, 30, 1
FIRST_DAY = date(2024, 10, 12)
RESAMPLES = 2000
_TRUE_CHANNELS = {"call": "call", "wangwang": "chat", "dongdong": "chat", "feige": "chat", "sms": "text"}
_CHAT_SHOPS = {"wangwang": "tmall", "dongdong": "jd", "feige": "douyin"}
COLUMNS = ("day", "customer", "arm", "channel", "offer", "p_churn", "offer_cost_micros", "contact_cost_micros")


@dataclass(frozen=True)
class Plan:
    """founders, newcomers: the merchant's size. days: of lists, one every so many. settings: the world's truth."""

    founders: int = 800
    newcomers: float = 5.0
    days: int = 180
    every: int = 2
    settings: SpecimenSettings = field(default_factory=lambda: SpecimenSettings(first_day=FIRST_DAY))


@dataclass
class Lived:
    """One rule's world. net: (customers,) yuan from the first list on, contacts and offers off. first: of each who was
    listed or left alone, the arm and the place in net."""

    contacts: int
    contact_cost: float
    offer_cost: float
    expected: float
    net: np.ndarray
    first: pd.DataFrame
    by_channel: dict[str, int]


def rules_of(folder: Path) -> Customers:
    return load_merchant(folder, Path("var")).customers


def live(world: World, fits: BtydFits, rule: str | None, rules: Customers, plan: Plan, key: bytes) -> Lived:
    """Live the world on. rule None: nobody is contacted."""
    begin = len(world.orders)
    log: list[pd.DataFrame] = []
    expected, cost = 0.0, []
    for step in range(plan.days if rule else 0):
        today = date.fromordinal(world.day.toordinal() - 1)
        if step % plan.every == 0 and rule is not None:
            history = order_history(world.customer_orders(), as_of=today.isoformat())
            arms, more = _list(rule, fits, history, today.isoformat(), rules, key, log)
            expected += more
            log.append(arms)
            cost.append(_carry_out(world, arms[arms["arm"] == "listed"], rules, today))
        world.live(1)
    if not rule:
        world.live(plan.days)
    world.live(TAIL_DAYS)
    net = np.zeros(len(world.table))
    for orders in world.orders[begin:]:
        net += np.bincount(orders["number"], weights=orders["margin_fen"], minlength=len(net)) / 100
    kind = pd.concat(world.used) if world.used else pd.DataFrame({"number": [], "fen": []})
    net -= np.bincount(kind["number"].astype("int64"), weights=kind["fen"], minlength=len(net)) / 100
    spent = pd.concat(cost) if cost else pd.Series(dtype=float)
    np.subtract.at(net, spent.index.to_numpy(dtype=np.int64), spent.to_numpy(dtype=float))
    told = pd.concat(log, ignore_index=True) if log else pd.DataFrame(columns=list(COLUMNS))
    first = told.sort_values(["day", "customer"]).drop_duplicates("customer")
    first = first.assign(number=numbers_of(first["customer"]) if len(first) else [])
    listed = told[told["arm"] == "listed"]
    return Lived(
        contacts=len(listed),
        contact_cost=float(spent.sum()),
        offer_cost=float(kind["fen"].sum()) / 100,
        expected=expected,
        net=net,
        first=first[["number", "arm"]],
        by_channel=listed["channel"].value_counts().to_dict(),
    )


def scores_of(fits: BtydFits, history: OrderHistory, day: str, horizon: int) -> pd.DataFrame:
    """customer, p_churn, expected_orders: the mean of the three families that the churn scorer stacks."""
    book = book_as_of(history, day)
    rhythm = rhythm_of(book)
    x, t_x, age = rhythm.x, rhythm.t_x, rhythm.age
    families = (fits.pareto_nbd, fits.mbg_nbd, fits.regular)
    quiet = np.mean([model.p_no_order(x, t_x, age, horizon) for model in families], axis=0)
    return pd.DataFrame({"customer": book.names.astype(str), "p_churn": quiet.clip(0.001, 0.999), "expected_orders": 0})


def _list(
    rule: str,
    fits: BtydFits,
    history: OrderHistory,
    day: str,
    rules: Customers,
    key: bytes,
    log: list[pd.DataFrame],
) -> tuple[pd.DataFrame, float]:
    """(COLUMNS of both arms of today's list, what it expects to gain)."""
    scores = scores_of(fits, history, day, rules.horizon_days)
    made = pd.concat(log, ignore_index=True) if log else pd.DataFrame(columns=list(COLUMNS))
    effects = {name: one.at_even for name, one in effects_by_channel(outcomes(made, history, day, rules), rules).items()
               if one.is_measured}  # fmt: skip
    if rule == BEFORE:
        chosen = recall_before(scores, history, day, rules, key, made, effects)
        costs = {name: cost for name, _, _, cost in CHANNELS}
        chosen["offer_cost_micros"], chosen["contact_cost_micros"] = 0, (chosen["channel"].map(costs) * 1e6).round()
        expected = chosen.loc[chosen["arm"] == "listed", "expected_micros"].sum() / 1e6
        return chosen.assign(day=day)[list(COLUMNS)], float(expected)
    found = recall_lines(
        scores, history, day, rules, key, made, None, effects, None, _out_of_reach(history, day, rules)
    )
    return found.control[list(COLUMNS)], float(found.lines["gain_micros"].sum()) / 1e6


def _out_of_reach(history: OrderHistory, day: str, rules: Customers) -> dict[str, set[str]]:
    """As `include.customers.recall.reach` would say it: a virtual number lasts a month, a chat needs its platform."""
    book = book_as_of(history, day)
    names, silence = book.names.astype(str), book.as_of - book.last
    shops = np.array([*history.shop_names, ""])[book.history.shop[book.end - 1]]
    missed = {}
    for channel in rules.channels_of_contact:
        late = silence > (channel.max_order_days or (NUMBER_DAYS if channel.reach == "order_phone" else 10**6))
        own = _CHAT_SHOPS.get(channel.name)
        missed[channel.name] = set(names[late | (shops != own if own else False)])
    return missed


def _carry_out(world: World, listed: pd.DataFrame, rules: Customers, today: date) -> pd.Series:
    """Contact everybody as listed; yuan that the contacts cost, by customer number. The same holds for both rules: a
    call takes its minutes, and to a number that has expired it reaches nobody and takes a minute."""
    costs = {one.name: rules.cost_of(one) or 0.0 for one in rules.channels_of_contact}
    silence = day_number(today.isoformat()) - world.table["last_visit"][numbers_of(listed["customer"])]
    is_expired = (listed["channel"] == "call").to_numpy() & (silence > NUMBER_DAYS)
    wasted = WASTED_MINUTES / 60 * (rules.wage_per_hour or 0.0)
    spent = np.where(is_expired, wasted, listed["channel"].map(costs).to_numpy(dtype=float))
    everybody, listed = numbers_of(listed["customer"]), listed[~is_expired]
    for (channel, name), part in listed.groupby(["channel", "offer"]):
        who, offer = numbers_of(part["customer"]), offer_called(str(name), rules.offers)
        fen = 0 if offer is None else round((offer.cost or 0.0) * 100)
        off_price = offer is not None and offer.off_the_price
        days = 30 if offer is None else offer.valid_days
        world.contact(who, today, _TRUE_CHANNELS[str(channel)], fen, fen if off_price else 0, days)
        if fen and not off_price:
            world.offer_in_kind(who, np.full(len(who), fen), days)
    return pd.Series(spent, index=everybody)


def measured(runs: Sequence[Lived]) -> tuple[float, float, float]:
    """Yuan a merchant by the control group: the difference of the arms' means times the listed, with its interval."""
    rng, groups = np.random.default_rng(0), []
    for run in runs:
        values, is_listed = run.net[run.first["number"]], (run.first["arm"] == "listed").to_numpy()
        groups.append((values[is_listed], values[~is_listed]))
    drawn = np.zeros(RESAMPLES)
    for listed, control in groups:
        for values, sign in ((listed, 1.0), (control, -1.0)):
            if len(values):
                means = np.array([values[rng.integers(0, len(values), len(values))].mean() for _ in range(RESAMPLES)])
                drawn += sign * means * len(listed)
    said = sum((a.mean() - b.mean()) * len(a) for a, b in groups if len(a) and len(b)) / len(groups)
    low, high = np.quantile(drawn / len(groups), [0.025, 0.975])
    return float(said), float(low), float(high)


def interval(values: np.ndarray) -> tuple[float, float, float]:
    """Mean over merchants, and its interval by bootstrap."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(values.mean()), float(low), float(high)


def one_merchant(seed: int, rules: Customers, plan: Plan) -> dict[str | None, Lived]:
    """Each rule's world, and that without contacts, from the same past and with the same scorer."""
    key, world = f"merchant {seed}".encode(), World(replace(plan.settings, seed=seed), plan.founders, plan.newcomers)
    world.live(HISTORY_DAYS)
    today = date.fromordinal(world.day.toordinal() - 1).isoformat()
    fits = fit_btyd(book_as_of(order_history(world.customer_orders(), as_of=today), today), seed)
    return {rule: live(copy.deepcopy(world), fits, rule, rules, plan, key) for rule in (None, NOW, BEFORE)}


def report(merchants: Sequence[dict[str | None, Lived]]) -> dict[str, dict[str, object]]:
    told: dict[str, dict[str, object]] = {}
    for rule in (NOW, BEFORE):
        runs = [one[rule] for one in merchants]
        true = np.array([one[rule].net.sum() - one[None].net.sum() for one in merchants])
        channels: dict[str, int] = {}
        for run in runs:
            for name, count in run.by_channel.items():
                channels[name] = channels.get(name, 0) + count
        told[rule] = {
            "contacts": float(np.mean([run.contacts for run in runs])),
            "by_channel": {name: count / len(runs) for name, count in sorted(channels.items())},
            "contact_cost": float(np.mean([run.contact_cost for run in runs])),
            "expected": float(np.mean([run.expected for run in runs])),
            "true_gain": interval(true),
            "measured_gain": measured(runs),
            "each": true.round(0).tolist(),
        }
    difference = np.array([one[NOW].net.sum() - one[BEFORE].net.sum() for one in merchants])
    told["now_less_before"] = {"true_gain": interval(difference)}
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", default="101-110")
    parser.add_argument("--days", type=int, default=180)
    parser.add_argument("--every", type=int, default=2)
    parser.add_argument(
        "--lift", type=float, default=None, help="the true effect of a call; the specimen's where not said"
    )
    parser.add_argument("--merchant", type=Path, default=Path("examples/specimen"))
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    first, _, last = given.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    world = SpecimenSettings(first_day=FIRST_DAY)
    world = world if given.lift is None else replace(world, contact_lift=given.lift)
    plan = Plan(days=given.days, every=given.every, settings=world)
    rules, start = rules_of(given.merchant), time.monotonic()
    given.out.mkdir(parents=True, exist_ok=True)
    merchants: list[dict[str | None, Lived]] = []
    told: dict[str, dict[str, object]] = {}
    with ProcessPoolExecutor(given.workers) as pool:
        lived = pool.map(one_merchant, seeds, [rules] * len(seeds), [plan] * len(seeds))
        for seed, one in zip(seeds, lived, strict=True):
            merchants.append(one)
            told = report(merchants)
            parameters = {"seeds": f"{seeds[0]}-{seed}", "days": given.days, "every": given.every, **asdict(world)}
            text = json.dumps({"parameters": parameters, **told}, indent=1, default=str)
            (given.out / "recall.json").write_text(text, encoding="utf-8")
            print(f"merchant {seed}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    print(json.dumps(told, indent=1, ensure_ascii=False))
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
