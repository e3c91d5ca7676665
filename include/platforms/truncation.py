"""A csv that was cut off: its last record ends in the middle, without the line end that every record has.

A file may end without a line end and a writer may leave empty cells at a row's end out; a row that is short, alone in
being so, and the last thing in the file is neither.
"""

from include.landing.encoding import DAMAGE
from include.landing.errors import ExportError
from include.landing.records import Body
from include.platforms.declaration import Report
from include.platforms.locating import Located
from include.platforms.sorting import is_note


def refuse_truncated(body: Body, located: Located, report: Report, file: str, is_short_elsewhere: bool = False) -> None:
    """Raise ExportError if the file ends in the middle of a record.

    body: the last records of the file. is_short_elsewhere: a record before them has fewer cells than the header.
    """
    if not body.open_end or not len(body) or is_short_elsewhere:
        return
    last = len(body) - 1
    tail = last
    while tail in body.misshapen:
        tail -= 1
    text = body.raw[last].as_py()
    ends_in_half_a_letter = bool(body.damaged[last]) and text.endswith(DAMAGE)
    if tail == last and not ends_in_half_a_letter and not body.open_quote:
        return
    width = len(located.header)
    if any(place <= tail for place in _short(body, width)):
        return
    cells = len(body.misshapen.get(last, located.header))
    if (cells > width and not body.open_quote) or is_note(text, located, report):
        return
    raise ExportError(
        file,
        "the file is cut off: its last record ends in the middle, without a line end",
        line=int(body.lines[tail + 1 if tail < last else last]),
        found=f"{cells} cells" if cells < width else "a cell that does not end",
        expected=f"{width} cells and a line end; export or copy the file again",
    )


def has_short_records(body: Body, located: Located) -> bool:
    """Whether a record has fewer cells than the header."""
    return bool(_short(body, len(located.header)))


def _short(body: Body, width: int) -> list[int]:
    return [place for place, cells in body.misshapen.items() if len(cells) < width]
