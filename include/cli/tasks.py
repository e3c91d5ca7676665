"""Tasks from the command line.

    storekeeper tasks list [--kind restock] [--state open] [--day 2025-11-12]
    storekeeper tasks show TASK [--language zh|en]
    storekeeper tasks accept|done TASK.. --who NAME [--quantity N] [--expected DAY] [--outcome WORD]
                                         [--note TEXT] [--confirm]
    storekeeper tasks refuse TASK.. --who NAME --reason TEXT
    storekeeper tasks reopen TASK.. --who NAME
    storekeeper tasks answers FILE.xlsx --who NAME [--confirm]
    storekeeper tasks hand-back FOLDER [--language zh|en] [--otherwise NAME]
    storekeeper tasks approvals [--language zh|en]
    storekeeper tasks release TASK --who NAME [--reason TEXT]
    storekeeper tasks reject TASK --who NAME --reason TEXT
    storekeeper tasks document KIND DAY
    storekeeper tasks sheet KIND DAY --out FILE.xlsx [--language zh|en]
    storekeeper tasks verify
    storekeeper tasks deliveries
    storekeeper tasks settle KEY sent|pending|failed --who NAME

TASK is an id, or a line of a day's newest list: 补货_2025-11-11:1 (restock_2025-11-11:1). KIND is restock or 补货, and
so on. `release` and `reject` take what `approvals` shows: the TASK of a line, or restock/2025-11-11, a whole list; who
may do so is left to who may use this command. Only what is read needs no merchant: acts are dated by its clock.

Ends with 0 when all went well, 1 when something was refused or found broken, 2 on wrong usage.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from include.cli import options
from include.cli.command_line import Commands, Session, at_merchant
from include.settings.saying import BilingualError
from include.words.texts import Language, in_each, listed, say, say_number

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from include.settings.channels import HandBack
    from include.settings.desk import Desk
    from include.tasks.acts import Act
    from include.tasks.answers.plausibility import Doubt
    from include.tasks.holds.held_rows import Hold

ALL_STATES = ("all", "全部")
Tasks = Annotated[list[str], typer.Argument(metavar="TASK..")]
Who = Annotated[str, typer.Option(metavar="NAME")]
ActDay = Annotated[str | None, options.day("business day of the act, by default today")]
Note = Annotated[str | None, typer.Option(metavar="TEXT")]
Quantity = Annotated[int | None, options.number("--quantity")]
Expected = Annotated[str | None, options.day("day the goods are expected", "--expected")]
Outcome = Annotated[
    str | None, typer.Option(metavar="WORD", help="what came of a chase or of a call: a code, or the word of the list")
]
Confirm = Annotated[bool, typer.Option("--confirm", help="another person's answer, or a large quantity")]
Limit = Annotated[int, options.number("--limit", 0)]
Kind = Annotated[str, typer.Argument(metavar="KIND")]

commands = Commands("tasks", __doc__, "look at tasks, answer them, hand lists back · 清单与任务")


@contextmanager
def _desk(session: Session, language: Language | None = None) -> Iterator[tuple[Engine, Language]]:
    """The books, and the language of what is printed: `language`, or the merchant's."""
    from include.warehouse.opening import books_at

    session.language = language
    place = session.place
    with books_at(place.books) as books:
        yield books, language or place.language


@commands.command("list")
@at_merchant
def list_tasks(
    session: Session,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="restock or 补货, and so on")] = None,
    state: Annotated[str, typer.Option(metavar="STATE", help="all or 全部: whatever its state")] = "open",
    day: Annotated[str | None, options.day("of the list")] = None,
    text: Annotated[str, typer.Option(metavar="TEXT", help="part of a subject")] = "",
    limit: Limit = 50,
) -> None:
    """Tasks in a table."""
    from typing import get_args

    from include.settings.names import meant
    from include.tasks.kind import State, state_word
    from include.tasks.kinds import kind_named
    from include.tasks.publish_list import no_list
    from include.tasks.sheets.task_view import row_of
    from include.tasks.task_queries import count_tasks, find_tasks

    with _desk(session) as (books, language):
        states = {one: (state_word("zh", one),) for one in get_args(State)}
        wanted = None if state in ALL_STATES else meant("state", state, states)
        named = kind_named(kind) if kind else None
        with books.begin() as connection:
            if day and not _has_list(connection, named, day):
                raise no_list(connection, named, day)
            found = find_tasks(connection, limit=limit, text=text, state=wanted, kind=named, day=day)
            total = count_tasks(connection, text=text, state=wanted, kind=named, day=day)
            whole = total if wanted is None else count_tasks(connection, text=text, kind=named, day=day)
        for task in found:
            print(row_of(task, language))
    print(say(language, "command.tasks.shown", total=total, shown=len(found)))
    if others := whole - total:
        print(say(language, "command.tasks.others", others=others))


