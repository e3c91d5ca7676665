"""What win-back brought, as of a day: listed against control, by list, channel and offer, and the arms of experiments.

By intention to treat: who was listed counts as listed, whether the clerk called, refused or let the line expire, since
the control group has nobody whom a clerk would have left out. Those who were contacted are told beside it, and compared
with nobody.

What win-back earns is net: the margin that the listed bring more than the control group, less what offers cost on all
who took them (as far as the price paid does not show it) and what contacts cost (a text sent by a platform's tool on
all who are listed, a person's work on those whom a person has contacted).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from include.customers.history import MICROS, OrderHistory, day_number, day_text
from include.customers.recall.effect import Effect, log_factor, measured_effect
from include.customers.recall.lift import NOT_ENOUGH, lift, money_lift, returned
from include.customers.recall.offers import offer_called
from include.customers.recall.worth import chance_with_contact
from include.settings.currencies import currency_name
from include.settings.people.contacts import ContactChannel
from include.settings.people.customers import Customers
from include.settings.people.experiments import Experiment
from include.words.texts import say

ALL, LIST, MONTH, CHANNEL, OFFER = "all", "list", "month", "channel", "offer"
_TOLD_DAYS = 60  # after an experiment's last day: its last outcomes, and a month to read them


def outcomes(arms: pd.DataFrame, history: OrderHistory, day: str, rules: Customers) -> pd.DataFrame:
    """arms (CONTROL_COLUMNS of `recall`) of every list before `day` -> the first entry of each customer whose days of
    holdout have passed, with returned, yuan and margin (see `lift.returned`)."""
    return returned(arms, history, day, rules.holdout_days, _known_rate(history, rules.margin))


def _known_rate(history: OrderHistory, assumed: float) -> float:
    """The merchant's margin as a share of what customers kept, where an order's own cost is not known."""
    known = np.isfinite(history.cost)
    kept = float(history.kept[known].sum())
    return float(1.0 - history.cost[known].sum() / kept) if kept > 0 else assumed


def effects_by_channel(first: pd.DataFrame, rules: Customers) -> dict[str, Effect]:
    """What a contact by each of the merchant's channels brings. first: of `outcomes`."""
    return {one.name: _effect(first[first["channel"] == one.name], rules, one) for one in rules.channels_of_contact}


def _effect(first: pd.DataFrame, rules: Customers, channel: ContactChannel | None = None) -> Effect:
    prior = rules.effect_of_contact if channel is None else rules.prior_of(channel)
    made = [offer_called(name, rules.offers) for name in first["offer"].dropna()] if "offer" in first else []
    of_offers = float(np.mean([0.0 if one is None else log_factor(one.effect_of_offer) for one in made] or [0.0]))
    return measured_effect(first, prior, rules.effect_prior_customers, rules.min_effect, of_offers=of_offers)


def win_back_of(
    day: str, first: pd.DataFrame, trials: pd.DataFrame, done: pd.DataFrame, rules: Customers
) -> pd.DataFrame:
    """The rows of the table `win_back` of `day`.

    first: of `outcomes`. trials: experiment, arm and the columns of `outcomes`, the first entry of each customer in
    each experiment. done: customer, day of every recall task done. A list has its row on the day on which its days of
    holdout are over, and a month on each of those days of its lists, with all of them so far.
    """
    first = first.assign(contacted=_contacted(first, done, rules.holdout_days))
    rows = [_row(day, ALL, "", first, rules, effect=_effect(first, rules))]
    matured = day_text(day_number(day) - rules.holdout_days)
    for value, part in _parts(first[first["day"] == matured], "day"):
        rows.append(_row(day, LIST, value, part, rules))
    of_month = first[first["day"].str[:7] == matured[:7]]
    if len(of_month):
        rows.append(_row(day, MONTH, matured[:7], of_month, rules))
    of_channel = effects_by_channel(first, rules)
    for value, part in _parts(first, "channel"):
        rows.append(_row(day, CHANNEL, value, part, rules, effect=of_channel.get(value)))
    for value, part in _parts(first, "offer"):
        rows.append(_row(day, OFFER, value, part, rules))
    for experiment in rules.experiments:
        names = list(experiment.arms)
        ran = trials[trials["experiment"] == experiment.name]
        if ran.empty:
            continue
        for name in names[1:]:
            pair = ran[ran["arm"].isin([names[0], name])]
            pair = pair.assign(arm=np.where(pair["arm"] == name, "listed", "control"))
            pair = pair.assign(contacted=_contacted(pair, done, rules.holdout_days))
            rows.append(_row(day, experiment.name, name, pair, rules, comparisons=len(names) - 1))
    return pd.DataFrame(rows)


