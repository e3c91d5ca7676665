"""The week's reckoning (对账) as a sheet of the restock list: what lists suggested, what was done, came and brought."""

from __future__ import annotations

import pandas as pd

from include.tasks.kinds import kind_of
from include.tasks.sheets.table_sheet import COUNT, MONEY, TEXT, Field
from include.words.texts import say

OF_A_WEEK = (
    Field("reckoning", "list", TEXT, width=10),
    Field("reckoning", "what", TEXT, width=26),
    Field("reckoning", "lines", COUNT),
    Field("reckoning", "units", COUNT),
    Field("reckoning", "money_micros", MONEY, width=16),
    Field("reckoning", "lines_before", COUNT),
    Field("reckoning", "units_before", COUNT),
    Field("reckoning", "money_before_micros", MONEY, width=16),
)


def in_words(rows: pd.DataFrame, language: str) -> pd.DataFrame:
    """The rows with kinds of lists and what is counted as people call them."""
    return rows.assign(
        list=[kind_of(kind).called(language) for kind in rows["list"]],
        what=[say(language, f"looking.what.{what}") for what in rows["what"]],
    )
