"""Phones, member numbers and e-mail addresses as keys: written one way, then hashed with the merchant's own key.

What may stand for several people is no key at all: masked values, virtual numbers, numbers made up to fill a field,
addresses that a platform lends for one order.
"""

import hashlib
import hmac
import re
import unicodedata

PHONE, MEMBER, EMAIL = "phone", "member", "email"
KINDS = (PHONE, MEMBER, EMAIL)

_EXTENSION = re.compile(r"1[3-9]\d{9}\s*(?:-|转|ext\.?|x|#|,|;|_)\s*\d{1,6}$", re.IGNORECASE)
_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_ABROAD = re.compile(r"(?:\+|00)([1-9]\d{7,14})")
_MAIL = re.compile(r"[^\s@*]+@[^\s@*]+\.[^\s@*.]{2,}")
_LENT = re.compile(r"@(?:.+\.)?(?:marketplace\.amazon\.[\w.]+|privaterelay\.appleid\.com)$")
# Numbers that people type to get past a form: a carrier's own examples, and runs.
_EXAMPLES = frozenset({"13800138000", "13900139000", "13012345678", "13112345678", "13512345678", "13812345678"})
_RUNS = ("01234567", "12345678", "23456789", "87654321", "98765432")
_EDGES = " \t\r\n\"'`=,;\u3000\ufeff"


def phone_key(text: str) -> str | None:
    """'+8613912345678' for a mainland mobile number in any writing, '+' and digits for one with another country's code;
    None where it is no key: masked, virtual (with an extension), a landline, a made-up number."""
    written = unicodedata.normalize("NFKC", text).strip(_EDGES)
    if "*" in written or _EXTENSION.search(written):
        return None
    bare = re.sub(r"[\s\-().‐–—·]", "", written)
    mainland = _MAINLAND.fullmatch(bare)
    if mainland is not None:
        number = mainland[1]
        return None if _is_made_up(number) else f"+86{number}"
    abroad = _ABROAD.fullmatch(bare)
    if abroad is None or abroad[1].startswith("86") or _is_made_up(abroad[1]):
        return None
    return f"+{abroad[1]}"


def email_key(text: str) -> str | None:
    """The address in lower case; None where it is none, masked, or lent by a platform for an order."""
    written = unicodedata.normalize("NFKC", text).strip(_EDGES).casefold()
    return written if _MAIL.fullmatch(written) and not _LENT.search(written) else None


def member_key(text: str) -> str | None:
    """The number without white space around it; None where it is masked or too short to be anybody's own."""
    written = unicodedata.normalize("NFKC", text).strip(_EDGES)
    return written if len(written) >= 4 and "*" not in written and set(written) - set("0-") else None


_KEY_OF = {PHONE: phone_key, EMAIL: email_key, MEMBER: member_key}


def normalised(kind: str, text: str) -> str | None:
    """The one way to write a key of this kind; None where `text` is no key."""
    return _KEY_OF[kind](text)


def key_hash(kind: str, text: str, key: bytes) -> str | None:
    """The keyed hash of what `text` says, the same in every shop; None where it is no key."""
    written = normalised(kind, text)
    return None if written is None else _keyed(f"key\0{kind}\0{written}", key)


def erased_mark(kind: str, hashed: str, key: bytes) -> str:
    """What stays of a pseudonym (kind 'customer') or a key's hash after erasure: it knows them when an old export says
    them again, and cannot be joined with anything else."""
    return _keyed(f"erased\0{kind}\0{hashed}", key)


def _keyed(message: str, key: bytes) -> str:
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _is_made_up(number: str) -> bool:
    tail = number[-8:]
    return number in _EXAMPLES or len(set(tail)) == 1 or any(run in number for run in _RUNS)
