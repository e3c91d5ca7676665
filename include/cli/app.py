"""`storekeeper`: one command, whose subcommands stand in this folder and in studies/."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import typer

from include.calendar.business_days import merchant_now
from include.cli import (
    airflow,
    day,
    inspect_file,
    keys,
    listings,
    people,
    replay,
    scaffold,
    specimen,
    tasks,
    withdraw_export,
)
from include.cli.care import audit_books, backups, migrate_books, rebuild_books
from include.cli.command_line import NAME, Books, Commands, Home, Merchant, name_merchant, run
from include.cli.studies import looking_back, other_policy, override_list, promotions, win_back
from include.cli.watching import day_status, set_up, try_alerts
from include.privacy.own_files import write_for_owner_alone
from include.settings.location import ROOT

ABOUT = """From every platform's exports to today's restock and win-back lists. 从平台导出文件到补货、召回清单。

`storekeeper COMMAND --help` says how a command is used. --merchant, --home and --books may stand before a command or
after it; without them the merchant is found as STOREKEEPER_MERCHANT and STOREKEEPER_HOME say, else in merchant/ and
var/, else the demo's is taken. `storekeeper --install-completion` completes commands and options by Tab."""
# What commands were called before: old words -> new words.
RENAMED = {
    ("platforms", "headers"): ("inspect", "--headers"),
    ("platforms", "scaffold"): ("scaffold",),
    ("platforms",): ("inspect",),
    ("looking-back",): ("accuracy",),
}

app = Commands(NAME, ABOUT, add_completion=True)
for module in (
    day, tasks, other_policy, looking_back, override_list, win_back, replay, listings, promotions, withdraw_export,
    people, keys, inspect_file, scaffold, audit_books, backups, rebuild_books, migrate_books, day_status, set_up,
    try_alerts, specimen, airflow,
):  # fmt: skip
    app.add_typer(module.commands)


def _print_version(wanted: bool) -> None:
    if wanted:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        print(f"{NAME} {project['version']}")
        raise typer.Exit


@app.callback()
def storekeeper(
    merchant: Merchant = None,
    home: Home = None,
    books: Books = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="the version of Storekeeper")
    ] = False,
) -> None:
    name_merchant(merchant, home, books)


def main(arguments: Sequence[str] | None = None, clock: Callable[[str], datetime] = merchant_now) -> int:
    """Run a command line, by default this process's; returns its exit code. clock: the wall clock of a time zone.

    What it writes is its owner's alone: a person's data as JSON, a list as a spreadsheet.
    """
    write_for_owner_alone()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    for old, new in RENAMED.items():
        if tuple(words[: len(old)]) == old:
            was, now = " ".join(old), " ".join(new)
            print(f"{NAME} {was} is now {NAME} {now} · {was} 现在叫 {now}", file=sys.stderr)
            words = [*new, *words[len(old) :]]
            break
    return run(app, words or ["--help"], clock)
