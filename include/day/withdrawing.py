"""Taking an export back: it was the wrong file, another shop's, or another month's.

    python -m include.day.withdrawing list [--shop tmall] [--day 2025-11-12]
    python -m include.day.withdrawing withdraw ID --why "another shop's" [--day 2025-11-12] [--who NAME]
    python -m include.day.withdrawing restore ID --why "it was right after all"

`list` tells the ids. What is taken back is known from the newest closed day on (or from --day): that day is to be
closed again, its lists are revised, and lists of earlier days come out as they did. Nothing is deleted; who, when and
why stays. Take the file out of its folder too, so that nobody wonders. A file brought in again stays taken back until
`restore`.
Exit codes: 0 done, 1 nothing was changed because something is wrong.
"""

import argparse
import getpass
import sys
from datetime import UTC, datetime

from include.calendar.business_days import merchant_now, parse_day
from include.settings.location import locate, place_arguments
from include.settings.names import require_known
from include.warehouse.opening import books_at
from include.warehouse.withdrawals import WithdrawalError, said_of_exports, withdraw


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m include.day.withdrawing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    place_arguments(parser)
    parser.add_argument("--time-zone", help="the merchant's, if its YAML is not here")
    commands = parser.add_subparsers(dest="command", required=True)
    telling = commands.add_parser("list", help="the exports and their ids")
    telling.add_argument("--shop")
    telling.add_argument("--day")
    for name, about in (("withdraw", "take an export back"), ("restore", "let it count again")):
        saying = commands.add_parser(name, help=about)
        saying.add_argument("export_id")
        saying.add_argument("--why", required=True)
        saying.add_argument("--day", help="the day from which it is known; the newest closed day by default")
        saying.add_argument("--who", default=getpass.getuser(), help="who says so; the account by default")
    given = parser.parse_args(arguments)
    try:
        place = locate(given)
        with books_at(place.books) as books:
            day = parse_day(given.day).isoformat() if given.day else None
            if given.command == "list":
                if given.shop:
                    require_known("shop", [given.shop], set(said_of_exports(books)["shop"]))
                print(said_of_exports(books, given.shop, day).to_string(index=False))
                return 0
            now = merchant_now(given.time_zone or place.time_zone, datetime.now(UTC))
            undo = given.command == "restore"
            known_from = withdraw(books, given.export_id, given.who, given.why, now, day, undo)
    except (WithdrawalError, ValueError) as error:
        print(f"nothing was changed: {error}", file=sys.stderr)
        return 1
    print(
        f"{given.export_id}: {'counts again' if undo else 'taken back'} from {known_from} on; close {known_from} again"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
