"""Names that a person types: the nearest known one is told where none is meant."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from include.settings.saying import BilingualError
from include.words.texts import has_text, in_each, listed

LIKENESS = 0.5  # share of letters in common, from which on a name is worth telling
MAX_NAMES = 12  # that a message lists where none is near


class UnknownNameError(BilingualError):
    """Nothing is called so; the message names the nearest that is."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever its case; None if none is like it."""
    by_form = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold(), list(by_form), n=1, cutoff=LIKENESS)
    return by_form[found[0]] if found else None


def require_known(what: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raises UnknownNameError if one of `names` is not in `known`. what: 'shop', 'sku', for the message."""
    unknown = [no_such(what, name, known) for name in dict.fromkeys(names) if name not in known]
    if unknown:
        raise UnknownNameError.of(unknown)


def no_such(what: str, name: str, known: Collection[str]) -> UnknownNameError:
    """'no shop is called 'tmal': did you mean tmall?'; if none is near, those there are, as far as they are few."""
    said = in_each("error.unknown_name", what=called(what), name=name)
    near = nearest(name, known)
    if near is not None:
        return UnknownNameError.named("error.unknown_name.near", said=said, near=near)
    if not known:
        return UnknownNameError.named("error.unknown_name.none", said=said)
    if len(known) > MAX_NAMES:
        return UnknownNameError(said[1], said[0])
    return UnknownNameError.named("error.unknown_name.there_are", said=said, names=listed(sorted(known)))


def twice(names: Iterable[str]) -> list[str]:
    """The names that stand there more than once, in order."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def called(what: str) -> tuple[str, str]:
    """What is looked for, as `require_known` is given it, in Chinese and English."""
    name = f"error.what.{what.replace(' ', '_')}"
    return in_each(name) if has_text(name) else (what, what)


def meant(what: str, name: str, names: Mapping[str, Collection[str]]) -> str:
    """The key of `names` that is called so, or one of whose other names is. Raises UnknownNameError."""
    for key, others in names.items():
        if name == key or name in others:
            return key
    raise no_such(what, name, [*names, *(other for others in names.values() for other in others)])
