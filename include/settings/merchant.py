"""The merchant's YAML: `merchant.yaml` and one file a shop under `shops/`.

A typo must not pass silently: unknown keys are errors, and every error names the file and the place in it. Constants
that are judgements have their sentence in the YAML and their default here.
"""

import codecs
import difflib
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from include.settings import report_names
from include.settings.contacts import NO_OFFER, WAGES, ContactChannel, Offer, usual_channels
from include.settings.messages import readable
from include.settings.strict import Share, renamed
from include.settings.strict import Strict as _Strict
from include.settings.writing import Writing
from include.settings.yaml_files import SettingsError, read_yaml

__all__ = ["ContactChannel", "Merchant", "Offer", "SettingsError", "Shop", "load_merchant"]


def _not_a_number(said: Any) -> Any:
    """A number would be taken for seconds after midnight."""
    if isinstance(said, (int, float)):
        raise ValueError('a time of day is written "06:30"')
    return said


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[time, BeforeValidator(_not_a_number)]


def _nearest(name: str, known: Iterable[str]) -> str:
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""


def _known_encoding(said: str) -> str:
    """The encoding by the name that Python gives it."""
    try:
        found = codecs.lookup(said)
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:
        raise ValueError(f"{said!r} is no encoding of text; there are gb18030, cp1252, big5, cp932 and others")
    return found.name


Encoding = Annotated[str, AfterValidator(_known_encoding)]
_NO_CODES = {
    "RMB": "CNY",
    "CNH": "CNY",
    "YUA": "CNY",
    "NTD": "TWD",
    "HKB": "HKD",
    "YEN": "JPY",
    "STG": "GBP",
    "EUO": "EUR",
}
"""What people call a currency, in three letters too, and the code that stands in files and rates."""


def _code_of_a_currency(said: str) -> str:
    if said in _NO_CODES:
        raise ValueError(f"{said} is no currency's code, {_NO_CODES[said]} is")
    return said


Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", description="its code of three letters, such as EUR"),
    AfterValidator(_code_of_a_currency),
]


class Report(Writing):
    """One kind of file a shop gives. `pattern` is a glob in the day's folder; a required report is waited for."""

    pattern: str
    required: bool = True
    at_least: int = Field(1, ge=1, description="files that make the report whole, e.g. one a warehouse")
    report: str | None = Field(None, description="the adapter's report, where it is not this entry's own name")
    leaves_out: Literal["zeros", "parts", "nothing"] | None = Field(
        None,
        description="what a stock file does not name: 'zeros', it is empty there (the default); 'parts', files may be "
        "partial, so that the last number stands with its day; 'nothing', a whole file names every sku, so that one "
        "which is missing is unknown",
    )
    holds_all_open: bool = Field(
        False,
        description="of purchase orders: every export holds all that are open, so that a line which the newest no "
        "longer names is closed",
    )
    columns: Mapping[str, str | tuple[str, ...]] | None = Field(
        None, description="canonical field -> this shop's own header for it, where it differs"
    )
    encoding: Encoding | None = Field(None, description="of this report's text files, where it differs from the shop's")
    for_shop: str | None = Field(
        None, description="whose orders the file speaks of, where it speaks of one shop and does not name it"
    )
    declared: Mapping[str, Any] | None = Field(
        None, description="platform `declared` only: the whole declaration of a plain CSV or Parquet"
    )
    counts_other_channels: bool = Field(
        False,
        description="whether goods that the platform only sends for a sale elsewhere (Amazon's Non-Amazon) are this "
        "shop's demand; for merchants whose other channel is not read",
    )


class Source(_Strict):
    """Where a shop's exports are put, as fsspec paths; `{day}` is the business day they are delivered for."""

    path: str
    history: str | None = None
    settle_seconds: int = Field(5, ge=0, description="a file younger than this is still being written")
    connection: str | None = Field(None, description="Airflow connection with the credentials of a remote place")
    files: Mapping[str, str] = Field(
        default_factory=dict, description="HTTP without a listing: file name -> address, absolute or under the path"
    )
    archives: str | None = Field(None, description="glob over zips that hold exports of several reports")

    @model_validator(mode="after")
    def _names_the_day(self) -> "Source":
        places = list(self.files.values()) if self.files and not _has_day(self.path) else [self.path]
        if not all(_has_day(place) for place in places):
            raise ValueError("path must hold {day}, so that each business day's exports have a place of their own")
        if self.files and not self.path.startswith(("http://", "https://")):
            raise ValueError("files are addresses under an http(s) path; a folder lists its own")
        if self.connection and "://" not in self.path:
            raise ValueError("a folder of this machine needs no connection")
        return self

    @field_validator("path", "history", "files")
    @classmethod
    def _holds_no_secret(cls, said: Any) -> Any:
        for address in said.values() if isinstance(said, Mapping) else [said or ""]:
            if ":" in address.partition("://")[2].partition("/")[0].rpartition("@")[0]:
                raise ValueError("an address must not hold a password: put it into an Airflow connection")
        return said


def _has_day(text: str) -> bool:
    return "{day}" in text or "{yyyymmdd}" in text


_OF_A_KEEPER = frozenset(
    [
        "stock",
        "stock_days",
        "products",
        "listings",
        "suppliers",
        "purchase_orders",
        "receipts",
        "order_customers",
        "promotions",
    ]
)


