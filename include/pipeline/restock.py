"""The restock, transfer, chase and excess lists of a closed day: forecast -> plan -> lists.

Everything is read as of the day, so a replay gives the same bytes whatever came since.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete

from include.calendar.business_days import merchant_now
from include.pipeline.close import refuse_open_day
from include.pipeline.publish_lists import list_notes, publish_lists, to_cents
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.elsewhere import with_elsewhere
from include.replenishment.explain import explain, explain_in_brief, explained
from include.replenishment.guards.guarded_list import guarded_lists
from include.replenishment.judgement.judged_lines import own_lines, told_judgement
from include.replenishment.judgement.override_worth import worth_as_of
from include.replenishment.looking_back.day_figures import keep_day_figures
from include.replenishment.looking_back.weekly import is_due, reckoning_note, weekly_reckoning
from include.replenishment.mapping_notes import doubts
from include.replenishment.orders.chasing import explain_chase
from include.replenishment.orders.month_budget import MonthBudget, budget_note
from include.replenishment.planning_data import PlanBasis, plan_basis
from include.replenishment.promotions.promotion_figures import PLAN, promotion_notes, promotion_tables
from include.replenishment.recent_sales import with_course
from include.replenishment.stock_notes import (
    catch_up_notes,
    freed_notes,
    held_notes,
    launch_notes,
    stock_notes,
    waiting_notes,
)
from include.replenishment.surplus.excess import DISPOSE
from include.replenishment.surplus.explain_surplus import explain_excess, explain_transfer, transfer_reason
from include.replenishment.warehouse_notes import notes_on_places
from include.tasks.answers.plausibility import BUDGET
from include.tasks.by_hand.overrides import keep_foretold, keep_scores
from include.tasks.document import Table
from include.tasks.drafts import Draft, Note, TaskList, drafts_from_frame, table_from_frame
from include.tasks.sheets.list_tables import RECKONING, table_columns
from include.warehouse.books import publication
from include.warehouse.manifest import manifest_of
from include.warehouse.tables import forecasts
from include.warehouse.workspace import Workspace, one_at_a_time
from include.words.texts import LANGUAGES, Language, in_each, say


@one_at_a_time("restock")
def publish_restock_lists(
    workspace: Workspace, day: str, now: datetime, replay: bool = False, push: bool | None = None
) -> dict[str, Any]:
    """Forecast, plan and publish the lists of `day`; returns counts.

    replay: this is one; nothing is pushed unless `push` says so. `now` is an aware moment.
    """
    last_close = refuse_open_day(workspace, day)
    basis, settings = plan_basis(workspace, day), workspace.merchant.replenishment
    known, policy = basis.planning, basis.policy
    plan = plan_day(known, basis.protection, settings, policy, workspace.calendar)
    # What the model said, whatever people made of it: it is judged by its own words.
    _keep_forecasts(workspace, day, basis.model_id, (basis.own or basis).protection.frame)
    _keep_overridden(workspace, day, basis)
    manifest = {**manifest_of(workspace, day, basis.model_id), **basis.heeded.manifest()}
    told = [Note(*both) for both in stock_notes(plan, known)]
    damage = [_model_note(basis.damage)] if basis.damage else []
    notes = [*list_notes(workspace, day, last_close), *told, *damage, *doubts(workspace, day, known)]
    notes += notes_on_places(known, workspace.merchant.warehouse_names())
    currency = workspace.merchant.currency
    promotions = promotion_tables(workspace, basis, plan)
    reckoning = weekly_reckoning(workspace, day) if is_due(day, settings.reckoning_day) else None
    own_notes = {
        "restock": [
            *_budget_notes(basis.month_budget, plan, currency),
            *waiting_notes(plan, currency),
            *catch_up_notes(plan, settings.catch_up_share, policy.catch_up_lists(day), currency),
            *launch_notes(known),
            *promotion_notes(promotions, currency),
            *([reckoning_note(reckoning, currency)] if reckoning else ()),
        ],
        "excess": [*held_notes(plan.excess, currency), *freed_notes(known, currency)],
    }
    cap = policy.budget_micros
    budget = {} if cap is None else {BUDGET: cap + policy.emergency_fund_micros}
    shops = {shop.name: {each: shop.called(each) for each in LANGUAGES} for shop in workspace.merchant.shops}
    own = own_lines(basis, settings, workspace.calendar) if basis.heeded else None

    def drafts(kind: str, frame: pd.DataFrame) -> list[Draft]:
        named = with_groups(with_supplier_names(frame, known.suppliers), known.products, plan)
        if kind == "restock" and known.weekly is not None:
            named = with_course(named, known.weekly, known.panel)
        made = drafts_from_frame(kind, day, named)
        return made if own is None else told_judgement(kind, made, basis.heeded, plan, own)

    tables = tables_of(promotions, known.suppliers)
    if reckoning:
        tables[RECKONING] = table_from_frame(reckoning.rows, "the week's reckoning")
    lists = [
        TaskList(
            kind,
            day,
            drafts(kind, frame),
            {**manifest, **(budget if kind == "restock" else {})},
            [*notes, *(Note(*both) for both in own_notes.get(kind, ()))],
            tables if kind == "restock" else {},
        )
        for kind, frame in payloads(plan, currency, shops).items()
    ]
    lists = guarded_lists(workspace, lists, plan, known, policy)
    clock = merchant_now(workspace.merchant.time_zone, now)
    summary: dict[str, Any] = {"model": basis.model_id, "series": known.panel.series_count}
    for one, published in zip(lists, publish_lists(workspace, lists, clock, replay, push), strict=True):
        summary[one.kind] = {"lines": published.lines, "revision": published.revision, "queued": len(published.queued)}
    return summary


@one_at_a_time("look back")
def look_back(workspace: Workspace, day: str) -> dict[str, int]:
    """Store what the desk looks back on as of `day`, whose lists are out; returns counts."""
    refuse_open_day(workspace, day)
    return keep_day_figures(workspace, day)


def tables_of(promotions: Mapping[str, pd.DataFrame], suppliers: pd.DataFrame) -> dict[str, Table]:
    """`promotion_tables` as they go along with the restock list: of the plan, what lacks, cannot be helped any more or
    is not known; suppliers by their names, as far as the books know them."""
    tables = {}
    for name, frame in promotions.items():
        if name == PLAN:
            frame = frame[((frame["need"] > 0) | (frame["lost"] > 0)).fillna(True)]
        if len(frame):
            tables[name] = table_from_frame(_called(frame, suppliers)[table_columns(name)], f"{name} of promotions")
    return tables


def _budget_notes(money: MonthBudget | None, plan: DayPlan, currency: str) -> list[tuple[str, str]]:
    asked = int(plan.lines["cost_micros"].fillna(0).sum())
    return [] if money is None else [budget_note(money, asked, currency)]


def _model_note(damage: str) -> Note:
    return Note(*in_each("note.forecast_model_damaged", damage=damage))


def payloads(
    plan: DayPlan, currency: str = "CNY", shops: Mapping[str, Mapping[Language, str]] | None = None
) -> dict[str, pd.DataFrame]:
    """The lines of each list as its tasks keep them, by kind of list.

    currency: the merchant's, named in the texts. shops: what each is called, by language; one that is not in it is
    called by its own name."""
    return {
        "restock": _restock_payload(plan, currency),
        "transfer": _transfer_payload(plan.transfers, currency),
        "chase": _chase_payload(plan.chase, plan.others, currency),
        "excess": _excess_payload(plan.excess, currency, shops or {}),
    }


def with_supplier_names(lines: pd.DataFrame, suppliers: pd.DataFrame) -> pd.DataFrame:
    """The lines with `supplier_name`, and the names before the codes of `fallback_suppliers`, as far as the books know
    them. suppliers: supplier, title."""
    if "supplier" not in lines.columns or suppliers.empty:
        return lines
    known = suppliers.dropna(subset=["supplier", "title"]).drop_duplicates("supplier", keep="last")
    names = known.set_index("supplier")["title"]
    names = names[(names.str.strip() != "") & (names != names.index)].to_dict()
    lines = lines.assign(supplier_name=lines["supplier"].map(names).astype("object"))
    if "fallback_suppliers" in lines.columns:
        told = [
            None if pd.isna(codes) else " / ".join(f"{names.get(c, '')} {c}".strip() for c in str(codes).split())
            for codes in lines["fallback_suppliers"]
        ]
        lines = lines.assign(fallback_suppliers=pd.Series(told, index=lines.index, dtype="object"))
    return lines


def with_groups(lines: pd.DataFrame, products: pd.DataFrame, plan: DayPlan) -> pd.DataFrame:
    """The lines with what a desk chooses them by: `category` of the product, and the plan's `abc` of its line there."""
    category = products.drop_duplicates("sku", keep="last").set_index("sku")["category"].replace("", None)
    grouped = lines.assign(category=lines["sku"].map(category).astype("object"))
    if "abc" in lines.columns:
        return grouped
    classes = plan.lines.set_index(["sku", "warehouse"])["abc"]
    places = pd.MultiIndex.from_frame(lines[["sku", "warehouse"]])
    return grouped.assign(abc=classes.reindex(places).to_numpy(dtype=object))


