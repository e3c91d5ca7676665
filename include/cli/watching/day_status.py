"""How the last days stand, shop by shop and list by list.

    storekeeper status
    storekeeper status --day 2025-11-11 --days 1

For each of the last days (7 by default) and each shop: whether its files are in the books, late or stopped; the close
with its revision; the lists with their lines, and whether they were delivered. Below it stand the last of these days in
full, the heartbeat, the newest backup and audit, and what somebody must look at, with the reason. The desk's page Days
shows the same. Nothing is changed, and no keys are needed.
Ends with 0 if all is well, 1 if something is wrong, or if nothing is known of the day that is asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant, refusing
from include.words.texts import Language, say

if TYPE_CHECKING:
    from include.pipeline.watching.state_of_days import ListOnDay, StateOfDay, StateOfDays

SIGNS = {"published": "✓", "part": "◐", "waiting": "…", "none": "–", "late": "!", "stopped": "✕"}
DAYS = 7  # a week, as the desk shows it
MAX_DAYS = 92  # a quarter: a column each is as much as a wide terminal shows

commands = Commands()


@commands.command("status", help=__doc__, short_help="how the last days stand · 最近几天的状态")
@at_merchant
def day_status(
    session: Session,
    day: Annotated[str | None, options.day("the last of the days; default: the newest that has ended")] = None,
    days: Annotated[int, options.number("--days", help=f"how many, at most {MAX_DAYS}", most=MAX_DAYS)] = DAYS,
    language: options.InLanguage = None,
) -> int:
    from include.pipeline.watching.state_of_days import state_of_days
    from include.warehouse.opening import books_at

    session.language = language
    with refusing():
        merchant, clock = session.place.described(), session.now()
        with books_at(session.place.books) as books, books.connect() as connection:
            found = state_of_days(connection, merchant, clock, day, days)
    speaks = session.speaks
    print(say(speaks, "status.head", merchant=merchant.name, at=f"{clock:%Y-%m-%d %H:%M}"))
    if not found.days:
        print(say(speaks, "status.no_day"))
        return 0
    last = found.days[-1]
    if day is not None and not last.closed_at and all(one.days[-1].state in ("none", "waiting") for one in found.shops):
        print(say(speaks, "status.nothing_known", day=day))
        return 1
    print("", _grid(found, speaks), "", _last_day(found, speaks), _watched(found, speaks), sep="\n")
    print("\n" + _wrong(found, speaks))
    return 1 if found.wrong else 0


def _grid(found: StateOfDays, language: Language) -> str:
    from include.pages.aligned import aligned
    from include.tasks.kinds import in_order

    rows = [[shop.called[language], *(SIGNS[one.state] for one in shop.days)] for shop in found.shops]
    rows.append([say(language, "status.close"), *(str(one.revision or _unclosed(one)) for one in found.days)])
    rows += [[kind.called(language), *(_lines(one.lists.get(kind.name)) for one in found.days)] for kind in in_order()]
    head = [say(language, "status.shop"), *(one.day[5:] for one in found.days)]
    return aligned(head, rows, [False, *(True for _ in found.days)])


def _unclosed(day: StateOfDay) -> str:
    return SIGNS["late"] if day.is_overdue else SIGNS["none"]


def _lines(one: ListOnDay | None) -> str:
    """The lines of a list; with a mark if it has not reached everybody."""
    return "" if one is None else f"{one.lines:,}{'' if one.is_there else '●'}"


def _last_day(found: StateOfDays, language: Language) -> str:
    day, called = found.days[-1], {shop.name: shop.called[language] for shop in found.shops}
    comma = say(language, "list.between")
    without = (
        say(language, "status.without", shops=comma.join(called.get(one, one) for one in day.missing))
        if day.missing
        else ""
    )
    lines = [
        say(language, "status.closed", day=day.day, at=day.closed_at, revision=day.revision) + without
        if day.closed_at
        else say(language, "status.open", day=day.day)
    ]
    for shop in found.shops:
        one = shop.days[-1]
        counts = {
            "files": one.files,
            "published_files": one.published_files,
            "rows": f"{one.rows:,}",
            "published": f"{one.published:,}",
            "held": f"{one.held:,}",
            "ignored": f"{one.ignored:,}",
        }
        state = say(language, f"desk.shop_state.{one.state}")
        lines.append("  " + say(language, "status.files", shop=shop.called[language], state=state, **counts))
    for kind, made in day.lists.items():
        told = [
            say(language, "status.to", channel=channel, state=say(language, f"command.delivery.{state}"))
            for channel, state in made.deliveries.items()
        ]
        values = {
            "kind": say(language, f"{kind}.name"),
            "lines": f"{made.lines:,}",
            "edition": made.edition,
            "at": made.made_at,
            "deliveries": comma.join(told) or say(language, "status.no_deliveries"),
        }
        lines.append("  " + say(language, "status.list", **values))
    return "\n".join(lines)


def _watched(found: StateOfDays, language: Language) -> str:
    never = [name for name in ("audit", "backup") if name not in found.marks]
    none = [say(language, "status.mark.none", name=say(language, f"status.mark.{name}")) for name in never]
    told = (
        say(
            language,
            "status.mark",
            name=say(language, f"status.mark.{name}"),
            day=mark.day,
            at=mark.at,
            result=say(language, "status.well" if mark.is_well else "status.failed"),
        )
        for name, mark in sorted(found.marks.items())
    )
    return "\n".join([*told, *none])


def _wrong(found: StateOfDays, language: Language) -> str:
    if not found.wrong:
        return say(language, "status.fine")
    told = [say(language, "status.wrong.all", n=len(found.wrong))]
    return "\n".join([*told, *(f"- {one.describe(language)}" for one in found.wrong)])
