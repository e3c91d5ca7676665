"""The recall list of a closed day: score -> choose -> list, beside a control group that is left alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete

from include.calendar.business_days import merchant_now
from include.customers.churn import ChurnModel, explain, load, score
from include.customers.consents import why_not
from include.customers.reasons import in_words, that_hold
from include.customers.recall import recall_lines
from include.day.customer_books import (
    PSEUDONYM_LENGTH,
    consents_until,
    contacts_before,
    history_as_of,
    learn_consents,
    withdraw_the_opted_out,
)
from include.day.manifest import manifest_of
from include.day.models import champion_of
from include.day.office import Office
from include.day.restocking import list_notes, newest_closed_day, push_of, rules_of, to_cents
from include.tasks.channels.configured import names_for
from include.tasks.drafts import Note, TaskList, drafts_from_frame
from include.tasks.publish import publish_list
from include.warehouse.books import publication
from include.warehouse.tables import churn_scores, contacts

MICROS = 1_000_000


def publish_recall_list(
    office: Office, day: str, now: datetime, replay: bool = False, push: bool | None = None
) -> dict[str, Any]:
    """Score, choose and publish the list of `day`; returns counts. `now` is an aware moment."""
    notes = list_notes(office, day)
    clock = merchant_now(office.merchant.time_zone, now)
    if not replay:
        learn_consents(office)
    standing = champion_of(office, "churn", day)
    lines = pd.DataFrame()
    model_id = "none"
    if standing is None:
        notes.append(
            Note("还没有可用的流失模型，今天不建议召回。", "There is no churn model yet: nobody is suggested today.")
        )
    else:
        model_id, folder = standing
        try:
            model = load(folder / "churn.json")
        except ValueError:  # written by an earlier release
            notes.append(
                Note(
                    "流失模型是旧版本的，要重新训练，今天不建议召回。",
                    "The churn model is of an earlier release: train it again. Nobody is suggested today.",
                )
            )
        else:
            lines = _choose(office, day, model_id, model)
    published = publish_list(
        office.books,
        TaskList("recall", day, drafts_from_frame("recall", day, lines), manifest_of(office, day, model_id), notes),
        clock,
        rules=rules_of(office.merchant.replenishment),
        channels=names_for(office.merchant.channels, "recall"),
        push=push_of(replay, push),
        newest_closed_day=newest_closed_day(office),
    )
    if not published.is_silent:
        withdraw_the_opted_out(office, clock)
    return {
        "model": model_id,
        "lines": published.lines,
        "revision": published.revision,
        "queued": len(published.queued),
    }


def _choose(office: Office, day: str, model_id: str, model: ChurnModel) -> pd.DataFrame:
    """The payload of today's lines; scores and both arms are stored."""
    settings = office.merchant.customers
    history = history_as_of(office, day)
    scores = score(model, history, day)
    chosen = recall_lines(
        scores,
        history,
        day,
        settings,
        office.keys.customers,
        contacts_before(office, day),
        why_not(scores["customer"], consents_until(office, day), settings.contact_channel, settings.consent_needed),
    )
    stored = scores[["customer", "p_churn", "expected_orders"]].assign(
        day=day, model_id=model_id, horizon_days=settings.horizon_days
    )
    with publication(office.books) as change:
        change.execute(delete(churn_scores).where(churn_scores.c.day == day))
        change.insert(churn_scores, stored)
        change.execute(delete(contacts).where(contacts.c.day == day))
        change.insert(contacts, chosen.control)
    told = explain(model, history, day, chosen.lines["customer"].tolist())
    silent, usual = chosen.lines["days_since"], chosen.lines["usual_gap_days"]
    lines = chosen.lines.assign(reasons=[that_hold(*each) for each in zip(told, silent, usual, strict=True)])
    return _payload(lines, settings.horizon_days)


def _payload(lines: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    records = lines.to_dict("records")
    return pd.DataFrame(
        {
            "customer": lines["customer"].str[:PSEUDONYM_LENGTH],
            "rank": lines["rank"],
            "shop": lines["last_shop"],
            "offer": lines["offer"],
            "value_micros": to_cents(lines["gain_micros"]),
            "p_churn": (lines["p_churn"] * 1000).round().astype("int64"),
            "last_order_id": lines["last_order_id"],
            "last_order_day": lines["last_order_day"],
            "days_since": lines["days_since"].astype("int64"),
            "usual_gap_days": lines["usual_gap_days"].astype("int64"),
            "reasons": [" ".join(line["reasons"]) for line in records],
            "why_zh": [sum_in_words(line, horizon_days, "zh") for line in records],
            "why_en": [sum_in_words(line, horizon_days, "en") for line in records],
        }
    )


def sum_in_words(line: Mapping[str, Any], horizon_days: int, language: str) -> str:
    """One line's sum in words: risk x margin at stake x chance that a contact helps = expected gain."""
    risk, effect = f"{100 * line['p_churn']:.1f}", 100 * line["effect"]
    margin, gain = line["margin_micros"] / MICROS, line["gain_micros"] / MICROS
    why = in_words(line["reasons"], language)
    days, gap = line["days_since"], line["usual_gap_days"]
    if language == "zh":
        return (
            f"{why}{'。' if why else ''}{days} 天没下单，平时约 {gap} 天一单；{horizon_days} 天内不再下单的"
            f"可能 {risk}%。"
            f"流失风险 {risk}% × 毛利 {margin:.2f} 元 × 联系有效 {effect:g}% = 预计挽回 {gain:.2f} 元。"
        )
    reason = f"The customer {why}. " if why else ""
    return (
        f"{reason}No order for {days} days, usually one every {gap}; the chance of none in {horizon_days} days is "
        f"{risk}%. Risk {risk}% x margin {margin:.2f} x contact helps {effect:g}% = {gain:.2f} expected."
    )
