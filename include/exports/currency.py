"""Amounts of a shop in another currency, as the books hold them: in the merchant's."""

from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd


def in_currency_of_books(rows: pd.DataFrame, rate: Decimal) -> pd.DataFrame:
    """`rows` with every column of micros times `rate`, rounded half to even; null stays null.

    The rate is that of the day on which an export is published: what is booked does not change with a later one.
    """
    money = [name for name in rows.columns if str(name).endswith("_micros")]
    if rate == 1 or not money:
        return rows
    return rows.assign(**{name: _times(rows[name], rate) for name in money})


def _times(micros: pd.Series, rate: Decimal) -> pd.Series:
    known = micros.dropna()
    exact = {
        amount: int((Decimal(int(amount)) * rate).quantize(Decimal(1), ROUND_HALF_EVEN)) for amount in known.unique()
    }
    return micros.map(exact, na_action="ignore").astype("Int64")
