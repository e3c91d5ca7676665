"""`what-if` and `replay-history`: another policy on one day's plan, and on days that were lived."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant
from include.settings.saying import BilingualError, require_writable
from include.words.texts import say

Number = TypeVar("Number", int, float)
WHAT_IF = """The plan of a day made again with other judgements, beside the plan as it is. Nothing is published.

    storekeeper what-if --day 2025-11-11 [--service-level AX=0.97 sku:FS10021=0.99 category:防晒=0.95]
        [--budget AMOUNT|none] [--lead-time GYS104=21 FS10021=9] [--holding-weight 3] [--highest-level 0.98]
        [--order-line-cost 0] [--out FILE.csv] [--top 20]

Reads the books as of the day, as the day's own lists do. Prints totals side by side and the lines that differ, in the
merchant's language; --out writes all of these. Ends with 1 where the day or a name is unknown."""
REPLAY_HISTORY = """Replay the merchant's own history under another policy, beside the present one and rules of thumb.

    storekeeper replay-history --since 2025-08-01 [--day 2025-10-31] --out FOLDER
        [--service-level AX=0.97 sku:FS10021=0.99] [--budget AMOUNT|none] [--lead-time GYS104=9]
        [--holding-weight 3] [--highest-level 0.98] [--order-line-cost 0] [--retrain-days 28]

From the books as of --day (the newest closed one): what customers wanted since --since is wanted again, and every
policy lives through it in lockstep days from the same shelves. `present` is the policy of merchant.yaml, `asked` the
same with what the options say; both order by the plan's own code from the same forecasts, of models that are trained on
what was known by then. Nothing is published. Writes cells.csv, days.csv, orders.csv, report.md and its plots. Takes a
few seconds a day for a thousand skus, and a training every --retrain-days days."""

commands = Commands()


def _budget(text: str) -> float | str:
    return text if text == "none" else options.amount(text)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise options.wrong("a number", "要写数字", text) from None


def _question(
    service_level: Annotated[list[str] | None, typer.Option(metavar="NAME=LEVEL")] = None,
    budget: Annotated[str | None, options.option("--budget", of=_budget, metavar="AMOUNT|none")] = None,
    lead_time: Annotated[list[str] | None, typer.Option(metavar="SUPPLIER_OR_SKU=DAYS")] = None,
    holding_weight: Annotated[float | None, options.option("--holding-weight", of=_number, metavar="TIMES")] = None,
    highest_level: Annotated[float | None, options.option("--highest-level", of=_number, metavar="LEVEL")] = None,
    order_line_cost: Annotated[
        float | None,
        options.option("--order-line-cost", of=options.amount, metavar="AMOUNT", help="0 orders at every look"),
    ] = None,
) -> Any:
    """The Question that the options ask. Raises ValueError for what is no level, number of days or weight."""
    from include.simulation.what_if import Question

    levels = _pairs(service_level or (), "AX=0.97", float)
    highest = [] if highest_level is None else [highest_level]
    if not all(0 < level < 1 for level in (*levels.values(), *highest)):
        raise BilingualError.named("error.service_level")
    lead_days = _pairs(lead_time or (), "GYS104=21", int)
    if not all(days >= 0 for days in lead_days.values()):
        raise BilingualError.named("error.lead_time")
    if holding_weight is not None and not 0 < holding_weight < float("inf"):
        raise BilingualError.named("error.holding_weight")
    money = None if budget in (None, "none") else float(budget)
    return Question(levels, budget is not None, money, lead_days, holding_weight, highest_level, order_line_cost)


QUESTION = inspect.signature(_question, eval_str=True).parameters


def asks(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """A command that asks about a policy: its second argument makes the Question of the options that this adds."""

    @functools.wraps(command)
    def run(session: Session, **given: Any) -> int | None:
        said = {name: given.pop(name) for name in QUESTION}
        return command(session, functools.partial(_question, **said), **given)

    first, _, *own = inspect.signature(command, eval_str=True).parameters.values()
    options = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *QUESTION.values())]
    run.__signature__ = inspect.Signature([first, *options])  # type: ignore[attr-defined]
    return at_merchant(run)


@commands.command("what-if", help=WHAT_IF, short_help="a day's plan with other settings · 换个设置，计划会怎样")
@asks
def what_if(
    session: Session,
    question: Callable[[], Any],
    day: Annotated[str, options.day("a closed day")],
    out: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    top: Annotated[int, options.number("--top", 0, "how many of the lines that differ are printed")] = 20,
) -> None:
    from include.simulation.what_if import what_if as answered
    from include.simulation.what_if_view import for_a_file, report_text
    from include.tasks.sheets.cells import neutral_frame
    from include.warehouse.workspace import workspace_for_reading

    with workspace_for_reading(session.named) as workspace:
        merchant, answer = workspace.merchant, answered(workspace, day, question())
    print(report_text(answer.totals, answer.lines, top, merchant.language, merchant.currency))
    if out:
        with out.open("w", encoding="utf-8-sig", newline="") as file:
            neutral_frame(for_a_file(answer.lines)).to_csv(file, index=False)


@commands.command(
    "replay-history", help=REPLAY_HISTORY, short_help="what another policy would have cost · 用另一套策略把历史重过一遍"
)
@asks
def replay_history(
    session: Session,
    question: Callable[[], Any],
    since: Annotated[str, options.day("the first day to live again", "--since")],
    out: Annotated[Path, typer.Option(metavar="FOLDER")],
    day: Annotated[str | None, options.day("the last, a closed one; by default the newest closed day")] = None,
    retrain_days: Annotated[int, options.number("--retrain-days")] = 28,
) -> None:
    from include.facts.close_day import last_closed_day
    from include.simulation.history_report import write_report
    from include.simulation.replay_history import replay_history as replayed_by
    from include.simulation.retrained_model import RetrainedModel
    from include.tasks.sheets.cells import neutral_frame
    from include.warehouse.workspace import workspace_for_reading

    with workspace_for_reading(session.named) as workspace:
        require_writable(out)
        _say(say(workspace.merchant.language, "command.replay.reading"))
        model = RetrainedModel(retrain_days)
        replayed = replayed_by(workspace, since, day or last_closed_day(workspace.books), question(), model, _say)
    out.mkdir(parents=True, exist_ok=True)
    for name in ("cells", "days", "orders"):
        neutral_frame(getattr(replayed, name)).to_csv(out / f"{name}.csv", index=False)
    print(write_report(out, replayed.cells, replayed.days, replayed.notes))


def _pairs(said: Sequence[str], example: str, number: Callable[[str], Number]) -> dict[str, Number]:
    """NAME=NUMBER as a person says them. Raises BilingualError for anything else."""
    pairs = {}
    for text in said:
        name, _, value = text.rpartition("=")
        try:
            pairs[name] = number(value)
        except ValueError:
            name = ""
        if not name:
            raise BilingualError.named("error.no_pair", example=example, text=text)
    return pairs


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
