"""The encodings in which a shop's text files may be written, by any name that Python knows."""

import codecs
from typing import Annotated

from pydantic import AfterValidator

from include.settings.saying import BilingualError


def _known_encoding(said: str) -> str:
    """The encoding by the name that Python gives it."""
    try:
        found = codecs.lookup(said)
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:
        raise BilingualError.named("setting.encoding", said=repr(said))
    return found.name


Encoding = Annotated[str, AfterValidator(_known_encoding)]
