"""How the customers of the recall list are reached, what they are offered, and what either costs.

Money is in the merchant's currency. Where a merchant says nothing, each platform has the ways of contact that it
allows: its own chat, its own text messages to an audience of order numbers, its own coupons, and the number shown with
an order while that is valid. Their effects and minutes are beliefs, which the control group replaces.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.strict import Share, Strict, renamed
from include.words.texts import LANGUAGES

NO_OFFER = "none"
# An hour of a clerk's work, employer's part included.
WAGES: Mapping[str, float] = {
    "CNY": 25, "HKD": 65, "TWD": 220, "SGD": 16, "MYR": 15, "JPY": 1400, "KRW": 12_000, "EUR": 20, "GBP": 17, "CHF": 32,
    "SEK": 220, "NOK": 240, "DKK": 190, "PLN": 45, "CZK": 230, "USD": 20, "CAD": 24, "AUD": 32, "NZD": 29,
}  # fmt: skip
# Platforms that show buyers by virtual numbers or masked: nothing but the order reaches them.
MASKING = frozenset({"taobao", "jd", "douyin", "kuaishou", "pinduoduo"})


class ContactChannel(Strict):
    """A way to contact a customer of the recall list. Consents name it, and `any` for all."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,19}$", description="by which settings, consents and results call it")
    zh: str = Field(description="what lists call it in Chinese")
    en: str = Field(description="the same in English")
    capacity: int = Field(ge=0, description="contacts a day")
    platforms: tuple[str, ...] = Field(
        (), description="reaches customers whose last order is on one of these; none named: on any"
    )
    effect_of_contact: Share | None = Field(None, description="prior of this channel, where it differs")
    reach: Literal["order_phone", "order_message", "own_phone", "audience"] = Field(
        "order_phone",
        description="by what a customer is reached: the number that the platform shows with the last order, a message "
        "in its back office, a number of the customer's own with their consent, or a file for its marketing tool",
    )
    way: Literal["call", "message"] | None = Field(
        None,
        description="whether customers are called or written to, which decides how a line is answered; where not said, "
        "who is reached by a phone number is called (say message for texts to it), everybody else is written to",
    )
    max_order_days: int | None = Field(
        None, ge=1, description="a last order older than this reaches nobody any more (not for own_phone)"
    )
    minutes_per_contact: float = Field(0.0, ge=0, description="of a person's work, paid by customers.wage_per_hour")
    cost_per_contact: float = Field(0.0, ge=0, description="what one contact costs besides, such as a text's price")
    needs_offer: bool = Field(False, description="a coupon laid into an account: there is no contact without an offer")

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, said: Any) -> Any:
        return renamed(said, {"yuan_a_contact": "cost_per_contact"})

    @property
    def names(self) -> tuple[str, str]:
        """What lists call it in Chinese and in English."""
        return self.zh, self.en

    def called(self, language: str) -> str:
        return self.names[LANGUAGES.index(language)]

    @property
    def worked_by(self) -> Literal["call", "message"]:
        return self.way or ("call" if self.reach in ("order_phone", "own_phone") else "message")


class Offer(Strict):
    """What may be offered to every customer whom its conditions fit. Of those whom the same offers fit, all are offered
    the same: that one of them, or none, which brings most from all of them together.

    The conditions are stage of life, category and tenure: who is alike in these is offered the same. There is none on
    prices, discounts or what a customer can be got to pay: the law forbids unequal prices for equal customers.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="by which experiments and results call it")
    zh: str = Field(description="what customers are told in Chinese")
    en: str = Field(description="the same in English")
    cost: float | None = Field(None, ge=0, description="what it costs each time it is used")
    share_of_order: Share | None = Field(None, description="or what it costs as a share of the order")
    taken_by: Share = Field(1.0, description="share of those who order within its days that use it")
    valid_days: int = Field(30, ge=1, le=365, description="within which it can be used")
    effect_of_offer: Share = Field(
        0.0, description="prior, as effect_of_contact: what it adds to the contact's own effect"
    )
    off_the_price: bool = Field(
        True, description="it lowers what the order pays (a coupon); false: paid besides (a gift, freight)"
    )
    stages: tuple[Literal["new", "growing", "mature", "declining", "dormant"], ...] = Field(
        (), description="of life of the customers who may have it; none named: all"
    )
    categories: tuple[str, ...] = Field((), description="of the last order")
    min_tenure_days: int = Field(0, ge=0, description="days since the first order")
    max_tenure_days: int | None = Field(None, description="days since the first order; null: no bound")

    @property
    def names(self) -> tuple[str, str]:
        """What lists call it in Chinese and in English."""
        return self.zh, self.en

    def called(self, language: str) -> str:
        return self.names[LANGUAGES.index(language)]

    @model_validator(mode="after")
    def _has_a_cost(self) -> "Offer":
        if self.name == NO_OFFER:
            raise BilingualError.named("setting.no_offer", name=repr(NO_OFFER))
        if self.cost is None and self.share_of_order is None:
            raise BilingualError.named("setting.offer_without_cost", name=self.name)
        return self


_CHATS: Mapping[str, tuple[str, str, str]] = {
    "taobao": ("wangwang", "旺旺", "Wangwang chat"),
    "jd": ("dongdong", "咚咚", "Dongdong chat"),
    "douyin": ("feige", "抖音客服（飞鸽）", "Douyin chat"),
    "kuaishou": ("kuaishou_chat", "快手客服", "Kuaishou chat"),
    "pinduoduo": ("pinduoduo_chat", "拼多多客服", "Pinduoduo chat"),
}
TEXT_PRICE_YUAN = 0.05


def usual_channels(platforms: Iterable[str], yuan: float | None) -> list[dict[str, Any]]:
    """The ways of contact that these platforms allow, as settings; [] where none of them masks its buyers.

    yuan: what one yuan is in the merchant's currency; None: unknown, and no text messages, whose price is in yuan.
    """
    all_of_them = list(dict.fromkeys(platforms))
    masking = [name for name in all_of_them if name in MASKING]
    open_ones = [name for name in all_of_them if name not in MASKING]
    chats = [
        {
            "name": name, "zh": zh, "en": en, "platforms": [platform], "reach": "order_message", "capacity": 60,
            "max_order_days": 90, "minutes_per_contact": 2, "effect_of_contact": 0.04,
        }
        for platform, (name, zh, en) in _CHATS.items()
        if platform in masking
    ]  # fmt: skip
    if not masking:
        return []
    call = {
        "name": "call", "zh": "电话（虚拟号）", "en": "phone (virtual number)", "platforms": masking,
        "reach": "order_phone", "capacity": 40, "minutes_per_contact": 5, "effect_of_contact": 0.05,
    }  # fmt: skip
    text = {
        "name": "platform_sms", "zh": "平台短信", "en": "platform text message", "platforms": masking,
        "reach": "audience", "capacity": 200, "cost_per_contact": round(TEXT_PRICE_YUAN * (yuan or 0.0), 6),
        "effect_of_contact": 0.02,
    }  # fmt: skip
    coupon = {
        "name": "platform_coupon", "zh": "平台定向优惠券", "en": "platform coupon", "platforms": masking,
        "reach": "audience", "capacity": 200, "needs_offer": True, "effect_of_contact": 0.01,
    }  # fmt: skip
    phone = {**call, "name": "phone", "zh": "电话", "en": "phone", "platforms": open_ones}
    return [call, *([phone] if open_ones else []), *chats, *([text] if yuan else []), coupon]
