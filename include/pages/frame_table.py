"""A frame as a table on a terminal, its headings in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from include.pages.aligned import aligned

if TYPE_CHECKING:
    import pandas as pd


def table_in_words(frame: pd.DataFrame, headings: Sequence[str]) -> str:
    """headings: of the frame's columns. Numbers stand to the right."""
    is_number = [kind.kind in "iuf" for kind in frame.dtypes]
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    return aligned(headings, rows, is_number)


def _cell(value: object) -> str:
    return "" if value is None or value != value else f"{value:.3f}" if isinstance(value, float) else str(value)
