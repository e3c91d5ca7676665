"""Which sku a platform's listing stands for: what nobody has said yet, and saying it.

A paid line whose code no listing and no product answers to counts in no fact; it is written down in `unmapped` by the
close, never guessed and never dropped. Once it is mapped, the close of the day of the mapping counts its old sales too.

A code that is no merchandise (补差价, 运费, a link for gifts) is dismissed: it leaves the list of what is to be mapped
and nothing else. Its lines keep their money and stand in no demand, as before: no fact and no list of any day changes.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import pandas as pd
from sqlalchemy import Engine, func, select, union

from include.calendar.business_days import MOMENT, day_after
from include.exports.values.ids import id_of
from include.exports.values.values import whole_of
from include.settings.names import nearest
from include.settings.saying import BilingualError
from include.warehouse.as_of import known_on, latest_lines, newest_facts
from include.warehouse.books import Publication, publication, read_frame
from include.warehouse.publish import Landed, publishing
from include.warehouse.tables import (
    exports,
    listing_dismissals,
    listings,
    order_lines,
    products,
    purchase_orders,
    receipts,
    stock,
)
from include.warehouse.tellings import told_at_all

DESK = "desk"  # the source of mappings that people make, beside the shops' own files
RECENT_DAYS = 28
UNMAPPED_COLUMNS = ("shop", "listing_code", "title", "first_seen", "units", "revenue_micros")
MAPPING_COLUMNS = ("for_shop", "listing_code", "sku", "quantity")
DISMISSAL_COLUMNS = ("for_shop", "listing_code", "why", "who", "day", "at")


class MappingError(BilingualError):
    """A mapping or dismissal that cannot be taken over; the message names every line that is wrong."""


def unmapped_listings(books: Engine, day: str) -> pd.DataFrame:
    """The codes that were sold up to `day` and that nobody has mapped or dismissed by then, the most money first.

    shop, listing_code ('' where the platform gave none), title, first_seen (day), units and revenue_micros (what was
    paid) of the last 28 days.
    """
    with publication(books) as change:
        lost = lost_sales(change, day)
        answered = answered_codes(change, day)
        dismissed = _dismissed(change, day)
    lost = lost[~_is_answered(lost, answered)]
    lost = lost[~_is_dismissed(lost, dismissed)]
    recent = lost["day"] > day_after(day, -RECENT_DAYS)
    lost = lost.assign(units=lost["units"].where(recent, 0), revenue_micros=lost["revenue_micros"].where(recent, 0))
    found = (
        lost.sort_values("day")
        .groupby(["shop", "listing_code"], as_index=False)
        .agg(
            title=("title", "last"),
            first_seen=("day", "min"),
            units=("units", "sum"),
            revenue_micros=("revenue_micros", "sum"),
        )
    )
    found = found.sort_values(["revenue_micros", "shop", "listing_code"], ascending=[False, True, True])
    return found[list(UNMAPPED_COLUMNS)].reset_index(drop=True)


def similar_skus(books: Engine, day: str, codes: Iterable[str]) -> dict[str, str]:
    """Code -> the one sku of the products known on `day` that it resembles: 00123 and 123, abc-1 and ABC 1.

    Nothing is mapped by it: two goods may differ in a zero. Codes that resemble several skus, or none, are left out.
    """
    by_form: dict[str, set[str]] = {}
    for sku in _known_skus(books, day):
        by_form.setdefault(loose_form(sku), set()).add(sku)
    found = {}
    for code in codes:
        alike = by_form.get(loose_form(code), set()) - {code}
        if code and len(alike) == 1:
            found[code] = next(iter(alike))
    return found


def loose_form(code: str) -> str:
    """A code without case, leading zeros and signs."""
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", code.casefold()).lstrip("0")


def sold_codes(books: Engine, day: str) -> set[str]:
    """Every listing code that a file, up to `day`, sold something under."""
    codes = set()
    for column in (order_lines.c.merchant_code, order_lines.c.listing_id):
        sold = told_at_all(order_lines, [column.label("code")], exports.c.day <= day, column.is_not(None))
        codes |= set(read_frame(books, sold)["code"])
    with publication(books) as change:
        codes |= set(lost_sales(change, day)["listing_code"])
    return codes - {""}


def lost_sales(change: Publication, day: str) -> pd.DataFrame:
    """shop, day, listing_code, title, units, revenue_micros that the closes up to `day` could not give to a sku."""
    return change.read(newest_facts("unmapped", day))


def answered_codes(change: Publication, day: str) -> pd.DataFrame:
    """listing_code, for_shop (null: every shop's) that a listing, a product or a sku in stock answers to, on `day`."""
    mapped = change.read(latest_lines(listings, day))[["listing_code", "for_shop"]]
    skus = goods_as_of(change, day)[["sku"]].rename(columns={"sku": "listing_code"})
    return pd.concat([mapped, skus.assign(for_shop=None)], ignore_index=True).drop_duplicates()


def goods_as_of(change: Publication, day: str) -> pd.DataFrame:
    """The newest lines of `products` as of `day`, and a row with nothing but its sku for everything that lies on a
    shelf, was ordered or came in and that no goods file names: its code is known, only its master data are not."""
    masters = change.read(latest_lines(products, day))
    known = union(
        *(
            select(told_at_all(table, [table.c.sku], known_on(day)).subquery().c.sku)
            for table in (stock, purchase_orders, receipts)
        )
    ).subquery()
    skus = change.read(select(known.c.sku))["sku"]
    unnamed = skus[~skus.isin(masters["sku"])].sort_values(ignore_index=True)
    if unnamed.empty or masters.empty:  # without any goods file every code counts as itself
        return masters
    nullable = dict.fromkeys(masters.select_dtypes("int64").columns, "Int64")
    masters = masters.astype(nullable)
    more = pd.DataFrame({"sku": unnamed}).reindex(columns=masters.columns).astype(masters.dtypes.to_dict())
    return pd.concat([masters, more], ignore_index=True)


def newly_mapped_days(change: Publication, day: str) -> dict[str, list[str]]:
    """Shop -> days with sales of codes that the closes before `day` could not map and that are answered to by now."""
    lost = lost_sales(change, day_after(day, -1))
    lost = lost[_is_answered(lost, answered_codes(change, day))]
    return {str(shop): sorted(set(days)) for shop, days in lost.groupby("shop")["day"]}


def _is_answered(lost: pd.DataFrame, answered: pd.DataFrame) -> pd.Series:
    general = set(answered.loc[answered["for_shop"].isna(), "listing_code"])
    own = set(zip(answered["for_shop"], answered["listing_code"], strict=True))
    of_shop = pd.Series(
        [pair in own for pair in zip(lost["shop"], lost["listing_code"], strict=True)], lost.index, bool
    )
    return lost["listing_code"].isin(general) | of_shop


def recipes(mapped: pd.DataFrame) -> pd.DataFrame:
    """Of every listing the one recipe that counts: a shop's own before one for all shops, then the newest, and that as
    a whole. Without this, a code that two sources map would sell twice.

    mapped: newest lines of `listings` (shop, for_shop, listing_code, sku, quantity, export_day), all for one shop.
    """
    if mapped.empty:
        return mapped
    ranked = mapped.assign(own=mapped["for_shop"].notna())
    ranked = ranked.sort_values(["listing_code", "own", "export_day", "shop"], kind="stable")
    best = ranked.groupby("listing_code")[["own", "export_day", "shop"]].transform("last")
    same = (ranked[["own", "export_day", "shop"]] == best).all(axis=1)
    return ranked[same].drop(columns="own").sort_index()


def map_listings(books: Engine, rows: pd.DataFrame, day: str, now: datetime) -> str:
    """Publish people's mappings as an export of `day`, known from then on; returns its export_id.

    rows: for_shop (null or '' for every shop), listing_code, sku, quantity (units of the sku in one listing; null: 1),
    and `file_line` for messages. A bundle has a row for each sku. The same rows for the same day change nothing.
    `now` is the merchant's clock. Raises MappingError where a line lacks a code, a sku of ours or a whole quantity.
    """
    taken = _checked(rows, _known_skus(books, day))
    moment = now.strftime(MOMENT)
    content = pd.util.hash_pandas_object(taken.drop(columns="file_line").astype("str"), index=False).to_numpy()
    landed = Landed(
        DESK, DESK, "listings", day, content.tobytes().hex()[:64], "mapping", int(content.nbytes), moment, moment
    )
    ledger = {f"rows_{part}": 0 for part in ("total", "published", "quarantined", "ignored")}
    ledger |= {f"money_{part}_micros": 0 for part in ("total", "published", "quarantined", "ignored")}
    ledger |= {"rows_total": len(taken), "rows_published": len(taken)}
    with publishing(books, landed) as export:
        export.add({"listings": taken}, pd.DataFrame())
        export.close({**ledger, "reasons": "{}"}, {"state": "published"})
    return landed.export_id


def dismissed_listings(books: Engine, day: str) -> pd.DataFrame:
    """The codes that were said, up to `day`, to be no merchandise.

    for_shop (null: every shop's), listing_code, why, who, day (from which it is known), at.
    """
    with publication(books) as change:
        said = _dismissed(change, day)
    said = said[said["dismissed"] == 1].sort_values(["listing_code", "for_shop"], na_position="first")
    return said[list(DISMISSAL_COLUMNS)].reset_index(drop=True)


def dismiss_listings(books: Engine, rows: pd.DataFrame, day: str, now: datetime, who: str, undo: bool = False) -> int:
    """Say of codes that they are no merchandise, or take that back; known from `day` on. Returns how many were new.

    rows: for_shop (null or '' for every shop), listing_code, why, and `file_line` for messages. Nothing said is ever
    removed: taking back is said too. What is so already is not said again. `now` is the merchant's clock. Raises
    MappingError where a line lacks a code or a reason, or takes back what was not dismissed.
    """
    if not who.strip():
        raise MappingError.named("error.nobody_says_so")
    wrong: list[BilingualError] = []
    new: list[dict[str, object]] = []
    with publication(books) as change:
        before = change.read(select(func.max(listing_dismissals.c.number).label("last")))["last"].iloc[0]
        number = 0 if pd.isna(before) else int(before)
        said = _dismissed(change, day)
        stands = {
            (_text(shop), code): bool(now_so)
            for shop, code, now_so in zip(said["for_shop"], said["listing_code"], said["dismissed"], strict=True)
        }
        for row in rows.to_dict("records"):
            line, shop, code, why = (
                row["file_line"],
                _text(row.get("for_shop")),
                id_of(row.get("listing_code")),
                _text(row.get("why")),
            )
            if not code:
                wrong.append(BilingualError.named("error.line_without_code", line=line))
            elif not why:
                wrong.append(BilingualError.named("error.line_without_reason", line=line))
            elif undo and not stands.get((shop, code), stands.get(("", code), False)):
                wrong.append(BilingualError.named("error.line_not_dismissed", line=line, code=code))
            elif stands.get((shop, code)) is not (not undo):
                stands[shop, code] = not undo
                number += 1
                new.append(
                    {"number": number, "for_shop": shop or None, "listing_code": code, "dismissed": int(not undo),
                     "day": day, "at": now.strftime(MOMENT), "who": who.strip(), "why": why}
                )  # fmt: skip
        if wrong:
            raise MappingError.of(wrong)
        if new:
            change.insert(listing_dismissals, pd.DataFrame(new))
    return len(new)


def _dismissed(change: Publication, day: str) -> pd.DataFrame:
    """The newest word on each (for_shop, listing_code) that was known on `day`: the table's columns."""
    said = change.read(select(listing_dismissals).where(listing_dismissals.c.day <= day))
    return said.sort_values("number").drop_duplicates(["for_shop", "listing_code"], keep="last")


def _is_dismissed(lost: pd.DataFrame, said: pd.DataFrame) -> pd.Series:
    """A shop's own word goes before the word for all shops."""
    general = said["for_shop"].isna()
    for_all = dict(zip(said.loc[general, "listing_code"], said.loc[general, "dismissed"], strict=True))
    own = dict(zip(zip(said["for_shop"], said["listing_code"], strict=True), said["dismissed"], strict=True))
    pairs = zip(lost["shop"], lost["listing_code"], strict=True)
    return pd.Series([bool(own.get(pair, for_all.get(pair[1], 0))) for pair in pairs], lost.index, bool)


def _known_skus(books: Engine, day: str) -> set[str]:
    return set(read_frame(books, latest_lines(products, day))["sku"])


def _checked(rows: pd.DataFrame, skus: set[str]) -> pd.DataFrame:
    wrong: list[BilingualError] = []
    taken = []
    for row in rows.to_dict("records"):
        line, code, sku = row["file_line"], id_of(row["listing_code"]), id_of(row["sku"])
        said = _text(row.get("quantity")) or "1"
        quantity = whole_of(said)
        if not code:
            wrong.append(BilingualError.named("error.line_without_code", line=line))
        elif not sku:
            wrong.append(BilingualError.named("error.line_without_sku", line=line))
        elif skus and sku not in skus:
            near = nearest(sku, skus)
            name = "error.line_unknown_sku_near" if near else "error.line_unknown_sku"
            wrong.append(BilingualError.named(name, line=line, sku=sku, near=near))
        elif quantity is None or quantity < 1:
            wrong.append(BilingualError.named("error.line_quantity", line=line, said=said))
        else:
            taken.append((line, _text(row.get("for_shop")) or None, code, sku, quantity))
    mapped = pd.DataFrame(taken, columns=["file_line", *MAPPING_COLUMNS])
    twice = mapped[mapped.duplicated(["for_shop", "listing_code", "sku"], keep=False)]
    wrong += [
        BilingualError.named("error.line_twice", line=row.file_line, code=row.listing_code, sku=row.sku)
        for row in twice.itertuples()
    ]
    if wrong:
        raise MappingError.of(wrong)
    if mapped.empty:
        raise MappingError.named("error.no_line_with_sku")
    return mapped


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value).strip()
