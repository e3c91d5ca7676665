"""What a promotion needs in stock, and what came of it, as of a day of the books."""

from __future__ import annotations

import pandas as pd

from include.calendar.business_days import day_after
from include.demand.forecaster.model import DemandModel
from include.demand.panel_store import panel_as_of
from include.demand.promotion_effects import promoted_days
from include.demand.promotion_review import Seen, promotion_review
from include.facts.close_day import newest_close, require_closed
from include.facts.stock_store import shelves_as_of
from include.replenishment.day_plan import plan_day
from include.replenishment.planning_data import forecast_spans, plan_basis
from include.replenishment.promotions.promotion_stock import promotion_stock
from include.settings.names import no_such
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.model_registry import champion_of
from include.warehouse.workspace import Office

LONGEST_DAYS = 120  # of a promotion whose forecast is made again for its review


def stock_plan(office: Office, day: str, before_days: int | None = None) -> pd.DataFrame:
    """`promotion_stock` of the promotions that run on `day` or begin within `before_days`, the settings'
    `promotion_plan_days` by default. Raises ValueError for a day that is not closed."""
    require_closed(office.books, day)
    basis, settings, events = plan_basis(office, day), office.merchant.replenishment, office.calendar
    plan = plan_day(basis.known, basis.protection, settings, basis.policy, events, is_excess_wanted=False)
    return promotion_stock(basis.known, basis.protection, plan, settings, events, before_days)


def review(office: Office, day: str, since_days: int = 42) -> pd.DataFrame:
    """`promotion_review` of the promotions that ran on any of the last `since_days` up to `day`. Raises ValueError for
    a day that is not closed."""
    require_closed(office.books, day)
    stock = shelves_as_of(office, day)
    panel = panel_as_of(office, day, stock)
    plans = plans_that_stood(panel.promotions, day, since_days)
    first = panel.days[0].strftime("%Y-%m-%d")
    seen = Seen(
        day=day,
        panel=panel,
        demand=read_facts(office.books, "demand", day, first, day),
        stock=stock.facts[["day", "sku", "warehouse", "on_hand"]],
        products=read_lines(office.books, "products", day),
        forecasts=_forecasts(office, plans),
    )
    return promotion_review(plans, seen)


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


def _forecasts(office: Office, plans: pd.DataFrame) -> pd.DataFrame:
    """promotion, shop, sku, first_day, forecast, lift_planned: what the champion of the day before said of the whole
    promotion, and what multiple of ordinary days that was to be."""
    parts = []
    for (first, last), group in plans.groupby(["first_day", "last_day"], sort=True):
        before = day_after(first.strftime("%Y-%m-%d"), -1)
        days = (last - first).days + 1
        if newest_close(office.books, before) is None or days > LONGEST_DAYS:
            continue
        panel = panel_as_of(office, before)
        told = forecast_spans(_champion(office, before), panel, office.merchant.replenishment.supplier_holidays, [days])
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


def _champion(office: Office, day: str) -> DemandModel | None:
    standing = champion_of(office, "demand", day)
    return None if standing is None or standing.damage() else DemandModel.load(standing.folder)


def only(frame: pd.DataFrame, name: str | None) -> pd.DataFrame:
    """The rows of one promotion. Raises UnknownNameError, with the nearest."""
    if name is None or (frame["promotion"] == name).any():
        return frame if name is None else frame[frame["promotion"] == name].reset_index(drop=True)
    raise no_such("promotion of these days", name, set(frame["promotion"]))
