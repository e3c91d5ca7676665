"""Transfer before buy: what one warehouse has too much of, another may lack.

One small linear programme a sku: move units from where they are worth least to where they are worth most, less
transport. Worth falls with each further unit, so both sides are cut into slices; the matrix is that of a transport
problem, so a vertex solution is in whole units. Of several that are worth the same the solver takes any: alone, a sku's
moves are a function of the sku, whoever else is planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.exports.frames.no_rows import no_rows

COLUMNS = {
    "sku": "str",
    "from_warehouse": "str",
    "warehouse": "str",
    "quantity": "int64",
    "surplus": "int64",  # what the warehouse they leave could give, before any transfer
    "shortage": "int64",  # what the warehouse they go to lacks, before any transfer
    "room": "int64",  # what it would take beyond that: units that it sells within its cover
    "lacking_units": "int64",  # of quantity, what is lacking where it goes
    "excess_units": "int64",  # of quantity, what is too much where it leaves
    "money_at_risk_micros": "int64",  # sales that these units save
    "sales_micros": "int64",  # the margin of these sales
    "minimum_micros": "int64",  # holding spared of what a minimum order would have added
    "relief_micros": "int64",  # holding and clearing spared where they leave
    "held_micros": "int64",  # holding where they go, of what is not lacking there
    "missed_micros": "int64",  # the margin of sales that may be missed where they leave
    "cost_micros": "int64",
    "saved_micros": "int64",  # sales + minimum + relief - held - missed - cost
}
ABOUT = {"title": "str", "category": "str"}
OPTIONAL = {"pack": 1, "give_micros": 0, "freight_micros": 0, "is_room": False, "is_excess": False}
OF_TAKER = ("risk_micros", "minimum_micros", "held_micros")  # parts of a unit's value_micros, and its price
OF_GIVER = ("relief_micros",)  # of give_micros


def transfer_lines(
    stock: pd.DataFrame, lane_cost_micros: Mapping[tuple[str, str], int], default_cost_micros: int | None = None
) -> pd.DataFrame:
    """The transfers to make, one row a (sku, from_warehouse, warehouse).

    stock: sku, warehouse, surplus (units that can leave), shortage (units wanted), value_micros (of one unit of
        shortage met: what buying or losing it would cost); a warehouse may stand in several rows, one a slice.
        Optional: give_micros (what a unit that leaves was worth where it was; negative: a relief), pack (units moved
        are whole packs of it), freight_micros (a unit, on top of the lane's cost); is_room (the units of a shortage
        are not lacking, and only taken from what is_excess elsewhere); of a unit, minimum_micros and held_micros (so
        that value_micros is its sales' margin + minimum - held), risk_micros (its sales; value_micros), relief_micros
        (so that give_micros is the margin it misses - relief).
    lane_cost_micros: transport of one unit by (from, to); a lane not named costs `default_cost_micros`, or is closed.
    Returns the columns of COLUMNS; `warehouse` is where the units go, saved_micros is the value less what they were
    worth before, less the cost.
    """
    stock = stock.reset_index(drop=True).assign(
        **{name: value for name, value in OPTIONAL.items() if name not in stock.columns}
    )
    lanes = _lanes(stock, lane_cost_micros, default_cost_micros)
    if lanes.empty:
        return no_rows(COLUMNS)
    lanes["quantity"] = np.concatenate([_solved(part) for part in _programmes(lanes)]) * lanes["pack"]
    moved = lanes[lanes["quantity"] > 0].copy()
    _add_parts(moved, stock)
    keys = ["sku", "from_warehouse", "warehouse"]
    at_ends = ("surplus", "shortage", "room")
    sums = [name for name in COLUMNS if name not in (*keys, *at_ends)]
    lines = moved.groupby(keys, as_index=False, sort=True)[sums].sum()
    lacking = stock["shortage"].where(~stock["is_room"], 0)
    room = stock["shortage"].where(stock["is_room"], 0)
    whole = stock.assign(shortage=lacking, room=room).groupby(["sku", "warehouse"])[list(at_ends)].sum()
    for column, end in (("surplus", "from_warehouse"), ("shortage", "warehouse"), ("room", "warehouse")):
        ends = pd.MultiIndex.from_frame(lines[["sku", end]])
        lines[column] = whole[column].reindex(ends).to_numpy(dtype=np.int64)
    return lines[list(COLUMNS)].astype(COLUMNS)


def no_transfers() -> pd.DataFrame:
    """`wanted_transfers` where nothing is worth moving."""
    return no_rows({**COLUMNS, **ABOUT})


def _add_parts(moved: pd.DataFrame, stock: pd.DataFrame) -> None:
    """Adds what the units moved are worth and cost, part by part."""
    units = moved["quantity"].to_numpy(dtype=np.int64)
    for end, names in (("taker", OF_TAKER), ("giver", OF_GIVER)):
        row = moved[end].to_numpy(dtype=np.int64)
        for name in names:
            usual = "value_micros" if name == "risk_micros" else None
            column = stock[name] if name in stock else stock[usual] if usual else pd.Series(0, index=stock.index)
            moved[name] = units * column.to_numpy(dtype=np.int64)[row]
    moved["money_at_risk_micros"] = moved["risk_micros"]
    value, give = (units * moved[name].to_numpy(dtype=np.int64) for name in ("value_micros", "give_micros"))
    moved["sales_micros"] = value - moved["minimum_micros"] + moved["held_micros"]
    moved["missed_micros"] = give + moved["relief_micros"]
    moved["lacking_units"] = np.where(moved["is_room"], 0, units)
    moved["excess_units"] = np.where(moved["is_excess"], units, 0)
    moved["cost_micros"] = units * moved["unit_cost_micros"]
    moved["saved_micros"] = units * moved["gain_micros"]


def _solved(lanes: pd.DataFrame) -> NDArray[np.int64]:
    """Packs to move on each lane: a vertex of the transport problem, so whole ones."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count = len(lanes)
    _, giver = np.unique(lanes["giver"], return_inverse=True)
    _, taker = np.unique(lanes["taker"], return_inverse=True)
    givers, takers = int(giver.max()) + 1, int(taker.max()) + 1
    limit = np.zeros(givers + takers)
    limit[giver] = lanes["packs_free"]
    limit[givers + taker] = lanes["packs_short"]
    matrix = csr_array(
        (np.ones(2 * count), (np.concatenate([giver, givers + taker]), np.tile(np.arange(count), 2))),
        shape=(givers + takers, count),
    )
    gain = lanes["gain_micros"] * lanes["pack"]
    solution = linprog(-gain.to_numpy(dtype=float) / 1e6, A_ub=matrix, b_ub=limit, bounds=(0, None), method="highs-ds")
    if not solution.success:
        raise ArithmeticError(f"the transfer programme was not solved: {solution.message}")
    return np.asarray(np.rint(solution.x), dtype=np.int64)


def _programmes(lanes: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The lanes of each sku."""
    first = np.flatnonzero((lanes["sku"] != lanes["sku"].shift()).to_numpy())
    for start, end in pairwise([*first.tolist(), len(lanes)]):
        yield lanes.iloc[start:end]


def _lanes(
    stock: pd.DataFrame, lane_cost_micros: Mapping[tuple[str, str], int], default_cost_micros: int | None
) -> pd.DataFrame:
    """Every worthwhile (sku, from, to) with limits in packs; giver and taker are the rows of `stock`."""
    lanes = _open_lanes(stock, lane_cost_micros, default_cost_micros)
    worthwhile = (lanes["gain_micros"] > 0) & (lanes["is_excess"] | ~lanes["is_room"])
    return lanes[worthwhile].sort_values("sku", kind="stable", ignore_index=True)


def best_gains(
    stock: pd.DataFrame, lane_cost_micros: Mapping[tuple[str, str], int], default_cost_micros: int | None = None
) -> pd.DataFrame:
    """Of each open lane on which something is lacking, what the unit that gains most by moving would gain, worthwhile
    or not: sku, from_warehouse, warehouse, value_micros (where it goes), give_micros (where it leaves),
    unit_cost_micros (of the way), gain_micros (value - give - cost). stock: as `transfer_lines` takes it."""
    keys = ["sku", "from_warehouse", "warehouse"]
    parts = ["value_micros", "give_micros", "unit_cost_micros", "gain_micros"]
    if stock.empty:  # a merchant with one warehouse
        return pd.DataFrame({name: pd.Series(dtype="str" if name in keys else "int64") for name in (*keys, *parts)})
    stock = stock.reset_index(drop=True).assign(
        **{name: value for name, value in OPTIONAL.items() if name not in stock.columns}
    )
    lanes = _open_lanes(stock, lane_cost_micros, default_cost_micros)
    lanes = lanes[~lanes["is_room"]].sort_values("gain_micros", ascending=False, kind="stable")
    return lanes.drop_duplicates(keys)[[*keys, *parts]].reset_index(drop=True)


def _open_lanes(
    stock: pd.DataFrame, lane_cost_micros: Mapping[tuple[str, str], int], default_cost_micros: int | None
) -> pd.DataFrame:
    """Every (sku, from, to) whose lane is open, a row a pair of slices."""
    pack = stock["pack"].astype("int64").clip(lower=1)
    base = stock[["sku", "warehouse"]].assign(pack=pack, row=stock.index)
    surplus, shortage = stock["surplus"].astype("int64"), stock["shortage"].astype("int64")
    giving = base.assign(
        packs_free=surplus // pack, give_micros=stock["give_micros"].astype("int64"), is_excess=stock["is_excess"]
    ).rename(columns={"row": "giver", "warehouse": "from_warehouse"})
    taking = base.assign(
        packs_short=shortage // pack, value_micros=stock["value_micros"], freight_micros=stock["freight_micros"],
        is_room=stock["is_room"],
    ).rename(columns={"row": "taker"})  # fmt: skip
    lanes = giving[giving["packs_free"] > 0].merge(
        taking[taking["packs_short"] > 0]
        .drop(columns="pack")
        .astype({"value_micros": "int64", "freight_micros": "int64"}),
        on="sku",
    )
    lanes = lanes[lanes["from_warehouse"] != lanes["warehouse"]].reset_index(drop=True)
    pairs = zip(lanes["from_warehouse"], lanes["warehouse"], strict=True)
    fares = pd.array([lane_cost_micros.get(p, default_cost_micros) for p in pairs], dtype="Int64")
    lanes["unit_cost_micros"] = fares + lanes["freight_micros"]
    lanes["gain_micros"] = lanes["value_micros"] - lanes["give_micros"] - lanes["unit_cost_micros"]
    lanes = lanes[lanes["gain_micros"].notna()]
    return lanes.astype({"unit_cost_micros": "int64", "gain_micros": "int64"})


def with_both_sides(transfers: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """`transfers` with what a planner asks of both ends: from_free and free (units to sell, before), from_sold_30 and
    sold_30 (really sold in 30 days), from_daily and daily (expected a day), from_cover_days and cover_days (until all
    is sold, after everything under way came, before; NA: nothing sells), and bought (what the taker orders besides).

    before: the planner's inputs without transfers, walked; after: its lines with them.
    """
    transfers = transfers.reset_index(drop=True)
    bought = after.set_index(["sku", "warehouse"])["quantity"]
    places = pd.MultiIndex.from_frame(before[["sku", "warehouse"]])
    told = transfers.copy()
    for prefix, end in (("from_", "from_warehouse"), ("", "warehouse")):
        keys = pd.MultiIndex.from_frame(transfers[["sku", end]].set_axis(["sku", "warehouse"], axis=1))
        about = before.iloc[places.get_indexer(keys)].reset_index(drop=True)
        free = (about["on_hand"] - about["promised"]).astype("int64")
        rate = about["daily_mean"].to_numpy(dtype=float)
        told[f"{prefix}free"] = free
        told[f"{prefix}sold_30"] = about["sold_30"].astype("Int64")
        told[f"{prefix}daily"] = rate
        told[f"{prefix}cover_days"] = whole_days(about["runs_out_days"])
        told[f"{prefix}bought"] = bought.reindex(keys).to_numpy(dtype=np.int64)
    return told.drop(columns="from_bought")


def whole_days(days: pd.Series) -> pd.Series:
    """Full days, as lists tell them; NA: not in sight."""
    passed = days.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return pd.Series(np.floor(np.round(np.minimum(passed, 9999.0), 6))).astype("Float64").astype("Int64")


def after_transfers(inputs: pd.DataFrame, transfers: pd.DataFrame, days: int | None = None) -> pd.DataFrame:
    """Plan inputs as if the transfers were agreed: units are promised where they leave, arriving where they go.

    transfer_in and transfer_out say how many of `arriving` and `promised` they are. No unit is lost or made.
    days: on which they come; then they are the next arrival if nothing comes before.
    """
    keys = pd.MultiIndex.from_frame(inputs[["sku", "warehouse"]])

    def units(end: str) -> np.ndarray:
        sums = transfers.groupby(["sku", end])["quantity"].sum()
        return sums.reindex(keys).fillna(0).to_numpy(dtype=np.int64)

    changed = inputs.copy()
    for column, counted, end in (
        ("transfer_out", "promised", "from_warehouse"),
        ("transfer_in", "arriving", "warehouse"),
    ):
        before = inputs[column].to_numpy(dtype=np.int64) if column in inputs else 0
        changed[counted] = inputs[counted].to_numpy(dtype=np.int64) + units(end)
        changed[column] = before + units(end)
    return changed if days is None else _arriving_on(changed, units("warehouse"), days)


def _arriving_on(inputs: pd.DataFrame, units: NDArray[np.int64], days: int) -> pd.DataFrame:
    in_lead = inputs["arriving_in_lead"] + np.where(inputs["lead_time_days"] >= days, units, 0)
    soonest = inputs["next_arrival_days"].astype("Float64").fillna(np.inf)
    is_next = (units > 0) & (soonest.to_numpy(dtype=float) >= days)
    also_then = np.where(soonest.to_numpy(dtype=float) == days, inputs["next_arrival_units"], 0)
    return inputs.assign(
        arriving_in_lead=in_lead.astype("int64"),
        next_arrival_days=soonest.where(~is_next, float(days)).replace(np.inf, pd.NA),
        next_arrival_units=np.where(is_next, units + also_then, inputs["next_arrival_units"]).astype(np.int64),
        next_overdue_days=np.where(is_next & (also_then == 0), 0, inputs["next_overdue_days"]).astype(np.int64),
        next_due_days=inputs["next_due_days"].astype("Int64").mask(is_next & (also_then == 0)),
    )