@commands.command("show")
@at_merchant
def show(
    session: Session, task: Annotated[str, typer.Argument(metavar="TASK")], language: options.InLanguage = None
) -> None:
    """A task's line, and what happened to it."""
    from include.tasks.sheets.task_view import event_in_words, head_of, in_words, task_meant
    from include.tasks.task_events import history
    from include.tasks.task_queries import one_task

    with _desk(session, language) as (books, shown):
        with books.begin() as connection:
            task_id = task_meant(connection, task)
            found, events = one_task(connection, task_id), history(connection, task_id)
        if found is None:
            raise BilingualError.named("error.no_task", task=task)
        merchant = session.place.merchant
        print(head_of(found, shown))
        print("\n".join(in_words(found, shown, merchant.currency if merchant else "CNY")))
        for event in events:
            print(event_in_words(event, found.kind, shown))


def _answering(name: str, state: str, about: str) -> None:
    """Adds a command that answers tasks so."""

    @commands.command(name, help=about)
    @at_merchant
    def answer(
        session: Session,
        tasks: Tasks,
        who: Who,
        day: ActDay = None,
        note: Note = None,
        quantity: Quantity = None,
        expected: Expected = None,
        outcome: Outcome = None,
        confirm: Confirm = False,
    ) -> int:
        said = {"quantity": quantity, "expected_day": expected, "outcome": outcome, "note": note}
        return _act(session, state, tasks, who, day, said, confirm)


_answering("accept", "accepted", "Say that tasks will be done.")
_answering("done", "done", "Say that tasks are done.")


@commands.command("refuse")
@at_merchant
def refuse(
    session: Session,
    tasks: Tasks,
    who: Who,
    reason: Annotated[str, typer.Option(metavar="TEXT")],
    day: ActDay = None,
    note: Note = None,
    outcome: Outcome = None,
    confirm: Confirm = False,
) -> int:
    """Say that tasks will not be done, and why."""
    said = {"outcome": outcome, "reason": reason, "note": note}
    return _act(session, "refused", tasks, who, day, said, confirm)


@commands.command("reopen")
@at_merchant
def reopen(session: Session, tasks: Tasks, who: Who, day: ActDay = None, note: Note = None) -> int:
    """Take an answer back."""
    return _act(session, "open", tasks, who, day, {"note": note}, confirm=True)


def _act(
    session: Session,
    state: str,
    named: Sequence[str],
    who: str,
    day: str | None,
    said: Mapping[str, Any],
    confirm: bool,
) -> int:
    from include.tasks.acts import Act, act_all, tasks_by_id
    from include.tasks.answers.answers import refusal_told
    from include.tasks.answers.plausibility import too_few
    from include.tasks.sheets.task_view import act_in_words, task_meant
    from include.tasks.task_events import lock_log

    data = {name: value for name, value in said.items() if value is not None}
    with _desk(session) as (books, language):
        now = session.now()
        with books.begin() as connection:
            acts = [Act(task_meant(connection, one), state, data) for one in named]  # type: ignore[arg-type]
            lock_log(connection)
            times = _hand_back_settings(session).doubtful_times
            asked = {} if confirm else _asked(connection, acts, who, times)
            before = tasks_by_id(connection, {one.task_id for one in acts})
            acted = act_all(connection, [one for one in acts if one.task_id not in asked], who, now, day)
            rows = tasks_by_id(connection, {one.task_id for one in acts})
    changed, unchanged, left = len(acted.changed), len(acted.unchanged), len(acted.refused) + len(asked)
    print(say(language, "command.tasks.changed", changed=changed, unchanged=unchanged, left=left))
    for task in (*acted.changed, *acted.unchanged):
        print(act_in_words(before[task], rows[task], language))
    few = too_few((rows[task] for task in acted.changed), language)
    if few:
        print(few)
    for task, refusal in acted.refused.items():
        row = rows.get(task)
        why = say(language, "command.tasks.no_task") if row is None else refusal_told(refusal, row, language)
        told = say(language, "command.tasks.refused", task=task, why=why, error=refusal)
        print(told, file=sys.stderr)
    for task, doubts in asked.items():
        for doubt in doubts:
            found = {"written": doubt.written, "doubt": doubt.asked(language)}
            print(say(language, "command.tasks.doubt", task=task, **found), file=sys.stderr)
    return 1 if left else 0


