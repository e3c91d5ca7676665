"""Tasks from the command line.

    python -m include.tasks list [--kind restock] [--state open] [--day 2025-11-12]
    python -m include.tasks show TASK [--language zh|en]
    python -m include.tasks accept|done TASK.. --who NAME [--quantity N] [--expected DAY] [--outcome WORD]
                                             [--note TEXT] [--confirm]
    python -m include.tasks refuse TASK.. --who NAME --reason TEXT
    python -m include.tasks reopen TASK.. --who NAME
    python -m include.tasks answers FILE.xlsx --who NAME [--confirm]
    python -m include.tasks hand-back FOLDER [--language zh|en] [--otherwise NAME]
    python -m include.tasks document KIND DAY
    python -m include.tasks verify
    python -m include.tasks deliveries
    python -m include.tasks settle KEY sent|pending|failed --who NAME

TASK is an id, or a line of a day's newest list: 补货_2025-11-11:1 (restock_2025-11-11:1). KIND is restock or 补货, and
so on. --books URL, --merchant FOLDER and --home FOLDER go before the command; without them the books are found as
`include.settings.location` says.

Ends with 0 when all went well, 1 when something was refused or found broken, 2 on wrong usage.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Connection, Engine, select

from include.calendar.business_days import merchant_now, parse_day
from include.settings.location import locate, place_arguments
from include.settings.names import require_known
from include.tasks.acts import Act, act_all, tasks_by_id
from include.tasks.answers import NotAListError, enter_answers, read_answers, report
from include.tasks.canonical import canonical_json
from include.tasks.desk import count_tasks, find_tasks, one_task
from include.tasks.events import history, lock_log, tasks_off_the_log, verify_chain
from include.tasks.hand_back import HandBack, HandBackRules, hand_back_folders
from include.tasks.hand_back_files import shown_name
from include.tasks.kinds import KINDS, State, kind_named
from include.tasks.outbox import settle
from include.tasks.plausibility import Doubt, Spending, doubts_about
from include.tasks.publish import document_of
from include.tasks.receipt_wording import FOLDER
from include.tasks.shown import event_in_words, head_of, in_words, row_of, task_meant
from include.tasks.tables import outbox
from include.warehouse.books import step_lock
from include.warehouse.opening import books_at

STATE_OF = {"accept": "accepted", "done": "done", "refuse": "refused", "reopen": "open"}
STATES = tuple(get_args(State))
ALL_STATES = "all"


def main(arguments: Sequence[str] | None = None, now: Callable[[str], datetime] = merchant_now) -> int:
    options = _parser().parse_args(arguments)
    try:
        place = locate(options)
        named = getattr(options, "language", None) or _language_of(getattr(options, "folder", None))
        options.language = named or (place.merchant.language if place.merchant else "en")
        options.described = place.merchant
        options.currency = place.merchant.currency if place.merchant else "CNY"
        with books_at(place.books) as books:
            return COMMANDS[options.command](books, options, now(options.time_zone or place.time_zone))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _list(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    if options.day:
        parse_day(options.day)
    if options.state != ALL_STATES:
        require_known("state", [options.state], STATES)
    facets = {
        "kind": kind_named(options.kind) if options.kind else None,
        "state": None if options.state == ALL_STATES else options.state,
        "day": options.day,
    }
    with books.begin() as connection:
        found = find_tasks(connection, limit=options.limit, text=options.text, **facets)
        total = count_tasks(connection, text=options.text, **facets)
    for task in found:
        print(row_of(task))
    print(f"{len(found)} of {total} tasks")
    return 0


def _show(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    with books.begin() as connection:
        task_id = task_meant(connection, options.task)
        task, events = one_task(connection, task_id), history(connection, task_id)
    if task is None:
        raise ValueError(f"there is no task {options.task!r}")
    print(head_of(task, options.language))
    print("\n".join(in_words(task, options.language, options.currency)))
    for event in events:
        print(event_in_words(event, task.kind, options.language))
    return 0


def _act(books: Engine, options: argparse.Namespace, now: datetime) -> int:
    given: Mapping[str, Any] = {
        "quantity": getattr(options, "quantity", None),
        "expected_day": getattr(options, "expected", None),
        "outcome": getattr(options, "outcome", None),
        "reason": getattr(options, "reason", None),
        "note": getattr(options, "note", None),
    }
    data = {name: value for name, value in given.items() if value is not None}
    state = STATE_OF[options.command]
    with books.begin() as connection:
        acts = [Act(task_meant(connection, task), state, data) for task in options.tasks]  # type: ignore[arg-type]
        lock_log(connection)
        asked = {} if getattr(options, "confirm", True) else _asked(connection, acts, options.who)
        acted = act_all(connection, [one for one in acts if one.task_id not in asked], options.who, now, options.day)
    refused = len(acted.refused) + len(asked)
    print(f"{len(acted.changed)} changed, {len(acted.unchanged)} were so already, {refused} refused")
    for refusal in acted.refused.values():
        print(refusal, file=sys.stderr)
    for task, doubts in asked.items():
        for doubt in doubts:
            print(
                f"task {task}: found {doubt.written}, {doubt.asked()}; if it is right, add --confirm", file=sys.stderr
            )
    return 1 if refused else 0


def _asked(connection: Connection, acts: Sequence[Act], who: str) -> dict[str, tuple[Doubt, ...]]:
    """What is to be asked before these acts count, by task."""
    rows, spending = tasks_by_id(connection, {one.task_id for one in acts}), Spending(connection)
    doubts = {one.task_id: doubts_about(rows[one.task_id], one, who, spending) for one in acts if one.task_id in rows}
    return {task: found for task, found in doubts.items() if found}


def _answers(books: Engine, options: argparse.Namespace, now: datetime) -> int:
    try:
        read = read_answers(options.file, now.date().isoformat())
    except NotAListError as error:
        raise ValueError(f"{options.file.name}: {error}") from error
    entered = enter_answers(books, read, options.who, now, confirmed=options.confirm)
    print("\n".join(report(entered)))
    return 1 if entered.problems else 0


def _hand_back(books: Engine, options: argparse.Namespace, now: datetime) -> int:
    rules = HandBackRules(language=options.language, otherwise=options.otherwise, settle_seconds=0)
    if not options.folder.is_dir():
        own = ", ".join(str(one.folder) for one in hand_back_folders(options.described)) if options.described else ""
        raise ValueError(f"there is no folder {options.folder}{f'; lists are handed back in {own}' if own else ''}")
    with step_lock(books, "hand_back"):
        taken = HandBack(options.folder, rules).take_in(books, lambda: now)
    for receipt in taken.receipts:
        print(f"{receipt.file}  {receipt.who or '?'}  {receipt.summary}  -> {shown_name(str(receipt.receipt))}")
    for failure in taken.failures:
        print(f"{failure.file} could not be read or moved and stays where it is: {failure.why}", file=sys.stderr)
    print(f"{len(taken.receipts)} files read in {options.folder}")
    return 1 if taken.failures or any(receipt.needs_a_person for receipt in taken.receipts) else 0


def _language_of(folder: Path | None) -> str | None:
    """That in which a hand-back folder is named, so that what is processed is looked for where the Dag puts it."""
    return next((language for language, name in FOLDER.items() if folder and folder.resolve().name == name), None)


def _document(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    with books.begin() as connection:
        kind = kind_named(options.kind)
        text = document_of(connection, kind, options.day, options.revision)
    if text is None:
        raise ValueError(f"there is no {kind} list of {options.day}")
    sys.stdout.write(text)
    return 0


def _verify(books: Engine, _options: argparse.Namespace, _now: datetime) -> int:
    with books.begin() as connection:
        broken, strange = verify_chain(connection), tasks_off_the_log(connection)
    if broken is not None:
        print(f"the log is broken from event {broken} on: it was changed, cut or added to", file=sys.stderr)
    for task in strange:
        print(f"task {task} is not in the state that the log says", file=sys.stderr)
    if broken is None and not strange:
        print("the log is whole, and every task is in the state it says")
        return 0
    return 1


def _deliveries(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    query = select(outbox).order_by(outbox.c.stored_at.desc(), outbox.c.delivery_key).limit(options.limit)
    with books.begin() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        last = row.answer.split("\n")[-1] or canonical_json({})
        print(f"{row.delivery_key[:12]}  {row.day}  {row.kind:<8} {row.channel:<16} {row.state:<10} {last}")
    return 0


def _settle(books: Engine, options: argparse.Namespace, now: datetime) -> int:
    with books.begin() as connection:
        settle(connection, options.key, options.state, options.who, now)
    return 0


COMMANDS: Mapping[str, Callable[[Engine, argparse.Namespace, datetime], int]] = {
    "list": _list,
    "show": _show,
    **dict.fromkeys(STATE_OF, _act),
    "answers": _answers,
    "hand-back": _hand_back,
    "document": _document,
    "verify": _verify,
    "deliveries": _deliveries,
    "settle": _settle,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m include.tasks",
        description="Tasks from the command line.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    place_arguments(parser)
    parser.add_argument("--time-zone", help="the merchant's, if its YAML is not here")
    commands = parser.add_subparsers(dest="command", required=True)

    listing = commands.add_parser("list")
    listing.add_argument("--kind", help=", ".join(f"{kind.name} ({kind.zh})" for kind in KINDS.values()))
    listing.add_argument("--state", default="open", help=f"{', '.join(STATES)} or {ALL_STATES}")
    listing.add_argument("--day")
    listing.add_argument("--text", default="", help="part of a subject")
    listing.add_argument("--limit", type=int, default=50)
    one = commands.add_parser("show")
    one.add_argument("task")
    one.add_argument("--language", choices=["zh", "en"], help="of what it prints; by default the merchant's")
    for name in STATE_OF:
        acting = commands.add_parser(name)
        acting.add_argument("tasks", nargs="+")
        acting.add_argument("--who", required=True)
        acting.add_argument("--day", help="business day of the act, by default today")
        acting.add_argument("--note")
        if name in ("accept", "done"):
            acting.add_argument("--quantity", type=int)
            acting.add_argument("--expected", help="day the goods are expected")
        if name != "reopen":
            acting.add_argument("--outcome", help="what came of a chase or of a call: a code, or the word of the list")
            acting.add_argument("--confirm", action="store_true", help="another person's answer, or a large quantity")
        if name == "refuse":
            acting.add_argument("--reason", required=True)
    answering = commands.add_parser("answers")
    answering.add_argument("file", type=Path)
    answering.add_argument("--who", required=True)
    answering.add_argument("--confirm", action="store_true", help="enter what was asked about, too, as it is written")
    handing = commands.add_parser("hand-back", help="enter the lists that lie in a hand-back folder, once")
    handing.add_argument("folder", type=Path, help="e.g. var/lists/交回, with a folder a person in it")
    handing.add_argument(
        "--language",
        choices=["zh", "en"],
        help="of its receipts; by default that of the folder's name, or the merchant's",
    )
    handing.add_argument("--otherwise", help="who answered where neither folder nor workbook says it")
    showing = commands.add_parser("document")
    showing.add_argument("kind")
    showing.add_argument("day")
    showing.add_argument("--revision", type=int)
    commands.add_parser("verify")
    commands.add_parser("deliveries").add_argument("--limit", type=int, default=50)
    settling = commands.add_parser("settle")
    settling.add_argument("key")
    settling.add_argument("state", choices=["sent", "pending", "failed"])
    settling.add_argument("--who", required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main())
