"""What a platform shows of its orders at an instant: nothing later than that instant has happened yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from include.simulation.specimen.business import Specimen
from include.simulation.specimen.growing_table import NEVER
from include.simulation.specimen.lives import SUCCEEDED
from include.simulation.specimen.settings import JD

UNPAID, PAID, SHIPPED, COMPLETED, CLOSED = range(5)
NO_REFUND, REFUND_OPEN, REFUNDED, REFUND_REFUSED = range(4)
Columns = dict[str, np.ndarray]
TIMES = ("created", "paid", "shipped", "completed", "closed")


@dataclass(frozen=True)
class Snapshot:
    """Orders, lines and refunds of one shop as they stood just before `instant`.

    `orders`: the ledger's columns with later times blanked, plus row, status, goods_fen (payable for the goods),
    total_fen (with freight), refunded_fen, quantity. `lines`: the ledger's columns plus row, position (of its order
    here), nth (0-based within the order), refund_state, refunded_fen, asked (first request) . `refunds`: the ledger's
    columns plus number, position (of its order in the ledger) and settled (whether it has ended).
    """

    instant: np.datetime64
    orders: Columns
    lines: Columns
    refunds: Columns


def created_or_changed(specimen: Specimen, shop: int, first: date, instant: np.datetime64) -> np.ndarray:
    """Ledger rows of a shop's orders in which anything happened from `first` on and before `instant`."""
    since = np.datetime64(first, "s")
    table = specimen.sales.orders
    fresh = np.zeros(len(table), dtype=bool)
    for column in TIMES:
        fresh |= (table[column] >= since) & (table[column] < instant)
    for column in ("requested", "completed"):
        when = specimen.sales.refunds[column]
        fresh[specimen.sales.refunds["order"][(when >= since) & (when < instant)]] = True
    fresh &= (table["shop"] == shop) & (table["created"] < instant)
    if shop == JD:
        parents = np.unique(table["parent"][fresh])
        fresh |= np.isin(table["parent"], parents[parents > 0])
    return np.flatnonzero(fresh)


def created_between(specimen: Specimen, shop: int, first: date, end: date) -> np.ndarray:
    """Ledger rows of a shop's orders created from `first` on and before `end`."""
    created = specimen.sales.orders["created"]
    inside = (created >= np.datetime64(first, "s")) & (created < np.datetime64(end, "s"))
    return np.flatnonzero(inside & (specimen.sales.orders["shop"] == shop))


def take(specimen: Specimen, rows: np.ndarray, instant: np.datetime64) -> Snapshot:
    """The snapshot of the orders in the given ledger rows, newest first as platforms list them."""
    rows = rows[np.argsort(-specimen.sales.orders["created"][rows].astype(np.int64), kind="stable")]
    orders: Columns = {name: values[rows] for name, values in specimen.sales.orders.arrays().items()}
    for column in TIMES:
        orders[column] = np.where(orders[column] < instant, orders[column], NEVER)
    status = np.full(len(rows), UNPAID)
    for column, code in (("paid", PAID), ("shipped", SHIPPED), ("completed", COMPLETED), ("closed", CLOSED)):
        status[~np.isnat(orders[column])] = code
    count = orders["lines"].astype(np.int64)
    position = np.repeat(np.arange(len(rows)), count)
    nth = np.arange(len(position)) - np.repeat(np.cumsum(count) - count, count)
    line_rows = orders["first_line"][position] + nth
    lines: Columns = {name: values[line_rows] for name, values in specimen.sales.lines.arrays().items()}
    refunds = refunds_of(specimen, np.isin(specimen.sales.refunds["order"], rows), instant)
    state, refunded, asked = _refunds_by_line(refunds, line_rows)
    lines |= {"row": line_rows, "position": position, "nth": nth}
    lines |= {"refund_state": state, "refunded_fen": refunded, "asked": asked}
    orders |= {"row": rows, "status": status}
    return _with_totals(Snapshot(instant, orders, lines, refunds))


def refunds_between(specimen: Specimen, shop: int, first: date, instant: np.datetime64) -> Columns:
    """Refunds of a shop asked for or ended from `first` on and before `instant`, as they stood then."""
    since = np.datetime64(first, "s")
    table = specimen.sales.refunds
    fresh = np.zeros(len(table), dtype=bool)
    for column in ("requested", "completed"):
        fresh |= (table[column] >= since) & (table[column] < instant)
    fresh &= specimen.sales.orders["shop"][table["order"]] == shop
    return refunds_of(specimen, fresh, instant)


def refunds_of(specimen: Specimen, chosen: np.ndarray, instant: np.datetime64) -> Columns:
    """The chosen refunds (a mask over the ledger) that had been asked for by `instant`."""
    table = specimen.sales.refunds
    rows = np.flatnonzero(chosen & (table["requested"] < instant))
    refunds: Columns = {name: values[rows] for name, values in table.arrays().items()}
    refunds["completed"] = np.where(refunds["completed"] < instant, refunds["completed"], NEVER)
    refunds["settled"] = ~np.isnat(refunds["completed"])
    refunds["number"] = rows + 1
    return refunds


def status_of_lines(snapshot: Snapshot) -> np.ndarray:
    """(lines,) the status of each line's order; a line that was refunded whole is closed."""
    lines = snapshot.lines
    whole_back = (lines["refunded_fen"] >= lines["payable_fen"]) & (lines["refund_state"] == REFUNDED)
    return np.where(whole_back, CLOSED, snapshot.orders["status"][lines["position"]])


def with_changed_amounts(snapshot: Snapshot, rng: np.random.Generator, share: float) -> Snapshot:
    """The same orders after the seller has taken a tenth off the price of a share of the paid ones."""
    orders, lines = snapshot.orders, dict(snapshot.lines)
    cheaper = (rng.random(len(orders["row"])) < share) & (orders["status"] != UNPAID)
    cut = cheaper[lines["position"]] & (lines["refunded_fen"] == 0)
    lines["payable_fen"] = np.where(cut, lines["payable_fen"] * 9 // 10, lines["payable_fen"])
    return _with_totals(replace(snapshot, lines=lines))


def _with_totals(snapshot: Snapshot) -> Snapshot:
    """Order totals added up from the lines."""
    orders, lines = dict(snapshot.orders), snapshot.lines
    size = len(orders["row"])

    def total(column: str) -> np.ndarray:
        return np.bincount(lines["position"], weights=lines[column], minlength=size).astype(np.int64)

    orders["goods_fen"] = total("payable_fen")
    orders["total_fen"] = orders["goods_fen"] + orders["freight_fen"]
    orders["refunded_fen"] = total("refunded_fen")
    orders["quantity"] = total("quantity")
    return replace(snapshot, orders=orders)


def _refunds_by_line(refunds: Columns, line_rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """State, money back and time of request for each line (a line has at most one refund)."""
    state = np.full(len(line_rows), NO_REFUND)
    refunded = np.zeros(len(line_rows), dtype=np.int64)
    asked = np.full(len(line_rows), NEVER)
    if not len(refunds["line"]):
        return state, refunded, asked
    turn = np.argsort(line_rows)
    place = turn[np.searchsorted(line_rows, refunds["line"], sorter=turn)]
    succeeded = refunds["settled"] & (refunds["outcome"] == SUCCEEDED)
    state[place] = np.where(succeeded, REFUNDED, np.where(refunds["settled"], REFUND_REFUSED, REFUND_OPEN))
    refunded[place] = np.where(succeeded, refunds["amount_fen"], 0)
    asked[place] = refunds["requested"]
    return state, refunded, asked
