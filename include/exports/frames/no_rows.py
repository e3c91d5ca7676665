"""A frame without a row, whose columns have their types all the same."""

from collections.abc import Mapping

import pandas as pd


def no_rows(kinds: Mapping[str, str]) -> pd.DataFrame:
    """kinds: column -> its type."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
