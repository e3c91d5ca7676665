"""How good the forecasts behind past lists were, as far as their days are over.

    storekeeper accuracy --day 2025-11-30 [--since-days 91] [--by demand_class model_id]

Reads the books as of the day, or as of the newest closed day where that is earlier: what nobody has seen is not 0 sold.
Every list keeps what was forecast for each sku and warehouse over its protection period, with the model that said it;
here it is held against what was sold since. `off_0.9` is how far from 90 % the share of totals not above the 0.9
quantile lies.
"""

from __future__ import annotations

import sys
from typing import Annotated

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant

GROUPINGS = ("demand_class", "model_id", "span_days", "day")

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
    from include.warehouse.workspace import office_for_reading

    with office_for_reading(session.named) as office:
        seen = last_closed_day(office.books, day)
        zh = office.merchant.language == "zh"
        if seen < day:
            print(_not_seen(day, seen, zh), file=sys.stderr)
        told = forecast_accuracy(office, seen, since_days, by or ["demand_class"])
        soonest = None if len(told) else first_day_to_judge(office, seen, since_days)
    print(told.to_markdown(index=False, floatfmt=".3f") if len(told) else _nothing_to_judge(soonest, zh))


def _not_seen(day: str, seen: str, zh: bool) -> str:
    if zh:
        return f"{day} 还没有结账：只看到最近结账的 {seen} 为止"
    return f"{day} is not closed yet: this looks back from {seen}, the newest closed day"


def _nothing_to_judge(soonest: str | None, zh: bool) -> str:
    if soonest is None:
        return "还没有清单留下预测" if zh else "no list has kept a forecast yet"
    if zh:
        return f"还没有一个预测的日子已经过完：最早的要到 {soonest} 结账后才能评"
    return f"no forecast's days are over yet: the first can be judged once {soonest} is closed"
