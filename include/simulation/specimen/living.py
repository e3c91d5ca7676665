"""A simulated merchant's files: a history and some days are written, and it lives on from there in a new process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from include.settings.saying import SaidError
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import Fault
from include.simulation.specimen.settings import SpecimenSettings

KEPT = "specimen.npz"  # where `write_files` leaves the business for `go_on`, under the root
ORDER_COLUMNS = {"商品编码": "sku", "仓库": "warehouse", "采购数量": "quantity", "供应商编码": "supplier"}


def write_files(
    settings: SpecimenSettings, root: Path, history_days: int, days: int, wrong: Sequence[Fault] = ()
) -> None:
    """Live `history_days` and write them as a history, then `days` with a folder each. wrong: what goes wrong with the
    exports of these days."""
    specimen = Specimen(settings)
    started = time.monotonic()
    for past in range(history_days):
        specimen.step(specimen.next_day)
        if past % 60 == 59:
            _say(f"lived to {specimen.last_day}: {len(specimen.sales.lines):,} order lines", started)
    if history_days:
        files = specimen.write_history(root, specimen.last_day)
        _say(f"history {settings.first_day} .. {specimen.last_day}: {len(files)} files, {_megabytes(files)}", started)
    for _ in range(days):
        _one_day(specimen, root, None, started, wrong)
    specimen.save(root / KEPT)
    _say(f"kept in {root / KEPT}", started)


def go_on(root: Path, days: int = 1, orders_file: Path | None = None) -> None:
    """Live and write the days that follow. orders_file: csv of orders placed on the first of them.

    Raises SaidError if there is no business to go on with.
    """
    kept = root / KEPT
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
    orders = read_orders(orders_file) if orders_file else None
    for nth in range(days):
        _one_day(specimen, root, orders if nth == 0 else None if orders is None else orders.head(0), started)
    specimen.save(kept)


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