def _called(lines: pd.DataFrame, suppliers: pd.DataFrame) -> pd.DataFrame:
    """The lines with each supplier's name before its code."""
    named = with_supplier_names(lines, suppliers)
    if "supplier_name" not in named.columns:
        return lines
    pairs = zip(named["supplier_name"], named["supplier"], strict=True)
    return lines.assign(supplier=[code if pd.isna(name) else f"{name} {code}" for name, code in pairs])


def _restock_payload(plan: DayPlan, currency: str) -> pd.DataFrame:
    lines = with_elsewhere(plan.restock, plan.others, currency)
    told = explained(explained(lines, explain, currency), explain_in_brief, currency, "brief")
    columns = [
        "sku", "title", "warehouse", "supplier", "quantity", "sold_7", "sold_30", "protection_days", "period_forecast",
        "daily_mean",
        "lost_before_arrival", "protection_demand", "safety_stock",
        "on_hand", "stock_day", "arriving", "promised", "need", "pack_rounding", "cycle_raise", "moq_raise",
        "shelf_life_cut", "budget_cut", "from_emergency_fund", "supplier_raise", "arriving_later", "next_arrival_day",
        "next_due_day", "next_arrival_units", "next_overdue_days",
        "stock_lasts_days", "first_empty_day", "runs_out_day", "cover_after_days", "elsewhere_zh", "elsewhere_en",
        "transfer_in", "transfer_out", "cost_micros", "money_at_risk_micros", "a_day_micros", "forgone_micros",
        "unit_cost_micros", "pack", "moq", "supplier_minimum_micros", "empty_30",
        "last_order_day", "service_level", "abc", "xyz",
        "supplier_on_time_share", "fallback_suppliers", "reasons", "brief_zh", "brief_en",
        "why_zh", "why_en", "urgency",
    ]  # fmt: skip
    return told[columns].assign(
        protection_days=told["protection_days"].round().astype("int64"),
        money_at_risk_micros=to_cents(told["money_at_risk_micros"]),
        a_day_micros=to_cents(told["a_day_micros"]),
        forgone_micros=to_cents(told["forgone_micros"].where(told["budget_cut"] > 0)),
        fallback_suppliers=told["fallback_suppliers"].where(told["fallback_suppliers"] != ""),
        moq=_if_any(told["moq"]),
        supplier_minimum_micros=_if_any(told["supplier_minimum_micros"]),
        next_arrival_units=_if_any(told["next_arrival_units"]),
        next_overdue_days=_if_any(told["next_overdue_days"]),
    )


