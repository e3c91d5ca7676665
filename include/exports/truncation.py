"""A csv that was cut off: its last record ends in the middle, without the line end that every record has.

A file may end without a line end and a writer may leave empty cells at a row's end out; a row that is short, alone in
being so, and the last thing in the file is neither. A last cell that begins like the cells above it and ends before
them (`19` under `199.00` and `249.00`) is cut off as well. And a file may end with the error that ended its writer.
"""

import re
from collections.abc import Sequence

from include.exports.classify_rows import is_note
from include.exports.declaration import Report
from include.exports.locating import Located
from include.files.errors import ExportError
from include.files.records import Body
from include.files.text.encoding import DAMAGE

# What stands before an error's words is bounded: a record of a million quotes would be tried a million squared times.
_FAILURE = re.compile(
    r"^\W{0,40}(?:<br|<b>|php )?\W{0,40}(?:fatal error|uncaught|warning|notice|parse error|exception|traceback|"
    r"internal server error|"
    r"error \d+|50[0234]\b|gateway time|maximum execution time|allowed memory|out of memory|java\.|org\.|com\.\w+\.|"
    r"system\.\w*exception|ora-\d+|sqlstate|mysql|导出失败|下载失败|系统错误|系统异常|系统繁忙|服务器错误|请求超时|连接超时|"
    r"内存不足|内存溢出)",
    re.IGNORECASE,
)
_LAST_RECORDS = 4
_COMPARED = 500
_FEWEST = 3
_MAX_WORDS = 20


def refuse_truncated(
    body: Body,
    located: Located,
    report: Report,
    file: str,
    is_short_elsewhere: bool = False,
    before: Sequence[str] = (),
) -> None:
    """Raise ExportError if the file ends in the middle of a record.

    body: the last records of the file. is_short_elsewhere: a record before them has fewer cells than the header.
    before: some of those before them, as `endings` gives them.
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
        _refuse_half_a_cell(body, located, file, before)
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


def refuse_failed(endings: Sequence[str], located: Located, file: str) -> None:
    """Raise ExportError if the file ends with an error of the program that wrote it. endings: its last records."""
    for text in endings[-_LAST_RECORDS:]:
        delimiter = getattr(located.sheet, "delimiter", "\t")
        if text.count(delimiter) < len(located.header) - 1 and _FAILURE.match(text):
            raise ExportError(
                file,
                "the program that wrote the file failed before its end",
                found="a message of an error in place of a row",
                expected=f"{len(located.header)} cells; export the file again, for fewer days if need be",
            )


def endings(body: Body, before: Sequence[str] = ()) -> list[str]:
    """The last records so far, without white space around them."""
    own = [text.strip() for text in body.raw.slice(max(0, len(body) - _COMPARED)).to_pylist()]
    return [*before, *own][-_COMPARED:]


def _refuse_half_a_cell(body: Body, located: Located, file: str, before: Sequence[str]) -> None:
    delimiter = getattr(located.sheet, "delimiter", None)
    if delimiter is None:
        return
    *above, end = [text.rsplit(delimiter, 1)[-1].strip() for text in endings(body, before)]
    above = [cell for cell in above if cell]
    if end and len(above) >= _FEWEST and _is_half(end, above):
        raise ExportError(
            file,
            "the file is cut off: its last cell ends before those above it, and no line end follows",
            line=int(body.lines[-1]),
            column=located.header[-1] or None,
            expected="a whole cell and a line end; export or copy the file again",
        )


def _is_half(end: str, above: list[str]) -> bool:
    decimals = {len(found[1]) if (found := re.fullmatch(r"-?[\d,]*\.(\d+)", cell)) else 0 for cell in above}
    if len(decimals) == 1 and 0 not in decimals:
        own = re.fullmatch(r"-?[\d,]*(?:\.(\d*))?", end)
        return own is not None and len(own[1] or "") < decimals.pop()
    forms = {re.sub(r"\d", "9", cell) for cell in above}
    if len(forms) == 1 and re.search(r"9\W9", form := forms.pop()):
        own_form = re.sub(r"\d", "9", end)
        return own_form != form and form.startswith(own_form)
    if re.search(r"\d", end):
        return False
    words = set(above)
    few = len(words) <= min(_MAX_WORDS, len(above) // 2)
    return few and end not in words and any(word.startswith(end) for word in words)
