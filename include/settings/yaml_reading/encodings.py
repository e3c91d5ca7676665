"""The encodings in which a shop's text files may be written, by any name that Python knows."""

import codecs
from typing import Annotated

from pydantic import AfterValidator


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
