"""The talk sheet: what a caller should know of a customer before they pick up the phone. No personal data in it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from include.calendar.business_days import day_after
from include.customers.customers_as_of import CustomersAsOf
from include.customers.history import Book, day_number, day_text
from include.customers.recall.choose import MOST, NEXT
from include.customers.recall.needs import bought_together, coming_due, needs_beside
from include.customers.recall.offers import offer_called, why_this_offer
from include.customers.recall.reach import contact_until
from include.customers.recall.sentences import offer_with_cost, opening_in_words
from include.customers.tags import Tag
from include.settings.currencies import currency_name
from include.settings.people.customers import Customers
from include.tasks.sheets.audience import audience_name
from include.tasks.wording import Language
from include.warehouse.as_of import known_on, read_lines
from include.warehouse.books import read_frame
from include.warehouse.tables import exports, order_lines, refunds
from include.warehouse.workspace import Office

LANGUAGES: tuple[Language, ...] = ("zh", "en")
ORDERS_TOLD, GOODS_TOLD, TAGS_TOLD = 3, 4, 5  # as much as is read before the phone is answered
_AT_ONCE = 5000  # order numbers in one question to the database
# What is so of nearly everybody on the list, or is told beside it anyway, takes no room among the tags.
_TOLD_ANYWAY = frozenset({"one_time_buyer", "repeat_buyer", "sleeping", "overdue", "speeding_up"})


def talk_sheet(
    office: Office, customers: CustomersAsOf, lines: pd.DataFrame, tags: pd.Series, defined: Sequence[Tag]
) -> pd.DataFrame:
    """One row for each of `lines` (LINE_COLUMNS of `recall`), in their order: the payload fields of the talk sheet.

    tags: by customer, names with a space between. As of `day`: a later refund or order says nothing here.
    """
    rules, day, book = office.merchant.customers, customers.day, customers.book
    orders = last_orders(book, lines["customer"].tolist())
    goods = _goods_of(office, day, orders)
    pairs = bought_together(_baskets(office, day, rules.basket_days), rules.basket_support, rules.basket_lift)
    beside = needs_beside(goods, pairs, day_after(day, -rules.needs.recent_days)).set_index("customer")
    due = coming_due(book, rules.due_within_days, lines["customer"].tolist(), rules.needs).set_index("customer")
    titles = goods.drop_duplicates("goods", keep="last").set_index("goods")["title"].to_dict()
    titles |= _titles(office, day, sorted(set(beside["beside"]) - set(titles)))
    open_cases = _open_cases(office, day, orders)
    told = goods.groupby("customer", sort=False)["told"].agg(list).to_dict()
    newest = goods.drop_duplicates("customer")
    bought = dict(zip(newest["customer"], zip(newest["day"], newest["title"], strict=True), strict=True))
    shops = {shop.name: shop for shop in office.merchant.shops}
    words = {tag.name: tag for tag in defined if tag.name not in _TOLD_ANYWAY and not is_about_price(tag)}
    until = contact_until(
        office, day, lines[["last_shop", "last_order_id"]].set_axis(["shop", "order_id"], axis=1)
    ).to_dict()
    rows = []
    for line in lines.to_dict("records"):
        customer, row = line["customer"], {"last_orders": told.get(line["customer"])}
        offer = offer_called(line["offer"], rules.offers)
        need_due = str(due.at[customer, "category"]) if customer in due.index else None
        when, title = bought.get(customer, (line["last_order_day"], None))  # the newest order may be a gift
        has_open_case = customer in open_cases.index and open_cases.at[customer, "cases"] > 0
        names = [name for name in str(tags.get(customer, "")).split() if name in words][:TAGS_TOLD]
        for language in LANGUAGES:
            shop = shops.get(line["last_shop"])
            row[f"shop_{language}"] = shop.called(language) if shop else line["last_shop"]
            row[f"tags_{language}"] = ("、" if language == "zh" else "; ").join(
                getattr(words[name], language) for name in names
            ) or None
            row[f"next_need_{language}"] = _need(customer, due, beside, titles, day, language)
            row[f"after_sales_{language}"] = _cases(open_cases, customer, language, office.merchant.currency)
            file = audience_name(row[f"shop_{language}"], day, language)
            how = _reach(line, until.get((line["last_shop"], line["last_order_id"])), rules, file, language)
            why = _why_channel(line["channel_why"], rules, language)
            row[f"channel_{language}"] = ("；" if language == "zh" else "; ").join(filter(None, (how, why))) or None
            row[f"channel_name_{language}"] = _called(line["channel"], rules, language)
            row[f"opening_{language}"] = opening_in_words(
                row[f"shop_{language}"],
                when,
                title,
                need_due,
                offer,
                has_open_case,
                language,
                is_old=day_number(day) - day_number(when) > rules.needs.recent_days,
            )
            name = offer_with_cost(offer, line, language, office.merchant.currency)
            row[f"offer_{language}"] = name
            why = why_this_offer(line["offer"], rules.offers, language)
            row[f"offer_why_{language}"] = f"{name}：{why}" if language == "zh" else f"{name}: {why}"
        rows.append(row)
    return pd.DataFrame(rows, index=lines.index)


def is_about_price(tag: Tag) -> bool:
    """The tag says how a customer takes to discounts. A caller is not told: equal customers are offered the same."""
    return any("discount" in measure for measure, _, _ in tag.when)


def last_orders(book: Book, customers: Sequence[str]) -> pd.DataFrame:
    """customer, day, shop, order_id of the last ORDERS_TOLD order days of each, newest first."""
    history = book.history
    owner = np.searchsorted(history.customers, np.asarray(customers, dtype=history.customers.dtype))
    shops = np.array([*history.shop_names, ""], dtype=object)
    parts = [
        (name, day_text(history.day[place]), str(shops[history.shop[place]]), str(history.order_id[place]))
        for name, number in zip(customers, owner, strict=True)
        for place in range(book.end[number] - 1, max(book.start[number], book.end[number] - ORDERS_TOLD) - 1, -1)
    ]
    return pd.DataFrame(parts, columns=["customer", "day", "shop", "order_id"])


def _goods_of(office: Office, day: str, orders: pd.DataFrame) -> pd.DataFrame:
    """customer, goods (the merchant's code, or the listing), title, told ('day title ×units') of what was bought."""
    lines = _lines_of(office, "order_lines", order_lines, day, orders)
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
    named = bought["title"] + np.where(bought["title"] == bought["goods"], "", " [" + bought["goods"] + "]")
    bought["told"] = bought["day"] + " " + named + " ×" + bought["units"].astype(str)
    shown = bought.groupby("customer", sort=False).cumcount() < GOODS_TOLD * ORDERS_TOLD
    return bought[shown]


def _lines_of(office: Office, name: str, table: object, day: str, orders: pd.DataFrame) -> pd.DataFrame:
    """The newest versions as of `day` of the lines of `orders` (shop, order_id)."""
    numbers = sorted(set(orders["order_id"]))
    parts = [
        read_lines(office.books, name, day, table.c.order_id.in_(numbers[first : first + _AT_ONCE]))  # type: ignore[attr-defined]
        for first in range(0, max(len(numbers), 1), _AT_ONCE)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found.merge(orders[["shop", "order_id"]].drop_duplicates(), on=["shop", "order_id"])


def _baskets(office: Office, day: str, days: int) -> pd.DataFrame:
    """order, goods of every order paid in the last `days` days. What was in an order does not change with its versions,
    so all versions are asked at once, which costs no sorting."""
    c = order_lines.c
    statement = (
        select(c.shop, c.order_id, c.merchant_code, c.listing_id)
        .join(exports, exports.c.export_id == c.export_id)
        .where(known_on(day), c.is_gift == 0)
        .where(c.paid_at >= day_after(day, 1 - days), c.paid_at < day_after(day))
        .distinct()
    )
    rows = read_frame(office.books, statement)
    goods = rows["merchant_code"].where(rows["merchant_code"].notna(), rows["listing_id"])
    baskets = pd.DataFrame({"order": rows["shop"] + "/" + rows["order_id"], "goods": goods}).dropna()
    return baskets.sort_values(["order", "goods"], ignore_index=True)


def _titles(office: Office, day: str, goods: Sequence[str]) -> dict[str, str]:
    """Goods -> what order lines call it."""
    if not goods:
        return {}
    c = order_lines.c
    statement = (
        select(c.merchant_code, c.listing_id, c.title)
        .join(exports, exports.c.export_id == c.export_id)
        .where(known_on(day), c.title.is_not(None))
        .where(c.merchant_code.in_(goods) | c.listing_id.in_(goods))
        .distinct()
    )
    rows = read_frame(office.books, statement)
    code = rows["merchant_code"].where(rows["merchant_code"].notna(), rows["listing_id"])
    return dict(
        rows.assign(code=code).sort_values(["code", "title"]).drop_duplicates("code")[["code", "title"]].to_numpy()
    )


def _open_cases(office: Office, day: str, orders: pd.DataFrame) -> pd.DataFrame:
    """Indexed by customer: cases (still open), refunded (micros that came back of the orders told)."""
    found = _lines_of(office, "refunds", refunds, day, orders)
    found = orders[["customer", "shop", "order_id"]].drop_duplicates().merge(found, on=["shop", "order_id"])
    cases = found.assign(
        cases=(found["status"] == "open").astype("int64"),
        refunded=found["refunded_micros"].where(found["status"] == "succeeded", 0),
    )
    return cases.groupby("customer")[["cases", "refunded"]].sum()


def _cases(open_cases: pd.DataFrame, customer: str, language: str, currency: str) -> str | None:
    if customer not in open_cases.index:
        return None
    cases, refunded = int(open_cases.at[customer, "cases"]), int(open_cases.at[customer, "refunded"])
    parts = []
    if cases:
        parts.append(
            f"{cases} 笔售后未了结，先处理再谈优惠"
            if language == "zh"
            else f"{cases} after-sales case{'s' * (cases > 1)} still open: settle first, then offer"
        )
    if refunded:
        amount = f"{refunded / 1_000_000:.2f} {currency_name(currency, language)}"
        parts.append(f"近几单退过款 {amount}" if language == "zh" else f"{amount} refunded of the last orders")
    return ("；" if language == "zh" else "; ").join(parts) or None


def _need(
    customer: str, due: pd.DataFrame, beside: pd.DataFrame, titles: dict[str, str], day: str, language: str
) -> str | None:
    parts = []
    if customer in due.index:
        one = due.loc[customer]
        gap, chinese = round(float(one["usual_gap_days"])), language == "zh"
        is_past = str(one["due_day"]) <= day
        if chinese:
            whose = "自己的周期" if one["is_own"] else "同品类顾客的周期"
            parts.append(f"{one['category']}：{whose}约 {gap} 天，{one['due_day']} {'已到期' if is_past else '到期'}")
        else:
            whose = "their own rhythm" if one["is_own"] else "the rhythm of its buyers"
            parts.append(f"{one['category']}: {'was' if is_past else 'is'} due {one['due_day']} by {whose}, {gap} days")
    if customer in beside.index:
        one = beside.loc[customer]
        had, next_one = titles.get(one["goods"], one["goods"]), titles.get(one["beside"], one["beside"])
        share, lift = f"{100 * one['confidence']:.0f}%", f"{one['lift']:.1f}"
        if language == "zh":
            parts.append(f"{next_one}：买{had}的订单里 {share} 同时买，是平常的 {lift} 倍（{one['orders']} 单）")
        else:
            parts.append(
                f"{next_one}: {share} of orders with {had} have it, {lift} times the usual ({one['orders']} orders)"
            )
    return ("；" if language == "zh" else "; ").join(parts) or None


def _called(name: str, rules: Customers, language: str) -> str:
    channel = next(one for one in rules.channels_of_contact if one.name == name)
    return channel.zh if language == "zh" else channel.en


def _why_channel(why: str, rules: Customers, language: str) -> str:
    """Why this way of contact was chosen; nothing where there is no other."""
    chinese = language == "zh"
    if len(rules.channels_of_contact) == 1:
        return ""
    if why == MOST:
        return "可用的方式里预计净赚最多" if chinese else "gains most among the channels open to them"
    if why == NEXT:
        return "净赚更多的方式名额已满" if chinese else "what would gain more is full"
    return "只有这种方式可用且合算" if chinese else "the only channel that is open and worth it"


def _reach(line: Mapping[str, Any], until: str | None, rules: Customers, file: str, language: str) -> str:
    """By what the customer is reached, where it is not the only way there is: with the order's age and, of a virtual
    number, its last moment. file: for the platform's own tool, if the customer is reached by that."""
    channel = next(one for one in rules.channels_of_contact if one.name == line["channel"])
    days, chinese = line["days_since"], language == "zh"
    if channel.reach == "own_phone":
        return "用客户本人留的号码（按编号查）" if chinese else "on the customer's own number (look it up)"
    if channel.reach == "audience":
        return f"把 {file} 上传到平台工具" if chinese else f"upload {file} to the platform's own tool"
    if channel.reach == "order_message":
        return f"在平台后台按 {days} 天前的订单发消息" if chinese else f"message by the order, {days} days old"
    if until is None:
        return ""
    until = str(until)[:16]  # to the minute
    return f"订单 {days} 天前，虚拟号 {until} 到期" if chinese else f"order {days} days old, number valid until {until}"
