"""The restock and excess lists of a closed day: forecast -> plan -> list.

Everything is read as of the day, so a replay gives the same bytes whatever came since.
"""

import json
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete

from include.calendar.business_days import day_after, merchant_now
from include.day.closing import close_note
from include.day.manifest import manifest_of
from include.day.models import champion_of
from include.day.office import Office
from include.day.panels import panel_as_of
from include.demand.config import LEVELS
from include.demand.forecast import Forecast
from include.demand.model import DemandModel
from include.demand.naive import thirteen_weeks
from include.demand.panel import Panel
from include.replenishment.excess import excess_lines
from include.replenishment.explain import explain, explained
from include.replenishment.explain_surplus import explain_excess
from include.replenishment.lead_time import (
    LeadTime,
    lead_time_observations,
    lead_times,
    mix_over_lead_time,
    span_weights,
)
from include.replenishment.plan import plan_lines, restock_lines
from include.replenishment.policy import policy_of
from include.settings.merchant import Replenishment
from include.tasks.channels.configured import names_for
from include.tasks.commitments import commitments, unmatched
from include.tasks.drafts import Note, TaskList, drafts_from_frame
from include.tasks.memory import Rules
from include.tasks.publish import Push, publish_list
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.books import publication
from include.warehouse.close import newest_close
from include.warehouse.tables import forecasts

SPANS = (3, 7, 14, 21, 28, 45, 60)  # days whose totals are forecast; a protection period is mixed from its neighbours
MICROS_A_CENT = 10_000
DAILY_SPAN = 14  # the span whose mean is the daily rate


def publish_restock_lists(
    office: Office, day: str, now: datetime, replay: bool = False, push: bool | None = None
) -> dict[str, Any]:
    """Forecast, plan and publish both lists of `day`; returns counts.

    replay: this is one; nothing is pushed unless `push` says so. `now` is an aware moment.
    """
    panel, model_id, protection = forecast_protection(office, day)
    inputs = plan_inputs(office, day, panel, protection)
    policy = policy_of(office.merchant.replenishment)
    plan = plan_lines(inputs, policy, day)
    restock = _restock_payload(restock_lines(plan))
    excess = _excess_payload(excess_lines(_excess_inputs(plan, inputs), policy))
    _keep_forecasts(office, day, model_id, protection)
    clock = merchant_now(office.merchant.time_zone, now)
    manifest = manifest_of(office, day, model_id)
    summary: dict[str, Any] = {"model": model_id, "series": panel.series_count}
    for kind, frame in (("restock", restock), ("excess", excess)):
        published = publish_list(
            office.books,
            TaskList(kind, day, drafts_from_frame(kind, day, frame), manifest, list_notes(office, day)),
            clock,
            rules=rules_of(office.merchant.replenishment),
            channels=names_for(office.merchant.channels, kind),
            push=push_of(replay, push),
            newest_closed_day=newest_closed_day(office),
        )
        summary[kind] = {"lines": published.lines, "revision": published.revision, "queued": len(published.queued)}
    return summary


def push_of(replay: bool, push: bool | None) -> Push:
    """A replay is silent; the engineer's word goes before everything."""
    if push is not None:
        return "always" if push else "never"
    return "never" if replay else "newest"


def newest_closed_day(office: Office) -> str | None:
    last = newest_close(office.books)
    return None if last is None else str(last["day"])


def rules_of(settings: Replenishment) -> Rules:
    return Rules(
        refusal_days=settings.refusal_days,
        refusal_change_per_mille=round(settings.refusal_change * 1000),
        expiry_days=settings.task_expiry_days,
    )


def list_notes(office: Office, day: str) -> list[Note]:
    """What stands above every list of the day: which shops are missing from it."""
    missing = close_note(office, day)
    return [Note(*missing)] if missing else []


