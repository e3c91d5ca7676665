"""Orders and receipts that a cut by page has put into two files of a day: told, since only the newer file's lines
count."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, func, select

from include.warehouse.books import read_frame
from include.warehouse.publish import Landed, told_as_a_whole
from include.warehouse.tables import LINE_TABLES, exports
from include.warehouse.tellings import told

_LINE = {
    "order_lines": ["merchant_code", "title", "quantity"],
    "receipts": ["sku", "warehouse", "received_day", "quantity"],
}
_CALLED = {"order_lines": "order", "receipts": "receipt"}


@dataclass
class Edges:
    """The lines of the first and of the last order (or receipt) of an export that comes in parts, if the reader numbers
    them. name: the frame, order_lines or receipts."""

    name: str = "order_lines"
    first: pd.DataFrame | None = None
    last: pd.DataFrame | None = None

    def add(self, frames: dict[str, pd.DataFrame]) -> None:
        for name, columns in _LINE.items():
            if not (lines := frames.get(name, pd.DataFrame())).empty:
                self.name = name
                own = ["file_line", LINE_TABLES[name].info["document"], "line_id"]
                in_file = told_as_a_whole(name, lines[[*own, *columns]]).sort_values("file_line", kind="stable")
                if self.first is None:
                    self.first = _document_of(in_file, in_file.iloc[0])
                self.last = _document_of(in_file, in_file.iloc[-1])


def _document_of(lines: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    return lines[lines["told_with"] == row["told_with"]]


def notes_on_cut_orders(books: Engine, landed: Landed, edges: Edges) -> list[str]:
    """A note if the order or receipt at one end of the export stands at the other end of another file of its report and
    day, with none of its lines told alike: then neither file tells it again, and each tells a part of it."""
    table, line = LINE_TABLES[edges.name], _LINE[edges.name]
    document = table.info["document"]
    ours = {where: lines for where, lines in (("first", edges.first), ("last", edges.last)) if lines is not None}
    numbers = sorted({str(lines[document].iloc[0]) for lines in ours.values() if len(lines)})
    if not numbers:
        return []
    c, e = table.c, exports.c
    others = (
        e.shop == landed.shop, e.day == landed.day, e.report == landed.report, e.state == "published",
        e.export_id != landed.export_id,
    )  # fmt: skip
    columns = [e.export_id, c[document], c.file_line, *(c[name] for name in line)]
    theirs = read_frame(books, told(table, columns, *others, c[document].in_(numbers)))
    if theirs.empty:
        return []
    of = told(table, [e.export_id, c.file_line], *others).subquery().c
    ends = select(of.export_id, func.min(of.file_line).label("first"), func.max(of.file_line).label("last"))
    reach = read_frame(books, ends.group_by(of.export_id)).set_index("export_id")
    for where, other_end in (("first", "last"), ("last", "first")):
        mine = ours.get(where)
        if mine is None or mine.empty:
            continue
        for export_id, part in theirs[theirs[document] == mine[document].iloc[0]].groupby("export_id"):
            at_end = (part["file_line"] == reach.loc[export_id, other_end]).any()
            if at_end and not _alike(mine[line], part[line]):
                at, called = int(mine["file_line"].iloc[0]), _CALLED[edges.name]
                return [
                    f"The {called} in line {at} stands in another file of this day as well, with other lines: it was "
                    "cut between two files. Only the newer file's lines of it count; export them so that each file "
                    f"holds its {called}s whole."
                ]
    return []


def _alike(mine: pd.DataFrame, theirs: pd.DataFrame) -> bool:
    told = {tuple(map(str, row)) for row in theirs.itertuples(index=False)}
    return any(tuple(map(str, row)) in told for row in mine.itertuples(index=False))
