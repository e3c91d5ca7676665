"""What a promotion needs in stock, and what came of it, as of a day of the books."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from include.calendar.business_days import day_after
from include.demand.forecaster.model import DemandModel
from include.demand.panel import Panel
from include.demand.panel_store import panel_as_of
from include.demand.promotion_effects import promoted_days
from include.demand.promotion_review import AROUND_DAYS, Seen, promotion_review
from include.facts.close_day import newest_close, require_closed
from include.facts.stock_store import StockKnown, shelves_as_of
from include.replenishment.day_plan import DayPlan, plan_day
from include.replenishment.explain import amount
from include.replenishment.planning_data import PlanBasis, forecast_spans, plan_basis
from include.replenishment.promotions.promotion_stock import by_supplier, promotion_stock
from include.settings.currencies import currency_names
from include.settings.names import no_such
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.model_registry import champion_of
from include.warehouse.workspace import Workspace
from include.words.texts import in_each, joined

LONGEST_DAYS = 120  # of a promotion whose forecast is made again for its review
# A review goes along with the lists of these days after a promotion's last: when it is over, and when the weeks around
# it are, from which it may have taken sales.
REVIEWED_AFTER = (0, AROUND_DAYS)
NAMED = 3  # promotions that a note names
PLAN, SUPPLIERS, REVIEW = "plan", "suppliers", "review"


def stock_plan(workspace: Workspace, day: str, before_days: int | None = None) -> pd.DataFrame:
    """`promotion_stock` of the promotions that run on `day` or begin within `before_days`, the settings'
    `promotion_plan_days` by default. Raises ValueError for a day that is not closed."""
    require_closed(workspace.books, day)
    basis, settings, events = plan_basis(workspace, day), workspace.merchant.replenishment, workspace.calendar
    plan = plan_day(basis.planning, basis.protection, settings, basis.policy, events, is_excess_wanted=False)
    return promotion_stock(basis.planning, basis.protection, plan, settings, events, before_days)


def review(workspace: Workspace, day: str, since_days: int = 42) -> pd.DataFrame:
    """`promotion_review` of the promotions that ran on any of the last `since_days` up to `day`. Raises ValueError for
    a day that is not closed."""
    require_closed(workspace.books, day)
    stock = shelves_as_of(workspace, day)
    panel = panel_as_of(workspace, day, stock)
    return _reviewed(workspace, day, plans_that_stood(panel.promotions, day, since_days), panel, stock)


def _reviewed(workspace: Workspace, day: str, plans: pd.DataFrame, panel: Panel, stock: StockKnown) -> pd.DataFrame:
    first = panel.days[0].strftime("%Y-%m-%d")
    seen = Seen(
        day=day,
        panel=panel,
        demand=read_facts(workspace.books, "demand", day, first, day),
        stock=stock.facts[["day", "sku", "warehouse", "on_hand"]],
        products=read_lines(workspace.books, "products", day),
        forecasts=_forecasts(workspace, plans),
    )
    return promotion_review(plans, seen)


def promotion_tables(workspace: Workspace, basis: PlanBasis, plan: DayPlan) -> dict[str, pd.DataFrame]:
    """What the day's restock list says of promotions, by name; nothing of what is not there.

    plan: `promotion_stock` of those ahead, suppliers: `by_supplier` of it, review: `promotion_review` of those that
    ended on the day, or AROUND_DAYS before it.
    """
    known, settings = basis.planning, workspace.merchant.replenishment
    tables: dict[str, pd.DataFrame] = {}
    ahead = promotion_stock(known, basis.protection, plan, settings, workspace.calendar)
    if len(ahead):
        tables |= {PLAN: ahead, SUPPLIERS: by_supplier(ahead)}
    stood = plans_that_stood(known.panel.promotions, known.day, max(REVIEWED_AFTER) + 1)
    ended = (pd.Timestamp(known.day) - stood["last_day"]).dt.days.isin(REVIEWED_AFTER)
    if ended.any():
        stock, due = shelves_as_of(workspace, known.day), stood[ended].reset_index(drop=True)
        tables[REVIEW] = _reviewed(workspace, known.day, due, panel_as_of(workspace, known.day, stock), stock)
    return tables


def promotion_notes(tables: Mapping[str, pd.DataFrame], currency: str) -> list[tuple[str, str]]:
    """What stands above the list of `promotion_tables`: what is to be ordered by when, and what came of it."""
    notes = []
    if PLAN in tables:
        notes.append(_plan_note(tables[PLAN], currency))
    if REVIEW in tables:
        whole = tables[REVIEW]
        notes.append(in_each("promotion.note.review", named=_named(whole), count=(whole["sku"] != "").sum()))
    return notes


def _plan_note(lines: pd.DataFrame, currency: str) -> tuple[str, str]:
    wanted = lines[(lines["quantity"] > 0).fillna(False)]
    if wanted.empty:
        return in_each("promotion.note.enough", named=_named(lines))
    late, first = int(wanted["is_late"].sum()), wanted["order_by"].dropna()
    return in_each(
        "promotion.note.plan",
        named=_named(lines),
        count=len(wanted),
        units=int(wanted["quantity"].sum()),
        cost=amount(wanted["cost_micros"].sum()),
        money=currency_names(currency),
        by=in_each("promotion.note.by", day=first.min()) if len(first) else "",
        late=in_each("promotion.note.late", count=late) if late else "",
    )


def _named(lines: pd.DataFrame) -> tuple[str, str]:
    """The first promotions by name, with their days."""
    days = lines.groupby("promotion", sort=True).agg(first=("first_day", "min"), last=("last_day", "max"))
    days = days.reset_index().sort_values(["first", "promotion"])
    told = [in_each("promotion.note.named", **one) for one in days.head(NAMED).to_dict("records")]
    named = joined("why.and", told)
    return in_each("note.and_more", named=named) if len(days) > NAMED else named


def plans_that_stood(promotions: pd.DataFrame | None, day: str, since_days: int) -> pd.DataFrame:
    """The rows of PROMOTIONS that were in force on their last day (while they run: on `day`), of promotions that ran on
    any of the last `since_days`."""
    if promotions is None:
        texts = {name: pd.Series(dtype="str") for name in ("promotion", "shop", "sku")}
        return pd.DataFrame(
            {**texts, **{name: pd.Series(dtype="datetime64[ns]") for name in ("first_day", "last_day")}}
        )
    today = pd.Timestamp(day)
    judged = promotions["last_day"].clip(upper=today)
    stood = (promotions["known_from"] <= judged) & ~(promotions["known_until"] <= judged)
    stood &= (promotions["last_day"] > today - pd.Timedelta(days=since_days)) & (promotions["first_day"] <= today)
    # Two sheets may tell of the same promotion.
    return promotions[stood].drop_duplicates(["promotion", "shop", "sku", "first_day"], keep="last", ignore_index=True)


def _forecasts(workspace: Workspace, plans: pd.DataFrame) -> pd.DataFrame:
    """promotion, shop, sku, first_day, forecast, lift_planned: what the champion of the day before said of the whole
    promotion, and what multiple of ordinary days that was to be."""
    parts = []
    for (first, last), group in plans.groupby(["first_day", "last_day"], sort=True):
        before = day_after(first.strftime("%Y-%m-%d"), -1)
        days = (last - first).days + 1
        if newest_close(workspace.books, before) is None or days > LONGEST_DAYS:
            continue
        panel = panel_as_of(workspace, before)
        told = forecast_spans(
            _champion(workspace, before), panel, workspace.merchant.replenishment.supplier_holidays, [days]
        )
        promoted = promoted_days(panel, days)
        lift = 1.0 if promoted is None else promoted.mean_lift(panel.day_count, days)
        said = pd.DataFrame({"sku": panel.keys["sku"], "mean": told[0].mean, "plain": told[0].mean / lift})
        by_sku = said.groupby("sku").sum()
        part = group[["promotion", "shop", "sku", "share"]].assign(first_day=first.strftime("%Y-%m-%d"))
        whole, plain, share = part["sku"].map(by_sku["mean"]), part["sku"].map(by_sku["plain"]), part.pop("share")
        # Beyond what ordinary days sell everything is the promotion's own shop's.
        part["forecast"] = plain * share + (whole - plain)
        part["lift_planned"] = part["forecast"] / (plain * share).where(plain * share > 0)
        parts.append(part)
    empty = pd.DataFrame({name: pd.Series(dtype="str") for name in ("promotion", "shop", "sku", "first_day")})
    if parts:
        return pd.concat(parts, ignore_index=True)
    return empty.assign(forecast=pd.Series(dtype="float64"), lift_planned=pd.Series(dtype="float64"))


def _champion(workspace: Workspace, day: str) -> DemandModel | None:
    standing = champion_of(workspace, "demand", day)
    return None if standing is None or standing.damage() else DemandModel.load(standing.folder)


def only(frame: pd.DataFrame, name: str | None) -> pd.DataFrame:
    """The rows of one promotion. Raises UnknownNameError, with the nearest."""
    if name is None or (frame["promotion"] == name).any():
        return frame if name is None else frame[frame["promotion"] == name].reset_index(drop=True)
    raise no_such("promotion of these days", name, set(frame["promotion"]))
