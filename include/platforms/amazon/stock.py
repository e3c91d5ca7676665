"""Amazon: the FBA inventory ledger's summary and detail.

The ledger's detail is movements, of which only inbound receipts are a fact of ours; its summary is the stock.
"""

import pandas as pd

from include.exports.building.stock_parts import SHELF, stock_frame
from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Ignored, Kind, Report, header_list
from include.platforms.amazon.orders import ENCODINGS

_SUMMARY_HEADERS = header_list(
    "Date,FNSKU,ASIN,MSKU,Title,Disposition,Starting Warehouse Balance,In Transit Between Warehouses,Receipts,"
    "Customer Shipments,Customer Returns,Vendor Returns,Warehouse Transfer In/Out,Found,Lost,Damaged,Disposed,"
    "Other Events,Ending Warehouse Balance,Unknown Events,Location,Store"
)
_DETAIL_HEADERS = header_list(
    "Date,FNSKU,ASIN,MSKU,Title,Event Type,Reference ID,Quantity,Fulfillment Center,Disposition,Reason,Country,"
    "Reconciled Quantity,Unreconciled Quantity"
)


def _ignored_summary(rows: pd.DataFrame, context: Context) -> Ignored:
    return [((rows["disposition"] != "SELLABLE").fillna(True).to_numpy(), "stock that cannot be sold")]


def _ignored_detail(rows: pd.DataFrame, context: Context) -> Ignored:
    return [((rows["event"] != "Receipts").fillna(True).to_numpy(), "stock movement that is no receipt")]


def _receipts(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """Inbound shipments as they were booked in, each a line a sku, fulfilment center and day."""
    name = rows["reference"].fillna("-") + "/" + rows["warehouse"] + "/" + rows["received_day"]
    return {"receipts": canonical("receipts", rows.assign(receipt_id=name))}


STOCK = Report(
    name="stock",
    title="Amazon FBA inventory ledger, summary",
    columns=(
        Column("sku", ("MSKU",), Kind.ID, required=True, filled=True),
        Column("stock_day", ("Date",), Kind.AMERICAN_DAY, required=True, filled=True),
        Column("disposition", ("Disposition",), Kind.TEXT, required=True),
        Column("on_hand", ("Ending Warehouse Balance",), Kind.QUANTITY, required=True, filled=True),
        Column("warehouse", ("Location",), Kind.TEXT, required=True, filled=True),
    ),
    known=_SUMMARY_HEADERS,
    generations=(("summary", ("Ending Warehouse Balance",)),),
    day="stock_day",
    ignore=_ignored_summary,
    sum_rows_by=(SHELF, ("on_hand",)),
    keep_together_by=("sku",),
    encodings=ENCODINGS,
    build=stock_frame,
)

RECEIPTS = Report(
    name="receipts",
    title="Amazon FBA inventory ledger, detail",
    columns=(
        Column("sku", ("MSKU",), Kind.ID, required=True, filled=True),
        Column("received_day", ("Date",), Kind.AMERICAN_DAY, required=True, filled=True),
        Column("event", ("Event Type",), Kind.TEXT, required=True, filled=True),
        Column("reference", ("Reference ID",), Kind.ID, required=True),
        Column("quantity", ("Quantity",), Kind.QUANTITY, required=True, filled=True),
        Column("warehouse", ("Fulfillment Center",), Kind.TEXT, required=True, filled=True),
    ),
    known=_DETAIL_HEADERS,
    generations=(("detail", ("Event Type", "Unreconciled Quantity")), ("detail, older", ("Event Type",))),
    day="received_day",
    ignore=_ignored_detail,
    sum_rows_by=(("reference", "sku", "warehouse", "received_day"), ("quantity",)),
    keep_together_by=("sku",),
    encodings=ENCODINGS,
    build=_receipts,
)

REPORTS = (STOCK, RECEIPTS)
