"""Working the codes that nobody has mapped, as a spreadsheet.

    ./storekeeper listings unmapped --day 2025-11-12 [--out unmapped.csv]
    ./storekeeper listings map unmapped.csv --day 2025-11-12
    ./storekeeper listings dismiss CODE --why 补差价 --day 2025-11-12 [--shop tmall] [--who NAME]
    ./storekeeper listings restore CODE --why "it is sold again" --day 2025-11-12 [--shop tmall]
    ./storekeeper listings dismissed --day 2025-11-12

`unmapped` writes shop, listing_code, title, first_seen, units, revenue (of the last 28 days), like (a sku that differs
only in case, signs or leading zeros, which a spreadsheet eats), and sku, quantity and dismiss to be filled in; for a
bundle the line is repeated for each sku. `dismiss` takes the reason why a code is no merchandise. Lines where sku and
dismiss stay empty are left for another time. An emptied shop speaks of the code in every shop. After `map`, replay the
close of that day: it counts the old sales too.
A dismissed code leaves the list and nothing else: its lines keep their money and stand in no demand. `restore` takes it
back, `dismissed` tells who dismissed what, when and why.
Exit codes: 0 done, 1 nothing was changed because something is wrong, 2 the file cannot be read.
"""

import argparse
import csv
import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine, select

from include.calendar.business_days import merchant_now
from include.facts.close_day import last_closed_day, newest_close
from include.facts.listing_map import (
    MappingError,
    dismiss_listings,
    dismissed_listings,
    map_listings,
    similar_skus,
    sold_codes,
    unmapped_listings,
)
from include.files.errors import ExportError
from include.files.text.encoding import decode
from include.settings.arguments import a_day, account, command_parser, run_command
from include.settings.location import Location, locate, place_arguments, spoken
from include.settings.names import require_known
from include.settings.saying import SaidError, refused
from include.tasks.sheets.cells import amount_of, neutral
from include.warehouse.books import read_frame
from include.warehouse.opening import books_at
from include.warehouse.tables import exports

HEADER = [
    "shop", "listing_code", "title", "first_seen", "units", "revenue", "like", "sku", "quantity", "dismiss",
]  # fmt: skip
DONE = {"dismiss": ("dismissed", "已排除"), "restore": ("restored", "已恢复")}
UNCHANGED = SaidError("nothing was changed", "没有改动")


