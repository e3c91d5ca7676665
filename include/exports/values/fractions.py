"""Parts of a unit in stock: goods by weight or length lie there in halves, and are counted in whole units."""

import re

import numpy as np
import pyarrow as pa


def rounded_down(texts: pa.ChunkedArray, among: np.ndarray, decimal: str = ".") -> tuple[pa.ChunkedArray, np.ndarray]:
    """The texts with each fraction of a unit rounded down (what is not whole cannot be sold), and where that was.

    among: (rows,) bool, the texts that are looked at. decimal: the mark before a fraction; the other of point and comma
    parts thousands. A fraction beside a word is left alone: half a carton is six pieces, and not none.
    """
    apart = re.escape("," if decimal == "." else ".")
    whole = rf"\d{{1,3}}(?:{apart}\d{{3}})+|\d*"
    fraction = re.compile(rf"""^(\s*(?:="?|')?)([+-]?)({whole}){re.escape(decimal)}\d*[1-9]\d*(["\s]*)$""", re.DOTALL)
    fractions = np.zeros(len(texts), dtype=bool)
    places = np.flatnonzero(among)
    rounded = {}
    for place, text in zip(places.tolist(), texts.take(pa.array(places)).to_pylist(), strict=True):
        found = fraction.match(text)
        if found is not None:
            before, sign, digits, after = found.groups(default="")
            units = int(re.sub(r"\D", "", digits) or 0)
            rounded[place] = f"{before}{-units - 1 if sign == '-' else units}{after}"
            fractions[place] = True
    if not rounded:
        return texts, fractions
    changed = texts.to_pylist()
    for place, text in rounded.items():
        changed[place] = text
    return pa.chunked_array([pa.array(changed, type=texts.type)]), fractions
