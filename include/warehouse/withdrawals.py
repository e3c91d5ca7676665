"""Taking an export back: it was the wrong file, and what it said is not to count any more.

Nothing is deleted. From the day it is taken back on, the as-of readers pass it over; as of the days before, it counts
as it did, so their lists come out the same when they are made again.
"""

from datetime import datetime

import pandas as pd
from sqlalchemy import Engine, func, select

from include.calendar.business_days import MOMENT
from include.settings.saying import BilingualError
from include.warehouse.as_of import known_on
from include.warehouse.books import publication, read_frame
from include.warehouse.tables import closes, exports, withdrawals


class WithdrawalError(BilingualError):
    """The export cannot be taken back, or in again; the message says why. Nothing was changed."""


def withdraw(
    books: Engine, export_id: str, who: str, why: str, now: datetime, day: str | None = None, undo: bool = False
) -> str:
    """Take an export back, or in again; returns the day from which it is known, whose close is due again.

    day: the newest closed day by default, or the export's own where that is later. `now` is the merchant's clock.
    Raises WithdrawalError.
    """
    if not who.strip() or not why.strip():
        raise WithdrawalError.named("error.who_withdraws")
    with publication(books) as change:
        found = change.read(select(exports.c.day, exports.c.state).where(exports.c.export_id == export_id))
        if found.empty:
            raise WithdrawalError.named("error.no_export", export_id=export_id)
        own, state = found.iloc[0]
        if state != "published":
            raise WithdrawalError.named("error.export_is_out", state=state)
        closed = change.read(select(func.max(closes.c.day).label("day")))["day"].iloc[0]
        known_from = day or max(str(own), "" if pd.isna(closed) else str(closed))
        if known_from < own:
            raise WithdrawalError.named("error.withdrawn_too_early", own=own, known_from=known_from)
        counts = not change.read(
            select(exports.c.export_id).where(exports.c.export_id == export_id, known_on(known_from))
        ).empty
        if counts is undo:
            name = "error.export_counts_already" if undo else "error.export_withdrawn_already"
            raise WithdrawalError.named(name, day=known_from)
        last = change.read(select(func.max(withdrawals.c.number).label("last")))["last"].iloc[0]
        row = {
            "number": 1 if pd.isna(last) else int(last) + 1,
            "export_id": export_id,
            "withdrawn": int(not undo),
            "day": known_from,
            "at": now.strftime(MOMENT),
            "who": who.strip(),
            "why": why.strip(),
        }
        change.insert(withdrawals, pd.DataFrame([row]))
    return known_from


def said_of_exports(books: Engine, shop: str | None = None, day: str | None = None) -> pd.DataFrame:
    """export_id, shop, report, day, file_name, state, rows_published of the exports (of a shop, of a day); state is
    `withdrawn` of those that are taken back by now."""
    c = exports.c
    statement = select(c.export_id, c.shop, c.report, c.day, c.file_name, c.state, c.rows_published)
    if shop:
        statement = statement.where(c.shop == shop)
    if day:
        statement = statement.where(c.day == day)
    found = read_frame(books, statement.order_by(c.day, c.shop, c.report, c.file_name))
    said = read_frame(books, select(withdrawals).order_by(withdrawals.c.number)).drop_duplicates(
        "export_id", keep="last"
    )
    gone = set(said.loc[said["withdrawn"] == 1, "export_id"])
    return found.assign(state=found["state"].mask(found["export_id"].isin(gone), "withdrawn"))
