"""Closing a business day: facts for every day that its exports touched, as of that day.

A close writes a new version of a (shop, day) partition only if its content changed, so history is not copied every
night, and a reader as of any day finds what was known then. A day whose exports came late, or came again, is closed
again: every later close is brought up to date in the same transaction, as if all had been there in time.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, func, select, update

from include.calendar.business_days import nearest_days
from include.facts.compute import Computing, FactsCheck
from include.facts.facts import FACTS_VERSION, BulkRule
from include.facts.touched import Days, all_days, stock_days, touched_days, union_of_days
from include.settings.saying import BilingualError
from include.warehouse.as_of import exports_as_of, inputs_hash
from include.warehouse.books import Publication, publication, read_frame
from include.warehouse.tables import closes, fact_versions
from include.words.texts import listed

__all__ = ["Close", "FactsCheck", "NotClosedError", "close_day", "last_closed_day", "newest_close", "require_closed"]


class NotClosedError(BilingualError):
    """Nobody has seen the day yet; the message names the nearest days that are closed."""


@dataclass(frozen=True)
class Close:
    """What a close did: revision 1 is the first of its day; touched: shop -> the days whose facts were looked at."""

    day: str
    revision: int
    inputs_hash: str
    exports: int
    missing_shops: tuple[str, ...]
    touched: Mapping[str, tuple[str, ...]]
    changed_partitions: int


def close_day(
    books: Engine,
    day: str,
    closed_at: str,
    missing_shops: Sequence[str],
    warehouse_of: Mapping[str, str],
    fallback_warehouse: str,
    is_bulk: BulkRule,
    check: FactsCheck | None = None,
    bulk_days: int = 1,
    rules: str = "",
    warehouse_names: Mapping[str, str] | None = None,
) -> Close:
    """Compute and publish the facts of every day that the exports since the last closed day touch. Repeatable.

    Args:
        missing_shops: those whose exports were not there; kept with the close so that every list can say so.
        is_bulk: judges the sizes of a day's orders by those of the `bulk_days` up to and including it.
        check: called with each fact's name, its new rows and their first and last day before they are written; what it
            raises stops the close, and readers keep what they had.
        warehouse_names: every name of a warehouse -> its own; facts know them under their own alone.
        rules: names what else decides about facts: the warehouses and the bulk rule. With other rules than the close
            before had, all days are computed, not only those that are touched.
    """
    inputs = exports_as_of(books, day)
    known = inputs_hash(inputs)
    made_by = hashlib.sha256(f"{FACTS_VERSION} {rules}".encode()).hexdigest()
    with publication(books) as change:
        all_closes = _newest_of_each_day(change)
        before = all_closes[all_closes["day"] < day]
        later = all_closes[all_closes["day"] > day]
        own = all_closes[all_closes["day"] == day]
        names = warehouse_names or {}
        computing = Computing(change, warehouse_of, fallback_warehouse, is_bulk, bulk_days, check, names)
        last = None if before.empty else before.iloc[-1]
        after = None if last is None else str(last["day"])
        same_rules = last is None or last["rules_hash"] == made_by
        touched, told = touched_days(change, after, day), stock_days(change, after, day)
        if not same_rules:
            touched = union_of_days(touched, all_days(change, day))
        done = computing.write(day, touched, told, anew=not same_rules)
        looked_at = {shop: tuple(sorted(days)) for shop, days in union_of_days(touched, told).items() if days}
        summary = {shop: [days[0], days[-1], len(days)] for shop, days in looked_at.items()}
        row = {
            "day": day,
            "closed_at": closed_at,
            "missing_shops": json.dumps(sorted(missing_shops), ensure_ascii=False),
            "inputs_hash": known,
            "exports": len(inputs),
            "touched": json.dumps(summary, ensure_ascii=False),
            "rules_hash": made_by,
        }
        is_replay = not own.empty and all(own.iloc[0][k] == row[k] for k in ("inputs_hash", "rules_hash"))
        if not is_replay:
            _bring_up_to_date(change, computing, day, later, made_by)
        revision = 1 if own.empty else int(own.iloc[0]["revision"])
        if not (is_replay and own.iloc[0]["missing_shops"] == row["missing_shops"]):
            revision += 0 if own.empty else 1
            change.insert(closes, pd.DataFrame([{**row, "revision": revision}]))
    return Close(
        day=day,
        revision=revision,
        inputs_hash=known,
        exports=len(inputs),
        missing_shops=tuple(sorted(missing_shops)),
        touched=looked_at,
        changed_partitions=done,
    )


class _NotKeptError(Exception):
    """Ends a transaction whose changes are not wanted."""


def compute_again(
    books: Engine,
    day: str,
    as_of: str,
    warehouse_of: Mapping[str, str],
    fallback_warehouse: str,
    is_bulk: BulkRule,
    bulk_days: int,
    warehouse_names: Mapping[str, str],
) -> list[tuple[str, str]]:
    """(fact, shop) of a day's partitions that are other rows than the lines known on `as_of` make; nothing is kept.

    The other arguments: as of `close_day`."""
    found: list[tuple[str, str]] = []
    with suppress(_NotKeptError), publication(books) as change:
        before = _hashes_of_day(change, day, as_of)
        v = fact_versions.c
        # Of the close itself, too: a day's bulk orders are judged by the days before it.
        own = change.read(select(v.fact, v.shop, v.day).where(v.as_of == as_of).distinct())
        chosen = before.index.to_frame(index=False).assign(day=day)
        days = pd.concat([own, chosen], ignore_index=True)
        sold, shelves = (
            {str(shop): set(part) for shop, part in days[is_wanted].groupby("shop")["day"]}
            for is_wanted in (days["fact"] != "stock", days["fact"] == "stock")
        )
        computing = Computing(change, warehouse_of, fallback_warehouse, is_bulk, bulk_days, None, warehouse_names)
        computing.write(as_of, sold, shelves)
        after = _hashes_of_day(change, day, as_of)
        found = [place for place in before.index if after.get(place) != before[place]]
        raise _NotKeptError
    return found


def _hashes_of_day(change: Publication, day: str, as_of: str) -> pd.Series:
    """(fact, shop) -> the hash of a day's partition as known on `as_of`."""
    v = fact_versions.c
    rows = change.read(
        select(v.fact, v.shop, v.as_of, v.content_hash).where(v.day == day, v.as_of <= as_of).order_by(v.as_of)
    )
    return rows.drop_duplicates(["fact", "shop"], keep="last").set_index(["fact", "shop"])["content_hash"]


