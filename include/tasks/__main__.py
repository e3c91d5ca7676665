"""Tasks from the command line.

    python -m include.tasks --books URL list [--kind restock|补货] [--state open] [--day 2025-11-12]
    python -m include.tasks --books URL show TASK
    python -m include.tasks --books URL accept|done TASK.. --who NAME [--quantity N] [--expected DAY] [--outcome WORD]
                                                    [--note TEXT] [--confirm]
    python -m include.tasks --books URL refuse TASK.. --who NAME --reason TEXT
    python -m include.tasks --books URL reopen TASK.. --who NAME
    python -m include.tasks --books URL answers FILE.xlsx --who NAME [--confirm]
    python -m include.tasks --books URL hand-back FOLDER [--language zh|en] [--otherwise NAME]
    python -m include.tasks --books URL document KIND DAY
    python -m include.tasks --books URL verify
    python -m include.tasks --books URL deliveries
    python -m include.tasks --books URL settle KEY sent|pending|failed --who NAME

Ends with 0 when all went well, 1 when something was refused or found broken, 2 on wrong usage.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from include.calendar.business_days import merchant_now
from include.settings.currencies import currency_name
from include.tasks.acts import Act, act_all, tasks_by_id
from include.tasks.answers import NotAListError, enter_answers, read_answers, report
from include.tasks.canonical import canonical_json
from include.tasks.cells import amount_of
from include.tasks.desk import count_tasks, find_tasks, one_task
from include.tasks.document import read_head
from include.tasks.events import history, lock_log, tasks_off_the_log, verify_chain
from include.tasks.hand_back import HandBack, HandBackRules
from include.tasks.kinds import kind_named
from include.tasks.outbox import settle
from include.tasks.plausibility import Doubt, Spending, doubts_about
from include.tasks.publish import document_of
from include.tasks.tables import outbox
from include.warehouse.books import open_books

STATE_OF = {"accept": "accepted", "done": "done", "refuse": "refused", "reopen": "open"}


def main(arguments: Sequence[str] | None = None, now: Callable[[str], datetime] = merchant_now) -> int:
    options = _parser().parse_args(arguments)
    books = open_books(options.books)
    try:
        return COMMANDS[options.command](books, options, now(options.time_zone))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        books.dispose()


def _list(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    facets = {"kind": options.kind, "state": options.state, "day": options.day}
    with books.begin() as connection:
        found = find_tasks(connection, limit=options.limit, text=options.text, **facets)
        total = count_tasks(connection, text=options.text, **facets)
    for task in found:
        quantity = task.answer.get("quantity", task.payload.get("quantity", ""))
        about = " ".join(filter(None, (str(task.payload.get(name) or "") for name in ("title", "supplier_name"))))
        supplier = task.payload.get("supplier")
        about += f" ({supplier})" if supplier else ""
        print(f"{task.task_id}  {task.day}  {task.kind:<8} {task.state:<9} {quantity!s:>7}  {task.subject}  {about}")
    print(f"{len(found)} of {total} tasks")
    return 0


def _show(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    with books.begin() as connection:
        task, events = one_task(connection, options.task), history(connection, options.task)
    if task is None:
        raise ValueError(f"there is no task {options.task!r}")
    print(f"{task.task_id}  {task.kind} {task.subject}, list of {task.day}, since {task.since_day}: {task.state}")
    with books.begin() as connection:
        text = document_of(connection, task.kind, task.day)
    currency = str(read_head(text)["manifest"].get("currency", "CNY")) if text else "CNY"
    for name, value in sorted(task.payload.items()):
        if name.endswith("_micros") and isinstance(value, int):
            name, value = name.removesuffix("_micros"), f"{amount_of(value):,} {currency_name(currency, 'en')}"
        print(f"  {name}: {value}")
    for event in events:
        step = f"{event.from_state or 'new'} -> {event.to_state}"
        print(f"  {event.at}  {event.who}: {step}  {event.data}")
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
    acts = [Act(task, STATE_OF[options.command], data) for task in options.tasks]  # type: ignore[arg-type]
    with books.begin() as connection:
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
    folder = HandBack(options.folder, rules)
    folder.make()
    receipts = folder.take_in(books, lambda: now)
    for receipt in receipts:
        print(f"{receipt.file}  {receipt.who or '?'}  {receipt.summary}  -> {receipt.receipt}")
    print(f"{len(receipts)} files read in {options.folder}")
    return 1 if any(receipt.needs_a_person for receipt in receipts) else 0


def _document(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    with books.begin() as connection:
        text = document_of(connection, options.kind, options.day, options.revision)
    if text is None:
        raise ValueError(f"there is no {options.kind} list of {options.day}")
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


def kind_argument(word: str) -> str:
    """The kind's name, from its Chinese or English one."""
    try:
        return kind_named(word)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m include.tasks",
        description="Tasks from the command line.",
        epilog=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--books", required=True, help="the books' address, e.g. sqlite:///var/books.sqlite")
    parser.add_argument("--time-zone", default="Asia/Shanghai", help="the merchant's")
    commands = parser.add_subparsers(dest="command", required=True)

    listing = commands.add_parser("list")
    listing.add_argument("--kind", type=kind_argument, metavar="KIND")
    listing.add_argument("--state", default="open")
    listing.add_argument("--day")
    listing.add_argument("--text", default="", help="part of a subject")
    listing.add_argument("--limit", type=int, default=50)
    commands.add_parser("show").add_argument("task")
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
    handing.add_argument("--language", choices=["zh", "en"], default="zh", help="of the folder and its receipts")
    handing.add_argument("--otherwise", help="who answered where neither folder nor workbook says it")
    showing = commands.add_parser("document")
    showing.add_argument("kind", type=kind_argument, metavar="KIND", help="restock or 补货, and so on")
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