def _if_any(numbers: pd.Series) -> pd.Series:
    return numbers.astype("Int64").where(numbers > 0)


TRANSFER_PARTS = ("sales_micros", "minimum_micros", "relief_micros", "held_micros", "missed_micros")


def _transfer_payload(lines: pd.DataFrame, currency: str) -> pd.DataFrame:
    columns = [
        "sku", "title", "from_warehouse", "warehouse", "quantity", "reason_zh", "reason_en", "surplus", "shortage",
        "lacking_units", "beyond_units", "excess_units", "from_free", "from_sold_30", "from_cover_days", "free",
        "sold_30", "cover_days", "empty_in_days", "bought", "money_at_risk_micros", "a_day_micros", *TRANSFER_PARTS,
        "cost_micros", "saved_micros", "why_zh", "why_en", "urgency",
    ]  # fmt: skip
    money = ("money_at_risk_micros", "a_day_micros", *TRANSFER_PARTS, "cost_micros")
    rounded = {name: to_cents(lines[name]) for name in money}
    saved = sum(rounded[name] * sign for name, sign in zip(TRANSFER_PARTS, (1, 1, 1, -1, -1), strict=True))
    # The sum is that of the cents shown.
    told = explained(lines.assign(**rounded, saved_micros=saved - rounded["cost_micros"]), explain_transfer, currency)
    told["beyond_units"] = told["quantity"] - told["lacking_units"]
    for language in LANGUAGES:
        told[f"reason_{language}"] = [transfer_reason(line, language) for line in lines.to_dict("records")]
    return told[columns]


