"""What may not stand in a task: who a customer is. Payloads go to spreadsheets, robots and mail."""

import re
from collections.abc import Mapping
from functools import cache

PERSONAL_FIELDS = re.compile(
    r"phone|mobile|telephone|address|e_?mail|receiver|recipient|consignee|buyer|nick|wechat|id_card|id_number|"
    r"(customer|real|full|first|last)_name|birth",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_LONG_NUMBER = re.compile(r"1[3-9]\d|\d{6}")  # nearly every text has none, and most are checked
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IDENTITY_CARD = re.compile(r"(?<!\d)\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
# A keyed hash, whole or its beginning. Its digits may look like a mobile number; a mobile number is never that long.
_PSEUDONYM = re.compile(r"[0-9a-f]{12}|[0-9a-f]{64}")
FREE_TEXT = frozenset({
    "title", "why_zh", "why_en", "offer", "reason", "note", "reasons", "last_orders", "next_need_zh", "next_need_en",
    "reason_zh", "reason_en", "opening_zh", "opening_en",
})  # fmt: skip


class PersonalDataError(ValueError):
    """A payload field that says who somebody is; the message names the field, never the value."""


def masked(text: str) -> str:
    """`text` with mobile numbers, mail addresses and identity card numbers replaced by ***."""
    if _LONG_NUMBER.search(text):
        text = _PHONE.sub("***", _IDENTITY_CARD.sub("***", text))
    return _MAIL.sub("***", text) if "@" in text else text


@cache
def is_personal(field: str) -> bool:
    return PERSONAL_FIELDS.search(field) is not None


def without_personal_data(payload: Mapping[str, object], where: str) -> dict[str, object]:
    """The payload, free text masked. Raises PersonalDataError where a field's name or a customer's key is personal."""
    kept: dict[str, object] = {}
    for name, value in payload.items():
        if is_personal(name):
            raise PersonalDataError(f"{where}: field {name!r} would carry personal data, leave it out")
        if name == "customer" and isinstance(value, str) and not _PSEUDONYM.fullmatch(value) and masked(value) != value:
            raise PersonalDataError(f"{where}: 'customer' is in clear, expected a pseudonym")
        if name in FREE_TEXT and isinstance(value, str):
            value = masked(value)
        elif name in FREE_TEXT and isinstance(value, (list, tuple)):
            value = [masked(item) if isinstance(item, str) else item for item in value]
        kept[name] = value
    return kept