def _asked(connection: Connection, acts: Sequence[Act], who: str, times: float) -> dict[str, tuple[Doubt, ...]]:
    """What is to be asked before these acts count, by task."""
    from include.tasks.acts import tasks_by_id
    from include.tasks.answers.plausibility import Spending, doubts_about

    rows, spending = tasks_by_id(connection, {one.task_id for one in acts}), Spending(connection)
    known = [one for one in acts if one.task_id in rows]
    doubts = {one.task_id: doubts_about(rows[one.task_id], one, who, times, spending) for one in known}
    return {task: found for task, found in doubts.items() if found}


def _hand_back_settings(session: Session) -> HandBack:
    """The merchant's, or the defaults if no merchant is described."""
    from include.settings.channels import HandBack

    merchant = session.place.merchant
    return merchant.hand_back if merchant else HandBack()


@commands.command("approvals")
@at_merchant
def approvals(session: Session, language: options.InLanguage = None) -> None:
    """What waits for a second person, with why."""
    from include.tasks.holds.approvals import waiting_holds
    from include.tasks.holds.hold import reasons_told
    from include.tasks.kinds import kind_of
    from include.tasks.sheets.cells import amount_of

    with _desk(session, language) as (books, shown), books.begin() as connection:
        found = waiting_holds(connection)
        for one in found:
            about = {
                "kind": kind_of(one.kind).called(shown),
                "day": one.day,
                "reasons": reasons_told(one.reasons, shown),
            }
            about["subject"] = one.subject.replace("/", " ").replace("%2F", "/")
            about["amount"] = f"{amount_of(one.money_micros):,.2f}"
            name = one.task_id or f"{one.kind}/{one.day}"
            print(say(shown, "command.tasks.hold", name=name, units=one.quantity, **about))
    print(say(shown, "command.tasks.holds", count=len(found)))


@commands.command("release")
@at_merchant
def release(
    session: Session,
    task: Annotated[str, typer.Argument(metavar="TASK")],
    who: Who,
    reason: Annotated[str, typer.Option(metavar="TEXT")] = "",
) -> None:
    """Let what is held be ordered, as a second person."""
    _decide(session, task, who, reason, is_release=True)


@commands.command("reject")
@at_merchant
def reject(
    session: Session,
    task: Annotated[str, typer.Argument(metavar="TASK")],
    who: Who,
    reason: Annotated[str, typer.Option(metavar="TEXT")],
) -> None:
    """Say that what is held is not to be ordered, and why."""
    _decide(session, task, who, reason, is_release=False)


def _decide(session: Session, named: str, who: str, reason: str, *, is_release: bool) -> None:
    from include.tasks.holds import approvals
    from include.tasks.task_tables import first_day_to_know

    with _desk(session) as (books, language):
        now = session.now()
        with books.begin() as connection:
            _require_approver(session, who)
            hold = approvals.hold_named(connection, named)
            _require_in_scope(connection, session, who, hold)
            day = first_day_to_know(connection, now)
            (approvals.release if is_release else approvals.reject)(connection, hold, reason, who, now, day)
    print(say(language, f"command.tasks.{'released' if is_release else 'rejected'}", name=named))


def _desk_settings(session: Session) -> Desk:
    """The merchant's, or the defaults if no merchant is described: then nobody is named."""
    from include.settings.desk import Desk

    merchant = session.place.merchant
    return merchant.desk if merchant else Desk.model_validate({})


