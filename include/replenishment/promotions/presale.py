"""Presale (预售): a deposit today, the balance on the day of the sale.

Such units are promised from the deposit on, and demand on the day their balance is paid. A forecast that reaches that
day expects them among what sells then, as it did in other years; the sum already counts them as promised. What is both
is taken off the demand, or it would be ordered twice.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from include.calendar.business_days import parse_day
from include.calendar.events import Own, event_dates

BALANCE_DAYS = ("618", "double_11", "double_12")
OWN_BALANCE_DAYS = "presale_balance"  # among the merchant's own promotions, where its platforms set other days


def balance_day(deposit: date, own: Own = None) -> date:
    """When the balance of a deposit is due: the merchant's own balance days if it names any, else the next big sale."""
    days = event_dates(deposit, deposit, own)
    names = [OWN_BALANCE_DAYS] if days.get(OWN_BALANCE_DAYS) else list(BALANCE_DAYS)
    ahead = [day for name in names for day in days.get(name, ()) if day >= deposit]
    return min(ahead, default=date.max)


def due_units(
    places: pd.DataFrame, deposits: pd.DataFrame, day: str, until: NDArray[np.float64], own: Own = None
) -> NDArray[np.int64]:
    """Units of each place whose balance is due after `day` and within `until` days of it.

    places: sku, warehouse. deposits: columns of DEPOSITS.
    """
    if deposits.empty:
        return np.zeros(len(places), dtype=np.int64)
    today = parse_day(day)
    due = {text: (balance_day(parse_day(text), own) - today).days for text in deposits["day"].unique()}
    held = deposits.assign(due_in=deposits["day"].map(due))
    held = held[held["due_in"] >= 1].groupby(["sku", "warehouse", "due_in"], as_index=False)["quantity"].sum()
    numbered = places.assign(row=np.arange(len(places)), until=until)
    met = numbered.merge(held, on=["sku", "warehouse"], how="inner")
    met = met[met["due_in"] <= met["until"]]
    return np.bincount(met["row"], weights=met["quantity"], minlength=len(places)).astype(np.int64)
