"""Tasks from the command line.

    ./storekeeper tasks list [--kind restock] [--state open] [--day 2025-11-12]
    ./storekeeper tasks show TASK [--language zh|en]
    ./storekeeper tasks accept|done TASK.. --who NAME [--quantity N] [--expected DAY] [--outcome WORD]
                                        [--note TEXT] [--confirm]
    ./storekeeper tasks refuse TASK.. --who NAME --reason TEXT
    ./storekeeper tasks reopen TASK.. --who NAME
    ./storekeeper tasks answers FILE.xlsx --who NAME [--confirm]
    ./storekeeper tasks hand-back FOLDER [--language zh|en] [--otherwise NAME]
    ./storekeeper tasks document KIND DAY
    ./storekeeper tasks verify
    ./storekeeper tasks deliveries
    ./storekeeper tasks settle KEY sent|pending|failed --who NAME

TASK is an id, or a line of a day's newest list: 补货_2025-11-11:1 (restock_2025-11-11:1). KIND is restock or 补货, and
so on. --books URL, --merchant FOLDER and --home FOLDER go before the command; without them the books are found as
`include.settings.location` says.

Ends with 0 when all went well, 1 when something was refused or found broken, 2 on wrong usage.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from sqlalchemy import Connection, Engine, select

from include.calendar.business_days import merchant_now
from include.cli.task_view import event_in_words, head_of, in_words, kind_in, row_of, task_meant
from include.pages.aligned import padded
from include.settings.arguments import a_day, command_parser, count, run_command
from include.settings.channels import HandBack as HandBackSettings
from include.settings.location import locate, place_arguments, spoken
from include.settings.names import meant
from include.settings.saying import SaidError, refused
from include.tasks.acts import Act, act_all, tasks_by_id
from include.tasks.answers.answers import NotAListError, enter_answers, read_answers, refusal_told, report
from include.tasks.answers.hand_back_files import shown_name
from include.tasks.answers.hand_back_folder import HandBack, hand_back_folders, hand_back_rules
from include.tasks.answers.plausibility import Doubt, Spending, doubts_about
from include.tasks.answers.receipt_wording import FOLDER
from include.tasks.canonical_json import canonical_json
from include.tasks.channels.outbox import settle
from include.tasks.desk import count_tasks, find_tasks, one_task
from include.tasks.kinds import KINDS, State, kind_named
from include.tasks.publish_list import document_of, no_list
from include.tasks.task_events import history, lock_log, tasks_off_the_log, verify_chain
from include.tasks.task_tables import outbox, task_lists
from include.tasks.wording import state_word
from include.warehouse.books import step_lock
from include.warehouse.opening import books_at

STATE_OF = {"accept": "accepted", "done": "done", "refuse": "refused", "reopen": "open"}
STATE_NAMES = {state: (state_word("zh", state),) for state in get_args(State)}
ALL_STATES = ("all", "全部")


def main(arguments: Sequence[str] | None = None, now: Callable[[str], datetime] = merchant_now) -> int:
    options = _parser().parse_args(arguments)
    try:
        place = locate(options)
        named = getattr(options, "language", None) or _language_of(getattr(options, "folder", None))
        options.language = named or place.language
        options.described = place.merchant
        options.currency = place.merchant.currency if place.merchant else "CNY"
        with books_at(place.books) as books:
            return COMMANDS[options.command](books, options, now(options.time_zone or place.time_zone))
    except (ValueError, OSError) as error:
        return refused(error, spoken(options))


def _list(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    state = None if options.state in ALL_STATES else meant("state", options.state, STATE_NAMES)
    facets = {"kind": kind_named(options.kind) if options.kind else None, "day": options.day}
    with books.begin() as connection:
        if options.day and not _has_list(connection, **facets):
            raise no_list(connection, facets["kind"], options.day)
        found = find_tasks(connection, limit=options.limit, text=options.text, state=state, **facets)
        total = count_tasks(connection, text=options.text, state=state, **facets)
        others = 0 if state is None else count_tasks(connection, text=options.text, **facets) - total
    for task in found:
        print(row_of(task, options.language))
    zh = options.language == "zh"
    print(f"共 {total} 条，显示 {len(found)} 条" if zh else f"{len(found)} of {total} tasks")
    if others:
        print(f"其他状态的有 {others} 条：--state 全部" if zh else f"{others} in other states: --state all")
    return 0


def _has_list(connection: Connection, kind: str | None, day: str) -> bool:
    query = select(task_lists.c.list_id).where(task_lists.c.day == day)
    return connection.execute(query if kind is None else query.where(task_lists.c.kind == kind)).first() is not None


def _show(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    with books.begin() as connection:
        task_id = task_meant(connection, options.task)
        task, events = one_task(connection, task_id), history(connection, task_id)
    if task is None:
        raise SaidError(f"there is no task {options.task!r}", f"没有任务 {options.task!r}")
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
        times = _hand_back_settings(options).doubtful_times
        asked = {} if getattr(options, "confirm", True) else _asked(connection, acts, options.who, times)
        acted = act_all(connection, [one for one in acts if one.task_id not in asked], options.who, now, options.day)
        rows = tasks_by_id(connection, acted.refused)
    changed, unchanged, left = len(acted.changed), len(acted.unchanged), len(acted.refused) + len(asked)
    zh = options.language == "zh"
    print(
        f"改了 {changed} 条，{unchanged} 条本来就是这样，{left} 条没有改"
        if zh
        else f"{changed} changed, {unchanged} were so already, {left} refused"
    )
    for task, refusal in acted.refused.items():
        row = rows.get(task)
        in_zh = "没有这个任务" if row is None else refusal_told(refusal, row, "zh")
        told = f"{task}：{in_zh}" if zh else str(refusal)
        print(told, file=sys.stderr)
    for task, doubts in asked.items():
        for doubt in doubts:
            said = doubt.asked(options.language)
            print(
                f"{task}：写的是 {doubt.written}，{said}；若无误，请加 --confirm"
                if zh
                else f"task {task}: found {doubt.written}, {said}; if it is right, add --confirm",
                file=sys.stderr,
            )
    return 1 if left else 0


def _asked(connection: Connection, acts: Sequence[Act], who: str, times: float) -> dict[str, tuple[Doubt, ...]]:
    """What is to be asked before these acts count, by task."""
    rows, spending = tasks_by_id(connection, {one.task_id for one in acts}), Spending(connection)
    known = [one for one in acts if one.task_id in rows]
    doubts = {one.task_id: doubts_about(rows[one.task_id], one, who, times, spending) for one in known}
    return {task: found for task, found in doubts.items() if found}


def _answers(books: Engine, options: argparse.Namespace, now: datetime) -> int:
    try:
        read = read_answers(options.file, now.date().isoformat())
    except NotAListError as error:
        en, zh = (f"{options.file.name}: {error.told(language)}" for language in ("en", "zh"))
        raise SaidError(en, zh) from error
    entered = enter_answers(books, read, options.who, now, options.confirm, _hand_back_settings(options).doubtful_times)
    print("\n".join(report(entered)))
    return 1 if entered.problems else 0


def _hand_back_settings(options: argparse.Namespace) -> HandBackSettings:
    """The merchant's, or the defaults if no merchant is described."""
    return options.described.hand_back if options.described else HandBackSettings()


