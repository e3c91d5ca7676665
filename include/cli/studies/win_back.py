"""What the recall lists of a month have earned, offers and contacts off, with its interval.

    storekeeper win-back 2025-10 [--language zh]

Reads the newest review of the month's lists: customers listed against those left alone, within the days of holdout, by
list's month. While the days of some lists are not over, it is of those whose days are.
"""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant

commands = Commands()


@commands.command("win-back", help=__doc__, short_help="what a month's recall lists have earned · 召回清单的成效")
@at_merchant
def win_back(
    session: Session,
    month: Annotated[str, typer.Argument(metavar="MONTH", parser=options.a_month, help="such as 2025-10")],
    language: options.InLanguage = None,
) -> None:
    from include.customers.recall.win_back_store import month_report
    from include.warehouse.workspace import workspace_for_reading

    session.language = language
    with workspace_for_reading(session.named) as workspace:
        print(month_report(workspace, month, language or workspace.merchant.language))
