"""People's data: who is known, what is known of them, and how it goes away. Every call is in the access log.

    storekeeper people --as NAME --why REASON find    --phone 13900000001
    storekeeper people --as NAME --why REASON show    --shop tmall --buyer NICK [--out person.json]
    storekeeper people --as NAME --why REASON erase   --customer 0a1b2c3d4e5f --certificate FOLDER
    storekeeper people --as NAME --why REASON unmerge --customer 0a1b2c3d4e5f
    storekeeper people --as NAME --why REASON merge   --customer 0a1b2c3d4e5f
    storekeeper people --as NAME --why REASON rotate
    storekeeper people --as NAME --why REASON access-log [--customer ...]

A person is named by one of --phone, --email, --member, --customer (a pseudonym, or its first 12 digits as lists show
it), --task (a line of a recall list, 召回_2025-11-11:1), or --shop and --buyer. `find` tells the pseudonyms; `show`
everything in words, or as JSON with --json or --out. `unmerge` says that this customer is joined to nobody, whatever
exports say later; `merge` takes that back. `erase` says how much it would reach, and asks for --yes.

The keys are in --keys FILE (JSON, as `storekeeper keys` prints it; default: the environment variable STOREKEEPER_KEYS,
then keys.json in the home, where the demo keeps its own).
Ends with 0 when done, 1 when nobody was found, something was refused, or an erasure left something to a person.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from include.cli.command_line import Books, Commands, Home, Merchant, Session, at_merchant, name_merchant, refusing
from include.cli.keys import Passwords, passwords_in, workspace_with_keys
from include.settings.names import require_known
from include.settings.saying import BilingualError
from include.words.texts import say

if TYPE_CHECKING:
    from include.warehouse.workspace import Workspace

ASKED = "include.cli.people"  # what stands before the command, in the context's memory

commands = Commands("people", __doc__, "what is kept of a person; erase it · 个人数据的查询与删除")


@dataclass(frozen=True)
class Inquiry:
    """Who asks why about whom. names: phone, email, member, shop, buyer, customer and task, None where not said."""

    workspace: Workspace
    who: str
    why: str
    now: datetime
    names: Mapping[str, str | None]

    @property
    def is_named(self) -> bool:
        return any(self.names.values())

    def customers(self) -> list[str]:
        """Every customer (pseudonym) of the person. Raises UnknownPersonError; the access log has it."""
        from include.people.find import find

        asked = dict(self.names)
        task = asked.pop("task")
        if asked["shop"]:
            require_known("shop", [asked["shop"]], {shop.name for shop in self.workspace.merchant.shops})
        if task:
            if asked["customer"]:
                raise BilingualError.named("error.task_or_customer")
            asked["customer"] = _customer_of(self.workspace, task)
        return find(self.workspace, self.who, self.why, self.now, **asked)

    def one_customer(self) -> str:
        """The one customer that --customer begins the name of, whoever it is joined to."""
        begins = self.names["customer"]
        if not begins:
            raise BilingualError.named("error.one_customer")
        fits = [one for one in self.customers() if one.startswith(begins)]
        if len(fits) != 1:
            raise BilingualError.named("error.several_customers", count=len(fits))
        return fits[0]


@commands.callback()
def ask(
    context: typer.Context,
    who: Annotated[str | None, typer.Option("--as", metavar="NAME", help="your name")] = None,
    why: Annotated[str | None, typer.Option(metavar="REASON", help="the reason, without anybody's data in it")] = None,
    keys: Annotated[Path | None, typer.Option(metavar="FILE")] = None,
    merchant: Merchant = None,
    home: Home = None,
    books: Books = None,
) -> None:
    name_merchant(merchant, home, books)
    context.meta[ASKED] = (who, why, keys)


def _person(
    phone: Annotated[str | None, typer.Option()] = None,
    email: Annotated[str | None, typer.Option()] = None,
    member: Annotated[str | None, typer.Option()] = None,
    shop: Annotated[str | None, typer.Option()] = None,
    buyer: Annotated[str | None, typer.Option()] = None,
    customer: Annotated[str | None, typer.Option()] = None,
    task: Annotated[str | None, typer.Option(help="a line of a recall list, e.g. 召回_2025-11-11:1")] = None,
) -> None:
    """The options that name a person."""


PERSON = inspect.signature(_person, eval_str=True).parameters


def about_person(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """A command about a person: its first argument is the Inquiry."""

    @functools.wraps(command)
    def run(session: Session, **given: Any) -> int | None:
        from include.privacy.sealing import SealError
        from include.warehouse.opening import readable

        context = session.context
        who, why, keys = context.meta[ASKED]
        for name, said in (("--as", who), ("--why", why)):
            if said is None:
                context.fail(f"expected {name} before {context.info_name}, found nothing · 缺少 {name}")
        names = {name: given.pop(name) for name in PERSON}
        with refusing(ValueError, SealError, OSError):
            workspace = workspace_with_keys(session, keys)
            try:
                with readable(workspace.books.url.render_as_string(hide_password=False)):
                    now = session.clock(workspace.merchant.time_zone)
                    return command(Inquiry(workspace, who, why, now, names), **given)
            finally:
                workspace.books.dispose()

    first, *own = inspect.signature(command, eval_str=True).parameters.values()
    parameters = [first, *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own, *PERSON.values()))]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return at_merchant(run)


@commands.command("find")
@about_person
def find_person(asked: Inquiry) -> None:
    """The pseudonyms of a person."""
    for customer in asked.customers():
        print(customer)


@commands.command("show")
@about_person
def show_person(
    asked: Inquiry,
    is_json: Annotated[bool, typer.Option("--json", help="everything, as a machine reads it")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a file for the person, in place of the screen")
    ] = None,
) -> None:
    """Everything that is kept of a person."""
    from include.people.find import tell
    from include.people.person_view import in_words

    workspace = asked.workspace
    told = tell(workspace, asked.customers(), asked.who, asked.why, asked.now, "export" if out else "show")
    text = json.dumps(told, ensure_ascii=False, indent=1, default=int)
    if out:
        out.write_text(text, encoding="utf-8")
    elif is_json:
        print(text)
    else:
        print(in_words(told, workspace.merchant.language, workspace.merchant.currency))


@commands.command("erase")
@about_person
def erase_person(
    asked: Inquiry,
    yes: Annotated[bool, typer.Option("--yes", help="without it, only how much would be reached is said")] = False,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="a folder for the certificate, as JSON and text")
    ] = None,
    passwords: Passwords = None,
    also: Annotated[
        list[Path] | None, typer.Option(metavar="FOLDER", help="further folders, e.g. Airflow's logs")
    ] = None,
) -> int:
    """Erase a person for good."""
    from include.people.erase import erase
    from include.people.person_view import reach_in_words, reach_of

    workspace, customers = asked.workspace, asked.customers()
    if not yes:
        print(reach_in_words(reach_of(workspace, customers), workspace.merchant.language))
        return 1
    locked = passwords_in(passwords)
    clear = [said for name in ("phone", "email", "member", "buyer") if (said := asked.names[name])]
    done = erase(workspace, customers, asked.who, asked.why, asked.now, passwords=locked, also=also or (), names=clear)
    if certificate:
        certificate.mkdir(parents=True, exist_ok=True)
        stem = certificate / f"erasure_{done.erasure_id}"
        stem.with_suffix(".json").write_text(
            json.dumps(done.document(), ensure_ascii=False, indent=1), encoding="utf-8"
        )
        stem.with_suffix(".txt").write_text(done.text(), encoding="utf-8")
    print(done.text(), end="")
    return 1 if done.left else 0


@commands.command("unmerge")
@about_person
def unmerge_person(asked: Inquiry) -> None:
    """Say that a customer is joined to nobody."""
    from include.people.joined_by_hand import unmerge

    unmerge(asked.workspace, asked.one_customer(), asked.who, asked.why, asked.now)


@commands.command("merge")
@about_person
def merge_person(asked: Inquiry) -> None:
    """Take an `unmerge` back."""
    from include.people.joined_by_hand import merge_again

    merge_again(asked.workspace, asked.one_customer(), asked.who, asked.why, asked.now)


@commands.command("rotate")
@about_person
def rotate_keys(asked: Inquiry) -> None:
    """Seal anew, with the newest key, what older ones seal."""
    from include.people.contact_vault import rotate, still_sealed_with

    language = asked.workspace.merchant.language
    print(say(language, "person.sealed_anew", **rotate(asked.workspace, asked.who, asked.why, asked.now)))
    for key, count in still_sealed_with(asked.workspace).items():
        print(say(language, "person.sealed_with", key=key, count=count))


@commands.command("access-log")
@about_person
def access_log(asked: Inquiry) -> int:
    """Who looked at whom, when and why."""
    from include.people.access_log import note_access, read_log, verify_access_log
    from include.people.person_view import look_in_words

    workspace = asked.workspace
    customers: list[str | None] = [*asked.customers()] if asked.is_named else [None]
    note_access(workspace, asked.who, asked.why, "read_log", asked.now)
    for customer in customers:
        for row in read_log(workspace, customer).itertuples():
            subject = row.subject[:12] if isinstance(row.subject, str) else ""
            what = look_in_words(row.what, workspace.merchant.language)
            print(f"{row.seq}\t{row.at}\t{row.who}\t{what}\t{subject}\t{row.why}")
    with workspace.books.connect() as connection:
        broken = verify_access_log(connection)
    if broken is not None:
        print(say(workspace.merchant.language, "person.log_broken", row=broken), file=sys.stderr)
    return 0 if broken is None else 1


def _customer_of(workspace: Workspace, named: str) -> str:
    """The customer (short pseudonym) whom a task is about."""
    from include.tasks.sheets.task_view import task_meant
    from include.tasks.task_queries import one_task

    with workspace.books.begin() as connection:
        task = one_task(connection, task_meant(connection, named))
    customer = task.payload.get("customer") if task else None
    if not customer:
        raise BilingualError.named("error.no_customer_line", named=named)
    return str(customer)
