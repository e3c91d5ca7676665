"""Misbehaviour on order: exports that come late or not at all, damaged ids, changed amounts, absurd rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from include.specimen.settings import day_number, stream
from include.specimen.writers.sheet import Sheet

LATE, MISSING, DAMAGED_IDS, CHANGED_AMOUNTS, BAD_ROWS = "late", "missing", "damaged_ids", "changed_amounts", "bad_rows"
KINDS = (LATE, MISSING, DAMAGED_IDS, CHANGED_AMOUNTS, BAD_ROWS)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with the exports of one shop on one day.

    `late`: nothing is written with the day; `write_day` of the day `late_days` later writes it, into the day's folder.
    `missing`: never written. `damaged_ids`: a `share` of rows has ids as Excel leaves them (6.91793E+18).
    `changed_amounts`: a second order export (and on Tmall item export) follows at 10:30, in which a `share` of paid
    orders costs a tenth less. `bad_rows`: a `share` of rows has a quantity of -3 or a date in 2050, in turns.
    `reports` narrows a fault to some reports (orders, items, refunds, settlement, after_sale, stock, products, ...).
    """

    kind: str
    shop: str
    day: date
    share: float = 0.02
    late_days: int = 1
    reports: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault called {self.kind!r}; there are {', '.join(KINDS)}")

    def hits(self, shop: str, day: date, report: str) -> bool:
        """Whether this export is concerned."""
        return self.shop == shop and self.day == day and (not self.reports or report in self.reports)


def spoil(sheet: Sheet, fault: Fault, seed: int) -> Sheet:
    """The sheet with damaged ids or absurd rows."""
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
    return sheet


def _as_excel_leaves_it(text: str) -> str:
    return f"{float(text):.5E}" if text.isdigit() and len(text) > 11 else text


def _change(sheet: Sheet, name: str, rows: np.ndarray, how: object) -> None:
    assert callable(how)
    values = sheet.column(name).to_pylist()
    for row in rows:
        values[row] = how(values[row])
    sheet.cells[name] = pa.array(values, pa.string())
