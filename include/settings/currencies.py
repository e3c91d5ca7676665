"""Currencies: the signs and words by which people write them beside an amount."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from include.settings.saying import BilingualError

# A sign may stand for several currencies ($, ¥, kr): the shop's own currency says which one is meant.
MARKS: Mapping[str, tuple[str, ...]] = {
    "CNY": ("¥", "RMB", "人民币", "元"),
    "EUR": ("€", "Euro"),
    "USD": ("$", "US$", "美元", "美金"),
    "GBP": ("£",),
    "JPY": ("¥", "円", "日元"),
    "HKD": ("$", "HK$", "港元", "港币"),
    "TWD": ("$", "NT$", "元", "台币", "新台币"),
    "SGD": ("$", "S$"),
    "CAD": ("$", "CA$", "C$"),
    "AUD": ("$", "AU$", "A$"),
    "NZD": ("$", "NZ$"),
    "MXN": ("$", "MX$"),
    "BRL": ("R$",),
    "CHF": ("Fr.", "SFr."),
    "SEK": ("kr",),
    "NOK": ("kr",),
    "DKK": ("kr", "kr."),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "RON": ("lei",),
    "TRY": ("₺", "TL"),
    "RUB": ("₽",),
    "UAH": ("₴",),
    "KRW": ("₩",),
    "INR": ("₹", "Rs", "Rs."),
    "BDT": ("৳",),
    "THB": ("฿",),
    "VND": ("₫",),
    "MYR": ("RM",),
    "IDR": ("Rp",),
    "PHP": ("₱",),
    "ILS": ("₪",),
    "NGN": ("₦",),
}
MINUS = "−"  # the sign that is as wide as a figure, and is not broken off its number
_NAMES: Mapping[str, tuple[str, str]] = {"CNY": ("元", "yuan")}
"""What a list calls a currency in Chinese and in English, if that is not its code."""


def marks_of(currency: str) -> tuple[str, ...]:
    """What may stand beside an amount in this currency: its code, its signs, its words."""
    return (currency, *MARKS.get(currency, ()))


def known_signs() -> str:
    """The signs that some currency of ours is written with, such as €."""
    return "".join(
        sorted({mark for marks in MARKS.values() for mark in marks if len(mark) == 1 and not mark.isalnum()})
    )


def currency_name(currency: str, language: str) -> str:
    """The currency as a list writes it: 元 or yuan for CNY, the code for any other."""
    zh, en = _NAMES.get(currency, (currency, currency))
    return zh if language == "zh" else en


def currency_names(currency: str) -> tuple[str, str]:
    """The currency's name in Chinese and in English."""
    return _NAMES.get(currency, (currency, currency))


def with_currency(amount: str, currency: str, language: str) -> str:
    """An amount as a sentence writes it: ¥12.00 for yuan, 12.00 EUR for any other currency; below zero −¥12.00, with a
    minus sign in front of all."""
    sign, amount = (MINUS, amount[1:]) if amount.startswith("-") else ("", amount)
    return sign + (f"¥{amount}" if currency == "CNY" else f"{amount} {currency_name(currency, language)}")


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
        raise BilingualError.named("setting.currency", said=said, code=_NO_CODES[said])
    return said


Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", description="its code of three letters, such as EUR"),
    AfterValidator(_code_of_a_currency),
]