def _hand_back(books: Engine, options: argparse.Namespace, now: datetime) -> int:
    said = _hand_back_settings(options)
    rules = replace(hand_back_rules(said, options.language), otherwise=options.otherwise, settle_seconds=0)
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
        raise _no_document(books, kind, options.day, options.revision)
    sys.stdout.write(text)
    return 0


def _no_document(books: Engine, kind: str, day: str, revision: int | None) -> SaidError:
    with books.begin() as connection:
        if revision is None or not _has_list(connection, kind, day):
            return no_list(connection, kind, day)
    zh = kind_in(kind, "zh")
    return SaidError(
        f"the {kind} list of {day} has no revision {revision}", f"{day} 的{zh}清单没有第 {revision} 次修订"
    )


def _verify(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    zh = options.language == "zh"
    with books.begin() as connection:
        broken, strange = verify_chain(connection), tasks_off_the_log(connection)
    if broken is not None:
        said = f"the log is broken from event {broken} on: it was changed, cut or added to"
        print(f"日志从第 {broken} 条起断了：被改过、删过或加过" if zh else said, file=sys.stderr)
    for task in strange:
        said = f"task {task} is not in the state that the log says"
        print(f"任务 {task} 的状态与日志不符" if zh else said, file=sys.stderr)
    if broken is None and not strange:
        print(
            "日志完整，每个任务的状态都与日志一致" if zh else "the log is whole, and every task is in the state it says"
        )
        return 0
    return 1


def _deliveries(books: Engine, options: argparse.Namespace, _now: datetime) -> int:
    query = select(outbox).order_by(outbox.c.stored_at.desc(), outbox.c.delivery_key).limit(options.limit)
    with books.begin() as connection:
        rows = connection.execute(query).all()
    if not rows:
        print("还没有推送过" if options.language == "zh" else "nothing was pushed yet")
    for row in rows:
        last = row.answer.split("\n")[-1] or canonical_json({})
        kind = padded(kind_in(row.kind, options.language), 8)
        print(f"{row.delivery_key[:12]}  {row.day}  {kind} {row.channel:<16} {row.state:<10} {last}")
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
    parser = command_parser("tasks", __doc__)
    place_arguments(parser)
    parser.add_argument("--time-zone", help="the merchant's, if its YAML is not here")
    commands = parser.add_subparsers(dest="command", required=True)

    listing = commands.add_parser("list")
    listing.add_argument("--kind", help=", ".join(f"{kind.name} ({kind.zh})" for kind in KINDS.values()))
    listing.add_argument("--state", default="open", help=f"{', '.join(STATE_NAMES)} or {' or '.join(ALL_STATES)}")
    listing.add_argument("--day", type=a_day, help="of the list")
    listing.add_argument("--text", default="", help="part of a subject")
    listing.add_argument("--limit", type=count(0), default=50)
    one = commands.add_parser("show")
    one.add_argument("task")
    one.add_argument("--language", choices=["zh", "en"], help="of what it prints; by default the merchant's")
    for name in STATE_OF:
        acting = commands.add_parser(name)
        acting.add_argument("tasks", nargs="+")
        acting.add_argument("--who", required=True)
        acting.add_argument("--day", type=a_day, help="business day of the act, by default today")
        acting.add_argument("--note")
        if name in ("accept", "done"):
            acting.add_argument("--quantity", type=count())
            acting.add_argument("--expected", type=a_day, metavar="DAY", help="day the goods are expected")
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
    showing.add_argument("day", type=a_day)
    showing.add_argument("--revision", type=count())
    commands.add_parser("verify")
    commands.add_parser("deliveries").add_argument("--limit", type=count(0), default=50)
    settling = commands.add_parser("settle")
    settling.add_argument("key")
    settling.add_argument("state", choices=["sent", "pending", "failed"])
    settling.add_argument("--who", required=True)
    return parser


if __name__ == "__main__":
    run_command(main)
