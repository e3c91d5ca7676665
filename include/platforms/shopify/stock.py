"""Shopify's inventory export: a line a variant and location, or, in its oldest generation, a column a location.

What its numbers mean, by Shopify's own help: On hand is everything that lies at the location. It is the sum of
Available (for sale), Committed (in orders that are not sent yet) and Unavailable (damaged, in inspection, kept as
safety stock, or reserved by a draft order or an app). Incoming is on its way there and no part of On hand.

| column | counts as |
| --- | --- |
| On hand (current), On hand | on_hand; when the file lacks it, the sum of the parts that the file has |
| On hand (new) | not read: a person writes there what is to be imported |
| Available | available |
| Committed + Unavailable | locked: none of it can be sold again, so on_hand less locked is Available |
| Incoming | in_transit |
| a location's name (oldest generation) | on_hand and available: that generation knew one number |
| `not stocked` | ignored: the location never keeps this variant, which is not a stock of zero |

A variant without a SKU is ignored: nothing else in the books can be held against it. A variant whose stock Shopify does
not count has no number at all and is ignored too: its stock is unknown, not zero.
"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from include.exports.building.stock_parts import SHELF, stock_frame
from include.exports.declaration import Column, Context, Ignored, Kind, Report, header_list
from include.exports.headers import matching

_NOT_STOCKED = dict.fromkeys(("not stocked", "Not stocked", "Not Stocked", "NOT STOCKED"), "")
_ON_HAND = ("On hand (current)", "On hand")
_AVAILABLE = ("Available (not editable)", "Available")
_LOCATION = ("Location",)
_NUMBERS = ("on_hand", "available", "committed", "unavailable", "in_transit")
# Fields of the oldest generation: these words and the location's name.
_AT, _SAID_AT = "at ", "said at "

_KNOWN = header_list(
    "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,SKU,Barcode,HS Code,"
    "COO,Location,Bin name,Incoming (not editable),Unavailable (not editable),Committed (not editable),"
    "Available (not editable),On hand (current),On hand (new),Incoming,Unavailable,Committed,Available,On hand,"
    "Variant Packed Length,Variant Packed Width,Variant Packed Height,Variant Packed Dimension Unit"
)


def _quantity(name: str, headers: tuple[str, ...]) -> Column:
    return Column(name, headers, Kind.QUANTITY, words=_NOT_STOCKED)


def _ignored(rows: pd.DataFrame, context: Context) -> Ignored:
    texts = ["on_hand_said", "available_said", *(name for name in rows.columns if name.startswith(_SAID_AT))]
    numbers = ["on_hand", "available", *(name for name in rows.columns if name.startswith(_AT))]
    said = rows[texts].fillna("").apply(lambda column: column.str.casefold())
    is_absent, is_blank = said == "not stocked", said == ""
    unknown = rows[numbers].isna().all(axis=1)
    return [
        (rows["sku"].isna().to_numpy(), "variant without a SKU"),
        ((unknown & is_absent.any(axis=1) & (is_absent | is_blank).all(axis=1)).to_numpy(), "not stocked there"),
        ((unknown & is_blank.all(axis=1)).to_numpy(), "stock that Shopify does not count"),
    ]


def _stock(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    locations = [name for name in rows.columns if name.startswith(_AT)]
    if locations:
        return stock_frame(_by_location(rows, locations), context)
    parts = rows[["available", "committed", "unavailable"]].sum(axis=1, min_count=1).where(rows["available"].notna())
    locked = rows[["committed", "unavailable"]].sum(axis=1, min_count=1)
    return stock_frame(rows.assign(on_hand=rows["on_hand"].fillna(parts), locked=locked), context)


def _by_location(rows: pd.DataFrame, locations: Sequence[str]) -> pd.DataFrame:
    """A row a variant and location that keeps it."""
    at = [rows.assign(warehouse=name.removeprefix(_AT), on_hand=rows[name], available=rows[name]) for name in locations]
    kept = pd.concat(at)
    return kept[kept["on_hand"].notna()].sort_values("file_line", kind="stable", ignore_index=True)


def _by_header(report: Report, header: Sequence[str]) -> Report:
    """The report as a file with this header has it: which of its numbers must be there, and columns of locations."""
    names = {matching(name) for name in header}
    if names & {matching(name) for name in _ON_HAND}:
        return replace(report, columns=_needing(report.columns, "on_hand"))
    known = report.recognised()
    locations = list(
        {matching(name): name.strip() for name in header if name.strip() and matching(name) not in known}.values()
    )
    if not locations or names & {matching(name) for name in (*_AVAILABLE, *_LOCATION)}:
        return replace(report, columns=_needing(report.columns, "available"))
    more: list[Column] = []
    for name in locations:
        more += [_quantity(_AT + name, (name,)), Column(_SAID_AT + name, (name,), Kind.TEXT)]
    return replace(
        report, columns=(*report.columns, *more), sum_rows_by=(SHELF, tuple(_AT + name for name in locations))
    )


def _needing(columns: tuple[Column, ...], number: str) -> tuple[Column, ...]:
    return tuple(replace(column, required=True, filled=True) if column.name == number else column for column in columns)


STOCK = Report(
    name="stock",
    title="Shopify inventory export",
    columns=(
        Column("handle", ("Handle",), Kind.TEXT, required=True),
        Column("sku", ("SKU",), Kind.ID, required=True),
        Column("warehouse", _LOCATION, Kind.TEXT, filled=True),
        _quantity("on_hand", _ON_HAND),
        _quantity("available", _AVAILABLE),
        _quantity("committed", ("Committed (not editable)", "Committed")),
        _quantity("unavailable", ("Unavailable (not editable)", "Unavailable")),
        _quantity("in_transit", ("Incoming (not editable)", "Incoming")),
        Column("on_hand_said", _ON_HAND, Kind.TEXT),
        Column("available_said", _AVAILABLE, Kind.TEXT),
        Column("stock_day", ("Date",), Kind.DAY),
    ),
    known=_KNOWN,
    generations=(
        ("on hand", ("On hand (current)", "Location")),
        ("on hand, editable", ("On hand", "Location")),
        ("available", ("Available", "Location")),
        ("a column a location", ("SKU",)),
    ),
    guessed={
        "a column a location": "every column that is not known is taken to be a location; a number there is both what "
        "lies there and what is for sale."
    },
    sum_rows_by=(SHELF, _NUMBERS),
    keep_together_by=("sku",),
    ignore=_ignored,
    by_header=_by_header,
    build=_stock,
)

REPORTS = (STOCK,)
