"""How the tests read exports: with the standard library only, nothing shared with the code that is tested."""

import csv
import io
from pathlib import Path

import pandas as pd


def table(folder: Path, pattern: str, encoding: str = "gb18030") -> pd.DataFrame:
    """The one csv file that the pattern finds, all cells as text, header cells stripped."""
    (path,) = folder.glob(pattern)
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}, "every record has as many cells as the header"
    return pd.DataFrame(rows[1:], columns=[name.strip() for name in rows[0]])


def plain(cells: pd.Series) -> pd.Series:
    """Ids without the platform's dress: ="…" and tabs."""
    return cells.str.removeprefix('="').str.strip('"\t ')


def fen(cells: pd.Series) -> pd.Series:
    """Money as whole fen."""
    return (cells.astype(float) * 100).round().astype("int64")
