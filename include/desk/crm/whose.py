"""Who stands behind the twelve digits by which lists call a customer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Connection, and_, func, select

from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.warehouse.tables import closes, customer_profiles, facts_customer_orders, identity_changes

_SHORT = re.compile(rf"[0-9a-f]{{{PSEUDONYM_LENGTH}}}")


def is_short(text: str) -> bool:
    return _SHORT.fullmatch(text) is not None


def newest_closed_day(connection: Connection) -> str | None:
    return connection.scalar(select(func.max(closes.c.day)))


def customers_behind(connection: Connection, short: str, as_of: str) -> tuple[str, ...]:
    """All pseudonyms of the person whom `short` names, the person's own first, as far as known on `as_of`; () if there
    is nobody, or more than one."""
    if not is_short(short):
        return ()
    found: set[str] = set()
    for table in (customer_profiles, identity_changes, facts_customer_orders):
        named = select(table.c.customer).where(_begins(table.c.customer, short), table.c.day <= as_of).distinct()
        found |= set(connection.scalars(named))
    persons = {_person_of(connection, [one], as_of).get(one, one) for one in found}
    if len(persons) != 1:
        return ()
    (person,) = persons
    c = identity_changes.c
    joined = list(connection.scalars(select(c.customer).where(c.person == person, c.day <= as_of).distinct()))
    still = _person_of(connection, joined, as_of)
    return (person, *sorted(one for one in joined if still[one] == person and one != person))


def _person_of(connection: Connection, customers: Sequence[str], as_of: str) -> dict[str, str]:
    """Customer -> the person that they are, of those of whom something was ever written down."""
    c = identity_changes.c
    said = select(c.customer, c.person).where(c.customer.in_(customers), c.day <= as_of).order_by(c.day)
    return {row.customer: row.person for row in connection.execute(said)}


def _begins(column: Column[str], short: str) -> ColumnElement[bool]:
    """The column begins so, as a range that an index finds: pseudonyms are of hexadecimal digits."""
    return and_(column >= short, column < short + "g")