def as_csv(found: pd.DataFrame, like: Mapping[str, str] | None = None) -> bytes:
    """`unmapped_listings` as a person fills it in: UTF-8 with BOM, no formulas. like: code -> the sku it resembles."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in found.itertuples():
        texts = [
            neutral(str(text)) if text == text and text is not None else ""
            for text in (row.shop, row.listing_code, row.title)
        ]
        resembles = neutral((like or {}).get(str(row.listing_code), ""))
        writer.writerow(
            [*texts, row.first_seen, int(row.units), amount_of(int(row.revenue_micros)), resembles, "", "", ""]
        )
    return held.getvalue().encode("utf-8-sig")


def from_csv(content: bytes, name: str) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """(rows for `map_listings`, rows for `dismiss_listings`, lines left open). Raises ExportError where a column is
    missing."""
    rows = csv.DictReader(io.StringIO(decode(content, name).data.decode()))
    missing = {"listing_code", "sku"} - set(rows.fieldnames or ())
    if missing:
        raise ExportError(name, f"no column {', '.join(sorted(missing))}", expected=", ".join(HEADER))
    worked, dismissed, left = [], [], 0
    for row in rows:
        said = {key: (value or "").strip().removeprefix("'") for key, value in row.items() if isinstance(key, str)}
        about = {"file_line": rows.line_num, "for_shop": said.get("shop"), "listing_code": said["listing_code"]}
        if not said["sku"] and said.get("dismiss"):
            dismissed.append({**about, "why": said["dismiss"]})
            continue
        if not said["sku"]:
            left += bool(said["listing_code"])
            continue
        worked.append({**about, "sku": said["sku"], "quantity": said.get("quantity")})
    return (
        pd.DataFrame(worked, columns=["file_line", "for_shop", "listing_code", "sku", "quantity"]),
        pd.DataFrame(dismissed, columns=["file_line", "for_shop", "listing_code", "why"]),
        left,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser("listings", __doc__)
    place_arguments(parser)
    parser.add_argument("--time-zone", help="the merchant's, if its YAML is not here")
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("unmapped", help="write what nobody has mapped")
    asking.add_argument("--day", type=a_day, help="the newest closed day by default")
    asking.add_argument("--out", type=Path, help="a CSV file; the screen by default")
    mapping = commands.add_parser("map", help="take over the lines whose sku or dismiss was filled in")
    mapping.add_argument("file", type=Path)
    mapping.add_argument("--day", type=a_day, required=True, help="the day from which the mapping is known")
    dismissing = commands.add_parser("dismiss", help="say that a code is no merchandise")
    restoring = commands.add_parser("restore", help="take a dismissal back")
    for saying in (dismissing, restoring):
        saying.add_argument("code")
        saying.add_argument("--shop", default="", help="every shop by default")
        saying.add_argument("--why", required=True)
        saying.add_argument("--day", type=a_day, required=True, help="the day from which it is known")
    for saying in (mapping, dismissing, restoring):
        saying.add_argument("--who", default=account(), help="who says so; the account by default")
    telling = commands.add_parser("dismissed", help="who dismissed what, when and why")
    telling.add_argument("--day", type=a_day, help="the newest closed day by default")
    given = parser.parse_args(arguments)
    try:
        place = locate(given)
        with books_at(place.books) as books:
            COMMANDS[given.command](books, place, given)
    except (ExportError, OSError) as error:
        return refused(error, spoken(given), 2)
    except MappingError as error:
        return refused(error, spoken(given), before=UNCHANGED)
    except ValueError as error:
        return refused(error, spoken(given))
    return 0


def _unmapped(books: Engine, place: Location, given: argparse.Namespace) -> None:
    day, zh = _seen_day(books, place, given), place.language == "zh"
    found = unmapped_listings(books, day)
    if found.empty:
        print(f"每个编码都已对应到商家编码（截至 {day}）" if zh else f"every code is mapped, as of {day}")
        if not given.out:
            return
    content = as_csv(found, similar_skus(books, day, found["listing_code"]))
    if not given.out:
        print(content.decode("utf-8-sig"), end="")
        return
    given.out.write_bytes(content)
    count, file = len(found), given.out
    if count:
        print(f"{count} 个编码还没有对应，写入 {file}" if zh else f"{count} codes are not mapped, written to {file}")


def _map(books: Engine, place: Location, given: argparse.Namespace) -> None:
    day, now, zh = given.day, _now(place, given), place.language == "zh"
    rows, dismissed, left = from_csv(given.file.read_bytes(), given.file.name)
    if rows.empty and dismissed.empty:
        raise MappingError("no line names a sku or a reason to dismiss", "没有一行填了 sku 或 dismiss（排除的原因）")
    _require_shops(books, place, [*rows["for_shop"], *dismissed["for_shop"]])
    if not rows.empty:
        map_listings(books, rows, day, now)
        count = len(rows)
        mapped = f"{count} lines mapped; replay the close of {day} to count their old sales"
        print(f"对应了 {count} 行；请重放 {day} 的结账，以前的销量才会计入" if zh else mapped)
    if not dismissed.empty:
        count = dismiss_listings(books, dismissed, day, now, given.who)
        print(f"排除了 {count} 个编码" if zh else f"{count} codes dismissed")
    print(f"还有 {left} 行没有填" if zh else f"{left} lines left open")


def _dismiss(books: Engine, place: Location, given: argparse.Namespace) -> None:
    day, undo = given.day, given.command == "restore"
    _require_shops(books, place, [given.shop])
    if not undo and (sold := sold_codes(books, day)):
        require_known("sold code", [given.code], sold)
    one = pd.DataFrame([{"file_line": 1, "for_shop": given.shop, "listing_code": given.code, "why": given.why}])
    changed = dismiss_listings(books, one, day, _now(place, given), given.who, undo=undo)
    en, zh = DONE[given.command] if changed else ("it was so already", "本来就是这样")
    print(f"{given.code}：{zh}" if place.language == "zh" else f"{given.code}: {en}")


def _dismissed(books: Engine, place: Location, given: argparse.Namespace) -> None:
    zh, found = place.language == "zh", dismissed_listings(books, _seen_day(books, place, given))
    if found.empty:
        print("没有排除过任何编码" if zh else "no code is dismissed")
    for said in found.itertuples():
        if zh:
            shop = said.for_shop if isinstance(said.for_shop, str) else "所有店铺"
            print(f"{shop} 的 {said.listing_code}：{said.why}（{said.who}，{said.at}，{said.day} 起）")
        else:
            shop = said.for_shop if isinstance(said.for_shop, str) else "every shop"
            print(f"{said.listing_code} in {shop}: {said.why} ({said.who}, {said.at}, from {said.day} on)")


COMMANDS: Mapping[str, Callable[[Engine, Location, argparse.Namespace], None]] = {
    "unmapped": _unmapped,
    "map": _map,
    "dismiss": _dismiss,
    "restore": _dismiss,
    "dismissed": _dismissed,
}


def _seen_day(books: Engine, place: Location, given: argparse.Namespace) -> str:
    """The day asked for, or the newest closed one before: the last 28 days shall be days that somebody has seen."""
    if given.day and newest_close(books) is None:  # before the onboarding there is nothing to see
        return str(given.day)
    seen = last_closed_day(books, given.day)
    if given.day and seen < given.day:
        zh = f"{given.day} 还没有结账：按最近结账的 {seen}"
        print(
            zh if place.language == "zh" else f"{given.day} is not closed yet: as of {seen}, the newest closed day",
            file=sys.stderr,
        )
    return seen


def _require_shops(books: Engine, place: Location, names: Iterable[str | None]) -> None:
    """Raises UnknownNameError for a shop that neither the merchant's YAML nor the books know."""
    told = set(read_frame(books, select(exports.c.shop).distinct())["shop"])
    known = told | {shop.name for shop in place.merchant.shops} if place.merchant else told
    if known:
        require_known("shop", [name for name in names if name], known)


def _now(place: Location, given: argparse.Namespace) -> datetime:
    return merchant_now(given.time_zone or place.time_zone, datetime.now(UTC))


if __name__ == "__main__":
    run_command(main)
