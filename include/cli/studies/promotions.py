"""What a promotion needs in stock, and what came of it.

    storekeeper promotions plan   --day 2025-10-12 [--promotion 双11] [--before-days 28]
    storekeeper promotions review --day 2025-11-30 [--promotion 双11] [--since-days 42]
        [--out FOLDER] [--language zh|en]

`plan` counts back from each promotion that runs or begins within four weeks: by sku and warehouse what will be wanted
until its end at the line's service level, what is there and comes in time, what to order by when from whom, for how
much money. `review` says of each promotion that has begun: forecast, sold, lost, ordinary sales, what was taken from
the two weeks before and after, stock left, prices and margin; days that nobody has seen are not judged.

Both read the books as of the day and publish nothing. --out writes an XLSX a promotion. Ends with 1 where the day is
not closed or the promotion is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant
from include.settings.saying import require_writable

if TYPE_CHECKING:
    import pandas as pd

    from include.warehouse.workspace import Workspace
    from include.words.texts import Language

Day = Annotated[str, options.day("a closed day")]
Promotion = Annotated[str | None, typer.Option(metavar="NAME", help="one of them; all by default")]
Out = Annotated[Path | None, typer.Option(metavar="FOLDER")]

commands = Commands("promotions", __doc__, "what promotions need, what came of them · 活动备货与复盘")


@commands.command("plan")
@at_merchant
def plan(
    session: Session,
    day: Day,
    before_days: Annotated[int, options.number("--before-days")] = 28,
    promotion: Promotion = None,
    out: Out = None,
    language: options.InLanguage = None,
) -> None:
    """What to order by when, for promotions ahead."""
    from include.replenishment.promotions.promotion_figures import only, stock_plan
    from include.replenishment.promotions.promotion_stock import by_supplier

    with _workspace(session, language, out) as workspace:
        lines = only(stock_plan(workspace, day, before_days), promotion)
        _tell("plan", lines, by_supplier(lines), day, language or workspace.merchant.language, workspace, out)


@commands.command("review")
@at_merchant
def review(
    session: Session,
    day: Day,
    since_days: Annotated[int, options.number("--since-days")] = 42,
    promotion: Promotion = None,
    out: Out = None,
    language: options.InLanguage = None,
) -> None:
    """What came of promotions."""
    from include.replenishment.promotions import promotion_figures

    with _workspace(session, language, out) as workspace:
        lines = promotion_figures.only(promotion_figures.review(workspace, day, since_days), promotion)
        _tell("review", lines, None, day, language or workspace.merchant.language, workspace, out)


@contextmanager
def _workspace(session: Session, language: Language | None, out: Path | None) -> Iterator[Workspace]:
    from include.warehouse.workspace import workspace_for_reading

    session.language = language
    if out:
        require_writable(out)
    with workspace_for_reading(session.named) as workspace:
        yield workspace


def _tell(
    what: Literal["plan", "review"],
    lines: pd.DataFrame,
    suppliers: pd.DataFrame | None,
    day: str,
    language: Language,
    workspace: Workspace,
    out: Path | None,
) -> None:
    """Print the lines, and write a workbook of each promotion into the folder `out`."""
    from include.tasks.sheets.promotion_sheet import file_name, sheet_text, write_sheet

    currency = workspace.merchant.currency
    print(sheet_text(what, lines, suppliers, language, currency))
    if out:
        out.mkdir(parents=True, exist_ok=True)
        for name, part in lines.groupby("promotion", sort=True):
            path = out / file_name(what, str(name), day, language)
            own = None if suppliers is None else suppliers[suppliers["promotion"] == name]
            path.write_bytes(write_sheet(what, part, own, day, language, currency))
            print(path)
