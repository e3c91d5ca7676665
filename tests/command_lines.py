"""The command `storekeeper` in this process."""

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from include.calendar.business_days import merchant_now
from include.cli.app import main

EXAMPLE = Path(__file__).parents[1] / "examples" / "specimen"


class Command(Protocol):
    def __call__(self, words: Sequence[str], now: Callable[[str], datetime] = merchant_now) -> int: ...


def storekeeper(*first: str) -> Command:
    """What runs the command lines that begin so; returns the exit code."""

    def run(words: Sequence[str], now: Callable[[str], datetime] = merchant_now) -> int:
        return main([*first, *words], now)

    return run


def english_merchant(folder: Path) -> list[str]:
    """--merchant and --home that name the example merchant, told in English, in a new folder `merchant` of `folder`."""
    merchant = folder / "merchant"
    shutil.copytree(EXAMPLE, merchant)
    settings = merchant / "merchant.yaml"
    told = settings.read_text(encoding="utf-8").replace("\nlanguage: zh\n", "\nlanguage: en\n")
    settings.write_text(told, encoding="utf-8")
    return ["--merchant", str(merchant), "--home", str(folder)]