def _parts(first: pd.DataFrame, column: str) -> Iterator[tuple[str, pd.DataFrame]]:
    for value, part in first.dropna(subset=[column]).groupby(column, sort=True):
        if value:
            yield str(value), part


def _contacted(first: pd.DataFrame, done: pd.DataFrame, days: int) -> np.ndarray:
    """(rows,) bool: the customer's task was done from the day of their list to the end of the holdout."""
    rows = first[["customer", "day"]].assign(row=np.arange(len(first)))
    pairs = rows.merge(done.rename(columns={"day": "done_day"}), on="customer", how="inner")
    listed, acted = (pairs[name].map(day_number).to_numpy(dtype=np.int64) for name in ("day", "done_day"))
    hit = np.zeros(len(first), dtype=bool)
    hit[pairs["row"].to_numpy(dtype=np.int64)[(acted >= listed) & (acted <= listed + days)]] = True
    return hit & (first["arm"] == "listed").to_numpy()


def _row(
    day: str,
    part: str,
    value: str,
    first: pd.DataFrame,
    rules: Customers,
    comparisons: int = 1,
    effect: Effect | None = None,
) -> dict[str, Any]:
    share = asdict(lift(first, comparisons=comparisons))
    money = money_lift(first, comparisons=comparisons, column="margin")
    contacted = first["contacted"].to_numpy(dtype=bool)
    return {
        "day": day,
        "part": part,
        "value": value,
        **share,
        "listed_margin_micros": _micros(money.listed),
        "control_margin_micros": _micros(money.control),
        "margin_difference_micros": _micros(money.difference),
        "margin_low_micros": _micros(money.low),
        "margin_high_micros": _micros(money.high),
        "margin_verdict": money.verdict,
        **_net(first, rules, comparisons),
        "contacted": int(contacted.sum()),
        "contacted_returned": int(first.loc[contacted, "returned"].sum()),
        "effect": None if effect is None else effect.at_even,
        "effect_measured": None if effect is None else effect.measured,
        "effect_low": None if effect is None else effect.low,
        "effect_high": None if effect is None else effect.high,
    }


def _micros(money: float | None) -> int | None:
    return None if money is None else round(money * MICROS)


def _net(first: pd.DataFrame, rules: Customers, comparisons: int) -> dict[str, Any]:
    """Margin less offers and contacts, of those whose list kept their costs (schema 0011); null where none did.

    Offers and contacts are a listed customer's: what they cost beyond what the price paid shows.
    """
    kept = ["offers_micros", "contacts_micros", "net_difference_micros", "net_low_micros", "net_high_micros"]
    nothing: dict[str, Any] = {**dict.fromkeys(kept), "net_verdict": None}
    if "offer_cost_micros" not in first:
        return nothing
    known = first[first["offer_cost_micros"].notna() & first["contact_cost_micros"].notna()]
    if not (known["arm"] == "listed").any():
        return nothing
    by_tool = [one.name for one in rules.channels_of_contact if one.reach == "audience"]
    is_listed = (known["arm"] == "listed").to_numpy(dtype=bool)
    offer, contact = (known[f"{name}_cost_micros"].to_numpy(dtype=np.float64) / MICROS for name in ("offer", "contact"))
    offers = np.where(is_listed & known["returned"].to_numpy(dtype=bool), offer, 0.0)
    reached = known["contacted"].to_numpy(dtype=bool) | known["channel"].isin(by_tool).to_numpy()
    contacts = np.where(is_listed & reached, contact, 0.0)
    net = known.assign(net=known["margin"].to_numpy(dtype=np.float64) - offers - contacts)
    money = money_lift(net, comparisons=comparisons, column="net")
    return {
        "offers_micros": _micros(float(offers[is_listed].mean())),
        "contacts_micros": _micros(float(contacts[is_listed].mean())),
        "net_difference_micros": _micros(money.difference),
        "net_low_micros": _micros(money.low),
        "net_high_micros": _micros(money.high),
        "net_verdict": money.verdict,
    }


