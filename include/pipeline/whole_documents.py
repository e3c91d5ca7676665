"""What an export tells as a whole, and whether it does: an order or receipt with its lines, a listing with its recipe.

The newest export that names an order replaces all that was told of its lines. It may not when some of them were held
back: what an earlier export told whole is then better than a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from include.exports.reading import Reading

UNIT_OF: Mapping[str, str] = {
    "order_lines": "order_id",
    "refunds": "order_id",
    "listings": "listing_code",
    "promotions": "promotion",
    "receipts": "receipt_id",
}
"""Frame -> the column by which its rows belong together."""


@dataclass(frozen=True)
class Told:
    """frames: with `is_whole`, where they are told in units. emptied: orders named without a line that counts. held:
    units of which some rows were held back."""

    frames: dict[str, pd.DataFrame]
    emptied: frozenset[str]
    held: int


@dataclass(frozen=True)
class TellingUnits:
    """The units of a reading, taken before its rows are checked."""

    units: Mapping[str, pd.Series]  # frame -> unit by file line
    left_out: pd.DataFrame

    @classmethod
    def of(cls, reading: Reading) -> TellingUnits:
        frames = {name: rows for name, rows in reading.frames.items() if name in UNIT_OF}
        return cls(
            {name: rows.set_index("file_line")[UNIT_OF[name]].dropna().sort_index() for name, rows in frames.items()},
            reading.left_out,
        )

    def marked(self, frames: Mapping[str, pd.DataFrame], held_lines: Iterable[int]) -> Told:
        """The frames with what their units are. held_lines: file lines of this reading in quarantine."""
        lines = np.unique(np.array([*held_lines], dtype=np.int64))
        marked, held = dict(frames), 0
        for name, units in self.units.items():
            in_part = self._held(name, units, lines)
            held += len(in_part)
            if name in marked:
                whole = ~marked[name][UNIT_OF[name]].isin(in_part)
                marked[name] = marked[name].assign(is_whole=whole.astype("int64"))
        return Told(marked, self._emptied(), held)

    def _held(self, name: str, units: pd.Series, lines: np.ndarray) -> set[str]:
        """Units of which a row was rejected by the reader or by a rule. A row that does not say its unit may belong to
        the one above and to the one below it."""
        found = set(units[units.index.isin(lines)])
        rejected = self.left_out[self.left_out["is_rejected"].astype(bool)]
        said = rejected[UNIT_OF[name]]
        found |= set(said.dropna())
        places = np.searchsorted(units.index.to_numpy(), rejected.loc[said.isna(), "file_line"].to_numpy("int64"))
        for beside in (places - 1, places):
            there = beside[(beside >= 0) & (beside < len(units))]
            found |= set(units.iloc[there])
        return found

    def _emptied(self) -> frozenset[str]:
        if "order_lines" not in self.units:
            return frozenset()
        is_rejected = self.left_out["is_rejected"].astype(bool)
        listed = {*self.units["order_lines"], *self.left_out.loc[is_rejected, "order_id"].dropna()}
        return frozenset(self.left_out.loc[~is_rejected, "order_id"].dropna()) - listed


def held_note(held: int) -> tuple[str, ...]:
    """What a person should know of orders, receipts and listings that are not whole; nothing where all are."""
    if not held:
        return ()
    return (
        f"{held} orders, receipts, listings or promotions have rows that were held back: where an earlier export told "
        "them whole, that stays",
    )
