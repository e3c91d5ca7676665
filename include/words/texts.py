"""The texts that people read, in Chinese and English, from the gettext catalogues below locales/.

A text's name says its catalogue: `receipt.title` is the msgid "receipt.title" of receipt.po in each language.
Catalogues are compiled in memory when they are first needed, and Babel is imported only then.
"""

import gettext
import io
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LOCALES = Path(__file__).parent / "locales"
MAX_FOUND = 20_000  # texts that are looked up without asking gettext again: all there are, in both languages, and more


class NoTextError(LookupError):
    """A text that no catalogue holds."""


def say(language: str, name: str, /, **values: Any) -> str:
    """The text called `name`, with {values} filled in; as it is written if there are none. Raises NoTextError."""
    text = _found(language, name)
    if text is None:
        raise NoTextError(f"no text is called {name!r} in {name.partition('.')[0]}.po ({language})")
    return text.format(**values) if values else text


def say_number(language: str, name: str, number: int, /, **values: Any) -> str:
    """The text in its form for `number`, which it calls {n}."""
    catalogue = _catalogue(language, name.partition(".")[0], LOCALES)
    return catalogue.ngettext(name, name, number).format(n=number, **values)


def in_each(name: str, /, **values: Any) -> tuple[str, str]:
    """The text in Chinese and in English. A value that is a pair differs between them in the same way."""
    zh, en = (
        say(language, name, **{key: one[place] if isinstance(one, tuple) else one for key, one in values.items()})
        for place, language in enumerate(LANGUAGES)
    )
    return zh, en


def joined(name: str, pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Pairs of texts as one, with the text `name` between: a list in Chinese and in English."""
    told = list(pairs)
    return say("zh", name).join(zh for zh, _ in told), say("en", name).join(en for _, en in told)


def listed(names: Iterable[str]) -> tuple[str, str]:
    """Names with commas between, in Chinese and in English."""
    return joined("why.and", ((name, name) for name in names))


def has_text(name: str) -> bool:
    return _found("zh", name) is not None


def say_first(language: str, *names: str, **values: Any) -> str:
    """The first of these texts that there is. Raises NoTextError for the last one if there is none."""
    return say(language, next((name for name in names if has_text(name)), names[-1]), **values)


@lru_cache(MAX_FOUND)
def _found(language: str, name: str) -> str | None:
    text = _catalogue(language, name.partition(".")[0], LOCALES).gettext(name)
    return None if text == name else text


@cache
def _catalogue(language: str, name: str, locales: Path) -> gettext.NullTranslations:
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r}: expected one of {', '.join(LANGUAGES)}")
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    file = locales / language / "LC_MESSAGES" / f"{name}.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