def brought_in_words(row: Mapping[str, Any], rules: Customers, language: str, currency: str = "CNY") -> str:
    """What the lists of one row (part `all` or `month`) have earned, all costs off, as one sentence."""
    money, of_month = currency_name(currency, language), row["part"] == MONTH
    when = say(language, "winback.lists_of" if of_month else "winback.lists_so_far", month=row["value"])
    listed, control = row["listed"], row["control"]
    told = say(language, "winback.against", when=when, days=rules.holdout_days, listed=listed, control=control)
    if row["net_verdict"] is None or pd.isna(row["net_verdict"]) or row["net_verdict"] == NOT_ENOUGH:
        return told + say(language, "winback.open")
    names = ("margin_difference", "offers", "contacts", "net_difference", "net_low", "net_high")
    margin, offers, contacts, net, low, high = (float(row[f"{name}_micros"]) / MICROS for name in names)
    return told + say(
        language,
        "winback.brought",
        margin=f"{margin:.2f}",
        offers=f"{offers:.2f}",
        contacts=f"{contacts:.2f}",
        net=f"{net:+.2f}",
        low=f"{low:+.2f}",
        high=f"{high:+.2f}",
        total=f"{net * listed:+.0f}",
        total_low=f"{low * listed:+.0f}",
        total_high=f"{high * listed:+.0f}",
        money=money,
        verdict=_verdict(row["net_verdict"], language),
    )


def _verdict(verdict: str, language: str) -> str:
    return say(language, f"winback.verdict.{verdict.replace(' ', '_')}")


def where_effects_come_from(effects: Mapping[str, Effect], channels: Sequence[ContactChannel], language: str) -> str:
    """One sentence for the list's head: by how much a contact raises the chance to return, channel by channel, at three
    chances without it, and on what that rests. The lines' own chances rise by the same factor of their odds.

    channels: those whose effect the list rests on.
    """
    parts = [_source(effects[one.name], one, language) for one in channels if one.name in effects]
    between = say(language, "why.semicolon").rstrip() + "\n"  # a channel a line
    return say(language, "winback.effects", parts=between.join(parts))


def experiments_in_words(
    rows: pd.DataFrame, experiments: Sequence[Experiment], day: str, language: str, currency: str = "CNY"
) -> list[str]:
    """One sentence for each arm of every experiment that is not long over, by the metric that it
    declares. rows: of `win_back_of`; currency: the merchant's."""
    recent = [one for one in experiments if day_number(day) <= day_number(one.last_day.isoformat()) + _TOLD_DAYS]
    return [
        _arm_in_words(experiment, row, language, currency)
        for experiment in recent
        for row in rows[rows["part"] == experiment.name].to_dict("records")
    ]


def _arm_in_words(experiment: Experiment, row: Mapping[str, Any], language: str, currency: str) -> str:
    if experiment.metric == "margin":
        unit = say(language, "winback.money_a_customer", money=currency_name(currency, language))
        verdict, scale = row["margin_verdict"], 1 / MICROS
        figures = [row[f"margin_{name}_micros"] for name in ("difference", "low", "high")]
    else:
        verdict, scale, unit = row["verdict"], 100.0, say(language, "winback.points_of_return")
        figures = [row[name] for name in ("difference", "low", "high")]
    if verdict == NOT_ENOUGH:
        said = say(language, "winback.not_enough")
    else:
        difference, low, high = (f"{scale * float(figure):+.1f}" for figure in figures)
        ends = {"low": low, "high": high, "verdict": _verdict(verdict, language)}
        said = say(language, "winback.difference", difference=difference, unit=unit, **ends)
    return say(
        language,
        "winback.experiment",
        name=experiment.name,
        arm=row["value"],
        first=next(iter(experiment.arms)),
        listed=row["listed"],
        control=row["control"],
        said=said,
    )


_EXAMPLES = (0.2, 0.5, 0.7)  # chances to come without a contact: low, even, high


def _raised(effect: Effect, language: str) -> str:
    """20% → 21.7%, ... of those who return without a contact -> with it."""
    factor = float(np.exp(log_factor(effect.at_even)))
    pairs = [f"{100 * one:.0f}% → {100 * float(chance_with_contact(np.array(one), factor)):.1f}%" for one in _EXAMPLES]
    return say(language, "why.and").join(pairs)


def _source(effect: Effect, channel: ContactChannel, language: str) -> str:
    name, customers = channel.called(language), effect.listed + effect.control
    is_known = effect.low is not None and effect.high is not None
    low, high = (f"{100 * (0.5 + 0.5 * one):.1f}%" if one is not None else "" for one in (effect.low, effect.high))
    if effect.is_harm and is_known:
        return say(language, "winback.source.harm", channel=name, customers=customers, low=low, high=high)
    raised = _raised(effect, language)
    if not effect.is_measured or not is_known:
        counts = {"listed": effect.listed, "control": effect.control}
        return say(language, "winback.source.assumed", channel=name, raised=raised, **counts)
    ends = {"customers": customers, "low": low, "high": high}
    return say(language, "winback.source.measured", channel=name, raised=raised, **ends)
