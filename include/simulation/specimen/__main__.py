"""A simulated merchant's files: `write` makes a history and some days, `go-on` lives on from there.

    ./storekeeper specimen write --root FOLDER [--skus 240] [--until 2025-11-13] [--history-days 395] [--days 3]
    ./storekeeper specimen go-on --root FOLDER [--days 1] [--orders FILE.csv]

Nothing but the folder is touched: no merchant and no books are needed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from include.settings.arguments import a_date, amount, command_parser, count, run_command
from include.settings.saying import SaidError, refused, require_writable
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import KINDS, Fault
from include.simulation.specimen.settings import OTHER_SHOPS, SHOPS, STOCK_KEEPERS, SpecimenSettings

KEPT = "specimen.npz"  # where `write` leaves the business for `go-on`, under the root
ORDER_COLUMNS = {"商品编码": "sku", "仓库": "warehouse", "采购数量": "quantity", "供应商编码": "supplier"}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = command_parser("specimen", __doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="history up to the last days, then a folder a day")
    write.add_argument("--root", type=Path, required=True)
    write.add_argument("--seed", type=count(0), default=7)
    write.add_argument("--skus", type=count(), default=240)
    write.add_argument("--until", type=a_date, default=date(2025, 11, 13))
    write.add_argument("--history-days", type=count(0), default=395)
    write.add_argument("--days", type=count(0), default=3, help="daily folders, the last one is --until")
    write.add_argument("--lines-per-sku-day", type=amount, default=SpecimenSettings.lines_per_sku_day)
    write.add_argument(
        "--traffic-and-money", action="store_true", help="visitors by listing and Douyin's settlement too"
    )
    write.add_argument("--promotions", action="store_true", help="the skus' own promotions, planned some weeks ahead")
    write.add_argument(
        "--without-customers", action="store_true", help="the ERP does not tell whose an order is: nobody is known"
    )
    write.add_argument(
        "--shops",
        nargs=len(SHOPS),
        default=SpecimenSettings.shops,
        metavar="SHOP",
        help=f"who sells in the three places: {', '.join(shop.name for shop in SHOPS)}, or another in one's place "
        f"({', '.join(OTHER_SHOPS)})",
    )
    write.add_argument("--stock-keeper", choices=STOCK_KEEPERS, default=SpecimenSettings.stock_keeper)
    write.add_argument(
        "--wrong",
        type=fault_of,
        action="append",
        default=[],
        metavar="KIND:SHOP:DAY[:REPORT]",
        help=f"something that goes wrong with a day's exports: {', '.join(KINDS)}",
    )
    go_on = commands.add_parser("go-on", help="the days that follow, in a new process")
    go_on.add_argument("--root", type=Path, required=True)
    go_on.add_argument("--days", type=count(), default=1)
    go_on.add_argument(
        "--orders",
        type=Path,
        help="csv of orders placed on the first of these days: sku, warehouse, quantity, supplier",
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "go-on":
            return _go_on(chosen)
        require_writable(chosen.root)
        return _write(chosen, _settings(chosen, write))
    except (ValueError, OSError) as error:
        return refused(error, None)


def fault_of(text: str) -> Fault:
    """`damaged_ids:tmall:2025-11-13:orders`; without the last part, all reports of the shop and day."""
    try:
        kind, shop, day, *reports = text.split(":")
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"expected KIND:SHOP:DAY[:REPORT], found {text!r} · 要写成 KIND:SHOP:DAY[:REPORT]，写的是 {text!r}"
        ) from error
    try:
        return Fault(kind, shop, a_date(day), reports=tuple(reports))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _settings(chosen: argparse.Namespace, parser: argparse.ArgumentParser) -> SpecimenSettings:
    if chosen.days + chosen.history_days == 0:
        parser.error("--days and --history-days: one day at least is lived · --days 和 --history-days 不能都是 0")
    try:
        return SpecimenSettings(
            seed=chosen.seed,
            skus=chosen.skus,
            first_day=chosen.until - timedelta(days=chosen.days + chosen.history_days - 1),
            lines_per_sku_day=chosen.lines_per_sku_day,
            traffic_and_money=chosen.traffic_and_money,
            promotions=chosen.promotions,
            customers_from_erp=not chosen.without_customers,
            shops=tuple(chosen.shops),
            stock_keeper=chosen.stock_keeper,
        )
    except (ValueError, OverflowError) as error:
        parser.error(str(error))


def _write(chosen: argparse.Namespace, settings: SpecimenSettings) -> int:
    specimen = Specimen(settings)
    started = time.monotonic()
    for past in range(chosen.history_days):
        specimen.step(specimen.next_day)
        if past % 60 == 59:
            _say(f"lived to {specimen.last_day}: {len(specimen.sales.lines):,} order lines", started)
    if chosen.history_days:
        files = specimen.write_history(chosen.root, specimen.last_day)
        _say(f"history {settings.first_day} .. {specimen.last_day}: {len(files)} files, {_megabytes(files)}", started)
    for _ in range(chosen.days):
        _one_day(specimen, chosen.root, None, started, chosen.wrong)
    specimen.save(chosen.root / KEPT)
    _say(f"kept in {chosen.root / KEPT}", started)
    return 0


def _go_on(chosen: argparse.Namespace) -> int:
    kept = chosen.root / KEPT
    if not kept.exists():
        raise SaidError(
            f"nothing to go on with: {kept} is missing (run `write` first)",
            f"没有可以接着过的：缺少 {kept}（请先运行 write）",
        )
    started = time.monotonic()
    try:
        specimen = Specimen.load(kept)
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise SaidError(f"{kept}: no business that `write` kept", f"{kept}：不是 write 保存的文件") from error
    orders = read_orders(chosen.orders) if chosen.orders else None
    for nth in range(chosen.days):
        _one_day(specimen, chosen.root, orders if nth == 0 else None if orders is None else orders.head(0), started)
    specimen.save(kept)
    return 0


def read_orders(path: Path) -> pd.DataFrame:
    """Orders to place from a csv file with English or Chinese column names. Raises SaidError if one is missing."""
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig").rename(columns=ORDER_COLUMNS)
    except ValueError as error:
        raise SaidError(f"{path}: no CSV file of orders in UTF-8", f"{path}：不是 UTF-8 的订单 CSV 文件") from error
    if missing := [name for name in ("sku", "warehouse", "quantity") if name not in frame]:
        raise SaidError(f"{path}: no column {', '.join(missing)}", f"{path}：缺少列 {'、'.join(missing)}")
    written = frame["quantity"]
    frame["quantity"] = pd.to_numeric(written, errors="coerce")
    if wrong := written[frame["quantity"].isna()].tolist():
        raise SaidError(
            f"{path}: quantity: expected a number, found {wrong[0]!r}", f"{path}：数量应为数字，写的是 {wrong[0]!r}"
        )
    return frame[frame["quantity"] > 0].reset_index(drop=True)


def _one_day(
    specimen: Specimen, root: Path, orders: pd.DataFrame | None, started: float, wrong: Sequence[Fault] = ()
) -> None:
    specimen.step(specimen.next_day, orders)
    files = specimen.write_day(root, specimen.last_day, wrong)
    _say(f"{specimen.last_day}: {len(files)} files, {_megabytes(files)}", started)


def _megabytes(files: list[Path]) -> str:
    return f"{sum(path.stat().st_size for path in files) / 1e6:.1f} MB"


def _say(text: str, started: float) -> None:
    print(f"[{time.monotonic() - started:5.1f} s] {text}", flush=True)


if __name__ == "__main__":
    run_command(main)
