"""Writes the line tables of docs/data-dictionary.md, as include/exports/frames/ declares them.

    python -m scripts.dictionary_page            # writes them (make pages)
    python -m scripts.dictionary_page --check    # ends with 1 if the page is stale

The other tables of the page are written by hand.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, String, Text

from include.exports.frames.all_frames import FRAMES
from include.exports.frames.frame import Frame
from include.warehouse.tables import LINE_TABLES, REPEATS
from scripts.generated_page import write_or_check

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "data-dictionary.md"
# The more particular type first: Text is a String, BigInteger an Integer.
TYPES = ((Text, "text"), (String, "text ({length})"), (BigInteger, "bigint"), (Integer, "integer"), (Float, "real"),
         (LargeBinary, "bytes"))  # fmt: skip


def type_in_words(column: Column) -> str:
    """As the page says it: `text (64), key`; `bigint, may be null`."""
    word = next(word for kind, word in TYPES if isinstance(column.type, kind))
    word = word.format(length=getattr(column.type, "length", None))
    if column.primary_key:
        return f"{word}, key"
    return f"{word}, may be null" if column.nullable else word


def section(frame: Frame) -> str:
    """The frame's section, from its heading to the end of its table."""
    told = {
        "line": ("", "number of the line"),
        "export_number": ("", "the export that said it first: `exports.export_number`"),
        "file_line": ("", "where it stands in that file: the line of a csv, the row of a sheet, from 1"),
        "number": ("", frame.number),
        "shop": ("", frame.shop),
        **{column.book_name: (column.shown_unit, column.meaning) for column in frame.columns},
    }
    about = " ".join(part for part in (frame.about, f"Key: {', '.join(('shop', *frame.key))}.", frame.more) if part)
    rows = [
        f"| `{column.name}` | {type_in_words(column)} | {told[column.name][0]} | {told[column.name][1]} |"
        for column in LINE_TABLES[frame.name].columns
    ]
    return f"### `{frame.name}`\n\n{about}\n\n{_table(rows)}\n"


def repeats_section(name: str) -> str:
    """The section of a line table's repeats, as `section`."""
    told = {
        "line": f"`{name}.line`",
        "export_number": "the export that said it again: `exports.export_number`",
        "file_line": "where it stands in that file",
        "number": f"as `{name}.number`, in that file",
    }
    rows = [f"| `{c.name}` | {type_in_words(c)} | | {told[c.name]} |" for c in REPEATS[name].columns]
    return (
        f"### `{name}_repeats`\n\nLines of `{name}` that a later export said again, to the letter.\n\n{_table(rows)}\n"
    )


def _table(rows: Sequence[str]) -> str:
    return "\n".join(["| column | type | unit | meaning |", "| --- | --- | --- | --- |", *rows])


def page(standing: str) -> str:
    """The page with the sections of the line tables as they are declared. A frame without a section is a ValueError."""
    written = standing
    sections = {frame.name: section(frame) for frame in FRAMES.values()}
    sections |= {f"{name}_repeats": repeats_section(name) for name in REPEATS}
    for name, now in sections.items():
        old = re.search(rf"^### `{name}`\n.*?(?=^\n#|\Z)", written, re.DOTALL | re.MULTILINE)
        if old is None:
            raise ValueError(f"docs/data-dictionary.md has no section ### `{name}`: write its heading")
        written = written[: old.start()] + now + written[old.end() :]
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    return write_or_check(PAGE, page, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
