"""What is kept of personal data is sealed, and buyers are known by a keyed hash only.

Keys are 32 bytes and come from outside; each sealed thing names its key by an id, so that keys can be changed without
sealing everything again.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from include.privacy.contact_keys import buyer_form
from include.words.texts import in_each

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = "sk1"


class SealError(Exception):
    """A sealed text or file cannot be opened: unknown key, wrong key, or changed content; said in both languages."""

    def __init__(self, name: str, /, **values: Any) -> None:
        self.both = in_each(name, **values)
        super().__init__(self.both[1])


def checked_key(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes, found {len(key)}")
    return key


def checked_key_id(key_id: str) -> str:
    if not key_id or not key_id.isascii() or ":" in key_id or len(key_id) > 64:
        raise ValueError("a key id is 1 to 64 ASCII characters without ':'")
    return key_id


def seal(text: str, key: bytes, key_id: str, context: str = "") -> str:
    """`text` under AES-256-GCM as 'sk1:<key id>:<base64 of nonce and ciphertext>'.

    `context` (e.g. the export and line it belongs to) is not stored; the same must be given to open it, so that sealed
    texts cannot be swapped between rows.
    """
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(checked_key(key)).encrypt(nonce, text.encode(), _bound(checked_key_id(key_id), context))
    return f"{_VERSION}:{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, keys: Mapping[str, bytes], context: str = "") -> str:
    """The text again. Raises SealError."""
    version, _, rest = sealed.partition(":")
    key_id, _, content = rest.partition(":")
    if version != _VERSION or not content:
        raise SealError("error.seal.no_text")
    if key_id not in keys:
        raise SealError("error.seal.no_key", key=repr(key_id), there=", ".join(sorted(keys)) or "-")
    try:
        blob = base64.b64decode(content, validate=True)
        opened = AESGCM(checked_key(keys[key_id])).decrypt(
            blob[:NONCE_BYTES], blob[NONCE_BYTES:], _bound(key_id, context)
        )
    except (InvalidTag, ValueError) as error:
        raise SealError("error.seal.closed_text", key=repr(key_id)) from error
    return opened.decode()


def customer_key(shop_or_platform: str, buyer: str, key: bytes) -> str:
    """HMAC-SHA256 of a buyer within a shop or platform, as 64 hex digits: one key, however the buyer is written (see
    `contact_keys.buyer_form`)."""
    return _pseudonym(shop_or_platform, buyer_form(buyer), key)


def former_customer_key(shop_or_platform: str, buyer: str, key: bytes) -> str:
    """A buyer's key as it was made before 2026-11-29, of the cell as it stood there: books of that time hold it."""
    return _pseudonym(shop_or_platform, buyer.strip(), key)


def customer_keys(shop_or_platform: str, buyer: str, key: bytes) -> frozenset[str]:
    """Every key by which the books may know a buyer: today's and the former one."""
    return frozenset(make(shop_or_platform, buyer, key) for make in (customer_key, former_customer_key))


def _pseudonym(shop_or_platform: str, buyer: str, key: bytes) -> str:
    return hmac.new(checked_key(key), f"{shop_or_platform}\0{buyer}".encode(), hashlib.sha256).hexdigest()


def _bound(key_id: str, context: str) -> bytes:
    return f"{_VERSION}\0{key_id}\0{context}".encode()
