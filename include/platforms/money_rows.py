"""What the platforms' money reports have in common: amounts with their sign, and ids that a re-export repeats."""

import pandas as pd

from include.exports.canonical import canonical

OUT = "支出|出账|应付|扣除"


def money_movements(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows whose columns have the frame's own names."""
    return {"money_movements": canonical("money_movements", rows)}


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
