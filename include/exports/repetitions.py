"""Orders that stand in a file twice: exports put together, or pages of one that overlap.

An export keeps an order's lines beside each other, and two equal lines of an order are two lines of it. Rows of an
order that come again, further below, are the same rows once more: equal ones are ignored, and where they differ (the
order was exported again, later) nobody can tell which to believe.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.exports.declaration import Report
from include.files.records import Body

GROUPS = ("order_id", "purchase_order_id", "receipt_id")
"""By which documents' numbers lines belong together."""
_SAME_LINE = ("merchant_code", "sku", "listing_id", "title", "quantity", "unit_price_micros", "item_micros")
MIN_OF_A_PART = 2
"""A single line of an order that comes again far below may be another line of it: a page that overlaps repeats more."""
EXPECTED = "each order once; exports that were put together tell it twice, and differently"


@dataclass(frozen=True)
class Apart:
    """Rows of documents that come again further below. again: equal to rows above. other: told otherwise, with the rows
    above. by: the field with the document's number."""

    again: np.ndarray
    other: np.ndarray
    by: str


def apart(typed: pd.DataFrame, body: Body, report: Report, candidates: np.ndarray) -> Apart | None:
    """Rows whose document stands in several places of the file; None where no document does.

    typed: a row a row of the body. candidates: rows that are data.
    """
    by = next((name for name in GROUPS if name in typed), None)
    if by is None or "quantity" not in typed or "refund_id" in typed or report.sum_rows_by is not None:
        return None
    places = np.flatnonzero(typed[by].notna().to_numpy())  # a line that is ignored parts no order
    if len(places) < 2:
        return None
    names = pd.factorize(typed[by].iloc[places])[0]
    begins = np.append(True, (names[1:] != names[:-1]) | (_gaps(body, places) > 0))
    if np.bincount(names[begins]).max() < 2:
        return None
    blocks = np.cumsum(begins)
    times = np.bincount(names[begins])
    several = times[names] > 1
    again, other, part = (np.zeros(len(typed), dtype=bool) for _ in range(3))
    rows = pd.DataFrame({"place": places, "name": names, "block": blocks})[several & candidates[places]]
    rows["text"] = body.raw.take(pa.array(rows["place"].to_numpy())).to_pandas().astype("str").str.strip().to_numpy()
    rows["line"] = _line_keys(typed, rows["place"].to_numpy())
    rows["store"] = _stores(typed, rows)
    for _, of_one in rows.groupby("name", sort=False):
        _judge(of_one, again, other, part)
    if part.sum() >= MIN_OF_A_PART:
        again |= part
    if not {"status", "financial"} & set(typed):  # nothing on a row moves on, so that two writings are two lines
        other[:] = False
    return Apart(again, other, by) if again.any() or other.any() else None


def _judge(rows: pd.DataFrame, again: np.ndarray, other: np.ndarray, part: np.ndarray) -> None:
    """Each later block of one document beside the blocks before it. part: rows of a block that repeats some lines of
    the document and not all."""
    texts: set[str] = set()
    lines: dict[object, list[int]] = {}
    stores: set[str] = set()
    for _, block in rows.groupby("block", sort=False):
        store = block["store"].iloc[0]
        if texts and set(block["text"]) <= texts:
            (again if set(block["text"]) == texts else part)[block["place"].to_numpy()] = True
            continue
        if not (store and stores and store not in stores):
            known = [line in lines for line in block["line"]]
            for place, line in zip(block["place"], block["line"], strict=True):
                if all(known) and texts:
                    other[[place, *lines[line]]] = True
        if store:
            stores.add(store)
        texts |= set(block["text"])
        for place, line in zip(block["place"], block["line"], strict=True):
            lines.setdefault(line, []).append(place)
    if other[rows["place"].to_numpy()].any():  # of a document that is told in two ways nothing is sure
        other[rows["place"].to_numpy()] = True
        again[rows["place"].to_numpy()] = part[rows["place"].to_numpy()] = False


def _gaps(body: Body, places: np.ndarray) -> np.ndarray:
    """How many lines of the file lie between each row and the next."""
    lines = body.lines[places]
    within = pc.count_substring(body.raw.take(pa.array(places[:-1])), "\n").to_numpy(zero_copy_only=False)
    gaps: np.ndarray = lines[1:] - lines[:-1] - 1 - within
    return gaps


def _line_keys(typed: pd.DataFrame, places: np.ndarray) -> list[tuple[str, ...]]:
    """What a line is of, of each row: equal for two rows that may be one line, told twice."""
    there = typed.iloc[places][[name for name in _SAME_LINE if name in typed]].astype("str")
    return list(there.itertuples(index=False, name=None))


def _stores(typed: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """The platform's own number of the order that a block is of, '' where it says none."""
    if "platform_id" not in typed:
        return np.full(len(rows), "", dtype=object)
    own = pd.Series(typed["platform_id"].iloc[rows["place"].to_numpy()].to_numpy(), index=rows.index)
    return own.groupby(rows["block"]).transform("first").fillna("").to_numpy()
