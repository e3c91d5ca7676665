"""File names as they may be told: people name files after customers.

A file is opened, and read for its day or warehouse, by its real name; that name is written nowhere. What is shown, kept
in the books, logged or sent has no phone number, identity card or mail address in it, nor the name beside one.
"""

import re

HIDDEN = "***"
_PHONE = r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)"
_CARD = r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
_MAIL = r"[A-Za-z0-9.+-]+@[A-Za-z0-9-]+(?:\.(?!(?:csv|xlsx?|zip|parquet|txt)\b)[A-Za-z0-9-]+)+"
_UNDECODED = re.compile("[\udc80-\udcff]")
_NAME = r"[一-鿿·]{2,4}"
_BETWEEN = r"[\s_\-—,，、+()（）]*"
_PERSON = re.compile(
    rf"(?:(?<![一-鿿]){_NAME}{_BETWEEN})?(?:{_PHONE}|{_CARD}|{_MAIL})(?:{_BETWEEN}{_NAME}(?![一-鿿]))?"
)


def readable(name: str) -> str:
    """A file's name, or a text that holds it, as text that can be written anywhere.

    Where a name is not in the system's encoding (GBK from a Chinese Windows, or any Chinese name where the locale is
    C), Python gives its bytes as lone surrogates: they are UTF-8 or GB18030 nearly always. What is neither is shown
    as \\xNN.
    """
    if _UNDECODED.search(name) is None:
        return name
    written = name.encode("utf-8", "surrogateescape")
    return decoded(written) or written.decode("utf-8", "backslashreplace")


def decoded(written: bytes) -> str | None:
    """A name's bytes as UTF-8, else as GB18030; None if they are neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return written.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def display_name(name: str) -> str:
    """A file's name, or a text that holds it, readable and without what tells a person by number."""
    return _PERSON.sub(HIDDEN, readable(name))