def _require_approver(session: Session, who: str) -> None:
    """As the desk asks. Airflow's roles are not known here, so that only names count. Raises BilingualError."""
    settings = _desk_settings(session)
    if "approver" not in settings.roles_of(who, ()):
        names = [one for one in settings.approver if not one.startswith("role:")]
        raise BilingualError.named(
            "error.hold.no_approver", who=who, named=listed(names) if names else in_each("error.hold.no_names")
        )


def _require_in_scope(connection: Connection, session: Session, who: str, hold: Hold) -> None:
    """Who sees a part of the merchant decides about lines of it, and about no whole list. Raises BilingualError."""
    from include.tasks.acts import tasks_by_id

    scope = _desk_settings(session).scopes.get(who)
    if scope is None or not (scope.warehouses or scope.categories):
        return
    row = tasks_by_id(connection, [hold.task_id]).get(hold.task_id) if hold.task_id else None
    is_mine = row is not None and (
        (not scope.warehouses or row.warehouse in scope.warehouses)
        and (not scope.categories or row.category in scope.categories)
    )
    if not is_mine:
        raise BilingualError.named("error.hold.not_yours", who=who)


@commands.command("answers")
@at_merchant
def answers(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx")],
    who: Who,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="enter what was asked about, too, as it is written")
    ] = False,
) -> int:
    """Enter the answers of a spreadsheet."""
    from include.tasks.answers.answers import NotAListError, enter_answers, read_answers, report

    with _desk(session) as (books, _language):
        now = session.now()
        try:
            read = read_answers(file, now.date().isoformat())
        except NotAListError as error:
            told = (error.in_words("zh"), error.in_words("en"))
            raise BilingualError.named("error.about_file", file=file.name, said=told) from error
        times = _hand_back_settings(session).doubtful_times
        entered = enter_answers(books, read, who, now, confirm, times)
    print("\n".join(report(entered)))
    return 1 if entered.problems else 0


@commands.command("hand-back")
@at_merchant
def hand_back(
    session: Session,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="e.g. var/lists/交回, with a folder a person in it")],
    language: Annotated[
        Language | None, typer.Option(help="of its receipts; by default that of the folder's name, or the merchant's")
    ] = None,
    otherwise: Annotated[
        str | None, typer.Option(metavar="NAME", help="who answered where neither folder nor workbook says it")
    ] = None,
) -> int:
    """Enter the lists that lie in a hand-back folder, once."""
    from include.tasks.answers.hand_back_files import FOLDER, display_name
    from include.tasks.answers.hand_back_folder import HandBack, hand_back_folders, hand_back_rules
    from include.warehouse.books import step_lock

    # As the folder is named, so that what is processed is looked for where the Dag puts it.
    named = next((one for one, name in FOLDER.items() if folder.resolve().name == name), None)
    with _desk(session, language or named) as (books, told):
        rules = replace(hand_back_rules(_hand_back_settings(session), told), otherwise=otherwise, settle_seconds=0)
        if not folder.is_dir():
            merchant = session.place.merchant
            own = listed(str(one.folder) for one in hand_back_folders(merchant)) if merchant else ("", "")
            name = "error.no_hand_back_folder" if own[1] else "error.no_folder"
            raise BilingualError.named(name, folder=folder, **({"own": own} if own[1] else {}))
        now = session.now()
        with step_lock(books, "hand_back"):
            taken = HandBack(folder, rules).take_in(books, lambda: now)
    for receipt in taken.receipts:
        print(f"{receipt.file}  {receipt.who or '?'}  {receipt.summary}  -> {display_name(str(receipt.receipt))}")
    for failure in taken.failures:
        told_why = say(told, "command.tasks.stays", file=failure.file, why=failure.why)
        print(told_why, file=sys.stderr)
    print(say_number(told, "command.tasks.read", len(taken.receipts), folder=folder))
    return 1 if taken.failures or any(receipt.needs_a_person for receipt in taken.receipts) else 0


@commands.command("document")
@at_merchant
def document(
    session: Session,
    kind: Kind,
    day: Annotated[str, typer.Argument(metavar="DAY", parser=options.a_day)],
    revision: Annotated[int | None, options.number("--revision")] = None,
) -> None:
    """A list's canonical text, as it was published."""
    from include.tasks.kinds import kind_named
    from include.tasks.publish_list import document_of

    with _desk(session) as (books, _language):
        named = kind_named(kind)
        with books.begin() as connection:
            text = document_of(connection, named, day, revision)
        if text is None:
            raise _no_document(books, named, day, revision)
    sys.stdout.write(text)