class Shop(Writing):
    """One account on one platform. How its files write numbers and times is said here for all of its reports, or in one
    report for that report."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    platform: str
    zh: str | None = Field(None, description="what lists call it in Chinese, if not as the ERP does")
    en: str | None = Field(None, description="the same in English")
    other_names: tuple[str, ...] = Field(
        (), description="what an ERP or CRM calls this shop (某某旗舰店), in reports for several shops"
    )
    source: Source
    reports: Mapping[str, Report]
    remark_marks: Mapping[str, Literal["brushing", "gift"]] = Field(default_factory=dict)
    warehouse_pattern: str | None = Field(None, description="regex with group 1 = warehouse, over the file name")
    password_connection: str | None = Field(None, description="Airflow connection with the workbook password")
    currency: Currency = Field("CNY", description="of the shop's files; the merchant's, if it is not said")
    encoding: Encoding | None = Field(
        None,
        description="of text exports that are not UTF-8, such as cp1252; without it the platform's, or a guess by the "
        "bytes that is said",
    )
    keep_contacts: bool = Field(
        False, description="keep buyers' phone, name and e-mail, sealed, for those who may look them up"
    )

    @model_validator(mode="after")
    def _is_known(self) -> "Shop":
        if self.platform == report_names.DECLARED:
            return self
        platforms = [*report_names.REPORTS, *report_names.SAME_PLATFORM, report_names.DECLARED]
        reports = report_names.REPORTS.get(report_names.SAME_PLATFORM.get(self.platform, self.platform))
        if reports is None:
            near = _nearest(self.platform, platforms)
            raise ValueError(f"platform {self.platform!r} is not known{near} There are {', '.join(platforms)}")
        for entry, about in self.reports.items():
            if (name := about.report or entry) not in reports:
                near = _nearest(name, reports)
                raise ValueError(f"{self.platform} has no report {name!r}{near} There are {', '.join(reports)}")
        return self

    def called(self, language: str) -> str:
        """The shop as lists call it: by its own word, else in Chinese by the ERP's, else by its platform's."""
        own = (self.zh or next(iter(self.other_names), None)) if language == "zh" else self.en
        return own or report_names.PLATFORM_WORDS.get(self.platform, {}).get(language) or self.name

    @property
    def sells(self) -> bool:
        """Orders come from here: not from a system that keeps stock or customers for other shops."""
        kinds = ((said.declared or {}).get("frame") or said.report or name for name, said in self.reports.items())
        return any(kind not in _OF_A_KEEPER for kind in kinds)

    def report_of(self, name: str) -> str | None:
        """The first report whose pattern fits a file's name."""
        return next((report for report, about in self.reports.items() if fnmatchcase(name, about.pattern)), None)

    def writing_of(self, report: str) -> Writing:
        """How the files of a report write numbers and times."""
        own, about = Writing(**_said(self)), self.reports.get(report)
        return own if about is None else Writing(**_said(about)).over(own)


def _said(writing: Writing) -> dict[str, Any]:
    return {name: getattr(writing, name) for name in Writing.model_fields}


_PROVINCE_ENDS = re.compile(r"(?<=[一-鿿]{2})(?:壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区|省|市)$")


class Warehouse(_Strict):
    name: str
    serves: tuple[str, ...] = ()
    other_names: tuple[str, ...] = Field((), description="what exports call it besides: each report may have its own")

    @field_validator("serves")
    @classmethod
    def _as_orders_call_them(cls, said: tuple[str, ...]) -> tuple[str, ...]:
        """广东省 and 上海市 are 广东 and 上海 in all orders."""
        return tuple(_PROVINCE_ENDS.sub("", place.strip()) for place in said)


class Checking(_Strict):
    quarantine_ceiling: Share = 0.05
    row_count_tolerance: Share = Field(0.5, description="share of a weekday's usual rows that may be missing")
    row_count_excess: float = Field(0.8, gt=0, description="share that it may have more, but around events")
    slow_days_tolerance: Share = Field(0.9, description="share that may be missing around lunar New Year")
    money_tolerance: float = Field(0.8, gt=0, description="share that a weekday's money may differ from its usual")
    most_freight: float = Field(
        100, ge=0, description="of an order: a refund may be so much more than its line in a file that tells no freight"
    )
    stale_days: int = Field(3, ge=0, description="days between the newest payment, or the export, and its day")
    most_money_a_row: float = Field(
        10_000_000, gt=0, le=10**10, description="in the shop's currency; an order, line, refund or price above is held"
    )
    most_units_a_line: int = Field(100_000, ge=1, le=10**9, description="of an order line or refund; more is held back")
    most_units: int = Field(
        10_000_000, ge=1, le=10**9, description="of a sku's stock, a purchase order's line or a receipt; more is held"
    )


