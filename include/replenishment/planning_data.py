"""What the books know as of a day's close, read for the planner; and what its champion forecasts from it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after
from include.calendar.events import LUNAR_NEW_YEAR
from include.demand.forecast import Forecast
from include.demand.forecaster.config import LEVELS
from include.demand.forecaster.model import DemandModel
from include.demand.naive import thirteen_weeks
from include.demand.panel import Panel
from include.demand.panel_store import panel_as_of
from include.demand.promotion_effects import with_promotions
from include.exports.frames.no_rows import no_rows
from include.facts.facts import deposits
from include.facts.listing_map import goods_as_of, recipes
from include.facts.serving import renamed
from include.facts.stock_store import shelves_as_of, stock_on
from include.replenishment.judgement.heeding import Heeded, heed
from include.replenishment.launches import with_launches
from include.replenishment.lunar import keeps_lunar_new_year, with_lunar_new_year
from include.replenishment.orders.chase_answers import chase_answers
from include.replenishment.orders.commitments import (
    clearances,
    commitments,
    seen_after_days,
    transfers_under_way,
    unmatched,
)
from include.replenishment.orders.month_budget import MonthBudget, month_budget
from include.replenishment.orders.order_exports import with_unnamed_lines
from include.replenishment.planning_frames import DEPOSITS, PlanningData
from include.replenishment.policy import StockPolicy, policy_of, with_levels
from include.replenishment.quantity.protection_period import Protection, protection_of
from include.replenishment.recent_sales import COURSE_WEEKS, WEEK, weekly_sales
from include.replenishment.season import with_last_year
from include.tasks.by_hand.overrides import Override, overrides_known
from include.warehouse.as_of import read_facts, read_lines
from include.warehouse.books import publication
from include.warehouse.model_registry import Champion, card_of, champion_of
from include.warehouse.tables import order_lines, orders
from include.warehouse.workspace import Workspace

# Days whose totals are forecast; a protection period is mixed from its neighbours.
SPANS = (3, 7, 14, 21, 28, 45, 60, 90)
RULE = "rule-13-weeks"
LONGEST_PRESALE_DAYS = 60  # from a deposit to its balance


def known_on(workspace: Workspace, day: str) -> PlanningData:
    """Everything the plan of `day` rests on, as its close knew it."""
    names = workspace.merchant.warehouse_names()
    told = with_unnamed_lines(workspace, read_lines(workspace.books, "purchase_orders", day), day)
    bought = renamed(told, names)
    sales = read_facts(workspace.books, "demand", day, day_after(day, 1 - COURSE_WEEKS * WEEK), day)
    recent = sales[sales["day"] >= day_after(day, -90)]
    sold, weekly = _sold(recent, day), weekly_sales(sales, day)
    stock = shelves_as_of(workspace, day)
    panel = panel_as_of(workspace, day, stock)
    receipts = renamed(read_lines(workspace.books, "receipts", day), names)
    settings = workspace.merchant.replenishment
    with workspace.books.connect() as connection:
        accepted = commitments(connection, day)
        ordered = unmatched(accepted, bought)
        chased = chase_answers(connection, day)
        moving = transfers_under_way(connection, day, settings.transport.days)
        cleared = clearances(connection, day, settings.excess.cleared_report_days)
    return PlanningData(
        day=day,
        panel=panel,
        products=read_lines(workspace.books, "products", day),
        suppliers=read_lines(workspace.books, "suppliers", day),
        purchase_orders=bought,
        receipts=receipts,
        stock=stock_on(stock, day, panel.keys[["sku", "warehouse"]], recent, receipts, settings),
        sold=sold,
        weekly=weekly,
        ordered=ordered,
        moving=moving,
        deposits=deposits_on(workspace, day),
        stock_files=stock.shelves.files,
        chased=chased,
        seen_after_days=seen_after_days(accepted, bought),
        cleared=cleared,
        best_shops=_best_shops(recent),
    )


def _sold(recent: pd.DataFrame, day: str) -> pd.DataFrame:
    """Sales of 7, 30 and 91 days by sku and warehouse. recent: facts of demand of 91 days."""
    lately = {f"units_{days}_days": recent["units"].where(recent["day"] > day_after(day, -days), 0) for days in (7, 30)}
    return (
        recent.assign(**lately)
        .groupby(["sku", "warehouse"], as_index=False)
        .agg(
            revenue_13_weeks_micros=("revenue_micros", "sum"),
            units_13_weeks=("units", "sum"),
            units_7_days=("units_7_days", "sum"),
            units_30_days=("units_30_days", "sum"),
        )
    )


def _best_shops(recent: pd.DataFrame) -> dict[str, str]:
    """sku -> the shop that sold most of it."""
    by_shop = recent.groupby(["sku", "shop"], as_index=False)["units"].sum()
    best = by_shop[by_shop["units"] > 0].sort_values(["units", "shop"], ascending=[False, True], kind="stable")
    best = best.drop_duplicates("sku")
    return dict(zip(best["sku"], best["shop"], strict=True))


def deposits_on(workspace: Workspace, day: str) -> pd.DataFrame:
    """Units of presales whose balance is still to be paid as of `day`: columns of DEPOSITS."""
    since = day_after(day, -LONGEST_PRESALE_DAYS)
    begun = select(orders.c.order_id).where(orders.c.mark == "presale", orders.c.created_at >= since)
    found = read_lines(workspace.books, "orders", day, orders.c.order_id.in_(begun))
    if found.empty:
        return no_rows(DEPOSITS)
    lines = read_lines(workspace.books, "order_lines", day, order_lines.c.order_id.in_(begun))
    mapped, goods = read_lines(workspace.books, "listings", day), goods_on(workspace, day)
    parts = []
    for shop, of_shop in found.groupby("shop"):
        its = mapped[mapped["for_shop"].isna() | (mapped["for_shop"] == shop)]
        own = lines[lines["shop"] == shop]
        merchant = workspace.merchant
        parts.append(deposits(of_shop, own, recipes(its), goods, merchant.warehouse_of(), merchant.fallback_warehouse))
    together = pd.concat(parts, ignore_index=True).groupby(["day", "sku", "warehouse"], as_index=False)
    return together["quantity"].sum().astype(DEPOSITS)


def goods_on(workspace: Workspace, day: str) -> pd.DataFrame:
    """`goods_as_of` a closed day."""
    with publication(workspace.books) as change:
        return goods_as_of(change, day)


@dataclass(frozen=True)
class PlanBasis:
    """What the plan of a day is made from, under the merchant's policy.

    planning: the books as of its close, with what is launched. ahead: a forecast of each of SPANS, by `model_id`.
    damage: what is wrong with the files of the champion, in whose place the 13-week rule forecasts. month_budget: None
    if there is none. protection: demand over each series' protection period. overrides: all that people set, known by
    the day; heeded: those which all of this heeds; own: the same without it, None if nothing was set.
    """

    planning: PlanningData
    ahead: list[Forecast]
    model_id: str
    damage: str | None
    month_budget: MonthBudget | None
    policy: StockPolicy
    protection: Protection
    overrides: tuple[Override, ...] = ()
    heeded: Heeded = field(default_factory=Heeded)
    own: PlanBasis | None = None


def plan_basis(workspace: Workspace, day: str) -> PlanBasis:
    """Read and forecast what the plan of `day` is made from: by the day's champion, or by the 13-week rule before there
    is one and if its files are not what they were; and as people set it on the desk."""
    settings, known = workspace.merchant.replenishment, known_on(workspace, day)
    champion, money = champion_of(workspace, "demand", day), month_budget(workspace, day)
    damage = None if champion is None else champion.damage()
    speaker = None if damage else champion
    model = None if speaker is None else DemandModel.load(speaker.folder)

    def forecast(planning: PlanningData) -> tuple[PlanningData, list[Forecast]]:
        ahead = forecast_spans(model, planning.panel, settings.supplier_holidays)
        return with_launches(planning, ahead, settings.launch_days)

    there, ahead = forecast(known)
    policy = policy_from(workspace, champion, money)
    protection = protection_of(there, ahead, settings, policy, workspace.calendar)
    own = PlanBasis(there, ahead, speaker.model_id if speaker else RULE, damage, money, policy, protection)
    with workspace.books.connect() as connection:
        overrides = overrides_known(connection, day)
    judged = heed(known, (there, ahead), forecast, policy, overrides)
    own = replace(own, overrides=tuple(overrides))
    if not judged.heeded:
        return own
    protection = protection_of(judged.planning, judged.ahead, settings, judged.policy, workspace.calendar)
    return replace(
        own,
        planning=judged.planning,
        ahead=judged.ahead,
        policy=judged.policy,
        protection=protection,
        heeded=judged.heeded,
        own=own,
    )


def policy_from(workspace: Workspace, champion: Champion | None, money: MonthBudget | None) -> StockPolicy:
    """The merchant's policy for the lists of a day, with what is left of a month's budget, and the levels that the
    day's champion was given if these come from simulation; the table's before there is one."""
    settings = workspace.merchant.replenishment
    policy = policy_of(settings) if money is None else money.of(policy_of(settings))
    if champion is None or settings.levels_from != "simulation":
        return policy
    return with_levels(policy, card_of(workspace, champion.model_id).get("service_levels", {}))


def forecast_spans(
    model: DemandModel | None, panel: Panel, holidays: Container[str] = (), spans: Sequence[int] = SPANS
) -> list[Forecast]:
    """A forecast of each of the spans; None: by the 13-week rule.

    Each category's totals are drawn towards what the same weeks of last year did to it.
    holidays: of the merchant's suppliers. Who buys where the lunar New Year is kept sells there too, if the merchant's
    own calendar has it: its weeks are held against the last one's.
    """
    if model is None:
        ahead = [thirteen_weeks(panel, span, LEVELS) for span in spans]
    else:
        history = model.history(panel, max(spans)) if model.kind != "rule" else None
        ahead = [model.forecast(panel, span, history, is_promoted=False) for span in spans]
    ahead = with_last_year(ahead, panel)
    is_kept = LUNAR_NEW_YEAR in holidays and keeps_lunar_new_year(panel)
    return with_promotions(with_lunar_new_year(ahead, panel) if is_kept else ahead, panel)
