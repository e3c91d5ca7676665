"""The recall list of a closed day: what earlier lists brought -> score -> choose -> list, beside a control group that
is left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import delete

from include.calendar.business_days import merchant_now
from include.customers.churn.churn import ChurnModel, explain, load, score
from include.customers.churn.drift_watch import watch_churn
from include.customers.churn.reasons import that_hold
from include.customers.consents import why_not
from include.customers.customers_as_of import CustomersAsOf, customers_as_of
from include.customers.history import Book, day_text
from include.customers.known_customers import nobody_is_known, notes_of
from include.customers.profile import profiles
from include.customers.profile_store import keep_profiles
from include.customers.recall.calls.call_outcomes import without_unanswered
from include.customers.recall.calls.sentences import (
    all_left_out_in_words,
    expected_in_words,
    left_out_in_words,
    offers_in_words,
    reason_in_words,
    sum_in_words,
)
from include.customers.recall.calls.talk_sheet import talk_sheet
from include.customers.recall.choose import arms_as_offered, recall_lines, with_other_offers
from include.customers.recall.experiments import run_experiments
from include.customers.recall.reach import out_of_reach
from include.customers.recall.win_back_review import (
    ALL,
    MONTH,
    brought_in_words,
    experiments_in_words,
    where_effects_come_from,
)
from include.customers.recall.win_back_store import Review, review_win_back
from include.customers.recall.worth import margin_rates, totals
from include.customers.store import learn_consents, withdraw_recalls
from include.customers.tags import load_tags
from include.pipeline.close import refuse_open_day
from include.pipeline.publish_lists import list_notes, publish_lists, to_cents
from include.pipeline.train_uplift import KIND as UPLIFT
from include.pipeline.train_uplift import rises_by
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.replenishment.guards.guarded_list import guarded_by_sums
from include.settings.people.customers import Customers
from include.tasks.drafts import Note, TaskList, drafts_from_frame
from include.warehouse.books import publication
from include.warehouse.manifest import manifest_of
from include.warehouse.model_registry import Champion, champion_of
from include.warehouse.tables import churn_scores, experiment_arms, recall_arms
from include.warehouse.workspace import Workspace, one_at_a_time
from include.words.texts import LANGUAGES, in_each, joined


@dataclass(frozen=True)
class Chosen:
    """lines: payloads. model_id: of all models that the list rests on. notes: what its reader must know."""

    lines: pd.DataFrame
    model_id: str
    notes: list[Note]


@one_at_a_time("recall")
def publish_recall_list(
    workspace: Workspace, day: str, now: datetime, replay: bool = False, push: bool | None = None
) -> dict[str, Any]:
    """Score, choose and publish the list of `day`; returns counts. `now` is an aware moment."""
    refuse_open_day(workspace, day)
    clock = merchant_now(workspace.merchant.time_zone, now)
    if not replay:
        learn_consents(workspace)
    customers = customers_as_of(workspace, day)
    chosen = _chosen(workspace, customers)
    notes = [*list_notes(workspace, day), *notes_of(workspace, customers.known), *chosen.notes]
    drafts, manifest = drafts_from_frame("recall", day, chosen.lines), manifest_of(workspace, day, chosen.model_id)
    held = guarded_by_sums(workspace, TaskList("recall", day, drafts, manifest, notes))
    (published,) = publish_lists(workspace, [held], clock, replay, push)
    if not published.is_silent:
        book = customers.book
        last_orders = dict(zip((name[:PSEUDONYM_LENGTH] for name in book.names), map(day_text, book.last), strict=True))
        withdraw_recalls(workspace, customers.consents_by_now, clock, last_orders)
    return {
        "model": chosen.model_id,
        "lines": published.lines,
        "revision": published.revision,
        "queued": len(published.queued),
    }


def _chosen(workspace: Workspace, customers: CustomersAsOf) -> Chosen:
    """Today's lines; none, with a note that says why, if nobody is known or no model can be used."""
    if nobody_is_known(customers.known):
        return _nobody("note.nobody_known")
    champion = champion_of(workspace, "churn", customers.day)
    if champion is None:
        return _nobody("note.no_churn_model")
    if damage := champion.damage():
        return _nobody("note.churn_model_damaged", damage=damage)
    try:
        model = load(champion.folder / "churn.json")
    except ValueError:  # written by an earlier release
        return _nobody("note.churn_model_old")
    return _choose(workspace, customers, champion, model)


def _nobody(why: str, **values: str) -> Chosen:
    return Chosen(pd.DataFrame(), "none", [Note(*in_each(why, **values))])


