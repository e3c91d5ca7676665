"""What a specimen merchant is made of: its size, its shops, and how often each thing happens to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np

TMALL, JD, DOUYIN = 0, 1, 2
"""Positions of the three shops in every array that has a shop axis."""


@dataclass(frozen=True)
class SpecimenShop:
    """One shop: `name` is its folder under the export root, `platform` the adapter that reads it, `title` what its
    exports call it."""

    name: str
    platform: str
    title: str


SHOPS = (
    SpecimenShop("tmall", "taobao", "掌柜样本旗舰店"),
    SpecimenShop("jd", "jd", "掌柜样本京东店"),
    SpecimenShop("douyin", "douyin", "掌柜样本抖音店"),
)
ERP = SpecimenShop("jushuitan", "jushuitan", "聚水潭")
# Who else may sell in one of the three shops' places, to the same customers, and who else may keep the stock.
OTHER_SHOPS = ("pinduoduo", "kuaishou", "youzan", "shopify", "amazon", "woocommerce")
STOCK_KEEPERS = ("jushuitan", "jushuitan_goods", "wangdiantong", "guanyiyun", "kingdee", "kuaimai")


CONVERSION_LEAK, CHANNEL_LOSS = "conversion_leak", "channel_loss"


@dataclass(frozen=True)
class MarketingFault:
    """What goes wrong from a day on. `conversion_leak`: of as many buyers' visitors only a `factor` part buys.
    `channel_loss`: a yuan spent brings only a `factor` part of what it brought."""

    kind: str
    shop: str
    first_day: date
    factor: float

    @classmethod
    def read(cls, text: str) -> MarketingFault:
        """`conversion_leak:jd:2025-11-10:0.5`. Raises ValueError for anything else."""
        kind, shop, first, factor = text.split(":")
        if kind not in (CONVERSION_LEAK, CHANNEL_LOSS) or not 0 < float(factor) < 1:
            raise ValueError(f"{text!r} is no fault of marketing: conversion_leak or channel_loss, a shop, a day, 0.5")
        return cls(kind, shop, date.fromisoformat(first), float(factor))


@dataclass(frozen=True)
class SpecimenSettings:
    """Everything that, with the code, decides a specimen business to the last byte.

    Shares are of paid customer orders unless their comment says otherwise.
    """

    seed: int = 7
    skus: int = 240
    first_day: date = date(2024, 10, 12)
    lines_per_sku_day: float = 1.5  # paid order lines a sku and day, all shops, averaged over the first year
    shop_shares: tuple[float, float, float] = (0.5, 0.3, 0.2)
    level_spread: float = 1.25  # sigma of the lognormal that spreads the skus' levels
    customers_from_erp: bool = True  # the ERP tells whose each order is; the platforms mask their buyers
    look_back_days: int = 15  # a daily export holds what was created or changed in this many days

    unpaid_share: float = 0.08
    late_payment_share: float = 0.02  # ordered late in the evening, paid after midnight
    brushing_share: float = 0.015
    gift_share: float = 0.012
    bulk_orders_per_day: float = 0.4
    presale_orders_share: float = 0.12  # deposits a presale day, as a share of an ordinary day's orders
    presale_unpaid_share: float = 0.1  # of deposits: the balance is never paid
    split_share: float = 0.25  # of JD orders with several lines: sent in two parcels, the parent is deleted

    refund_before_shipping: float = 0.025
    refund_after_shipping: float = 0.045  # of lines
    refund_turned_down: float = 0.08  # of refunds asked for
    partial_refund_share: float = 0.2  # of refunds after shipping: goods kept, part of the money back

    one_time_buyers: float = 0.4  # of new customers: never come again
    mean_gap_days: float = 24.0  # between a living customer's visits (median is lower: lognormal spread)
    mean_life_days: float = 170.0  # a repeat customer's days until lost; hazard = 1 / life, per day
    contact_lift: float = 0.12  # added by a call to the chance to come back within the window, mean over customers
    contact_spread: float = 0.6  # sigma of the lognormal by which customers answer to contacts and to offers, apart
    chat_strength: float = 0.6  # of a call's lift: a message in the platform's chat,
    text_strength: float = 0.25  # a text message,
    push_strength: float = 0.1  # a coupon laid into the account without a word
    offer_lift: float = 0.004  # added by each yuan of an offer, mean over customers
    offer_used: float = 0.8  # chance that an order within an offer's days uses it, whatever brought the customer
    contact_window_days: int = 14
    contact_rest_days: int = 30  # a contact within this many days of the last one does nothing

    late_receipts: float = 0.15  # of purchase order lines, on average over suppliers
    partial_receipts: float = 0.12  # of purchase order lines: arrive in two parts
    cancelled_purchases: float = 0.01
    transfer_days: int = 3  # from one warehouse to another

    shops: tuple[str, str, str] = ("tmall", "jd", "douyin")  # who sells in the three places; what happens is the same
    traffic_and_money: bool = False  # daily exports hold visitors by listing and Douyin's settlement besides
    marketing: bool = False  # exports hold visitors by shop, advertising by channel and live sessions, history included
    marketing_faults: tuple[str, ...] = ()  # what goes wrong with these: see MarketingFault
    promotions: bool = False  # the ERP's exports hold the skus' own promotions, told some weeks ahead
    stock_keeper: str = "jushuitan"  # whose stock exports there are; the masters are always 聚水潭's

    def __post_init__(self) -> None:
        for place, (name, usual) in enumerate(zip(self.shops, SHOPS, strict=True)):
            if name != usual.name and name not in OTHER_SHOPS:
                raise ValueError(f"place {place} can be {usual.name} or one of {', '.join(OTHER_SHOPS)}, not {name!r}")
        if len(set(self.shops)) < len(self.shops):
            raise ValueError(f"a platform can have one place only: {', '.join(self.shops)}")
        for text in self.marketing_faults:
            MarketingFault.read(text)
        if self.stock_keeper not in STOCK_KEEPERS:
            raise ValueError(f"stock is kept by one of {', '.join(STOCK_KEEPERS)}, not {self.stock_keeper!r}")

    def to_json(self) -> str:
        """The settings as one line of JSON."""
        values = asdict(self)
        values["first_day"] = self.first_day.isoformat()
        return json.dumps(values, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> SpecimenSettings:
        """The settings that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        values["first_day"] = date.fromisoformat(values["first_day"])
        values["shop_shares"] = tuple(values["shop_shares"])
        for name in ("shops", "marketing_faults"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)


# One stream of random numbers a purpose and day: what one part draws never moves another part's draws,
# so that two runs with different restock orders meet the very same customers (common random numbers).
STREAMS = (
    "catalogue",
    "suppliers",
    "promotions",
    "wander",
    "founders",
    "demand",
    "visits",
    "baskets",
    "newcomers",
    "times",
    "lives",
    "extras",
    "presale",
    "purchases",
    "contacts",
    "faults",
    "traffic",
    "marketing",
)


def stream(seed: int, purpose: str, *key: int) -> np.random.Generator:
    """A generator of its own for one purpose (one of STREAMS) and key (such as a day's number)."""
    return np.random.default_rng([seed, STREAMS.index(purpose), *key])


def day_number(day: date) -> int:
    """Days since 1970-01-01, as every table of the specimen counts them."""
    return day.toordinal() - 719163


def day_of(number: int) -> date:
    """The date of a `day_number`."""
    return date.fromordinal(int(number) + 719163)
