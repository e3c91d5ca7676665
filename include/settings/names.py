"""Names that a person types: the nearest known one is told where none is meant."""

import difflib
from collections.abc import Collection, Iterable, Mapping

LIKENESS = 0.5  # share of letters in common, from which on a name is worth telling
MOST_NAMES = 12  # that a message lists where none is near


class UnknownNameError(ValueError):
    """Nothing is called so; the message names the nearest that is."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, whatever its case; None if none is like it."""
    by_form = {one.casefold(): one for one in known}
    found = difflib.get_close_matches(name.casefold(), list(by_form), n=1, cutoff=LIKENESS)
    return by_form[found[0]] if found else None


def require_known(what: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raises UnknownNameError if one of `names` is not in `known`. what: 'shop', 'sku', for the message."""
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        raise UnknownNameError("; ".join(no_such(what, name, known) for name in unknown))


def no_such(what: str, name: str, known: Collection[str]) -> str:
    """'no shop is called 'tmal': did you mean tmall?'; if none is near, those there are, as far as they are few."""
    said = f"no {what} is called {name!r}"
    near = nearest(name, known)
    if near is not None:
        return f"{said}: did you mean {near}?"
    if not known:
        return f"{said}: there is none"
    return f"{said}: there are {', '.join(sorted(known))}" if len(known) <= MOST_NAMES else said


def meant(what: str, name: str, names: Mapping[str, Collection[str]]) -> str:
    """The key of `names` that is called so, or one of whose other names is. Raises UnknownNameError."""
    for key, others in names.items():
        if name == key or name in others:
            return key
    raise UnknownNameError(no_such(what, name, [*names, *(other for others in names.values() for other in others)]))
