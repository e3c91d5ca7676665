"""Misbehaviour on order: exports that come late, twice, cut off or not at all, columns that change, absurd rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from include.simulation.specimen.settings import day_number, stream
from include.simulation.specimen.writers.sheet import Sheet

LATE, MISSING, DAMAGED_IDS, CHANGED_AMOUNTS, BAD_ROWS = "late", "missing", "damaged_ids", "changed_amounts", "bad_rows"
DUPLICATED, TRUNCATED, REPEATED_ROWS, WRONG_ENCODING = "duplicated", "truncated", "repeated_rows", "wrong_encoding"
RENAMED_COLUMNS, MISSING_COLUMNS = "renamed_columns", "missing_columns"
TOTAL_ROWS, MIXED_TIMES = "total_rows", "mixed_times"
KINDS = (
    *(LATE, MISSING, DAMAGED_IDS, CHANGED_AMOUNTS, BAD_ROWS, DUPLICATED, TRUNCATED, REPEATED_ROWS, WRONG_ENCODING),
    *(RENAMED_COLUMNS, MISSING_COLUMNS, TOTAL_ROWS, MIXED_TIMES),
)  # new ones at the end: a kind's place decides its random numbers
NEW_NAME = "{}（新）"
EXPLANATION = "注：以上数据仅供参考"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with the exports of one shop on one day.

    `late`: nothing is written with the day; `write_day` of the day `late_days` later writes it, into the day's folder.
    `missing`: never written. `damaged_ids`: a `share` of rows has ids as Excel leaves them (6.91793E+18).
    `changed_amounts`: a second order export (and on Tmall item export) follows at 10:30, in which a `share` of paid
    orders costs a tenth less. `bad_rows`: a `share` of rows has a quantity of -3 or a date in 2050, in turns.
    `duplicated`: the file lies there a second time, as a browser names a second download. `truncated`: the file ends
    after six tenths of its bytes. `repeated_rows`: a `share` of rows stands there twice. `wrong_encoding`: a csv in
    GB18030 comes in UTF-8 and the other way round. `renamed_columns`, `missing_columns`: `columns` (by default the
    report's quantity, else its time) have another name or are not there. `total_rows`: a total and an explanation
    below the data. `mixed_times`: a `share` of rows has its times in other writings of the same moment.
    `reports` narrows a fault to some reports (orders, items, refunds, settlement, after_sale, stock, products, ...).
    """

    kind: str
    shop: str
    day: date
    share: float = 0.02
    late_days: int = 1
    reports: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault called {self.kind!r}; there are {', '.join(KINDS)}")

    def hits(self, shop: str, day: date, report: str) -> bool:
        """Whether this export is concerned."""
        return self.shop == shop and self.day == day and (not self.reports or report in self.reports)


def spoil(sheet: Sheet, fault: Fault, seed: int) -> Sheet:
    """The sheet with what is wrong inside it: its cells, rows, columns or encoding."""
    if fault.kind == WRONG_ENCODING:
        return replace(sheet, encoding="gb18030" if sheet.encoding.startswith("utf") else "utf-8")
    if fault.kind in (RENAMED_COLUMNS, MISSING_COLUMNS):
        return _with_other_columns(sheet, fault)
    if fault.kind == TOTAL_ROWS:
        return _with_footer(sheet)
    rng = stream(seed, "faults", day_number(fault.day), KINDS.index(fault.kind))
    hit = np.flatnonzero(rng.random(sheet.rows) < fault.share)
    if not len(hit) and sheet.rows:
        hit = np.array([0])
    if fault.kind == DAMAGED_IDS:
        for name in sheet.roles.get("id", ()):
            _change(sheet, name, hit, _as_excel_leaves_it)
    elif fault.kind == BAD_ROWS:
        quantity, time = sheet.roles.get("quantity", ()), sheet.roles.get("time", ())
        for name in quantity:
            _change(sheet, name, hit[::2] if time else hit, lambda _: "-3")
        for name in time:
            _change(sheet, name, hit[1::2] if quantity else hit, lambda text: "2050" + text[4:])
    elif fault.kind == MIXED_TIMES:
        for name in sheet.roles.get("time", ()):
            for turn, writing in enumerate(_WRITINGS):
                _change(sheet, name, hit[turn :: len(_WRITINGS)], writing)
    elif fault.kind == REPEATED_ROWS:
        place = pa.array(np.concatenate([np.arange(sheet.rows), hit]))
        cells = {name: cells if isinstance(cells, str) else cells.take(place) for name, cells in sheet.cells.items()}
        return replace(sheet, rows=len(place), cells=cells)
    return sheet


def spoil_file(path: Path, fault: Fault) -> list[Path]:
    """What is wrong with a file as a whole, done to it once it is written; returns the files that it becomes."""
    content = path.read_bytes()
    if fault.kind == TRUNCATED:
        path.write_bytes(content[: len(content) * 6 // 10])
    if fault.kind == DUPLICATED:
        again = path.with_stem(f"{path.stem}(1)")
        again.write_bytes(content)
        return [path, again]
    return [path]


def _with_other_columns(sheet: Sheet, fault: Fault) -> Sheet:
    chosen = [name for name in fault.columns if name in sheet.header]
    chosen = chosen or [*sheet.roles.get("quantity", ()), *sheet.roles.get("time", ())][:1]
    if fault.kind == MISSING_COLUMNS:
        cells = {name: cells for name, cells in sheet.cells.items() if name not in chosen}
        return replace(sheet, header=tuple(name for name in sheet.header if name not in chosen), cells=cells)
    names = {name: NEW_NAME.format(name) for name in chosen}
    return replace(
        sheet,
        header=tuple(names.get(name, name) for name in sheet.header),
        cells={names.get(name, name): cells for name, cells in sheet.cells.items()},
        wrap={names.get(name, name): wrap for name, wrap in sheet.wrap.items()},
    )


def _with_footer(sheet: Sheet) -> Sheet:
    """Two lines more: 合计, and an explanation. Their other cells are empty."""
    below = {sheet.header[0]: ["合计", EXPLANATION]}
    cells = {
        name: pa.concat_arrays([sheet.column(name).cast(pa.string()), pa.array(below.get(name, ["", ""]), pa.string())])
        for name in sheet.header
    }
    return replace(sheet, rows=sheet.rows + 2, cells={**cells})


def _moment(text: str) -> datetime | None:
    """None where the cell does not hold a moment as the reports of this house usually write it."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return None


def _with_slashes(text: str) -> str:
    moment = _moment(text)
    return text if moment is None else f"{moment.year}/{moment.month}/{moment.day} {moment:%H:%M:%S}"


def _without_signs(text: str) -> str:
    moment = _moment(text)
    return text if moment is None else f"{moment:%Y%m%d%H%M%S}"


def _as_a_serial_number(text: str) -> str:
    moment = _moment(text)
    return text if moment is None else f"{(moment - datetime(1899, 12, 30)).total_seconds() / 86_400:.9f}"


_WRITINGS = (_with_slashes, _without_signs, _as_a_serial_number)


def _as_excel_leaves_it(text: str) -> str:
    return f"{float(text):.5E}" if text.isdigit() and len(text) > 11 else text


def _change(sheet: Sheet, name: str, rows: np.ndarray, how: object) -> None:
    assert callable(how)
    values = sheet.column(name).to_pylist()
    for row in rows:
        values[row] = how(values[row])
    sheet.cells[name] = pa.array(values, pa.string())
