"""The talk sheet: what a caller should know of a customer before they pick up the phone. No personal data in it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from include.calendar.business_days import day_after
from include.customers.customers_as_of import CustomersAsOf
from include.customers.history import Book, day_text
from include.customers.recall.calls.occasions import Bought, Case, occasion_of
from include.customers.recall.calls.sentences import offer_with_cost, opening_in_words
from include.customers.recall.choose import MOST, NEXT
from include.customers.recall.needs import bought_together, coming_due, needs_beside
from include.customers.recall.offers import offer_called, why_this_offer
from include.customers.recall.reach import AUDIENCE, BY_ORDER, ORDER_PHONE, contact_until
from include.customers.tags import Tag
from include.privacy.pseudonyms import PSEUDONYM_LENGTH
from include.settings.currencies import currency_name
from include.settings.people.contacts import ContactChannel
from include.settings.people.customers import Customers
from include.settings.report_names import HOW_TO_CONTACT
from include.settings.shops import Shop
from include.tasks.sheets.audience import audience_name
from include.warehouse.as_of import known_on, read_lines
from include.warehouse.books import read_frame
from include.warehouse.tables import order_lines, refunds
from include.warehouse.tellings import told_at_all
from include.warehouse.workspace import Workspace
from include.words.texts import LANGUAGES, say, say_number

ORDERS_TOLD, GOODS_TOLD, TAGS_TOLD = 3, 4, 5  # as much as is read before the phone is answered
GOODS_KNOWN = 12  # of the orders told, by which needs are found
_AT_ONCE = 5000  # order numbers in one question to the database
# What is so of nearly everybody on the list, or is told beside it anyway, takes no room among the tags.
_TOLD_ANYWAY = frozenset({"one_time_buyer", "repeat_buyer", "sleeping", "overdue", "speeding_up"})


def talk_sheet(
    workspace: Workspace, customers: CustomersAsOf, lines: pd.DataFrame, tags: pd.Series, defined: Sequence[Tag]
) -> pd.DataFrame:
    """One row for each of `lines` (LINE_COLUMNS of `recall`), in their order: the payload fields of the talk sheet.

    tags: by customer, names with a space between. As of `day`: a later refund or order says nothing here.
    """
    rules, day, book = workspace.merchant.customers, customers.day, customers.book
    orders = last_orders(book, lines["customer"].tolist())
    goods = _goods_of(workspace, day, orders)
    pairs = bought_together(_baskets(workspace, day, rules.basket_days), rules.basket_support, rules.basket_lift)
    beside = needs_beside(goods, pairs, day_after(day, -rules.needs.recent_days)).set_index("customer")
    due = coming_due(book, rules.due_within_days, lines["customer"].tolist(), rules.needs).set_index("customer")
    titles = goods.drop_duplicates("goods", keep="last").set_index("goods")["title"].to_dict()
    titles |= _titles(workspace, day, sorted(set(beside["beside"]) - set(titles)))
    found_cases = _after_sales(workspace, day, orders)
    sums = found_cases.groupby("customer")[["cases", "refunded"]].sum()
    told = goods.groupby("customer", sort=False)["told"].agg(lambda told: list(told)[:GOODS_TOLD]).to_dict()
    bought, cases = _bought_by(goods, orders), _cases_by(found_cases)
    shops = {shop.name: shop for shop in workspace.merchant.shops}
    words = {tag.name: tag for tag in defined if tag.name not in _TOLD_ANYWAY and not is_about_price(tag)}
    until = contact_until(
        workspace, day, lines[["last_shop", "last_order_id"]].set_axis(["shop", "order_id"], axis=1)
    ).to_dict()
    rows = []
    for line in lines.to_dict("records"):
        customer, row = line["customer"], {"last_orders": told.get(line["customer"])}
        offer = offer_called(line["offer"], rules.offers)
        need_due = str(due.at[customer, "category"]) if customer in due.index else None
        occasion = occasion_of(
            bought.get(customer, ()),
            cases.get(customer, ()),
            line["last_order_day"],
            line["order_days"] == 1,
            need_due,
            day_after(day, -rules.needs.recent_days),
        )
        shop, is_sent_by_tool = shops.get(line["last_shop"]), _channel(line["channel"], rules).reach == AUDIENCE
        names = [name for name in str(tags.get(customer, "")).split() if name in words][:TAGS_TOLD]
        for language in LANGUAGES:
            row[f"shop_{language}"] = shop.called(language) if shop else line["last_shop"]
            between = say(language, "recall.talk.between_tags")
            row[f"tags_{language}"] = between.join(getattr(words[name], language) for name in names) or None
            row[f"next_need_{language}"] = _need(customer, due, beside, titles, day, language)
            row[f"after_sales_{language}"] = _cases(sums, customer, language, workspace.merchant.currency)
            file = audience_name(row[f"shop_{language}"], day, language)
            ends = until.get((line["last_shop"], line["last_order_id"]))
            how = _how_to(line, shop, ends, rules, file, language)
            row[f"channel_{language}"] = say(language, "why.semicolon").join(how)
            row[f"channel_why_{language}"] = _why_channel(line["channel_why"], rules, language) or None
            row[f"channel_name_{language}"] = _channel(line["channel"], rules).called(language)
            called = row[f"shop_{language}"]
            row[f"opening_{language}"] = (
                None if is_sent_by_tool else opening_in_words(called, occasion, offer, language)
            )
            name = offer_with_cost(offer, line, language, workspace.merchant.currency)
            row[f"offer_{language}"] = name
            why = why_this_offer(line["offer"], rules.offers, language)
            row[f"offer_why_{language}"] = say(language, "recall.talk.offer_why", offer=name, why=why)
        rows.append(row)
    return pd.DataFrame(rows, index=lines.index)


def is_about_price(tag: Tag) -> bool:
    """The tag says how a customer takes to discounts. A caller is not told: equal customers are offered the same."""
    return any("discount" in measure for measure, _, _ in tag.when)


def last_orders(book: Book, customers: Sequence[str]) -> pd.DataFrame:
    """customer, day, shop, order_id, category ('' if unknown), in_bulk (most of its money is of gifts and one-off bulk
    orders) of the last ORDERS_TOLD order days of each, newest first."""
    history = book.history
    owner = np.searchsorted(history.customers, np.asarray(customers, dtype=history.customers.dtype))
    shops = np.array([*history.shop_names, ""], dtype=object)
    categories = np.array([*history.category_names, ""], dtype=object)
    parts = [
        (
            name,
            day_text(history.day[place]),
            str(shops[history.shop[place]]),
            str(history.order_id[place]),
            str(categories[history.category[place]]),
            bool(history.exceptional[place] > history.amount[place] / 2),
        )
        for name, number in zip(customers, owner, strict=True)
        for place in range(book.end[number] - 1, max(book.start[number], book.end[number] - ORDERS_TOLD) - 1, -1)
    ]
    return pd.DataFrame(parts, columns=["customer", "day", "shop", "order_id", "category", "in_bulk"])


def _goods_of(workspace: Workspace, day: str, orders: pd.DataFrame) -> pd.DataFrame:
    """customer, goods (the merchant's code, or the listing), title, told ('day title ×units') of what was bought."""
    lines = _lines_of(workspace, "order_lines", order_lines, day, orders)
    lines = lines[lines["is_gift"] != 1]
    lines = lines.assign(
        goods=lines["merchant_code"].where(lines["merchant_code"].notna(), lines["listing_id"]).fillna("")
    )
    bought = orders.merge(lines[["shop", "order_id", "goods", "title", "quantity"]], on=["shop", "order_id"])
    bought = bought.groupby(["customer", "day", "goods"], sort=False, as_index=False).agg(
        title=("title", "first"), units=("quantity", "sum")
    )
    bought["title"] = bought["title"].where(bought["title"].notna(), bought["goods"])
    bought = bought.sort_values(["customer", "day", "goods"], ascending=[True, False, True], ignore_index=True)
    bought["told"] = bought["day"] + " " + bought["title"] + " ×" + bought["units"].astype(str)
    shown = bought.groupby("customer", sort=False).cumcount() < GOODS_KNOWN
    return bought[shown]


def _lines_of(workspace: Workspace, name: str, table: object, day: str, orders: pd.DataFrame) -> pd.DataFrame:
    """The newest versions as of `day` of the lines of `orders` (shop, order_id)."""
    numbers = sorted(set(orders["order_id"]))
    parts = [
        read_lines(workspace.books, name, day, table.c.order_id.in_(numbers[first : first + _AT_ONCE]))  # type: ignore[attr-defined]
        for first in range(0, max(len(numbers), 1), _AT_ONCE)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found.merge(orders[["shop", "order_id"]].drop_duplicates(), on=["shop", "order_id"])


def _baskets(workspace: Workspace, day: str, days: int) -> pd.DataFrame:
    """order, goods of every order paid in the last `days` days. What was in an order does not change with its versions,
    so all versions are asked at once, which costs no sorting."""
    c = order_lines.c
    paid = (c.paid_at >= day_after(day, 1 - days), c.paid_at < day_after(day))
    columns = [c.shop, c.order_id, c.merchant_code, c.listing_id]
    rows = read_frame(workspace.books, told_at_all(order_lines, columns, known_on(day), c.is_gift == 0, *paid))
    goods = rows["merchant_code"].where(rows["merchant_code"].notna(), rows["listing_id"])
    baskets = pd.DataFrame({"order": rows["shop"] + "/" + rows["order_id"], "goods": goods}).dropna()
    return baskets.sort_values(["order", "goods"], ignore_index=True)


def _titles(workspace: Workspace, day: str, goods: Sequence[str]) -> dict[str, str]:
    """Goods -> what order lines call it."""
    if not goods:
        return {}
    c = order_lines.c
    of_goods = (c.title.is_not(None), c.merchant_code.in_(goods) | c.listing_id.in_(goods))
    columns = [c.merchant_code, c.listing_id, c.title]
    rows = read_frame(workspace.books, told_at_all(order_lines, columns, known_on(day), *of_goods))
    code = rows["merchant_code"].where(rows["merchant_code"].notna(), rows["listing_id"])
    return dict(
        rows.assign(code=code).sort_values(["code", "title"]).drop_duplicates("code")[["code", "title"]].to_numpy()
    )


def _bought_by(goods: pd.DataFrame, orders: pd.DataFrame) -> dict[str, list[Bought]]:
    """customer -> what they bought lately, newest first. goods: of `_goods_of`; orders: of `last_orders`. An order's
    category is that of most of its money, and so a product's if the order has no other."""
    about = orders.set_index(["customer", "day"])[["category", "in_bulk"]].to_dict("index")
    counts = goods.groupby(["customer", "day"]).size().to_dict()
    found: dict[str, list[Bought]] = {}
    for one in goods.itertuples(index=False):
        order = about[(one.customer, one.day)]
        category = order["category"] if counts[(one.customer, one.day)] == 1 else None
        bought = Bought(one.day, one.goods, one.title, int(one.units), category or None, bool(order["in_bulk"]))
        found.setdefault(one.customer, []).append(bought)
    return found


def _after_sales(workspace: Workspace, day: str, orders: pd.DataFrame) -> pd.DataFrame:
    """customer, day (of the order), merchant_code, cases (1: still open), refunded (micros that came back) of
    every case of the orders told, newest order first."""
    found = _lines_of(workspace, "refunds", refunds, day, orders)
    found = orders[["customer", "day", "shop", "order_id"]].drop_duplicates().merge(found, on=["shop", "order_id"])
    found = found.assign(
        cases=(found["status"] == "open").astype("int64"),
        refunded=found["refunded_micros"].where(found["status"] == "succeeded", 0),
    )
    by = ["customer", "day", "refund_id"]
    found = found.sort_values(by, ascending=[True, False, True], kind="stable", ignore_index=True)
    return found[["customer", "day", "merchant_code", "cases", "refunded"]]


def _cases_by(found: pd.DataFrame) -> dict[str, list[Case]]:
    """customer -> cases that are open or brought money back, as they stand in `found` (of `_after_sales`)."""
    cases: dict[str, list[Case]] = {}
    for one in found[(found["cases"] > 0) | (found["refunded"] > 0)].itertuples(index=False):
        code = None if pd.isna(one.merchant_code) else str(one.merchant_code)
        cases.setdefault(one.customer, []).append(Case(one.day, code, bool(one.cases)))
    return cases


def _cases(sums: pd.DataFrame, customer: str, language: str, currency: str) -> str | None:
    if customer not in sums.index:
        return None
    cases, refunded = int(sums.at[customer, "cases"]), int(sums.at[customer, "refunded"])
    parts = []
    if cases:
        parts.append(say_number(language, "recall.talk.open_cases", cases))
    if refunded:
        amount = f"{refunded / 1_000_000:.2f} {currency_name(currency, language)}"
        parts.append(say(language, "recall.talk.refunded", amount=amount))
    return say(language, "why.semicolon").join(parts) or None


def _need(
    customer: str, due: pd.DataFrame, beside: pd.DataFrame, titles: dict[str, str], day: str, language: str
) -> str | None:
    parts = []
    if customer in due.index:
        one = due.loc[customer]
        whose = say(language, "recall.talk.own_rhythm" if one["is_own"] else "recall.talk.rhythm_of_buyers")
        name = "recall.talk.was_due" if str(one["due_day"]) <= day else "recall.talk.is_due"
        gap = round(float(one["usual_gap_days"]))
        parts.append(say(language, name, category=one["category"], whose=whose, gap=gap, day=one["due_day"]))
    if customer in beside.index:
        one = beside.loc[customer]
        parts.append(
            say(
                language,
                "recall.talk.bought_beside",
                had=titles.get(one["goods"], one["goods"]),
                beside=titles.get(one["beside"], one["beside"]),
                share=f"{100 * one['confidence']:.0f}%",
                lift=f"{one['lift']:.1f}",
                orders=one["orders"],
            )
        )
    return say(language, "why.semicolon").join(parts) or None


def _channel(name: str, rules: Customers) -> ContactChannel:
    return next(one for one in rules.channels_of_contact if one.name == name)


def _why_channel(why: str, rules: Customers, language: str) -> str:
    """Why this way of contact was chosen; nothing where there is no other."""
    if len(rules.channels_of_contact) == 1:
        return ""
    if why == MOST:
        return say(language, "recall.talk.gains_most")
    return say(language, "recall.talk.next_best" if why == NEXT else "recall.talk.only_channel")


def _how_to(
    line: Mapping[str, Any], shop: Shop | None, until: str | None, rules: Customers, file: str, language: str
) -> list[str]:
    """What a clerk does to contact the customer, in the words of the shop's platform; then the age of the order and, of
    a virtual number, its last moment. file: for the platform's own tool, if the customer is reached by that."""
    reach = _channel(line["channel"], rules).reach
    names = {"order": line["last_order_id"], "file": file, "customer": line["customer"][:PSEUDONYM_LENGTH]}
    own = HOW_TO_CONTACT.get(shop.platform, {}).get(reach) if shop else None
    how = own[language].format(**names) if own else say(language, f"recall.talk.{reach}", **names)
    if reach == ORDER_PHONE and until is not None:
        moment = str(until)[:16]  # to the minute
        return [how, say(language, "recall.talk.valid_until", days=line["days_since"], until=moment)]
    return [how, say(language, "recall.talk.order_age", days=line["days_since"])] if reach in BY_ORDER else [how]