def newest_close(books: Engine, day: str | None = None) -> pd.Series | None:
    """The newest close (of `day`, or of the newest closed day): columns of `closes`; None where there is none."""
    statement = select(closes).order_by(closes.c.day.desc(), closes.c.revision.desc()).limit(1)
    if day:
        statement = statement.where(closes.c.day == day)
    frame = read_frame(books, statement)
    return None if frame.empty else frame.iloc[0]


def last_closed_day(books: Engine, up_to: str | None = None) -> str:
    """The newest closed day (up to a day): nobody has seen more. Raises ValueError if there is none."""
    statement = select(func.max(closes.c.day).label("day"))
    if up_to:
        statement = statement.where(closes.c.day <= up_to)
    found = read_frame(books, statement)["day"].iloc[0]
    if pd.isna(found):
        raise _not_closed(books, up_to)
    return str(found)


def require_closed(books: Engine, day: str) -> None:
    """Raises NotClosedError for a day that is not closed."""
    if newest_close(books, day) is None:
        raise _not_closed(books, day)


def _not_closed(books: Engine, day: str | None) -> NotClosedError:
    closed = set(read_frame(books, select(closes.c.day))["day"])
    if not closed:
        return NotClosedError.named("error.no_day_closed")
    near = nearest_days(day or "", closed)
    return NotClosedError.named("error.day_not_closed", day=day, near=listed(near))


def _newest_of_each_day(change: Publication) -> pd.DataFrame:
    """day, revision, missing_shops, inputs_hash, rules_hash of each closed day's newest revision, oldest day first."""
    c = closes.c
    frame = change.read(select(c.day, c.revision, c.missing_shops, c.inputs_hash, c.rules_hash))
    return frame.sort_values(["day", "revision"]).drop_duplicates("day", keep="last", ignore_index=True)


def _bring_up_to_date(change: Publication, computing: Computing, day: str, later: pd.DataFrame, made_by: str) -> None:
    """Compute the facts of every later close anew, each by what its own exports touch."""
    after = day
    for as_of in later["day"]:
        touched: Days = touched_days(change, after, as_of)
        computing.write(as_of, touched, stock_days(change, after, as_of))
        after = as_of
    change.execute(update(closes).where(closes.c.day > day).values(rules_hash=made_by))
