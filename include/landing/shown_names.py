"""File names as they may be told: people name files after customers.

A file is opened, and read for its day or warehouse, by its real name; that name is written nowhere. What is shown, kept
in the books, logged or sent has no phone number, identity card or mail address in it, nor the name beside one.
"""

import re

HIDDEN = "***"
_PHONE = r"(?<!\d)(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}(?!\d)"
_CARD = r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)"
_MAIL = r"[A-Za-z0-9.+-]+@[A-Za-z0-9-]+(?:\.(?!(?:csv|xlsx?|zip|parquet|txt)\b)[A-Za-z0-9-]+)+"
_NAME = r"[一-鿿·]{2,4}"
_BETWEEN = r"[\s_\-—,，、+()（）]*"
_PERSON = re.compile(
    rf"(?:(?<![一-鿿]){_NAME}{_BETWEEN})?(?:{_PHONE}|{_CARD}|{_MAIL})(?:{_BETWEEN}{_NAME}(?![一-鿿]))?"
)


def shown_name(name: str) -> str:
    """A file's name, or a text that holds it, without what tells a person by number."""
    return _PERSON.sub(HIDDEN, name)