def forecast_protection(office: Office, day: str) -> tuple[Panel, str, pd.DataFrame]:
    """(panel, model id, one row a series: sku, warehouse, supplier, lead time and review days, daily_mean, mean_demand
    and quantiles of demand over the protection period)."""
    panel = panel_as_of(office, day)
    model_id, ahead = forecast_spans(office, day, panel)
    suppliers = read_lines(office.books, "suppliers", day)
    observed = lead_time_observations(
        read_lines(office.books, "purchase_orders", day), read_lines(office.books, "receipts", day), day
    )
    known = lead_times(observed, suppliers, day)
    settings = office.merchant.replenishment
    frame = panel.keys.reset_index(drop=True).copy()
    if "supplier" not in frame:
        frame["supplier"] = ""
    review = suppliers.drop_duplicates("supplier").set_index("supplier")["review_period_days"]
    review_days = frame["supplier"].map(review).astype("Float64").fillna(settings.review_period_days)
    frame["review_period_days"] = np.minimum(review_days.to_numpy(float), settings.review_period_days)
    default = promised_lead_time(settings.default_lead_time_days)
    lead = [known.get(str(supplier), default) for supplier in frame["supplier"]]
    frame["lead_time_days"] = [time.mean_days for time in lead]
    frame["lead_time_spread_days"] = [time.spread_days for time in lead]
    grid = np.array(SPANS, dtype=float)
    weights = np.vstack(
        [span_weights(time, int(days), grid) for time, days in zip(lead, frame["review_period_days"], strict=True)]
    )
    levels = np.array(ahead[0].levels)
    totals = np.stack([forecast.quantiles for forecast in ahead], axis=1)
    means = np.column_stack([forecast.mean for forecast in ahead])
    quantiles = mix_over_lead_time(totals, levels, grid, weights)
    frame["mean_demand"] = (means * weights).sum(axis=1)
    frame["daily_mean"] = means[:, SPANS.index(DAILY_SPAN)] / DAILY_SPAN
    frame["basis"], frame["confidence"] = ahead[0].basis, ahead[0].confidence
    for position, level in enumerate(ahead[0].levels):
        frame[f"q{level:g}"] = quantiles[:, position]
    frame["protection_days"] = frame["lead_time_days"] + frame["review_period_days"]
    return panel, model_id, frame


def forecast_spans(office: Office, day: str, panel: Panel) -> tuple[str, list[Forecast]]:
    """(model id, a forecast of each of SPANS) by the day's champion; by the 13-week rule before there is one."""
    standing = champion_of(office, "demand", day)
    if standing is None:
        return "rule-13-weeks", [thirteen_weeks(panel, span, LEVELS) for span in SPANS]
    model_id, folder = standing
    model = DemandModel.load(folder)
    history = model.history(panel, max(SPANS)) if model.kind != "rule" else None
    return model_id, [model.forecast(panel, span, history) for span in SPANS]


def promised_lead_time(days: int) -> LeadTime:
    """The lead time of a supplier nobody described: the merchant's default, exactly kept."""
    return LeadTime("", np.eye(days + 1)[days], float(days), 0.0, None, 0, "promised")


def plan_inputs(office: Office, day: str, panel: Panel, protection: pd.DataFrame) -> pd.DataFrame:
    """The planner's inputs: `protection` with stock, orders under way and product facts, for what is still sold."""
    products = read_lines(office.books, "products", day).drop_duplicates("sku", keep="last")
    frame = protection.loc[~panel.ended].drop(columns=["title", "category"], errors="ignore")
    product = ["sku", "title", "category", "list_price_micros", "cost_micros", "pack", "moq", "shelf_life_days"]
    frame = frame[[c for c in frame.columns if c not in product[1:]]].merge(products[product], on="sku", how="left")
    frame = frame.rename(columns={"cost_micros": "unit_cost_micros"})
    recent = read_facts(office.books, "demand", day, day_after(day, -90), day)
    sold = recent.groupby(["sku", "warehouse"], as_index=False).agg(
        revenue_13_weeks_micros=("revenue_micros", "sum"), units_13_weeks=("units", "sum")
    )
    frame = frame.merge(sold, on=["sku", "warehouse"], how="left")
    paid = (frame["revenue_13_weeks_micros"] / frame["units_13_weeks"].where(frame["units_13_weeks"] > 0)).round()
    frame["unit_price_micros"] = paid.astype("Int64").fillna(frame["list_price_micros"].astype("Int64"))
    frame["revenue_13_weeks_micros"] = frame["revenue_13_weeks_micros"].fillna(0).astype("int64")
    frame["weekly_cv"] = weekly_variation(panel)[~panel.ended]
    frame = frame.merge(_stock(office, day), on=["sku", "warehouse"], how="left")
    frame = frame.merge(_under_way(office, day, frame), on=["sku", "warehouse"], how="left")
    for column in ("on_hand", "promised", "arriving", "arriving_later"):
        frame[column] = frame[column].fillna(0).astype("int64")
    for column in ("title", "category", "supplier"):
        frame[column] = frame[column].fillna("")
    return frame.sort_values(["sku", "warehouse"], ignore_index=True)


