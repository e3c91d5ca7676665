"""What a conversation with a customer begins with: an open case, a refund, a bulk order, the first or the last
purchase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bought:
    """One product of an order. in_bulk: the order was a one-off bulk order. category: None where unknown."""

    day: str
    code: str
    title: str
    units: int
    category: str | None = None
    in_bulk: bool = False


@dataclass(frozen=True)
class Case:
    """An after-sales case that is open, or brought money back. day: of its order. code: of the product, None where the
    export names none."""

    day: str
    code: str | None
    is_open: bool


@dataclass(frozen=True)
class Occasion:
    """What is spoken of first.

    day: of its order. title: of its product; None: not known, or not one alone. is_old: it was long ago and is not
    named, since nobody remembers it and it may be out of season. need: a category that is due, None if it does not go
    with the product that is named.
    """

    about: Literal["case", "refund", "bulk", "first", "bought"]
    day: str
    title: str | None = None
    is_old: bool = False
    need: str | None = None


def occasion_of(
    bought: Sequence[Bought], cases: Sequence[Case], last_order_day: str, is_first: bool, need: str | None, since: str
) -> Occasion:
    """What to begin with: a case comes first, then what went back, then what is particular about the last order.

    bought, cases: of the last orders, newest first. is_first: the customer ordered once. need: a category that is due.
    since: what is older is old. A refund of an earlier order counts while it is not old.
    """
    opened = next((case for case in cases if case.is_open), None)
    if opened is not None:
        return Occasion("case", opened.day, _title_of(opened, bought))
    newest = bought[0].day if bought else last_order_day
    back = next((case for case in cases if case.day >= min(newest, since)), None)
    if back is not None:
        return Occasion("refund", back.day, _title_of(back, bought), back.day < since)
    is_old, of_newest = newest < since, [one for one in bought if one.day == newest]
    bulk = [one for one in of_newest if one.in_bulk]
    if bulk:
        return Occasion("bulk", newest, max(bulk, key=lambda one: one.units).title, is_old)
    named = next((one for one in of_newest if need and one.category == need), of_newest[0] if of_newest else None)
    goes_with_it = is_old or named is None or named.category == need
    title = None if named is None else named.title
    return Occasion("first" if is_first else "bought", newest, title, is_old, need if goes_with_it else None)


def _title_of(case: Case, bought: Sequence[Bought]) -> str | None:
    """The product that the case is about; of a case that names none, the only one of its order."""
    of_day = [one for one in bought if one.day == case.day]
    named = [one for one in of_day if case.code is not None and one.code == case.code]
    if case.code is None and len(of_day) == 1:
        named = of_day
    return named[0].title if named else None
