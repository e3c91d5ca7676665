"""Parts of a unit in stock: goods by weight or length lie there in halves, and are counted in whole units."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# The same dress as of other numbers; digits beyond .0 are what makes a fraction.
_FRACTION = r"""^\s*(?:="?|')?[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?\.\d*[1-9]\d*\s*"?\s*(?:\D.*)?$"""
_PARTS = re.compile(r"""^(\s*(?:="?|')?)([+-]?)([\d,]*)\.\d+(.*)$""", re.DOTALL)


def rounded_down(texts: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The texts with each fraction of a unit rounded down (what is not whole cannot be sold), and where that was."""
    found = pc.match_substring_regex(texts, _FRACTION)
    fractions = np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)
    if not fractions.any():
        return texts, fractions
    changed = texts.to_pandas().astype(object)
    changed[fractions] = changed[fractions].map(_down)
    return pa.chunked_array([pa.array(changed, type=texts.type)]), fractions


def _down(text: str) -> str:
    found = _PARTS.match(text)
    if found is None:
        return text
    before, sign, digits, after = found.groups()
    whole = int(digits.replace(",", "") or 0)
    return f"{before}{-whole - 1 if sign == '-' else whole}{after}"
