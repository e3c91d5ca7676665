"""`replenishment`: when and how much to order, move and get rid of."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from include.settings.saying import BilingualError
from include.settings.stock.excess import Excess
from include.settings.stock.guards import Guards
from include.settings.stock.transport import Transport
from include.settings.stock.under_way import UnderWay
from include.settings.yaml_reading.clock import Weekday
from include.settings.yaml_reading.strict import Share, Strict, moved, renamed
from include.words.texts import listed

CLASSES = tuple(value + predictability for value in "ABC" for predictability in "XYZ")


class Replenishment(Strict):
    """Service levels by value (A, B, C) and predictability (X, Y, Z); money in the merchant's currency."""

    review_period_days: int = Field(1, ge=1, description="days from one look at a line to the next")
    default_lead_time_days: int = Field(7, ge=1, description="of a supplier that states none and has delivered little")
    service_levels: Mapping[str, Share] = Field(
        default_factory=lambda: {
            "AX": 0.95,
            "AY": 0.9,
            "AZ": 0.9,
            "BX": 0.9,
            "BY": 0.9,
            "BZ": 0.8,
            "CX": 0.9,
            "CY": 0.8,
            "CZ": 0.8,
        },
        description="chance that a line's stock lasts until the next order is there, by value and predictability",
    )
    value_shares: tuple[Share, Share] = Field(
        (0.8, 0.95), description="skus that bring the first 80 % of revenue are A, those up to 95 % B, the rest C"
    )
    variation_limits: tuple[float, float] = Field(
        (0.5, 1.0),
        description="weekly demand's standard deviation over its mean, up to which a sku is X, and up to which Y",
    )
    level_overrides: Mapping[str, Share] = Field(
        default_factory=dict, description="service level of 'sku:CODE', 'category:NAME' or a class such as 'AX'"
    )
    assumed_margin: Share = Field(0.3, description="share of the price, where cost or price is unknown")
    levels_from: Literal["classes", "cost", "simulation"] = Field(
        "classes",
        description="'cost': the level at which a unit more earns what it costs, its minimum order reckoned with; "
        "'simulation': by class, the level whose orders would have cost least when the champion was trained",
    )
    holding_weight: float = Field(
        1.0, gt=0, description="'cost' and 'simulation': times that holding counts; tune by replay"
    )
    highest_level: Share = Field(
        0.995,
        description="'cost' only: no line's level is higher, since beyond it a quantile is mostly guesswork and costs "
        "stock for sure; tune by replay",
    )
    lowest_level: Share = Field(0.3, description="'cost' only: no line's level is lower")
    holiday_level: Share | None = Field(
        None, description="service level at most of what has to last through a supplier's holiday; tune by replay"
    )
    new_sku_level: Share = Field(
        0.6, description="service level at most, while a sku's forecast is borrowed: what is too much stays for long"
    )
    settled_days: float = Field(
        91.0, gt=0, description="days on sale, from which a sku's forecast is its own and new_sku_level ends"
    )
    settled_units: float = Field(100.0, gt=0, description="or units that it has sold; between, the bound rises")
    launch_days: int = Field(
        28, ge=0, description="days after its launch day for which a sku without a sale counts as a launch"
    )
    supplier_holidays: Mapping[str, tuple[int, int]] = Field(
        default_factory=dict, description="event: days before and after it on which suppliers neither send nor start"
    )
    min_holiday_days: int = Field(
        3, ge=0, description="a supplier's holiday that adds fewer days to what a line has to last is none"
    )
    supplier_minimums: Mapping[str, float] = Field(
        default_factory=dict, description="supplier: the least value of one day's order to it, all warehouses together"
    )
    heeds_stated_minimums: bool = Field(False, description="apply the supplier report's minimum order values too")
    unknown_stock: Literal["last_known", "hold_back"] = Field(
        "last_known",
        description="a line whose newest stock file does not tell its stock is planned with the last number that was "
        "told, with its day said, or held back and counted in the list's notes",
    )
    max_stock_age_days: int = Field(7, ge=0, description="a stock number that is older is unknown: no line is planned")
    missing_skus_share: Share = Field(
        0.3, description="a stock file that lacks more of the skus in stock than this is taken to be cut off"
    )
    min_missing_skus: int = Field(5, ge=1, description="and lacks at least this many")
    order_line_cost: float = Field(
        5.0,
        ge=0,
        description="of one line of an order, whatever it orders: a clerk's ten minutes or so to check, order, receive "
        "and book it; the dearer, the fewer and larger orders; 0: a line is ordered at every look that finds it short",
    )
    longest_cycle_days: float = Field(
        45.0, ge=0, description="most days of sales that are ordered beyond the protection period to save order lines"
    )
    supplier_order_days: Mapping[str, tuple[Weekday, ...]] = Field(
        default_factory=dict,
        description="supplier: weekdays on which it takes orders; lines wait for them, but for A skus, empty shelves "
        "and where waiting costs more than a line",
    )
    max_restock_lines: int | None = Field(
        None,
        ge=1,
        description="most lines of one day's restock list: of more, those wait for the next day that lose least by it, "
        "and none that loses more by waiting than a line costs; null: no bound",
    )
    late_cost: Share = Field(0.2, description="share of its price that a unit which comes late costs more")
    often_late_below: Share = Field(
        0.8, description="a supplier that keeps its day for less of its units is named with its share"
    )
    supplier_choices: int = Field(
        3,
        ge=1,
        description="suppliers that are weighed for a sku: the one that is ordered from and those to fall back on",
    )
    offer_days: int = Field(400, ge=1, description="a price at which nobody has ordered for longer is forgotten")
    hot_seller_units_per_day: float = Field(3.0, description="units a day that a hot seller sells in its last week")
    hot_seller_growth: float = Field(2.0, description="and this many times what it sold in the four weeks before")
    urgent_loss_per_day: float = Field(
        20.0,
        ge=0,
        description="a line is urgent if a day's wait costs this much in sales or more, else soon",
    )
    soon_days: int = Field(
        3, ge=1, description="a line is soon if waiting begins to cost so much within so many days, or in them all"
    )
    fast_lane_days: int = Field(2, ge=1, description="days within which a hot seller is looked at and ordered")
    promotion_plan_days: int = Field(
        28, ge=1, description="before its first day, from which what a promotion needs in stock is planned"
    )
    promotion_arrival_level: Share = Field(
        0.9, description="share of a supplier's units that come no later than what is reckoned with for a promotion"
    )
    catch_up_share: Share = Field(
        0.1, description="of a day's orders, from which the list says what makes up for earlier days"
    )
    catch_up_from: date | None = Field(
        None,
        description="the day of the first list that is followed: what makes up for earlier days is listed over "
        "catch_up_days from then on; null: as soon as it is needed",
    )
    catch_up_days: int = Field(
        5,
        ge=1,
        description="lists over which that is spread, evenly by its money; what loses least by waiting comes last, and "
        "A skus, hot sellers and empty shelves never wait for it",
    )
    guards: Guards = Guards()
    transport: Transport = Transport()
    under_way: UnderWay = UnderWay()
    budget: float | None = Field(None, description="most that suggested orders may cost, see budget_of; null: no cap")
    emergency_fund: float = Field(0, description="beyond the budget, only for A skus whose shelf is empty")
    budget_of: Literal["day", "month"] = Field(
        "day",
        description="what budget and emergency_fund are for: each day's list, or a calendar month, of which what "
        "people accepted of the month's lists is spent",
    )
    reckoning_day: Weekday | None = Field(
        "mon",
        description="weekday on whose morning the restock list brings the week's reckoning: what the lists suggested, "
        "what was done and came, and what it brought; null: never",
    )
    holding_cost_per_year: float = Field(0.25, description="share of cost that a year on the shelf costs")
    excess: Excess = Excess()
    refusal_days: int = Field(7, description="days for which a refused suggestion is not made again")
    refusal_change: Share = Field(0.25, description="unless what it rests on changed by more than this share")
    task_expiry_days: int = Field(14, description="an open task of a list that is older expires")

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, said: Any) -> Any:
        excess = {
            "excess_cover_days": "cover_days",
            "excess_min_saving": "min_saving",
            "excess_patience_days": "patience_days",
        }
        return renamed(
            moved(said, "excess", excess),
            {
                "budget_yuan": "budget",
                "emergency_fund_yuan": "emergency_fund",
                "supplier_minimum_yuan": "supplier_minimums",
            },
        )

    @field_validator("supplier_order_days")
    @classmethod
    def _some_day(cls, said: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        empty = sorted(name for name, days in said.items() if not days)
        if empty:
            raise BilingualError.named("setting.no_weekday", names=listed(empty))
        return said

    @field_validator("service_levels")
    @classmethod
    def _nine_classes(cls, levels: Mapping[str, float]) -> Mapping[str, float]:
        if set(levels) != set(CLASSES):
            raise BilingualError.named("setting.exactly", names=listed(CLASSES))
        return levels