class Reading(_Strict):
    """How large exports are read."""

    part_megabytes: float = Field(
        64, gt=0, description="a larger csv or Parquet file is read in parts of so much text, in bounded memory"
    )

    max_sheet_cells: int = Field(
        50_000_000, gt=0, description="a larger sheet (from A1 to its last cell, blank ones too) is refused"
    )
    max_workbook_text_megabytes: float = Field(
        1024, gt=0, description="a workbook whose cells hold more text is refused"
    )
    workbook_megabytes: float = Field(
        4096, ge=256, description="memory that the process which reads a workbook may take; the export is refused then"
    )
    max_rejected_rows: int = Field(
        100_000, gt=0, description="a file most of whose rows cannot be read is stopped once there are more of them"
    )
    max_together_rows: int = Field(
        1_000_000, gt=0, description="a file with more rows of one order (sku, movement) is stopped"
    )

    def limits(self) -> dict[str, int]:
        """The fields of `ReadLimits`."""
        return {
            "max_cells": self.max_sheet_cells,
            "max_text_bytes": round(self.max_workbook_text_megabytes * 1024**2),
            "memory_bytes": round(self.workbook_megabytes * 1024**2),
            "max_rejected_rows": self.max_rejected_rows,
            "max_together_rows": self.max_together_rows,
        }

    @property
    def part_bytes(self) -> int:
        return round(self.part_megabytes * 1024**2)


class Closing(_Strict):
    """When a day is closed without a late shop, and when its lists must lie on the desk (the morning after)."""

    cut_off: Clock = time(6, 30)
    lists_due: Clock = time(8, 0)
    late_days: int = Field(
        3, ge=1, description="how long a late shop is waited for, after the cut-off or from when the day was opened"
    )
    catch_up_seconds: int = Field(1800, ge=1, description="the least wait before a day opened late is cut off")
    look_every_seconds: float = Field(30, gt=0, description="how often a waiting shop's folder is looked at")


class Running(_Strict):
    """How Airflow runs the day. Retries are for the world's faults (a network, a locked database)."""

    retries: int = Field(3, ge=0)
    retry_seconds: int = Field(60, ge=0, description="before the first retry; doubled each time, at most 15 minutes")
    clock_starts: date = Field(description="the first day that the clock opens by itself")


class Bulk(_Strict):
    """When a single order is a one-off bulk order, which stands beside demand and not in it."""

    least_quantity: int = Field(10, ge=1, description="units below which no order is bulk")
    spreads: float = Field(8.0, gt=0, description="robust standard deviations of log quantity above the sku's median")
    least_times: float = Field(5.0, ge=1, description="times the 95th percentile of the sku's other orders")
    window_days: int = Field(56, ge=1, description="up to an order's own day: the orders it is held against")


class Demand(_Strict):
    history_days: int = 800
    known_in_stock_share: Share = Field(0.5, description="a day in stock for less than this is unknown demand")
    unplaced_share: Share = Field(
        0.2, description="share of orders from places that no warehouse serves, from which on the lists say so"
    )
    seeds: int = Field(1, ge=1)
    max_rows: int = 3_000_000
    backtest_origins: int = Field(3, ge=1, description="past days from which a challenger is judged")
    bulk: Bulk = Bulk()


def lane_ends(name: str) -> tuple[str, str]:
    """'FROM > TO' as (FROM, TO)."""
    giver, arrow, taker = (part.strip() for part in name.partition(">"))
    if not (giver and arrow and taker):
        raise ValueError(f"a lane is written 'FROM > TO', found {name!r}")
    return giver, taker


class Transport(_Strict):
    """Moving goods between the merchant's own warehouses; money in the merchant's currency."""

    open: bool = Field(True, description="whether lanes that are not named below may be used")
    cost_per_unit: float = Field(1.0, ge=0, description="of one unit moved")
    share_of_cost: Share = Field(0.0, description="of the goods' unit cost, on top of the cost per unit")
    days: int = Field(3, ge=0, description="from the decision to the other shelf")
    lanes: Mapping[str, float] = Field(
        default_factory=dict, description="'FROM > TO': cost per unit, where it differs or the others are closed"
    )
    min_saving: float = Field(20.0, ge=0, description="a transfer that saves less is not worth a person's time")

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, said: Any) -> Any:
        return renamed(said, {"yuan_a_unit": "cost_per_unit", "least_saving_yuan": "min_saving"})

    @field_validator("lanes")
    @classmethod
    def _have_two_ends(cls, lanes: Mapping[str, float]) -> Mapping[str, float]:
        for name in lanes:
            lane_ends(name)
        return lanes


class UnderWay(_Strict):
    """What goods count for that are ordered and not there yet, and when a person is asked about them."""

    overdue_half_life_days: float = Field(
        14.0, gt=0, description="beyond every delay seen, a late order is half as likely to be still late so much later"
    )
    never_arriving_share: Share = Field(
        0.02, description="of orders that never come and that nobody closes, before the merchant's own history tells"
    )
    prior_lines: float = Field(
        5.0, gt=0, description="order lines as which all suppliers together weigh beside a supplier's own"
    )
    acceptance_days: int = Field(
        3, ge=0, description="within which an accepted suggestion is seen as a purchase order, before history tells"
    )
    unseen_half_life_days: float = Field(
        7.0, gt=0, description="an accepted suggestion that no purchase order shows counts half as much so much later"
    )
    cancel_below: Share = Field(0.5, description="an overdue order less likely than this to come is to be cancelled")
    ask_again_days: int = Field(
        3, ge=1, description="an order that was answered for is asked about again after so many"
    )
    ask_unnamed_days: int = Field(
        7, ge=1, description="an open line that exports no longer name, though they name others again, is asked about"
    )
    min_held_back: float = Field(
        20.0, ge=0, description="sales that an order due too late must hold back before it is to be pulled forward"
    )
    postpone_cover_days: int = Field(
        120, ge=1, description="an order is to be postponed when stock lasts so long without it"
    )


