"""Orders that a cut by page has put into two files of a day: told, since the newer file's lines alone count."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, func, select

from include.warehouse.books import read_frame
from include.warehouse.publish import Landed, told_as_a_whole
from include.warehouse.tables import exports, order_lines

_LINE = ["merchant_code", "title", "quantity"]


@dataclass
class Edges:
    """The lines of the first and of the last order of an export that comes in parts, if the reader numbers them."""

    first: pd.DataFrame | None = None
    last: pd.DataFrame | None = None

    def add(self, frames: dict[str, pd.DataFrame]) -> None:
        lines = frames.get("order_lines")
        if lines is None or lines.empty:
            return
        told = told_as_a_whole("order_lines", lines[["file_line", "order_id", "line_id", *_LINE]])
        in_file = told.sort_values("file_line", kind="stable")
        if self.first is None:
            self.first = _order_of(in_file, in_file.iloc[0])
        self.last = _order_of(in_file, in_file.iloc[-1])


def _order_of(lines: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    return lines[lines["told_with"] == row["told_with"]]


def notes_on_cut_orders(books: Engine, landed: Landed, edges: Edges) -> list[str]:
    """A note if the order at one end of the export stands at the other end of another file of its report and day, with
    none of its lines told alike: then neither file tells it again, and each tells a part of it."""
    ours = {where: lines for where, lines in (("first", edges.first), ("last", edges.last)) if lines is not None}
    numbers = sorted({str(lines["order_id"].iloc[0]) for lines in ours.values() if len(lines)})
    if not numbers:
        return []
    c, e = order_lines.c, exports.c
    others = select(e.export_id).where(
        e.shop == landed.shop, e.day == landed.day, e.report == landed.report, e.state == "published",
        e.export_id != landed.export_id,
    )  # fmt: skip
    columns = (c.export_id, c.order_id, c.file_line, *(c[name] for name in _LINE))
    theirs = read_frame(books, select(*columns).where(c.export_id.in_(others), c.order_id.in_(numbers)))
    if theirs.empty:
        return []
    ends = select(c.export_id, func.min(c.file_line).label("first"), func.max(c.file_line).label("last"))
    reach = read_frame(books, ends.where(c.export_id.in_(others)).group_by(c.export_id)).set_index("export_id")
    for where, other_end in (("first", "last"), ("last", "first")):
        mine = ours.get(where)
        if mine is None or mine.empty:
            continue
        for export_id, part in theirs[theirs["order_id"] == mine["order_id"].iloc[0]].groupby("export_id"):
            at_end = (part["file_line"] == reach.loc[export_id, other_end]).any()
            if at_end and not _alike(mine, part):
                line = int(mine["file_line"].iloc[0])
                return [
                    f"The order in line {line} stands in another file of this day as well, with other lines: it was "
                    "cut between two files. Only the newer file's lines of it count; export them so that each file "
                    "holds its orders whole."
                ]
    return []


def _alike(mine: pd.DataFrame, theirs: pd.DataFrame) -> bool:
    told = {tuple(map(str, row)) for row in theirs[_LINE].itertuples(index=False)}
    return any(tuple(map(str, row)) in told for row in mine[_LINE].itertuples(index=False))
