"""Airflow's own command at the Airflow that the demo started, with that one's settings and database.

    storekeeper airflow backfill create --dag-id open_day --from-date 2025-11-10 --to-date 2025-11-11 ...

Where AIRFLOW_HOME is set it is left alone: that is an installation of your own. `--help` after one of Airflow's own
commands is Airflow's.
"""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli.command_line import Commands

commands = Commands()


@commands.command(
    "airflow",
    help=__doc__,
    short_help="Airflow's own command, at the demo's · 演示的 Airflow 命令",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
def airflow(words: Annotated[list[str], typer.Argument(metavar="COMMAND")]) -> int:
    from scripts.airflow_command import run

    return run(words)