class Replenishment(_Strict):
    """Service levels by value (A, B, C) and predictability (X, Y, Z); money in the merchant's currency."""

    review_period_days: int = Field(1, ge=1)
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
        }
    )
    value_shares: tuple[Share, Share] = (0.8, 0.95)
    variation_limits: tuple[float, float] = (0.5, 1.0)
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
    highest_level: Share = Field(0.995, description="'cost' only: no line's level is higher; tune by replay")
    holiday_level: Share | None = Field(
        None, description="service level at most of what has to last through a supplier's holiday; tune by replay"
    )
    new_sku_level: Share = Field(
        0.6, description="service level at most, while a sku's forecast is borrowed: what is too much stays for long"
    )
    launch_days: int = Field(
        28, ge=0, description="a sku without a sale counts as a launch for so long after its launch day"
    )
    supplier_holidays: Mapping[str, tuple[int, int]] = Field(
        default_factory=dict, description="event: days before and after it on which suppliers neither send nor start"
    )
    supplier_minimums: Mapping[str, float] = Field(
        default_factory=dict, description="supplier: the least value of one day's order to it, all warehouses together"
    )
    heeds_stated_minimums: bool = Field(False, description="heed the least order values of the supplier report as well")
    unknown_stock: Literal["last_known", "hold_back"] = Field(
        "last_known",
        description="a line whose newest stock file does not tell its stock is planned with the last number that was "
        "told, with its day said, or held back and counted in the list's notes",
    )
    max_stock_age_days: int = Field(7, ge=0, description="a stock number that is older is unknown: no line is planned")
    missing_skus_share: Share = Field(
        0.3, description="a stock file that lacks more of the skus in stock than this is taken to be cut off"
    )
    missing_skus_least: int = Field(5, ge=1, description="and lacks so many at least")
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
        description="most lines of one day's restock list: of more, those wait for the next day that lose least by it; "
        "null: no bound",
    )
    late_cost: Share = Field(0.2, description="share of its price that a unit which comes late costs more")
    hot_seller_units_a_day: float = Field(3.0, description="a hot seller sells so many in its last week")
    hot_seller_growth: float = Field(2.0, description="and so many times what it sold in the four weeks before")
    urgent_loss_a_day: float = Field(
        20.0, ge=0, description="a line is urgent if waiting costs so much in sales a day; one that costs less is soon"
    )
    fast_lane_days: int = Field(2, ge=1, description="a hot seller is looked at, and ordered, within so many days")
    transport: Transport = Transport()
    under_way: UnderWay = UnderWay()
    budget: float | None = Field(None, description="most that suggested orders may cost, see budget_of; null: no cap")
    emergency_fund: float = Field(0, description="beyond the budget, only for A skus whose shelf is empty")
    budget_of: Literal["day", "month"] = Field(
        "day",
        description="what budget and emergency_fund are for: each day's list, or a calendar month, of which what "
        "people accepted of the month's lists is spent",
    )
    holding_cost_a_year: float = Field(0.25, description="share of cost that a year on the shelf costs")
    excess_cover_days: int = 90
    excess_min_saving: float = Field(
        20.0, ge=0, description="getting rid of a sku's excess that saves less is not worth a person's time: it is held"
    )
    excess_patience_days: int = Field(
        14,
        ge=0,
        description="what came within so many days is not got rid of yet, unless it soon spoils or is taken off sale: "
        "two weeks show whether it sells, and nobody buys to clear the next morning; 0: at once",
    )
    refusal_days: int = 7
    refusal_change: Share = 0.25
    task_expiry_days: int = 14

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, said: Any) -> Any:
        return renamed(
            said,
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
            raise ValueError(f"{', '.join(empty)}: name at least one weekday, such as [tue, fri]")
        return said

    @field_validator("service_levels")
    @classmethod
    def _nine_classes(cls, levels: Mapping[str, float]) -> Mapping[str, float]:
        classes = {value + variation for value in "ABC" for variation in "XYZ"}
        if set(levels) != classes:
            raise ValueError(f"must name exactly {', '.join(sorted(classes))}")
        return levels


class Variant(_Strict):
    """One arm of an experiment. Both null: as usual."""

    share: Share
    offer: str | None = None
    send_at: Clock | None = None


class Experiment(_Strict):
    """An A/B test among the customers of the recall list; the first arm is what the others are held against."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    arms: Mapping[str, Variant]
    first_day: date
    last_day: date
    metric: Literal["return", "margin"] = "return"

    @model_validator(mode="after")
    def _whole(self) -> "Experiment":
        if self.name in ("all", "list", "month", "channel", "offer"):
            raise ValueError(f"an experiment cannot be called {self.name!r}: the review has a part of that name")
        if len(self.arms) < 2:
            raise ValueError("an experiment compares at least two arms")
        if abs(sum(arm.share for arm in self.arms.values()) - 1) > 1e-9:
            raise ValueError("the arms' shares must add up to 1")
        if self.last_day < self.first_day:
            raise ValueError("last_day is before first_day")
        return self


class Identity(_Strict):
    """When two shops' customers are one person."""

    keys: tuple[Literal["phone", "member", "email"], ...] = Field(
        ("phone", "member"), description="what may join customers of several shops; none: nobody is joined"
    )
    shared_by: int = Field(
        1, ge=1, description="a key that more buyers of one shop carry is shared (a family's, an office's): no key"
    )
    receiver_phones: bool = Field(
        True, description="whether a parcel's phone may join, where its buyer never sent to another"
    )


class Retention(_Strict):
    """How long what is about people stays, in days; upkeep removes what is older."""

    contacts: int = Field(730, ge=1, description="in the vault, after the last export that said them")
    quarantine: int = Field(180, ge=1, description="the sealed text of rows held back; the reasons stay")
    scores: int = Field(800, ge=30, description="churn scores, lists' arms and profiles of customers")
    access_log: int = Field(1825, ge=180, description="who looked at a person's data")


class Till(_Strict):
    """A buyer with orders far beyond anybody's is a till, a reseller or a made-up account: no customer to win back."""

    orders: int = Field(40, ge=2, description="orders within `days` below which nobody is a till")
    times: float = Field(10, ge=2, description="and times as many as 19 of 20 customers have at most")
    days: int = Field(365, ge=30)


class Customers(_Strict):
    nobody: tuple[str, ...] = Field(
        (),
        description="the merchant's own words for a buyer who is nobody (门店散客, 线下), beside the usual ones",
    )
    till: Till = Till()
    known_days: int = Field(90, ge=1, description="orders of so many days are asked whether they have a customer")
    least_known_share: Share = Field(
        0.5, description="a shop of whose orders fewer have a customer is told of on the recall list"
    )
    horizon_days: int = Field(90, ge=7, description="so long without an order counts as lost, where nothing below says")
    horizons: Mapping[str, Annotated[int, Field(ge=7, le=730)]] = Field(
        default_factory=dict, description="category: the same for those who buy mostly from it"
    )
    horizon_gaps: float | None = Field(
        None, gt=0, description="whoever has a rhythm is lost after so many of their usual gaps, whatever they buy"
    )
    horizon_steps: tuple[int, ...] = Field(
        (30, 60, 90, 180), min_length=1, max_length=8, description="rising; the first that holds these is the horizon"
    )
    capacity: int = Field(
        200, ge=0, description="contacts a day by each way of contact, where contact_channels names none"
    )
    control_share: Share = 0.1
    fatigue_days: int = Field(30, description="nobody is listed again sooner, by whatever channel")
    most_contacts: tuple[int, int] = Field(
        (3, 180), description="nobody is listed more than so often in so many days, all channels together"
    )
    retry_after_days: int = Field(3, ge=1, description="who did not answer the phone may be called again after so many")
    most_attempts: int = Field(
        3, ge=1, description="calls that nobody answers, until fatigue_days hold as for a contact"
    )
    min_p_churn: Share = 0.5
    gap_multiple: float = 1.5
    least_silence_days: int = Field(14, ge=1, description="nobody is called sooner after an order")
    most_return_chance: Share = Field(
        0.8, description="who comes back by themselves with this chance or a higher one is not contacted"
    )
    value_days: int = Field(
        180, ge=7, le=730, description="the orders of so many days after it are what a return is worth"
    )
    virtual_number_days: int = Field(
        30, ge=1, description="a masked order's number reaches its buyer so long, if no export says until when"
    )
    wage_per_hour: float | None = Field(
        25.0, ge=0, description="of whoever contacts customers, in the merchant's currency; a usual one where not said"
    )
    effect_of_contact: Share = Field(
        0.05, description="prior chance that a contact brings back a lost customer who was as likely to stay as to go"
    )
    effect_prior_customers: float = Field(
        300, gt=0, description="the prior weighs as if so many had been listed and as many left alone"
    )
    least_effect: Share = Field(
        0.005, description="what a measured effect counts as at least, until harm is proven: lists must go on to learn"
    )
    margin: Share = Field(0.3, description="share of what a customer pays, where no order's goods have a known cost")
    offers: tuple[Offer, ...] = ()
    holdout_days: int = Field(30, ge=1, description="within which an order counts as a return")
    contact_channel: str = Field("call", description="the only channel, where contact_channels names none")
    contact_channels: tuple[ContactChannel, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    basket_days: int = Field(180, ge=1, description="orders so far back tell what is bought together")
    basket_support: int = Field(20, ge=2, description="two goods are bought together in so many orders at least")
    basket_lift: float = Field(1.5, gt=1, description="and so many times as often as by chance")
    due_within_days: int = Field(7, ge=0, description="a category that comes due so soon is worth a word")
    uplift_in_arm: int = Field(2000, ge=100, description="customers an uplift model needs in each arm")
    drift_bound: float = Field(0.25, gt=0, description="population stability index beyond which a score has drifted")
    calibration_bound: Share = Field(0.05, description="calibration error beyond chance at which scores are doubted")
    consents: str | None = Field(
        None, description="CSV of what customers said: shop, buyer, channel, state, at, source"
    )
    consent_needed: bool = Field(False, description="call nobody who has not agreed, not only nobody who refused")
    quiet_hours: tuple[Clock, Clock] | None = Field(
        None, description="from, to: no recall list goes to a channel that contacts customers by itself"
    )
    identity: Identity = Identity()

    @field_validator("horizon_steps")
    @classmethod
    def _rising(cls, steps: tuple[int, ...]) -> tuple[int, ...]:
        if list(steps) != sorted(set(steps)) or steps[0] < 7 or steps[-1] > 730:
            raise ValueError(f"must rise, from 7 days at least to 730 at most, found {list(steps)}")
        return steps

    @model_validator(mode="after")
    def _each_name_once(self) -> "Customers":
        for kind, names in (
            ("contact channel", [one.name for one in self.contact_channels]),
            ("offer", [one.name for one in self.offers]),
            ("experiment", [one.name for one in self.experiments]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {kind}s are called {', '.join(twice)}")
        described = [NO_OFFER, *(one.name for one in self.offers)]
        for experiment in self.experiments:
            for arm, variant in experiment.arms.items():
                if variant.offer is not None and variant.offer not in described:
                    raise ValueError(
                        f"experiment {experiment.name}, arm {arm}: no offer is called {variant.offer!r}; describe it "
                        f"under offers with zh, en and cost (there are {', '.join(described)})"
                    )
        return self

    @model_validator(mode="before")
    @classmethod
    def _offer_for_all(cls, said: Any) -> Any:
        """`offer` once named what everyone was offered whom nothing else fitted, and nobody knew what it cost."""
        if not isinstance(said, dict) or "offer" not in said:
            return said
        offers = said.get("offers") or ()
        names = [one.get("name") if isinstance(one, dict) else getattr(one, "name", None) for one in offers]
        if said["offer"] not in (None, NO_OFFER, *names):
            raise ValueError(
                f"offer: {said['offer']!r} is described nowhere. Put it under offers, without conditions, with its "
                "name, zh, en and cost; it is then offered where that pays"
            )
        return {name: value for name, value in said.items() if name != "offer"}

    @property
    def channels_of_contact(self) -> tuple[ContactChannel, ...]:
        """The channels, in the order of the YAML; the one of `contact_channel` where none is described."""
        if self.contact_channels:
            return self.contact_channels
        zh, en = {"call": ("电话", "phone")}.get(self.contact_channel, (self.contact_channel, self.contact_channel))
        one = ContactChannel(name=self.contact_channel, zh=zh, en=en, capacity=self.capacity, minutes_per_contact=5)
        return (one,)

    def cost_of(self, channel: ContactChannel) -> float | None:
        """What one contact by this channel costs; None where it takes work and nobody said what an hour costs."""
        if not channel.minutes_per_contact:
            return channel.cost_per_contact
        if self.wage_per_hour is None:
            return None
        return channel.cost_per_contact + channel.minutes_per_contact / 60 * self.wage_per_hour

    def prior_of(self, channel: ContactChannel) -> float:
        """The chance at even odds that a contact by this channel helps, as believed before it is measured."""
        return self.effect_of_contact if channel.effect_of_contact is None else channel.effect_of_contact


class ReceiversAnswer(_Strict):
    """What a receiver says in the body of its answer, if it answers 200 to what it did not take as well."""

    field: str = Field(min_length=1, description="of the body, which is JSON; dots go deeper: result.code")
    success: tuple[int | str | bool, ...] = Field((0,), description="its values that mean: taken")
    busy: tuple[int | str, ...] = Field((), description="its values that mean: not taken, come again")


class Channel(_Strict):
    """Where lists are pushed. Secrets are named, never written: `connection` is an Airflow connection's id."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["file", "webhook", "mail", "dingtalk", "wecom", "feishu"]
    lists: tuple[Literal["restock", "transfer", "chase", "excess", "recall"], ...]
    language: Literal["zh", "en"] = "zh"
    path: str | None = None
    formats: tuple[Literal["xlsx", "csv"], ...] = ("xlsx", "csv")
    connection: str | None = None
    receiver_is_idempotent: bool = False
    receivers_answer: ReceiversAnswer | None = Field(
        None, description="of a webhook; without it the HTTP status says whether the list was taken"
    )
    encryption: Literal["tls", "none"] = Field("tls", description="of mail; none is for a relay on this machine")
    timeout_seconds: float | None = Field(
        None, gt=0, le=300, description="how long mail servers and receivers are waited for; 60 if not said"
    )
    contacts_customers: bool = Field(False, description="what arrives there reaches customers without a person's hand")

    @model_validator(mode="after")
    def _whole(self) -> "Channel":
        if self.kind == "file" and not self.path:
            raise ValueError("a file channel needs a path")
        if self.kind != "file" and not self.connection:
            raise ValueError(f"a {self.kind} channel needs the Airflow connection that holds its address and secret")
        for name, is_said, kind in (
            ("receivers_answer", self.receivers_answer is not None, "webhook"),
            ("encryption", self.encryption != "tls", "mail"),
        ):
            if is_said and self.kind != kind:
                raise ValueError(f"{name} is for a {kind} channel; this one is a {self.kind} channel")
        return self


class HandBack(_Strict):
    """How lists are handed back: in the folder 交回 (hand-back) beside the lists of each channel that is a folder."""

    open: bool = Field(True, description="whether the folders are made and read")
    who: tuple[Literal["folder", "editor"], ...] = Field(
        ("folder", "editor"),
        description="what says who answers, the first that does: the folder in 交回, or who saved the workbook last",
    )
    otherwise: str | None = Field(
        None, max_length=100, description="who answers if neither says it; without it such a file is not entered"
    )
    look_every_seconds: float = Field(20, gt=0, description="how often the folders are looked at")
    settle_seconds: float = Field(5, ge=0, description="a file that changed within this time is still being written")


def _customers_of(said: Mapping[str, Any]) -> Any:
    """The customers' settings with what follows from the merchant's own: a wage in its currency, and the ways of
    contact that its platforms allow."""
    customers = said.get("customers", {})
    if not isinstance(customers, dict):
        return customers
    currency = said.get("currency") or "CNY"
    own: dict[str, Any] = {"wage_per_hour": WAGES.get(str(currency))}
    if "contact_channels" not in customers and "contact_channel" not in customers:
        shops = [one for one in said.get("shops") or () if isinstance(one, dict)]
        rates = said.get("exchange_rates") or {}
        yuan = 1.0 if currency == "CNY" else float(rates["CNY"]) if "CNY" in rates else None
        usual = usual_channels((str(one.get("platform")) for one in shops), yuan)
        if isinstance(most := customers.get("capacity"), int):
            usual = [{**one, "capacity": min(one["capacity"], most)} for one in usual]
        own["contact_channels"] = usual
    return {**own, **customers}


class Merchant(_Strict):
    name: str
    time_zone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = Field("zh", description="of the lists; a channel may say another")
    currency: Currency = Field("CNY", description="of the books, the lists and all money in these settings")
    exchange_rates: Mapping[Currency, Annotated[Decimal, Field(gt=0)]] = Field(
        default_factory=dict,
        description="currency of a shop -> what one unit of it is in `currency`, by which its amounts are booked",
    )
    calendar: str = Field(
        "CN", description="country whose festivals move demand, e.g. DE, or one of its parts, e.g. DE-BE"
    )
    books: str = "sqlite:///{home}/books.sqlite"
    raw: str = "{home}/raw"
    raw_connection: str | None = Field(None, description="Airflow connection that opens `raw` where it is in S3 or OSS")
    models: str = "{home}/models"
    data_docs: str = "{home}/data_docs"
    owner: str = "storekeeper"
    running: Running
    warehouses: tuple[Warehouse, ...]
    promotions: Mapping[str, tuple[date, ...]] = Field(default_factory=dict)
    closing: Closing = Closing()
    checking: Checking = Checking()
    reading: Reading = Reading()
    demand: Demand = Demand()
    replenishment: Replenishment = Replenishment()
    customers: Customers = Customers()
    channels: tuple[Channel, ...] = ()
    hand_back: HandBack = HandBack()
    retention_days: int = Field(730, ge=30, description="raw files older than this are removed by upkeep")
    retention: Retention = Retention()
    shops: tuple[Shop, ...]

    @field_validator("time_zone")
    @classmethod
    def _on_earth(cls, name: str) -> str:
        try:
            zoneinfo.ZoneInfo(name)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
            near = _nearest(name, zoneinfo.available_timezones())
            raise ValueError(f"no time zone is called {name!r}{near or '; write it as Asia/Shanghai is'}") from error
        return name

    @model_validator(mode="after")
    def _consistent(self) -> "Merchant":
        for kind, names in (
            ("shop", [s.name for s in self.shops]),
            ("warehouse", [w.name for w in self.warehouses]),
            ("channel", [c.name for c in self.channels]),
        ):
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                raise ValueError(f"two {kind}s are called {', '.join(twice)}")
        called = [name for s in self.shops for name in {s.name, *s.other_names}]
        twice = sorted({name for name in called if called.count(name) > 1})
        if twice:
            raise ValueError(f"two shops answer to {', '.join(twice)} (name or other_names)")
        unknown = sorted(
            {r.for_shop for s in self.shops for r in s.reports.values() if r.for_shop} - {s.name for s in self.shops}
        )
        if unknown:
            raise ValueError(
                f"for_shop names no shop: {', '.join(unknown)}; there are {', '.join(s.name for s in self.shops)}"
            )
        called = [name for w in self.warehouses for name in (w.name, *w.other_names)]
        twice = sorted({name for name in called if called.count(name) > 1})
        if twice:
            raise ValueError(f"other_names: two warehouses are called {', '.join(twice)}")
        served = [province for w in self.warehouses for province in w.serves]
        twice = sorted({p for p in served if served.count(p) > 1})
        if twice:
            raise ValueError(f"served by two warehouses: {', '.join(twice)}")
        if not self.warehouses:
            raise ValueError("at least one warehouse is needed")
        foreign = sorted({shop.currency for shop in self.shops} - {self.currency} - set(self.exchange_rates))
        if foreign:
            raise ValueError(
                f"shops are in {', '.join(foreign)}, the books in {self.currency}; amounts of two currencies are not "
                f"added up: say exchange_rates: {{{foreign[0]}: ...}}, what one {foreign[0]} is in {self.currency}"
            )
        if self.currency in self.exchange_rates:
            raise ValueError(f"exchange_rates: {self.currency} is the currency of the books, its rate is 1")
        return self

    @model_validator(mode="before")
    @classmethod
    def _said_once(cls, said: Any) -> Any:
        """The merchant's currency and language hold for its shops and channels, unless these say their own; a merchant
        whose shops all have one currency has it too."""
        if not isinstance(said, dict):
            return said
        inherited = dict(said)
        if "currency" not in said and isinstance(said.get("shops"), (list, tuple)):
            stated = {one["currency"] for one in said["shops"] if isinstance(one, dict) and one.get("currency")}
            if len(stated) == 1 and not said.get("exchange_rates"):
                inherited["currency"] = stated.pop()  # that of every shop which says one
        said = inherited
        inherited["customers"] = _customers_of(said)
        for part, name in (("shops", "currency"), ("channels", "language")):
            if name in said and isinstance(said.get(part), (list, tuple)):
                inherited[part] = [{name: said[name], **one} if isinstance(one, dict) else one for one in said[part]]
        return inherited

    @field_validator("calendar")
    @classmethod
    def _is_a_country(cls, said: str) -> str:
        if said == "CN":  # the Dags are parsed with these settings: no import that is not needed
            return said
        import holidays

        country, _, part = said.partition("-")
        known = holidays.list_supported_countries()
        if country not in known:
            raise ValueError(f"no holidays are known of {country!r}: expected a country such as CN, DE or US")
        if part and part not in known[country]:
            parts = ", ".join(known[country]) or "no parts"
            raise ValueError(f"no holidays are known of {said!r}: {country} has {parts}")
        return said

    def rate_of(self, shop: "Shop") -> Decimal:
        """What one unit of the shop's currency is in the currency of the books."""
        return Decimal(1) if shop.currency == self.currency else self.exchange_rates[shop.currency]

    def warehouse_of(self) -> dict[str, str]:
        """Province -> the warehouse that should serve it."""
        return {province: w.name for w in self.warehouses for province in w.serves}

    def warehouse_names(self) -> dict[str, str]:
        """Every name of a warehouse, its own and the others, -> its own."""
        return {name: w.name for w in self.warehouses for name in (w.name, *w.other_names)}

    @property
    def fallback_warehouse(self) -> str:
        """Where an order without a known province counts: the first warehouse."""
        return self.warehouses[0].name

    def leaves_out(self) -> dict[str, str]:
        """Shop -> what its stock files leave out, where its YAML says so."""
        return {
            shop.name: report.leaves_out for shop in self.shops for report in shop.reports.values() if report.leaves_out
        }

    def shop_names(self) -> dict[str, str]:
        """Every name of each shop -> its own."""
        return {name: shop.name for shop in self.shops for name in (*shop.other_names, shop.name)}

    def shop(self, name: str) -> Shop:
        for shop in self.shops:
            if shop.name == name:
                return shop
        raise KeyError(f"no shop {name!r}; there are {', '.join(s.name for s in self.shops)}")


def shop_beside_merchant(path: Path) -> tuple[Shop, str]:
    """One shop's YAML with what the merchant's beside it says for all shops, and the merchant's time zone; what that
    does not say, or what it says wrong elsewhere, does not matter here. Raises SettingsError."""
    beside = path.resolve().parent.parent / "merchant.yaml"
    common = read_yaml(beside).content if beside.is_file() else {}
    inherited = {"currency": common["currency"]} if common.get("currency") else {}
    file = read_yaml(path)
    try:
        shop = Shop.model_validate({**inherited, **file.content})
    except ValidationError as error:
        raise SettingsError(readable(error, Shop, file, ())) from error
    return shop, str(common.get("time_zone", Merchant.model_fields["time_zone"].default))


def load_merchant(folder: Path, home: Path) -> Merchant:
    """Read `folder`/merchant.yaml and `folder`/shops/*.yaml; `{home}` in paths becomes `home`.

    Raises SettingsError, which names the file, the line and the key.
    """
    if not folder.is_dir():
        raise SettingsError(
            f"{folder}: there is no such folder; STOREKEEPER_MERCHANT names the one with merchant.yaml and shops/ "
            "(the demo's: examples/specimen)",
            f"没有 {folder} 这个文件夹；请用 STOREKEEPER_MERCHANT 指明 merchant.yaml 和 shops/ 所在的文件夹"
            "（演示的是 examples/specimen）",
        )
    main = read_yaml(folder / "merchant.yaml")
    files = [read_yaml(path) for path in sorted((folder / "shops").glob("*.yaml"))]
    if not files:
        raise SettingsError(
            f"{folder / 'shops'}: no shop is described there (one YAML file a shop)",
            f"{folder / 'shops'} 里没有店铺的设置（一个店铺一个 YAML 文件）",
        )
    try:
        described = Merchant.model_validate({**main.content, "shops": [file.content for file in files]})
    except ValidationError as error:
        raise SettingsError(readable(error, Merchant, main, files)) from error
    # Defaults name {home} too, so it is filled in once everything is there.
    return Merchant.model_validate(_with_home(described.model_dump(), home))


def _with_home(value: Any, home: Path) -> Any:
    """`{home}` replaced in every text, deep."""
    if isinstance(value, str):
        return value.replace("{home}", str(home))
    if isinstance(value, dict):
        return {key: _with_home(inner, home) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_home(inner, home) for inner in value]
    return value
