"""What people accepted of the restock lists, in money."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from include.replenishment.orders.commitments import commitments
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import tasks


@dataclass(frozen=True)
class Accepted:
    """micros: of all accepted orders; fund_micros: of these, what the emergency fund pays for; unpriced: accepted lines
    whose unit cost nobody knows, in neither."""

    micros: int = 0
    fund_micros: int = 0
    unpriced: int = 0


def accepted_since(connection: Connection, since: str, as_of_day: str) -> Accepted:
    """Restock lines accepted or done, and not taken back, by people's acts of the days from `since` to `as_of_day`.

    A line counts with the quantity that was accepted at the list's unit cost, once, on the day it was first accepted.
    The fund pays for what of it the budget did not: a smaller quantity spares the fund first.
    """
    standing = commitments(connection, as_of_day)
    standing = standing[standing["acted_day"] >= since]
    rows = connection.execute(
        select(tasks.c.task_id, tasks.c.payload).where(tasks.c.task_id.in_(standing["task_id"].to_list()))
    )
    payload = {row.task_id: read_json(row.payload) for row in rows}
    whole = fund = unpriced = 0
    for line in standing.itertuples(index=False):
        said, units = payload[line.task_id], int(line.quantity)
        suggested, cost = int(said.get("quantity") or 0), said.get("cost_micros")
        if cost is None or not suggested:
            unpriced += 1
            continue
        each = Decimal(int(cost)) / suggested
        by_budget = suggested - int(said.get("from_emergency_fund") or 0)
        whole += int(each * units)
        fund += int(each * max(min(units, suggested) - by_budget, 0))
    return Accepted(whole, fund, unpriced)
