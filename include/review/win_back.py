"""What win-back brought, as of a day: listed against control, by list, channel and offer, and the arms of experiments.

By intention to treat: who was listed counts as listed, whether the clerk called, refused or let the line expire, since
the control group has nobody whom a clerk would have left out. Those who were contacted are told beside it, and compared
with nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from include.customers.effect import Effect, measured_effect
from include.customers.history import MICROS, OrderHistory, day_number, day_text
from include.customers.lift import NOT_ENOUGH, lift, money_lift, returned
from include.settings.currencies import currency_name
from include.settings.merchant import ContactChannel, Customers, Experiment

ALL, LIST, CHANNEL, OFFER = "all", "list", "channel", "offer"
_TOLD_DAYS = 60  # after an experiment's last day: its last outcomes, and a month to read them
VERDICT_WORDS = {"helps": "有效", "harms": "有害", "no proof of an effect": "还不能证明有差别"}


def outcomes(arms: pd.DataFrame, history: OrderHistory, day: str, rules: Customers) -> pd.DataFrame:
    """arms (CONTROL_COLUMNS of `recall`) of every list before `day` -> the first entry of each customer whose days of
    holdout have passed, with returned and yuan (see `lift.returned`)."""
    return returned(arms, history, day, rules.holdout_days)


def effects_by_channel(first: pd.DataFrame, rules: Customers) -> dict[str, Effect]:
    """What a contact by each of the merchant's channels brings. first: of `outcomes`."""
    return {one.name: _effect(first[first["channel"] == one.name], rules, one) for one in rules.channels_of_contact}


def _effect(first: pd.DataFrame, rules: Customers, channel: ContactChannel | None = None) -> Effect:
    prior = rules.effect_of_contact if channel is None else rules.prior_of(channel)
    return measured_effect(first, prior, rules.effect_prior_customers, rules.least_effect)


def win_back_of(
    day: str, first: pd.DataFrame, trials: pd.DataFrame, done: pd.DataFrame, rules: Customers
) -> pd.DataFrame:
    """The rows of the table `win_back` of `day`.

    first: of `outcomes`. trials: experiment, arm and the columns of `outcomes`, the first entry of each customer in
    each experiment. done: customer, day of every recall task done. A list has its row on the day on which its days of
    holdout are over.
    """
    first = first.assign(contacted=_contacted(first, done, rules.holdout_days))
    rows = [_row(day, ALL, "", first, rules, effect=_effect(first, rules))]
    matured = day_text(day_number(day) - rules.holdout_days)
    for value, part in _parts(first[first["day"] == matured], "day"):
        rows.append(_row(day, LIST, value, part, rules))
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
    money = money_lift(first, comparisons=comparisons)

    def margin(yuan: float | None) -> int | None:
        return None if yuan is None else round(yuan * rules.margin * MICROS)

    contacted = first["contacted"].to_numpy(dtype=bool)
    return {
        "day": day,
        "part": part,
        "value": value,
        **share,
        "listed_margin_micros": margin(money.listed),
        "control_margin_micros": margin(money.control),
        "margin_difference_micros": margin(money.difference),
        "margin_low_micros": margin(money.low),
        "margin_high_micros": margin(money.high),
        "margin_verdict": money.verdict,
        "contacted": int(contacted.sum()),
        "contacted_returned": int(first.loc[contacted, "returned"].sum()),
        "effect": None if effect is None else effect.at_even,
        "effect_measured": None if effect is None else effect.measured,
        "effect_low": None if effect is None else effect.low,
        "effect_high": None if effect is None else effect.high,
    }


def where_effects_come_from(effects: Mapping[str, Effect], channels: Sequence[ContactChannel], language: str) -> str:
    """One sentence for the list's head: on what the chance that a contact helps rests, channel by channel."""
    parts = [_source(effects[one.name], one, language) for one in channels if one.name in effects]
    return "；".join(parts) + "。" if language == "zh" else "; ".join(parts) + "."


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
    first, chinese = next(iter(experiment.arms)), language == "zh"
    if experiment.metric == "margin":
        money = currency_name(currency, language)
        verdict, scale, unit = row["margin_verdict"], 1 / MICROS, f" {money}/人" if chinese else f" {money} a customer"
        figures = [row[f"margin_{name}_micros"] for name in ("difference", "low", "high")]
    else:
        verdict, scale, unit = row["verdict"], 100.0, " 个百分点" if chinese else " points of return"
        figures = [row[name] for name in ("difference", "low", "high")]
    counts = (row["listed"], row["control"])
    if verdict == NOT_ENOUGH:
        said = "数据还不够" if chinese else NOT_ENOUGH
    else:
        difference, low, high = (f"{scale * float(figure):+.1f}" for figure in figures)
        words = VERDICT_WORDS[verdict] if chinese else verdict
        said = (
            f"{difference}{unit}（95% 区间 {low} ~ {high}），{words}"
            if chinese
            else (f"{difference}{unit} (95 % interval {low} to {high}), {words}")
        )
    if chinese:
        return f"实验 {experiment.name}：{row['value']} 对 {first}（{counts[0]} 人对 {counts[1]} 人）：{said}。"
    return f"Experiment {experiment.name}: {row['value']} against {first} ({counts[0]} against {counts[1]}): {said}."


def _source(effect: Effect, channel: ContactChannel, language: str) -> str:
    chinese, used = language == "zh", f"{100 * effect.at_even:.1f}%"
    if not effect.is_measured or effect.measured is None or effect.low is None or effect.high is None:
        counted = (effect.listed, effect.control)
        if chinese:
            return f"{channel.zh}有效率 {used} 是先验（数据还不够：联系组 {counted[0]} 人、对照组 {counted[1]} 人）"
        return (
            f"that contact by {channel.en} helps, {used}, is the prior (not enough data yet: {counted[0]} listed and "
            f"{counted[1]} left alone)"
        )
    customers, span = effect.listed + effect.control, f"{100 * effect.low:.1f}% ~ {100 * effect.high:.1f}%"
    if effect.is_harm:
        if chinese:
            return f"{channel.zh}按 {customers} 名客户实测反而有害（{span}），不再建议"
        return f"contact by {channel.en}, measured on {customers} customers, does harm ({span}): nobody is suggested"
    if chinese:
        return f"{channel.zh}有效率 {used}，按 {customers} 名客户实测（95% 区间 {span}）并向先验收缩"
    return (
        f"that contact by {channel.en} helps, {used}, is measured on {customers} customers (95 % interval {span}) and "
        "drawn to the prior"
    )
