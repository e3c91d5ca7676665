"""What the budget cut is sought in other warehouses: one more pass of transfers, after the money is spent.

The first pass weighs a transfer against the order that would come anyway. A line whose order was cut waits for no
order, so a unit moved there is worth the sale that it saves in the whole protection period. Only cut lines take, only
what is too much elsewhere (or wanted less there) is given. The plan is then made once more with both passes' moves: the
money that a move frees goes where it earns most. It is one pass, no joint optimum: packs, minimums and suppliers' least
orders are decided line by line before the budget, and what the second plan cuts is not sought again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.replenishment.policy import StockPolicy
from include.replenishment.quantity.protection_period import Protection
from include.replenishment.surplus.balancing import wanted_transfers
from include.replenishment.surplus.transfer import no_transfers

KEYS = ["sku", "from_warehouse", "warehouse"]


def sought_elsewhere(
    inputs: pd.DataFrame, lines: pd.DataFrame, protection: Protection, policy: StockPolicy
) -> pd.DataFrame:
    """Transfers to the lines that the budget cut: as `wanted_transfers`; none where nothing was cut.

    inputs, lines: rows alike, with the first pass's transfers in them, and the budget in `lines`.
    """
    lacking = np.maximum(lines["need"] - lines["quantity"], 0).to_numpy(dtype=np.int64)
    cut = np.minimum(lines["budget_cut"].to_numpy(dtype=np.int64), lacking)
    if not (cut > 0).any():
        return no_transfers()
    need = np.where(cut > 0, cut, np.minimum(lines["need"].to_numpy(dtype=np.int64), 0))
    waiting = np.where(cut > 0, inputs["protection_days"], inputs["lead_time_days"])
    asked = inputs.assign(lead_time_days=waiting)
    found = wanted_transfers(asked, lines.assign(need=need), protection, policy, is_early_wanted=False)
    # Nobody passes on what is on its way to it, or is sent what it gives away.
    places = pd.MultiIndex.from_frame(inputs[["sku", "warehouse"]])
    takes, gives = places[inputs["transfer_in"] > 0], places[inputs["transfer_out"] > 0]
    ends = {side: pd.MultiIndex.from_frame(found[["sku", side]]) for side in KEYS[1:]}
    both_ways = ends["from_warehouse"].isin(takes) | ends["warehouse"].isin(gives)
    return found[~both_ways].reset_index(drop=True)
