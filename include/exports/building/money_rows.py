"""What the platforms' money reports have in common: amounts with their sign, and ids that a re-export repeats."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Context, Report, header_list

OUT = "支出|出账|应付|扣除"


def money_movements(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows whose columns have the frame's own names."""
    return {"money_movements": canonical("money_movements", rows)}


def money_report(
    *,
    amount: Callable[[pd.DataFrame], pd.Series],
    known: str,
    prepare: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows,
    **more: Any,
) -> Report:
    """A report of movements of money, a row a movement. amount: Int64 micros of each typed row, out below zero.
    prepare: adds the frame's other columns to rows that have amount_micros. more: what else its `Report` has."""

    def build(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
        return money_movements(prepare(rows.assign(amount_micros=amount(rows))))

    declared = {"day": "moved_at", "build": build, **more}
    return Report(known=header_list(known), money=lambda rows, _: amount(rows), **declared)


def signed(amount: pd.Series, direction: pd.Series) -> pd.Series:
    """An amount below zero where its direction says that money went out, whether or not it is written so."""
    out = direction.str.contains(OUT, regex=True, na=False)
    return amount.mask(out, -amount.abs()).astype("Int64")


def balance(income: pd.Series, spending: pd.Series) -> pd.Series:
    """Of two columns, what came in less what went out; spending may be written with a minus or without. Null where
    neither cell says anything."""
    amount = income.fillna(0) - spending.fillna(0).abs()
    return amount.mask(income.isna() & spending.isna()).astype("Int64")


def named(*parts: pd.Series) -> pd.Series:
    """An id for rows that have none: what they have of its parts between slashes, numbered where several are equal."""
    name = parts[0].fillna("")
    for one in parts[1:]:
        name = name + ("/" + one).fillna("")
    number = name.groupby(name, sort=False).cumcount() + 1
    return name.mask(number > 1, name + "#" + number.astype("str")).astype("str")