def weekly_variation(panel: Panel, weeks: int = 13) -> np.ndarray:
    """Coefficient of variation of each series' weekly demand over the last weeks; NaN where nothing sold."""
    days = min(weeks * 7, panel.day_count // 7 * 7)
    if days == 0:
        return np.full(panel.series_count, np.nan)
    recent = panel.units[:, -days:].reshape(panel.series_count, -1, 7)
    known = np.isfinite(recent)
    with np.errstate(invalid="ignore", divide="ignore"):
        weekly = np.where(known.any(axis=2), np.nansum(recent, axis=2) * 7 / known.sum(axis=2), np.nan)
        mean = np.nanmean(weekly, axis=1) if weekly.size else np.full(panel.series_count, np.nan)
        spread = np.nanstd(weekly, axis=1)
        return np.where(mean > 0, spread / mean, np.nan)


def _stock(office: Office, day: str) -> pd.DataFrame:
    """sku, warehouse, on_hand, promised on the newest stock report within a week of the day."""
    facts = read_facts(office.books, "stock", day, day_after(day, -7), day)
    newest = facts.sort_values("day", kind="stable").drop_duplicates(["sku", "warehouse"], keep="last")
    promised = newest["locked"].astype("Int64").fillna(0).astype("int64")
    return newest.assign(promised=promised)[["sku", "warehouse", "on_hand", "promised"]]


def _under_way(office: Office, day: str, frame: pd.DataFrame) -> pd.DataFrame:
    """sku, warehouse, arriving (within the protection period), arriving_later: open purchase orders, and what people
    said they ordered that no purchase order shows yet."""
    orders = read_lines(office.books, "purchase_orders", day)
    received = read_lines(office.books, "receipts", day)
    keys = ["purchase_order_id", "line_id"]
    came = received.groupby(keys, as_index=False)["quantity"].sum().rename(columns={"quantity": "received"})
    waiting = orders[orders["status"] == "open"].merge(came, on=keys, how="left")
    waiting["quantity"] = (waiting["quantity"] - waiting["received"].fillna(0)).clip(lower=0).astype("int64")
    columns = ["sku", "warehouse", "quantity", "expected_day"]
    with office.books.connect() as connection:
        promised = unmatched(commitments(connection, day), orders)
    pieces = [piece[columns] for piece in (waiting, promised) if len(piece)]
    if not pieces:
        return pd.DataFrame(columns=["sku", "warehouse", "arriving", "arriving_later"])
    known = frame[["sku", "warehouse", "protection_days"]]
    coming = pd.concat(pieces, ignore_index=True).merge(known, on=["sku", "warehouse"], how="inner")
    ahead = (pd.to_datetime(coming["expected_day"]) - pd.Timestamp(day)).dt.days
    # An order without a day, or overdue, may come any moment: it counts as arriving.
    in_time = ahead.isna() | (ahead <= coming["protection_days"])
    coming["arriving"] = coming["quantity"].where(in_time, 0)
    coming["arriving_later"] = coming["quantity"].where(~in_time, 0)
    return coming.groupby(["sku", "warehouse"], as_index=False)[["arriving", "arriving_later"]].sum()


def _restock_payload(lines: pd.DataFrame) -> pd.DataFrame:
    told = explained(lines, explain)
    columns = [
        "sku", "title", "warehouse", "supplier", "quantity", "protection_days", "protection_demand", "safety_stock",
        "on_hand", "arriving", "promised", "need", "pack_rounding", "moq_raise", "shelf_life_cut", "budget_cut",
        "arriving_later", "cost_micros", "money_at_risk_micros", "last_order_day", "service_level", "abc", "xyz",
        "reasons", "why_zh", "why_en",
    ]  # fmt: skip
    return told[columns].assign(
        protection_days=told["protection_days"].round().astype("int64"),
        money_at_risk_micros=to_cents(told["money_at_risk_micros"]),
    )


def to_cents(micros: pd.Series) -> pd.Series:
    """An estimate in whole cents: more digits would be noise."""
    return (micros.astype("Float64") / MICROS_A_CENT).round().astype("Int64") * MICROS_A_CENT


def _excess_inputs(plan: pd.DataFrame, inputs: pd.DataFrame) -> pd.DataFrame:
    frame = plan[["sku", "warehouse", "title", "category", "supplier", "on_hand", "promised", "arriving", "daily_mean"]]
    prices = inputs.set_index(["sku", "warehouse"])[["unit_cost_micros", "unit_price_micros"]]
    frame = frame.join(prices, on=["sku", "warehouse"])
    return frame.assign(age_days=pd.array([None] * len(frame), dtype="Int64"))


def _excess_payload(lines: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "sku", "title", "warehouse", "supplier", "grade", "action", "on_hand", "quantity", "tied_up_micros",
        "cover_days",
        "age_days", "sell_through", "margin", "action_cost_micros", "why_zh", "why_en",
    ]  # fmt: skip
    told = explained(lines[(lines["grade"] != "") & (lines["action"] != "hold")], explain_excess)
    return told[columns]


def _keep_forecasts(office: Office, day: str, model_id: str, protection: pd.DataFrame) -> None:
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
    with publication(office.books) as change:
        change.execute(delete(forecasts).where(forecasts.c.day == day))
        change.insert(forecasts, rows)
