"""Header rows: one way to compare names, and where in a file the header stands."""

import difflib
import re
import unicodedata
from collections.abc import Sequence

HEADER_WITHIN = 30
LONGEST_NAME = 40
_CELL = re.compile(r"\d{7}|@|\d{4}-\d{2}-\d{2}|^-?[\d.,]+$")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def normalise(name: str) -> str:
    """A column's name without BOM, white space, `="…"` and differences of width: '收货地址 ' -> '收货地址'."""
    name = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), name)  # xlsx writes + as _x002B_
    name = "".join(unicodedata.normalize("NFKC", name).split())
    if not name.isprintable():  # BOM, controls, half of a surrogate pair
        name = name.translate({ord(letter): None for letter in set(name) if not letter.isprintable()})
    if name.startswith('="') and name.endswith('"'):
        name = name[2:-1]
    return name


def matching(name: str) -> str:
    """`normalise`, without regard to case: platforms write both 商品ID and 商品id."""
    return normalise(name).casefold()


def shareable_names(names: Sequence[str]) -> tuple[str, ...]:
    """Unknown names of a header as they may be told: nothing of them where one is no name but a cell, for the others
    are then cells of the same row and may name somebody. A quote that is never closed joins header and next row."""
    cells = [name for name in names if len(name) > LONGEST_NAME or _CELL.search(name)]
    return (f"({len(names)} cells that are no header)",) if cells else tuple(names)


def nearest(name: str, candidates: Sequence[str]) -> str | None:
    """The candidate most like `name`, or None where none is like it at all."""
    by_key = {matching(candidate): candidate for candidate in candidates if candidate}
    found = difflib.get_close_matches(matching(name), list(by_key), n=1, cutoff=0.5)
    return by_key[found[0]] if found else None
