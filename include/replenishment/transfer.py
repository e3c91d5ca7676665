"""Transfer before buy: what one warehouse has too much of, another may lack.

One sparse linear programme over all skus: move units from surplus to shortage so that the value of the shortages met,
less transport, is greatest. Its matrix is that of a transport problem, so a vertex solution is in whole units.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

COLUMNS = {
    "sku": "str",
    "from_warehouse": "str",
    "warehouse": "str",
    "quantity": "int64",
    "surplus": "int64",  # of the warehouse they leave, before any transfer
    "shortage": "int64",  # of the warehouse they go to, before any transfer
    "money_at_risk_micros": "int64",  # the value of the shortage that these units meet
    "cost_micros": "int64",
    "saved_micros": "int64",
}


def transfer_lines(
    stock: pd.DataFrame,
    lane_cost_micros: Mapping[tuple[str, str], int],
    default_cost_micros: int | None = None,
) -> pd.DataFrame:
    """The transfers to make, one row a (sku, from_warehouse, warehouse).

    stock: sku, warehouse, surplus (units that can leave), shortage (units wanted), value_micros (of one unit of
        shortage met: what buying or losing it would cost), optional pack (units moved are whole packs of it).
    lane_cost_micros: transport of one unit by (from, to); a lane not named costs `default_cost_micros`, or is closed.
    Returns the columns of COLUMNS; `warehouse` is where the units go, saved_micros is the value less the cost.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    lanes = _lanes(stock, lane_cost_micros, default_cost_micros)
    if lanes.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
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
    gain = (lanes["value_micros"] - lanes["unit_cost_micros"]) * lanes["pack"]
    solution = linprog(-gain.to_numpy(dtype=float) / 1e6, A_ub=matrix, b_ub=limit, bounds=(0, None), method="highs-ds")
    if not solution.success:
        raise ArithmeticError(f"the transfer programme was not solved: {solution.message}")
    lanes["quantity"] = np.rint(solution.x).astype(np.int64) * lanes["pack"]
    moved = lanes[lanes["quantity"] > 0].copy()
    moved["cost_micros"] = moved["quantity"] * moved["unit_cost_micros"]
    moved["money_at_risk_micros"] = moved["quantity"] * moved["value_micros"]
    moved["saved_micros"] = moved["money_at_risk_micros"] - moved["cost_micros"]
    return moved.sort_values(["sku", "from_warehouse", "warehouse"], ignore_index=True)[list(COLUMNS)]


def _lanes(
    stock: pd.DataFrame, lane_cost_micros: Mapping[tuple[str, str], int], default_cost_micros: int | None
) -> pd.DataFrame:
    """Every worthwhile (sku, from, to) with limits in packs; giver and taker are the rows of `stock`."""
    frame = stock.reset_index(drop=True)
    pack = frame["pack"].astype("int64").clip(lower=1) if "pack" in frame.columns else pd.Series(1, index=frame.index)
    base = frame[["sku", "warehouse"]].assign(pack=pack, row=frame.index)
    surplus, shortage = frame["surplus"].astype("int64"), frame["shortage"].astype("int64")
    giving = base.assign(surplus=surplus, packs_free=surplus // pack).rename(
        columns={"row": "giver", "warehouse": "from_warehouse"}
    )
    taking = base.assign(shortage=shortage, packs_short=shortage // pack, value_micros=frame["value_micros"]).rename(
        columns={"row": "taker"}
    )
    lanes = giving[giving["packs_free"] > 0].merge(
        taking[taking["packs_short"] > 0].drop(columns="pack").astype({"value_micros": "int64"}), on="sku"
    )
    lanes = lanes[lanes["from_warehouse"] != lanes["warehouse"]].reset_index(drop=True)
    pairs = zip(lanes["from_warehouse"], lanes["warehouse"], strict=True)
    lanes["unit_cost_micros"] = pd.array([lane_cost_micros.get(p, default_cost_micros) for p in pairs], dtype="Int64")
    worthwhile = lanes["unit_cost_micros"].notna() & (lanes["unit_cost_micros"] < lanes["value_micros"])
    return lanes[worthwhile.fillna(False)].astype({"unit_cost_micros": "int64"}).reset_index(drop=True)


def surplus_and_shortage(plan: pd.DataFrame, value_micros: pd.Series) -> pd.DataFrame:
    """The `stock` frame for `transfer_lines` from a plan: shortage is its need, surplus what exceeds order-up-to.

    Only what lies on the shelf unpromised can leave. value_micros: of one unit of shortage met, a line.
    """
    free = (plan["on_hand"] - plan["promised"]).clip(lower=0)
    over = (-plan["need"]).clip(lower=0)
    frame = plan[["sku", "warehouse"]].copy()
    frame["surplus"] = np.minimum(over.to_numpy(), free.to_numpy())
    frame["shortage"] = plan["need"].clip(lower=0)
    frame["value_micros"] = value_micros.astype("int64")
    return frame


def after_transfers(inputs: pd.DataFrame, transfers: pd.DataFrame) -> pd.DataFrame:
    """Plan inputs as if the transfers were made: units leave on_hand there and are arriving here, none is lost."""
    out = transfers.groupby(["sku", "from_warehouse"])["quantity"].sum().rename_axis(["sku", "warehouse"])
    into = transfers.groupby(["sku", "warehouse"])["quantity"].sum().rename_axis(["sku", "warehouse"])
    keys = pd.MultiIndex.from_frame(inputs[["sku", "warehouse"]])
    changed = inputs.copy()
    changed["on_hand"] = inputs["on_hand"].to_numpy() - out.reindex(keys).fillna(0).to_numpy(dtype=np.int64)
    changed["arriving"] = inputs["arriving"].to_numpy() + into.reindex(keys).fillna(0).to_numpy(dtype=np.int64)
    return changed
