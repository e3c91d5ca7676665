"""How many of a shop's orders, and how much of its money, have a customer: the lists say so if there are few.

Since 2022 the large Chinese platforms mask their buyers in every export. Recall, RFM and tags of such a shop rest on
what another system tells of its orders (`order_customers`), and are silent without it.
"""

from collections.abc import Mapping

import pandas as pd
from sqlalchemy import func, or_, select

from include.calendar.business_days import day_after
from include.exports.buyers import why_nobody
from include.tasks.drafts import Note
from include.warehouse.as_of import read_facts
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, order_lines, orders
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace
from include.words.texts import in_each, joined

COLUMNS = ("shop", "orders", "named_orders", "order_share", "money_share")


def known_customers(workspace: Workspace, day: str, bought: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, one row for each shop that sells, in the order of the YAML: orders paid within customers.known_days up
    to `day`, how many of them have a customer, and the shares of orders and of money (null without orders). bought:
    `customer_orders` of `day`."""
    rules, shops = workspace.merchant.customers, [shop.name for shop in workspace.merchant.shops if shop.sells]
    first = day_after(day, 1 - rules.known_days)
    named = bought[(bought["day"] >= first) & bought["shop"].isin(shops)]
    paid = read_facts(workspace.books, "sales", day, first, day, shops).groupby("shop")["paid_micros"].sum()
    money = named.groupby("shop")["revenue_micros"].sum()
    counts = named.groupby("shop").size()
    rows = []
    for shop in shops:
        several, some = _paid_orders(workspace, shop, first, day), int(counts.get(shop, 0))
        whole = max(several, some)
        all_money = max(int(paid.get(shop, 0)), int(money.get(shop, 0)))
        rows.append(
            {
                "shop": shop,
                "orders": whole,
                "named_orders": some,
                "order_share": some / whole if whole else None,
                "money_share": int(money.get(shop, 0)) / all_money if all_money else None,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"order_share": "float64", "money_share": "float64"})


def _paid_orders(workspace: Workspace, shop: str, first: str, day: str) -> int:
    """Orders of a shop paid from `first` to `day`, as far as known on `day`, without brushing. A shop whose order
    report tells no payment is counted by its lines."""
    for table in (orders, order_lines):
        c = table.c
        real = [] if table is order_lines else [or_(c.mark.is_(None), c.mark != "brushing")]
        known = (exports.c.state == "published", exports.c.day <= day)
        paid = (c.shop == shop, c.paid_at >= first, c.paid_at < day_after(day), *real)
        numbers = told_at_all(table, [c.order_id], *known, *paid).subquery()
        found = read_frame(workspace.books, select(func.count().label("orders")).select_from(numbers))["orders"].iloc[0]
        if found:
            return int(found)
    return 0


def notes_of(workspace: Workspace, known: pd.DataFrame) -> list[Note]:
    """What a recall list says of shops with too few customers: which they are; as details, of each why, and what would
    help; then the shares of all shops."""
    least = workspace.merchant.customers.min_known_share
    sold = known[known["orders"] > 0]
    poor = sold[sold["order_share"] < least]
    notes = []
    if len(poor):
        shops = joined(
            "why.and",
            (in_each("note.few_known.shop", shop=one.shop, share=_share(one.order_share)) for one in poor.itertuples()),
        )
        notes = [Note(*in_each("note.few_known.all", shops=shops))]
        notes += [_note(workspace, row) for row in poor.to_dict("records")]
        parts = [
            in_each("note.known_share", shop=one.shop, orders=_share(one.order_share), money=_share(one.money_share))
            for one in sold.itertuples()
        ]
        days, shares = workspace.merchant.customers.known_days, joined("why.comma", parts)
        notes.append(Note(*in_each("note.known_shares", days=days, shares=shares), is_detail=True))
    return notes


def nobody_is_known(known: pd.DataFrame) -> bool:
    """There are orders, and none has a customer: no model, no list and no tag can be made of them."""
    return bool(known["orders"].sum() > 0 and known["named_orders"].sum() == 0)


def _note(workspace: Workspace, row: Mapping[str, object]) -> Note:
    shop, orders_, named = str(row["shop"]), int(str(row["orders"])), int(str(row["named_orders"]))
    platform = workspace.merchant.shop(shop).platform
    return Note(
        *in_each(
            "note.few_known",
            shop=shop,
            orders=f"{orders_:,}",
            named=f"{named:,}",
            why=(why_nobody(platform, "zh"), why_nobody(platform, "en")),
            cannot=in_each("note.cannot_recall" if named == 0 else "note.recall_sees_some"),
            help=in_each("note.no_buyer.help"),
        ),
        is_detail=True,
    )


def _share(share: float) -> str:
    return "-" if pd.isna(share) else f"{100 * share:.1f}%"
