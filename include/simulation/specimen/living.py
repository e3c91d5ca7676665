"""A simulated merchant's files: a history and some days are written, and it lives on from there in a new process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import pandas as pd

from include.settings.saying import BilingualError
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.faults import Fault
from include.simulation.specimen.settings import SpecimenSettings
from include.words.texts import Language, listed, say

KEPT = "specimen.npz"  # where `write_files` leaves the business for `go_on`, under the root
ORDER_COLUMNS = {"商品编码": "sku", "仓库": "warehouse", "采购数量": "quantity", "供应商编码": "supplier"}


def write_files(
    settings: SpecimenSettings,
    root: Path,
    history_days: int,
    days: int,
    wrong: Sequence[Fault] = (),
    language: Language = "en",
) -> None:
    """Live `history_days` and write them as a history, then `days` with a folder each. wrong: what goes wrong with the
    exports of these days."""
    specimen, tell = Specimen(settings), _Teller(language)
    for past in range(history_days):
        specimen.step(specimen.next_day)
        if past % 60 == 59:
            lines = f"{len(specimen.sales.lines):,}"
            tell("command.specimen.lived_to", day=specimen.last_day, lines=lines)
    if history_days:
        files = specimen.write_history(root, specimen.last_day)
        tell("command.specimen.history", first=settings.first_day, last=specimen.last_day, **_size_of(files))
    for _ in range(days):
        _one_day(specimen, root, None, tell, wrong)
    specimen.save(root / KEPT)
    tell("command.specimen.kept", file=root / KEPT)


def go_on(root: Path, days: int = 1, orders_file: Path | None = None, language: Language = "en") -> None:
    """Live and write the days that follow. orders_file: csv of orders placed on the first of them.

    Raises BilingualError if there is no business to go on with.
    """
    kept = root / KEPT
    if not kept.exists():
        raise BilingualError.named("error.nothing_to_go_on_with", kept=kept)
    tell = _Teller(language)
    try:
        specimen = Specimen.load(kept)
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise BilingualError.named("error.no_kept_business", kept=kept) from error
    orders = read_orders(orders_file) if orders_file else None
    for nth in range(days):
        _one_day(specimen, root, orders if nth == 0 else None if orders is None else orders.head(0), tell)
    specimen.save(kept)


def read_orders(path: Path) -> pd.DataFrame:
    """Orders to place from a csv file with English or Chinese column names. Raises BilingualError if one is missing."""
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig").rename(columns=ORDER_COLUMNS)
    except ValueError as error:
        raise BilingualError.named("error.no_orders_csv", path=path) from error
    if missing := [name for name in ("sku", "warehouse", "quantity") if name not in frame]:
        raise BilingualError.named("error.no_columns", path=path, missing=listed(missing))
    written = frame["quantity"]
    frame["quantity"] = pd.to_numeric(written, errors="coerce")
    if wrong := written[frame["quantity"].isna()].tolist():
        raise BilingualError.named("error.no_number", path=path, found=wrong[0])
    return frame[frame["quantity"] > 0].reset_index(drop=True)


def _one_day(
    specimen: Specimen, root: Path, orders: pd.DataFrame | None, tell: _Teller, wrong: Sequence[Fault] = ()
) -> None:
    specimen.step(specimen.next_day, orders)
    tell("command.specimen.day", day=specimen.last_day, **_size_of(specimen.write_day(root, specimen.last_day, wrong)))


def _size_of(files: list[Path]) -> dict[str, str]:
    return {"files": str(len(files)), "megabytes": f"{sum(path.stat().st_size for path in files) / 1e6:.1f}"}


class _Teller:
    """Says how far it is, in one language, with the seconds since it began."""

    def __init__(self, language: Language) -> None:
        self._language, self._started = language, time.monotonic()

    def __call__(self, name: str, **values: object) -> None:
        print(f"[{time.monotonic() - self._started:5.1f} s] {say(self._language, name, **values)}", flush=True)