def _chase_payload(lines: pd.DataFrame, others: pd.DataFrame, currency: str) -> pd.DataFrame:
    told = with_elsewhere(explained(lines, explain_chase, currency), others, currency)
    empty = {name: told[name].where(told[name] != "") for name in ("purchase_order", "purchase_order_line",
             "accepted_task", "supplier", "title", "elsewhere_zh", "elsewhere_en")}  # fmt: skip
    money = {name: to_cents(told[name]).where(told[name] > 0) for name in ("money_at_risk_micros", "a_day_micros")}
    held = told["held_back"].astype("Int64").where(told["held_back"] > 0)
    words = {f"action_{language}": [say(language, f"chase.action.{action}") for action in told["action"]]
             for language in LANGUAGES}  # fmt: skip
    said = told.assign(**empty, **money, held_back=held, **words)
    own = ["who", "cover_days", "is_empty", "unnamed_since", "transfer_in", "ordered_today", "order_arrival_day"]
    return said.drop(columns=[*own, "asked_day", "most_elsewhere_zh", "most_elsewhere_en"])


def _excess_payload(lines: pd.DataFrame, currency: str, shops: Mapping[str, Mapping[Language, str]]) -> pd.DataFrame:
    columns = [
        "sku", "title", "warehouse", "supplier", "grade", "action", "action_zh", "action_en", "on_hand", "stock_day",
        "quantity", "days_left", "tied_up_micros", "cover_days", "sold_cover_days", "sold_30", "sold_91",
        "age_days", "sell_through", "margin", "action_cost_micros", "saved_micros", "action_price_micros", "discount",
        "floor_price_micros", "action_days", "best_shop_zh", "best_shop_en", "companion", "why_zh", "why_en",
    ]  # fmt: skip
    asked = lines[lines["action"] != "hold"]
    for language in LANGUAGES:
        names = {name: words[language] for name, words in shops.items()}
        called = [names.get(shop, shop) for shop in asked["best_shop"]]
        asked = asked.assign(**{f"best_shop_{language}": pd.Series(called, index=asked.index, dtype="str")})
    told = explained(asked, explain_excess, currency)
    for language in LANGUAGES:
        told[f"action_{language}"] = [say(language, f"excess.action.{action}") for action in told["action"]]
    money = ("action_price_micros", "floor_price_micros", "action_cost_micros", "saved_micros")
    rounded = {name: to_cents(told[name]) for name in money}
    rounded["saved_micros"] = rounded["saved_micros"].where(told["action"] != DISPOSE)
    return told[columns].assign(
        quantity=told["action_units"], companion=told["companion"].where(told["action"] == "bundle"), **rounded
    )


def _keep_overridden(workspace: Workspace, day: str, basis: PlanBasis) -> None:
    """Store what overrides made of the forecasts, and what those whose span is over were worth."""
    if not basis.overrides:
        return
    own = (basis.own or basis).planning
    with workspace.books.begin() as connection:
        keep_foretold(connection, day, basis.heeded.changes)
        keep_scores(connection, worth_as_of(connection, basis.overrides, own.panel, own.products, day))


def _keep_forecasts(workspace: Workspace, day: str, model_id: str, protection: pd.DataFrame) -> None:
    """Store what was forecast, so that it can be held against what happened."""
    levels = [c for c in protection.columns if c.startswith("q0.")]
    values = np.round(protection[levels].to_numpy(float), 3)
    quantiles = [json.dumps(dict(zip((c[1:] for c in levels), row, strict=True))) for row in values.tolist()]
    rows = pd.DataFrame(
        {
            "day": day,
            "sku": protection["sku"],
            "warehouse": protection["warehouse"],
            "model_id": model_id,
            "protection_days": protection["protection_days"].round().astype("int64"),
            "mean": protection["mean_demand"].round(4),
            "quantiles": quantiles,
        }
    )
    with publication(workspace.books) as change:
        change.execute(delete(forecasts).where(forecasts.c.day == day))
        change.insert(forecasts, rows)
