"""How good the forecasts behind past lists were, as far as their days are over.

    storekeeper accuracy --day 2025-11-30 [--since-days 91] [--by demand_class category]

Reads the books as of the day, or as of the newest closed day where that is earlier: what nobody has seen is not 0 sold.
Every list keeps what was forecast for each sku and warehouse over its protection period, with the model that said it;
here it is held against what was sold since. `off_0.9` is how far from 90 % the share of totals not above the 0.9
quantile lies.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant
from include.words.texts import Language, say

if TYPE_CHECKING:
    import pandas as pd

GROUPINGS = ("demand_class", "category", "warehouse", "model_id", "span_days", "day")

commands = Commands()


@commands.command("accuracy", help=__doc__, short_help="stored forecasts against what came · 预测与实际")
@at_merchant
def accuracy(
    session: Session,
    day: Annotated[str, options.day()],
    since_days: Annotated[int, options.number("--since-days")] = 91,
    by: Annotated[
        list[str] | None,
        options.option(
            "--by", of=options.one_of(*GROUPINGS), metavar="|".join(GROUPINGS), help="demand_class by default"
        ),
    ] = None,
) -> None:
    from include.demand.forecast_accuracy import first_day_to_judge, forecast_accuracy
    from include.facts.close_day import last_closed_day
    from include.warehouse.workspace import workspace_for_reading

    with workspace_for_reading(session.named) as workspace:
        seen = last_closed_day(workspace.books, day)
        language = workspace.merchant.language
        if seen < day:
            print(say(language, "command.accuracy.not_closed", day=day, seen=seen), file=sys.stderr)
        told = forecast_accuracy(workspace, seen, since_days, by or ["demand_class"])
        soonest = None if len(told) else first_day_to_judge(workspace, seen, since_days)
    print(_in_words(told, language) if len(told) else _nothing_to_judge(soonest, language))


def _in_words(told: pd.DataFrame, language: Language) -> str:
    """`accuracy` as a Markdown table."""
    shown = told.copy()
    if "demand_class" in shown:
        shown["demand_class"] = [say(language, f"command.accuracy.class.{one}") for one in shown["demand_class"]]
    for name in set(shown.columns) & (set(GROUPINGS) - {"demand_class"}):
        words = {"all": say(language, "command.accuracy.class.all"), "": say(language, "command.accuracy.no_category")}
        shown[name] = [words.get(str(one), one) for one in shown[name]]
    shown.columns = [
        say(language, "command.accuracy.column.off", level=name.removeprefix("off_"))
        if name.startswith("off_")
        else say(language, f"command.accuracy.column.{name}")
        for name in told.columns
    ]
    return str(shown.to_markdown(index=False, floatfmt=".3f"))


def _nothing_to_judge(soonest: str | None, language: str) -> str:
    if soonest is None:
        return say(language, "command.accuracy.no_forecast")
    return say(language, "command.accuracy.too_early", day=soonest)
