"""Who may be said to have answered: a person, by a name that everybody can read."""

import unicodedata

LONGEST_NAME = 100  # letters; a longer name is none
_MACHINES = frozenset({"storekeeper", "system", "系统"})


def plain_name(name: str) -> str:
    """The same name in the same letters, however a keyboard or a disk wrote them: full-width forms made plain."""
    return unicodedata.normalize("NFKC", name).strip()


def is_person(name: str) -> bool:
    """False for an empty or too long name, for what a machine calls itself, in any case and width, and for letters
    that cannot be seen: control characters, marks of direction, halves of letters."""
    plain = plain_name(name)
    if not plain or len(name) > LONGEST_NAME or plain.casefold() in _MACHINES:
        return False
    return not any(unicodedata.category(sign).startswith("C") for sign in name)
