"""The rule by which the recall list was made before its costs were counted, kept to be held against (September 2026).

Whoever is likely lost or late is ranked by risk x 0.3 of what they spend at their pace x the chance that a contact
helps, within the channels' capacity; the first offer that fits is made, whatever it costs, and a call costs nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from include.customers.history import MICROS, OrderHistory, book_as_of, day_number
from include.customers.recall.choose import assign_channels, kept_something, order_values, tills
from include.customers.recall.control_group import control_group
from include.customers.segments import stages, usual_gaps
from include.settings.people.customers import Customers

# name, capacity a day, chance at even odds that it helps, cost
CHANNELS = (("call", 40, 0.05, 0.0), ("sms", 20, 0.02, 0.05))
MARGIN = 0.3


def recall_before(
    scores: pd.DataFrame,
    history: OrderHistory,
    as_of: str,
    rules: Customers,
    key: bytes,
    contacts: pd.DataFrame,
    effects: dict[str, float],
) -> pd.DataFrame:
    """customer, arm, channel, offer, p_churn of who is listed or left alone. effects: measured, by channel."""
    today = day_number(as_of)
    book = book_as_of(history, today)
    gap = usual_gaps(book)
    table = pd.DataFrame(
        {
            "customer": book.names.astype(str),
            "silence": book.as_of - book.last,
            "gap": gap,
            "tenure": book.as_of - book.first,
            "stage": stages(book, rules.segments),
            "left_out": tills(book, rules.till) | ~kept_something(book),
            "stake": np.where(book.frequency > 0, np.clip(rules.horizon_days / np.maximum(gap, 1.0), 1.0, 12.0), 1.0),
            "order": order_values(book),
        }
    ).merge(scores[["customer", "p_churn"]], on="customer", validate="one_to_one")
    candidate = (table["p_churn"] >= 0.5) | (table["silence"] > 1.5 * table["gap"])
    candidate &= (table["silence"] >= 14) & ~table["left_out"] & ~table["customer"].isin(_tired(contacts, today))
    table = table[candidate].reset_index(drop=True)
    risk = table["p_churn"].to_numpy()
    margin = (table["order"] * table["stake"]).to_numpy() * MARGIN
    at_even = np.array([effects.get(name, prior) for name, _, prior, _ in CHANNELS])
    k = at_even / (0.5 * (1.0 - at_even))
    stays = (1.0 - risk)[:, None]
    gain = risk[:, None] * margin[:, None] * (k * stays / (1.0 + k * stays)) - [one[3] for one in CHANNELS]
    best = gain.max(axis=1)
    order = np.lexsort((table["customer"].to_numpy(dtype=object).astype(str), -best))
    order = order[best[order] > 0]
    in_control = control_group(table["customer"].to_numpy()[order], key, rules.control_share)
    taken = assign_channels(gain[order], in_control, [one[1] for one in CHANNELS])
    chosen = table.iloc[order[taken >= 0]].reset_index(drop=True)
    offer = np.where(chosen["tenure"] >= 180, "free_freight", "coupon_10")
    offer = np.where(chosen["stage"].isin(["new", "growing"]), "second_order_gift", offer)
    return pd.DataFrame(
        {
            "customer": chosen["customer"],
            "arm": np.where(in_control[taken >= 0], "control", "listed"),
            "channel": np.array([one[0] for one in CHANNELS])[taken[taken >= 0]],
            "offer": offer,
            "p_churn": chosen["p_churn"],
            "expected_micros": np.round(gain[order][taken >= 0, taken[taken >= 0]] * MICROS),
        }
    )


def _tired(contacts: pd.DataFrame, today: int) -> pd.Series:
    ago = today - contacts["day"].map(day_number)
    times = contacts.loc[(ago > 0) & (ago <= 180), "customer"].value_counts()
    lately = contacts.loc[(ago > 0) & (ago <= 30), "customer"]
    return pd.concat([lately, pd.Series(times.index[times >= 3], dtype="str")])
