"""People's data: who is known, what is known of them, and how it goes away. Every call is in the access log.

    ./storekeeper people --as NAME --why REASON find    --phone 13900000001
    ./storekeeper people --as NAME --why REASON show    --shop tmall --buyer NICK [--out person.json]
    ./storekeeper people --as NAME --why REASON erase   --customer 0a1b2c3d4e5f --certificate FOLDER
    ./storekeeper people --as NAME --why REASON unmerge --customer 0a1b2c3d4e5f
    ./storekeeper people --as NAME --why REASON merge   --customer 0a1b2c3d4e5f
    ./storekeeper people --as NAME --why REASON rotate
    ./storekeeper people --as NAME --why REASON access-log [--customer ...]

A person is named by one of --phone, --email, --member, --customer (a pseudonym, or its first 12 digits as lists show
it), --task (a line of a recall list, 召回_2025-11-11:1), or --shop and --buyer. `find` tells the pseudonyms; `show`
everything in words, or as JSON with --json or --out. `unmerge` says that this customer is joined to nobody, whatever
exports say later; `merge` takes that back. `erase` says how much it would reach, and asks for --yes.

Settings: --merchant FOLDER, --home FOLDER, --books URL, by default as `include.settings.location` says; --keys FILE
(JSON, as `./storekeeper keys` prints it; default: the environment variable STOREKEEPER_KEYS, then keys.json in
the home, where the demo keeps its own).
Ends with 0 when done, 1 when nobody was found, something was refused, or an erasure left something to a person.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from include.calendar.business_days import merchant_now
from include.cli.person_view import in_words, reach_in_words, reach_of
from include.cli.task_view import task_meant
from include.people.access_log import note_access, read_log, verify_access_log
from include.people.contact_vault import rotate, still_sealed_with
from include.people.erase import erase
from include.people.find import find, tell
from include.people.identity_store import APART, JOINED, state_identity
from include.privacy.sealing import SealError
from include.settings.arguments import command_parser, run_command
from include.settings.location import locate, place_arguments, spoken
from include.settings.names import require_known
from include.settings.saying import SaidError, refused
from include.tasks.desk import one_task
from include.warehouse.opening import readable
from include.warehouse.workspace import Keys, Office, open_office

NAMES = ("phone", "email", "member", "shop", "buyer", "customer")
KEYS_FILE = "keys.json"


def main(arguments: Sequence[str] | None = None, now: Callable[[str], datetime] = merchant_now) -> int:
    options = _parser().parse_args(arguments)
    try:
        office = _office(options)
    except (ValueError, OSError) as error:
        return refused(error, spoken(options))
    try:
        with readable(office.books.url.render_as_string(hide_password=False)):
            return COMMANDS[options.command](office, options, now(office.merchant.time_zone))
    except (ValueError, SealError, OSError) as error:
        return refused(error, spoken(options))
    finally:
        office.books.dispose()


def unmerge(office: Office, customer: str, who: str, why: str, now: datetime) -> None:
    """Say that a customer (a whole pseudonym) is joined to nobody, from the first list that is not out yet."""
    note_access(office, who, why, "unmerge", now, customer)
    state_identity(office, [customer], APART, who, why, now)


def merge_again(office: Office, customer: str, who: str, why: str, now: datetime) -> None:
    """Take an `unmerge` back: keys may join the customer again."""
    note_access(office, who, why, "merge", now, customer)
    state_identity(office, [customer], JOINED, who, why, now)


def _find(office: Office, options: argparse.Namespace, now: datetime) -> int:
    for customer in _named(office, options, now):
        print(customer)
    return 0


def _show(office: Office, options: argparse.Namespace, now: datetime) -> int:
    told = tell(
        office, _named(office, options, now), options.who, options.why, now, "export" if options.out else "show"
    )
    text = json.dumps(told, ensure_ascii=False, indent=1, default=int)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    elif options.json:
        print(text)
    else:
        print(in_words(told, office.merchant.language, office.merchant.currency))
    return 0


def _erase(office: Office, options: argparse.Namespace, now: datetime) -> int:
    customers = _named(office, options, now)
    if not options.yes:
        print(reach_in_words(reach_of(office, customers), office.merchant.language))
        return 1
    passwords = _json(options.passwords.read_text(encoding="utf-8"), options.passwords) if options.passwords else {}
    clear = [getattr(options, name) for name in ("phone", "email", "member", "buyer") if getattr(options, name)]
    done = erase(office, customers, options.who, options.why, now, passwords=passwords, also=options.also, names=clear)
    if options.certificate:
        options.certificate.mkdir(parents=True, exist_ok=True)
        stem = options.certificate / f"erasure_{done.erasure_id}"
        stem.with_suffix(".json").write_text(
            json.dumps(done.document(), ensure_ascii=False, indent=1), encoding="utf-8"
        )
        stem.with_suffix(".txt").write_text(done.text(), encoding="utf-8")
    print(done.text(), end="")
    return 1 if done.left else 0


def _unmerge(office: Office, options: argparse.Namespace, now: datetime) -> int:
    unmerge(office, _whole(office, options, now), options.who, options.why, now)
    return 0


def _merge(office: Office, options: argparse.Namespace, now: datetime) -> int:
    merge_again(office, _whole(office, options, now), options.who, options.why, now)
    return 0


def _whole(office: Office, options: argparse.Namespace, now: datetime) -> str:
    """The one customer that --customer begins the name of, whoever it is joined to."""
    if not options.customer:
        raise SaidError("name one customer: --customer", "请用 --customer 指明一位客户")
    fits = [one for one in _named(office, options, now) if one.startswith(options.customer)]
    if len(fits) != 1:
        raise SaidError(
            f"{len(fits)} customers begin so: give more digits", f"有 {len(fits)} 位客户的编号这样开头：请多写几位"
        )
    return fits[0]


def _rotate(office: Office, options: argparse.Namespace, now: datetime) -> int:
    print(json.dumps(rotate(office, options.who, options.why, now)))
    print(json.dumps({"sealed_with": still_sealed_with(office)}))
    return 0


def _access_log(office: Office, options: argparse.Namespace, now: datetime) -> int:
    customers: list[str | None] = [*_named(office, options, now)] if _is_named(options) else [None]
    note_access(office, options.who, options.why, "read_log", now)
    for customer in customers:
        for row in read_log(office, customer).itertuples():
            subject = row.subject[:12] if isinstance(row.subject, str) else ""
            print(f"{row.seq}\t{row.at}\t{row.who}\t{row.what}\t{subject}\t{row.why}")
    with office.books.connect() as connection:
        broken = verify_access_log(connection)
    if broken is not None:
        print(f"the log was changed at row {broken}", file=sys.stderr)
    return 0 if broken is None else 1


COMMANDS: dict[str, Callable[[Office, argparse.Namespace, datetime], int]] = {
    "find": _find,
    "show": _show,
    "erase": _erase,
    "unmerge": _unmerge,
    "merge": _merge,
    "rotate": _rotate,
    "access-log": _access_log,
}


def _is_named(options: argparse.Namespace) -> bool:
    return any(getattr(options, name) for name in (*NAMES, "task"))


def _named(office: Office, options: argparse.Namespace, now: datetime) -> list[str]:
    asked: dict[str, Any] = {name: getattr(options, name) for name in NAMES}
    if asked["shop"]:
        require_known("shop", [asked["shop"]], {shop.name for shop in office.merchant.shops})
    if options.task:
        if asked["customer"]:
            raise SaidError(
                "name a person by one of --task and --customer", "--task 和 --customer 只能用一个来指明客户"
            )
        asked["customer"] = _customer_of(office, options.task)
    return find(office, options.who, options.why, now, **asked)


def _office(options: argparse.Namespace) -> Office:
    place = locate(options)
    home = place.home.resolve()
    merchant = place.described()
    kept = options.keys or (home / KEYS_FILE if (home / KEYS_FILE).is_file() else None)
    said = os.environ.get("STOREKEEPER_KEYS", "") if not options.keys else ""
    if said:
        kept = None
    elif kept is not None:
        said = kept.read_text(encoding="utf-8")
    if not said:
        raise SaidError(
            f"no keys: give --keys FILE or STOREKEEPER_KEYS; there is no {home / KEYS_FILE} either",
            f"没有密钥：请用 --keys 文件 或 STOREKEEPER_KEYS 给出；{home / KEYS_FILE} 也不存在",
        )
    where = "STOREKEEPER_KEYS" if kept is None else kept
    with readable(place.books):
        return open_office(merchant, place.books, Keys.from_mapping(_json(said, where)), home)


def _json(text: str, where: Path | str) -> dict[str, Any]:
    """A JSON object. Raises SaidError without a word of the text, which may be secret."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise SaidError(f"{where}: expected a JSON object, {{...}}", f"{where}：应为 JSON 对象 {{...}}")
    return found


