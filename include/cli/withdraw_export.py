"""Taking an export back: it was the wrong file, another shop's, or another month's.

    ./storekeeper exports list [--shop tmall] [--day 2025-11-12]
    ./storekeeper exports withdraw ID --why "another shop's" [--day 2025-11-12] [--who NAME]
    ./storekeeper exports restore ID --why "it was right after all"

`list` tells the ids. What is taken back is known from the newest closed day on (or from --day): that day is to be
closed again, its lists are revised, and lists of earlier days come out as they did. Nothing is deleted; who, when and
why stays. Take the file out of its folder too, so that nobody wonders. A file brought in again stays taken back until
`restore`.
Exit codes: 0 done, 1 nothing was changed because something is wrong.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from include.calendar.business_days import merchant_now
from include.settings.arguments import a_day, account, command_parser, run_command
from include.settings.location import locate, place_arguments, spoken
from include.settings.names import require_known
from include.settings.saying import SaidError, refused
from include.warehouse.opening import books_at
from include.warehouse.withdrawals import said_of_exports, withdraw

UNCHANGED = SaidError("nothing was changed", "没有改动")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("exports", __doc__)
    place_arguments(parser)
    parser.add_argument("--time-zone", help="the merchant's, if its YAML is not here")
    commands = parser.add_subparsers(dest="command", required=True)
    telling = commands.add_parser("list", help="the exports and their ids")
    telling.add_argument("--shop")
    telling.add_argument("--day", type=a_day)
    for name, about in (("withdraw", "take an export back"), ("restore", "let it count again")):
        saying = commands.add_parser(name, help=about)
        saying.add_argument("export_id")
        saying.add_argument("--why", required=True)
        saying.add_argument("--day", type=a_day, help="the day it is known from; the newest closed day by default")
        saying.add_argument("--who", default=account(), help="who says so; the account by default")
    given = parser.parse_args(arguments)
    try:
        place = locate(given)
        with books_at(place.books) as books:
            if given.command == "list":
                if given.shop:
                    described = {shop.name for shop in place.merchant.shops} if place.merchant else set()
                    require_known("shop", [given.shop], set(said_of_exports(books)["shop"]) | described)
                found = said_of_exports(books, given.shop, given.day)
                nothing = "没有这样的文件" if place.language == "zh" else "there are no such exports"
                print(nothing if found.empty else found.to_string(index=False))
                return 0
            now = merchant_now(given.time_zone or place.time_zone, datetime.now(UTC))
            undo = given.command == "restore"
            known_from = withdraw(books, given.export_id, given.who, given.why, now, given.day, undo)
    except (ValueError, OSError) as error:
        return refused(error, spoken(given), before=UNCHANGED if given.command != "list" else None)
    if place.language == "zh":
        now_so = "重新计入" if undo else "已撤回"
        print(f"{given.export_id}：从 {known_from} 起{now_so}；请把 {known_from} 重新结账")
    else:
        now_so = "counts again" if undo else "taken back"
        print(f"{given.export_id}: {now_so} from {known_from} on; close {known_from} again")
    return 0


if __name__ == "__main__":
    run_command(main)