@commands.command("sheet")
@at_merchant
def sheet(
    session: Session,
    kind: Kind,
    day: Annotated[str, typer.Argument(metavar="DAY", parser=options.a_day)],
    out: Annotated[Path, typer.Option(metavar="FILE.xlsx", help="which must not be there yet")],
    language: options.InLanguage = None,
) -> None:
    """A clean sheet of a pushed list, with what has been answered, to be filled in and handed back."""
    from include.tasks.answers.clean_sheet import clean_sheet
    from include.tasks.kinds import kind_named

    with _desk(session, language) as (books, shown):
        named = kind_named(kind)
        with books.begin() as connection:
            made = clean_sheet(connection, named, day, shown)
        if out.exists():
            raise BilingualError.named("error.sheet_is_there", file=out)
        out.write_bytes(made.content)
        print(say(shown, "command.tasks.sheet", file=out, lines=made.lines, answered=made.answered))


def _no_document(books: Engine, kind: str, day: str, revision: int | None) -> BilingualError:
    from include.tasks.publish_list import no_list

    with books.begin() as connection:
        if revision is None or not _has_list(connection, kind, day):
            return no_list(connection, kind, day)
    return BilingualError.named("error.no_revision", kind=in_each(f"{kind}.name"), day=day, revision=revision)


def _has_list(connection: Connection, kind: str | None, day: str) -> bool:
    from sqlalchemy import select

    from include.tasks.task_tables import task_lists

    query = select(task_lists.c.list_id).where(task_lists.c.day == day)
    return connection.execute(query if kind is None else query.where(task_lists.c.kind == kind)).first() is not None


@commands.command("verify")
@at_merchant
def verify(session: Session) -> int:
    """Whether the log is whole, and every task in the state that it says."""
    from include.tasks.by_hand.desk_log import verify_desk_log
    from include.tasks.task_events import tasks_off_the_log, verify_chain

    with _desk(session) as (books, language), books.begin() as connection:
        broken, strange = verify_chain(connection), tasks_off_the_log(connection)
        done = verify_desk_log(connection)
    if broken is not None:
        print(say(language, "command.tasks.log_broken", event=broken), file=sys.stderr)
    if done is not None:
        print(say(language, "command.tasks.desk_log_broken", event=done), file=sys.stderr)
    for task in strange:
        print(say(language, "command.tasks.off_the_log", task=task), file=sys.stderr)
    if broken is None and done is None and not strange:
        print(say(language, "command.tasks.log_whole"))
        return 0
    return 1


@commands.command("deliveries")
@at_merchant
def deliveries(session: Session, limit: Limit = 50) -> None:
    """The newest deliveries, and how they stand."""
    from include.pages.aligned import padded
    from include.tasks.channels.deliveries import newest_deliveries
    from include.tasks.kinds import kind_of

    with _desk(session) as (books, language), books.begin() as connection:
        rows = newest_deliveries(connection, limit)
    if not rows:
        print(say(language, "command.tasks.nothing_pushed"))
    for row in rows:
        kind = padded(kind_of(row.kind).called(language), 8)
        state = padded(say(language, f"command.delivery.{row.state}"), 10)
        told = say(language, "delivery.escalation") + " " if row.is_escalation else ""
        told += say(language, "delivery.tried", count=row.attempts) + " " if row.attempts > 1 else ""
        told += f"{row.answers[-1].at} {row.answers[-1].detail}" if row.answers else ""
        print(f"{row.key[:12]}  {row.day}  {kind} {row.channel:<16} {state} {told}".rstrip())


@commands.command("settle")
@at_merchant
def settle_delivery(
    session: Session,
    key: Annotated[str, typer.Argument(metavar="KEY")],
    state: Annotated[Literal["sent", "pending", "failed"], typer.Argument(metavar="STATE")],
    who: Who,
) -> None:
    """Say what came of a delivery whose outcome is unknown."""
    from include.tasks.channels.outbox import settle

    with _desk(session) as (books, _language), books.begin() as connection:
        settle(connection, key, state, who, session.now())