def _customer_of(office: Office, named: str) -> str:
    """The customer (short pseudonym) whom a task is about."""
    with office.books.begin() as connection:
        task = one_task(connection, task_meant(connection, named))
    customer = task.payload.get("customer") if task else None
    if not customer:
        raise SaidError(f"{named} is no line about a customer", f"{named} 不是关于客户的一行")
    return str(customer)


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("people", __doc__)
    place_arguments(parser)
    parser.add_argument("--keys", type=Path)
    parser.add_argument("--as", dest="who", required=True, help="your name")
    parser.add_argument("--why", required=True, help="the reason, without anybody's data in it")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        command = commands.add_parser(name)
        for way in NAMES:
            command.add_argument(f"--{way}")
        command.add_argument("--task", help="a line of a recall list, e.g. 召回_2025-11-11:1")
        if name == "show":
            command.add_argument("--json", action="store_true", help="everything, as a machine reads it")
            command.add_argument("--out", type=Path, help="a file for the person, in place of the screen")
        if name == "erase":
            command.add_argument("--yes", action="store_true")
            command.add_argument("--certificate", type=Path, help="a folder for the certificate, as JSON and text")
            command.add_argument("--passwords", type=Path, help="JSON: shop -> password of its locked workbooks")
            command.add_argument(
                "--also", type=Path, nargs="*", default=[], help="further folders, e.g. Airflow's logs"
            )
    return parser


if __name__ == "__main__":
    run_command(main)
