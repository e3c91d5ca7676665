"""What people set on the desk over the model, and what it was worth.

    storekeeper overrides [--what add] [--person NAME] [--live]

Every override with who, when and why. Those of forecasts are judged once their days are over, by the next list: the
forecast with and without them against what was sold; days on which the shelf was empty are left out.
"""

from __future__ import annotations

from typing import Annotated

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant
from include.settings.stock.override_kinds import WHATS
from include.words.texts import LANGUAGES, say, say_number

commands = Commands()


@commands.command("overrides", help=__doc__, short_help="what people set over the model, and its worth · 人工判断")
@at_merchant
def overrides(
    session: Session,
    what: Annotated[
        str | None, options.option("--what", of=options.one_of(*WHATS), metavar="|".join(WHATS), help="of this kind")
    ] = None,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="of this person")] = None,
    live: Annotated[bool, typer.Option("--live", help="only those that the next list heeds")] = False,
) -> None:
    from include.replenishment.judgement.judged_lines import told_override
    from include.replenishment.judgement.told_worth import told_worth
    from include.tasks.by_hand.overrides import all_overrides, scores
    from include.tasks.task_tables import newest_list_day
    from include.warehouse.workspace import workspace_for_reading

    with workspace_for_reading(session.named) as workspace:
        language, currency = workspace.merchant.language, workspace.merchant.currency
        with workspace.books.connect() as connection:
            day, known = newest_list_day(connection) or "", scores(connection)
            found = [
                one
                for one in all_overrides(connection)
                if what in (None, one.what)
                and person in (None, one.made_by)
                and not (live and (one.ended_day is not None or one.is_over(day)))
            ]
    for one in found:
        where = f" · {one.warehouse}" if one.warehouse else ""
        said = told_override(one)[LANGUAGES.index(language)]
        print(f"{one.code}  {one.name}{where}  {said}  {one.made_by} {one.made_at[:16]}  {one.reason}")
        if one.ended_by:
            print("    " + say(language, "command.overrides.ended", who=one.ended_by, at=str(one.ended_at)[:16]))
        if one.number in known:
            print("    " + told_worth(known[one.number], language, currency))
    print(say_number(language, "command.overrides.shown", len(found)))
    judged = [known[one.number] for one in found if one.number in known]
    if judged:
        gained = round(sum(one.better_units for one in judged))
        print(say(language, "command.overrides.gained", n=len(judged), units=f"{gained:,}"))
