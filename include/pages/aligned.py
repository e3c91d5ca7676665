"""Tables for a terminal whose columns stand straight though Chinese letters are two places wide."""

import unicodedata
from collections.abc import Sequence

WIDE = ("W", "F")


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Header and rows in columns, two spaces between them. right: which columns stand to the right, numbers do."""
    table = [list(header), *(list(row) for row in rows)]
    widths = [max(width_of(row[k]) for row in table) for k in range(len(header))]
    return "\n".join(
        "  ".join(padded(cell, widths[k], right[k]) for k, cell in enumerate(row)).rstrip() for row in table
    )


def width_of(text: str) -> int:
    """Places that a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in WIDE else 1 for letter in text)


def shortened(text: str, width: int) -> str:
    """The text, cut with … where it takes more places than `width`."""
    if width_of(text) <= width:
        return text
    while text and width_of(text) > width - 1:
        text = text[:-1]
    return text + "…"


def padded(text: str, width: int, to_the_right: bool = False) -> str:
    """The text in so many places of a terminal."""
    blank = " " * (width - width_of(text))
    return blank + text if to_the_right else text + blank
