"""Turns the UCI Online Retail II file into the exports of a shop that sells day by day, and of its warehouse.

    python -m examples.online_retail_ii.convert FILE OUT --first-day 2011-10-10 --days 14

FILE is the UCI workbook, or a CSV or Parquet of it: InvoiceNo (or Invoice), StockCode, Description, Quantity,
InvoiceDate, UnitPrice (or Price), CustomerID (or Customer ID), Country, and `sheet` where both years are in one table.

OUT/retail/history/orders_<from>_<to>.csv holds every line before the first day, OUT/retail/<day>/orders_<day>.csv a
day's lines as they are: cancellations, anonymous lines, corrections and all. The file knows no stock, so
OUT/warehouse/ is **simulated**, by a rule that is easy to say: at the opening the shelf holds three weeks of each
product's usual sales; each Monday the supplier delivers what was sold the week before; sales take from it. Costs are
**assumed** at 55 % of the usual price, the lead time at ten days.
"""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

RENAMED = {"Invoice": "InvoiceNo", "Price": "UnitPrice", "Customer ID": "CustomerID"}
NOT_MERCHANDISE = r"^(?:POST|DOT|M|m|D|S|B|C2|C3|CRUK|PADS|BANK CHARGES|AMAZONFEE|ADJUST2?|TEST\d+|gift_\d+.*)$"
COST_SHARE = 0.55
OPENING_DAYS = 21
LEAD_DAYS = 10


def read(file: Path) -> pd.DataFrame:
    """All lines, in the file's order, with the newer column names."""
    if file.suffix == ".parquet":
        lines = pd.read_parquet(file)
    elif file.suffix == ".csv":
        lines = pd.read_csv(file, dtype={"Invoice": str, "InvoiceNo": str, "StockCode": str})
    else:
        sheets = pd.read_excel(file, sheet_name=None, engine="calamine", dtype={"Invoice": str, "StockCode": str})
        lines = pd.concat([part.assign(sheet=name) for name, part in sheets.items()], ignore_index=True)
    lines = lines.rename(columns=RENAMED)
    lines["InvoiceDate"] = pd.to_datetime(lines["InvoiceDate"])
    if "sheet" not in lines:
        lines["sheet"] = ""
    return lines


def write_orders(lines: pd.DataFrame, out: Path, first_day: date, days: int) -> None:
    when = lines["InvoiceDate"].dt.date
    before = lines[when < first_day]
    newest = before["InvoiceDate"].max().date()
    _write(before, out / "retail" / "history" / f"orders_{before['InvoiceDate'].min().date()}_{newest}.csv")
    for number in range(days):
        day = first_day + timedelta(days=number)
        _write(lines[when == day], out / "retail" / day.isoformat() / f"orders_{day}.csv")


def _write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.assign(InvoiceDate=frame["InvoiceDate"].dt.strftime("%Y-%m-%d %H:%M:%S")).to_csv(path, index=False)


def write_warehouse(lines: pd.DataFrame, out: Path, first_day: date, days: int) -> None:
    """The masters, and the simulated stock at the end of each day from the one before the first."""
    sales = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    sales = sales[~sales["StockCode"].str.match(NOT_MERCHANDISE)]
    sales = sales.assign(day=sales["InvoiceDate"].dt.date)
    known = sales[sales["day"] < first_day + timedelta(days=days)]
    products = known.groupby("StockCode").agg(title=("Description", "last"), price=("UnitPrice", "median"))
    cost = (products["price"] * COST_SHARE).round(2).clip(lower=0.01)
    master = pd.DataFrame(
        {
            "sku": products.index,
            "title": products["title"].fillna(""),
            "list_price": products["price"].round(2),
            "cost": cost,
            "supplier": "UK wholesale",
        }
    )
    opening = first_day - timedelta(days=1)
    recent = sales[(sales["day"] >= first_day - timedelta(days=91)) & (sales["day"] < first_day)]
    daily = recent.groupby("StockCode")["Quantity"].sum().reindex(products.index).fillna(0) / 91
    stock = np.ceil(daily * OPENING_DAYS).astype("int64")
    sold = sales.pivot_table(index="StockCode", columns="day", values="Quantity", aggfunc="sum")
    sold = sold.reindex(products.index).fillna(0).astype("int64")
    for number in range(days + 1):
        day = opening + timedelta(days=number)
        if number:
            if day.weekday() == 0:
                week = [day - timedelta(days=back) for back in range(1, 8)]
                stock = stock + sold[[d for d in week if d in sold.columns]].sum(axis=1)
            taken = sold[day] if day in sold.columns else 0
            stock = (stock - taken).clip(lower=0)
        folder = out / "warehouse" / ("history" if number == 0 else day.isoformat())
        folder.mkdir(parents=True, exist_ok=True)
        shelf = pd.DataFrame({"sku": stock.index, "on_hand": stock.to_numpy()})
        shelf.to_csv(folder / f"stock_{day}.csv", index=False)
        master.to_csv(folder / f"products_{day}.csv", index=False)
        supplier = pd.DataFrame([{"supplier": "UK wholesale", "lead_time_days": LEAD_DAYS, "review_period_days": 7}])
        supplier.to_csv(folder / f"suppliers_{day}.csv", index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2011, 10, 10))
    parser.add_argument("--days", type=int, default=14)
    given = parser.parse_args()
    lines = read(given.file)
    write_orders(lines, given.out, given.first_day, given.days)
    write_warehouse(lines, given.out, given.first_day, given.days)
    print(f"{len(lines):,} lines read; history and {given.days} days written to {given.out}")


if __name__ == "__main__":
    main()