def _choose(workspace: Workspace, customers: CustomersAsOf, champion: Champion, model: ChurnModel) -> Chosen:
    """Today's lines; scores, both arms, experiments, profiles, the review and the watch are stored."""
    settings, money = workspace.merchant.customers, workspace.merchant.currency
    day, history, book = customers.day, customers.history, customers.book
    review = review_win_back(workspace, customers)
    notes = list(watch_churn(workspace, customers, champion.model_id, model, champion.folder))
    scores = score(model, history, day)
    model_id, rises = champion.model_id, None
    uplift = champion_of(workspace, UPLIFT, day)
    if uplift is not None and (damage := uplift.damage()):
        notes.append(Note(*in_each("note.uplift_model_damaged", damage=damage)))
    elif uplift is not None:
        model_id, rises = f"{model_id} {uplift.model_id}", rises_by(uplift, book, scores)
        notes.append(Note(*in_each("note.ranked_by_uplift"), is_detail=True))
    chosen = recall_lines(
        scores,
        history,
        day,
        settings,
        workspace.keys.customers,
        without_unanswered(customers.arms, customers.calls, day, settings),
        {
            channel.name: why_not(scores["customer"], customers.consents, channel.name, settings.consent_needed)
            for channel in settings.channels_of_contact
        },
        {name: effect.at_even for name, effect in review.effects.items() if effect.is_measured},
        rises,
        out_of_reach(customers, workspace.merchant),
    )
    lines, arms = run_experiments(chosen.lines, day, settings.experiments, workspace.keys.customers)
    lines = with_other_offers(lines, chosen.lines["offer"].tolist(), settings, chosen.within)
    listed = arms_as_offered(chosen.control, lines, settings)
    profiles = profiles_of(model, book, settings)
    stored = scores.assign(day=day, model_id=champion.model_id)
    with publication(workspace.books) as change:
        for table, rows in ((churn_scores, stored), (recall_arms, listed), (experiment_arms, arms)):
            change.execute(delete(table).where(table.c.day == day))
            change.insert(table, rows)
    keep_profiles(workspace, day, customers.profiles_before, profiles, customers.persons)
    told = explain(model, history, day, lines["customer"].tolist())
    silent, usual = lines["days_since"], lines["usual_gap_days"]
    lines = lines.assign(reasons=[that_hold(*each, settings) for each in zip(told, silent, usual, strict=True)])
    tags = profiles.set_index("customer")["tags"]
    talk = talk_sheet(workspace, customers, lines, tags, load_tags())
    head = _head(workspace, day, review, chosen.left_out, lines)
    return Chosen(_payload(lines, talk, settings, money), model_id, [*head, *notes])


def _head(
    workspace: Workspace, day: str, review: Review, left_out: Mapping[str, int], lines: pd.DataFrame
) -> list[Note]:
    """What the list is expected to bring, and how many were left out and why; as details, each reason in full, on what
    it all rests, and what came of the lists before."""
    settings, money = workspace.merchant.customers, workspace.merchant.currency
    head = []
    if len(lines):
        head.append(Note(*expected_in_words(lines.to_dict("records"), totals(lines, review.effects), money)))
    if unlisted := all_left_out_in_words(left_out):
        head.append(Note(*unlisted))
    used = set(lines["channel"]) | {name for name, effect in review.effects.items() if effect.is_harm}
    channels = [one for one in settings.channels_of_contact if one.name in used]
    unpriced = [one for one in settings.channels_of_contact if settings.cost_of(one) is None]
    if unpriced:
        channels_told = joined("why.and", (one.names for one in unpriced))
        head.append(Note(*in_each("note.no_wage", channels=channels_told)))
    details: list[tuple[str, ...]] = [*left_out_in_words(left_out, settings)]
    if channels:
        details.append(tuple(where_effects_come_from(review.effects, channels, each) for each in LANGUAGES))
    offers = offers_in_words(lines["offer"].tolist(), settings)
    details += [offers] if offers else []
    for row in review.rows[review.rows["part"].isin([ALL, MONTH])].to_dict("records"):
        if row["listed"]:
            details.append(tuple(brought_in_words(row, settings, each, money) for each in LANGUAGES))
    ran = [experiments_in_words(review.rows, settings.experiments, day, each, money) for each in LANGUAGES]
    details += list(zip(*ran, strict=True))
    return head + [Note(first, second, is_detail=True) for first, second in details]


def profiles_of(model: ChurnModel, book: Book, rules: Customers) -> pd.DataFrame:
    """PROFILE_COLUMNS of every customer of the book."""
    return profiles(book, model.btyd, margin_rates(book, rules.margin)[0], load_tags(), rules.segments)


def _payload(lines: pd.DataFrame, talk: pd.DataFrame, rules: Customers, currency: str) -> pd.DataFrame:
    """lines: with send_at, reasons and horizon_days; talk: the talk sheet's fields in the same order. currency: the
    merchant's."""
    ways = {one.name: one.worked_by for one in rules.channels_of_contact}
    records = lines.to_dict("records")
    return pd.DataFrame(
        {
            "customer": lines["customer"].str[:PSEUDONYM_LENGTH],
            "rank": lines["rank"],
            "shop": lines["last_shop"],
            "channel": lines["channel"],
            "way": lines["channel"].map(ways),
            "send_at": lines["send_at"].where(lines["send_at"] != "", None),
            "offer": lines["offer"],
            "value_micros": to_cents(lines["gain_micros"]),
            "p_churn": (lines["p_churn"] * 1000).round().astype("int64"),
            "last_order_id": lines["last_order_id"],
            "last_order_day": lines["last_order_day"],
            "days_since": lines["days_since"].astype("int64"),
            "usual_gap_days": lines["usual_gap_days"].astype("Int64").where(lines["order_days"] > 1),
            "reasons": [" ".join(line["reasons"]) for line in records],
            **{f"reason_{each}": [reason_in_words(line, rules, each) for line in records] for each in LANGUAGES},
            **{f"why_{each}": [sum_in_words(line, each, currency) for line in records] for each in LANGUAGES},
            **{name: talk[name] for name in talk.columns},
        }
    )
