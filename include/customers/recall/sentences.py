"""The recall list's sentences in Chinese and English: a line's reason, its sum, how to open; what the head says."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from typing import Any

from include.customers.churn.reasons import WORDS, that_hold
from include.customers.history import MICROS
from include.customers.recall.choose import FULL, IN_RHYTHM, KEPT_NOTHING, NOT_WORTH, OUT_OF_REACH, SURELY_BACK, TILL
from include.customers.recall.offers import offer_called
from include.settings.currencies import currency_name
from include.settings.people.contacts import Offer
from include.settings.people.customers import Customers


def reason_in_words(line: Mapping[str, Any], rules: Customers, language: str) -> str:
    """Why this customer is thought lost, as one sentence: their own dates, and the most telling of the model's reasons
    that these bear out. line: days_since, usual_gap_days, order_days, reasons (codes)."""
    days, gap, chinese = line["days_since"], line["usual_gap_days"], language == "zh"
    held = [code for code in that_hold(line["reasons"], days, gap, rules) if code not in ("overdue", "few_orders")]
    more = WORDS[held[0]][language] if held else ""
    if line["order_days"] == 1:
        told = f"只买过一次，{days} 天没再来" if chinese else f"Bought once, {days} days ago, and has not come again"
    else:
        times = f"{days / max(gap, 1):.1f}"
        told = (
            f"平时约 {gap} 天买一次，这次已 {days} 天没下单，是平时的 {times} 倍"
            if chinese
            else f"Usually buys every {gap} days and has not for {days}, {times} times as long"
        )
    if chinese:
        return f"{told}{'；' if more else ''}{more}。"
    return f"{told}{'; ' if more else ''}{more}."


def sum_in_words(line: Mapping[str, Any], language: str, currency: str = "CNY") -> str:
    """One line's sum. Every product is rounded to the cent as it is told, so the line adds up as it stands.

    line: LINE_COLUMNS of `recall`.
    """
    order, margin, use, brings, offers, cost, gain = (
        f"{line[f'{name}_micros'] / MICROS:.2f}"
        for name in ("order_money", "margin", "use", "brings", "offers", "cost", "gain")
    )
    rise = line["return_with_contact"] - line["return_chance"]
    with_it, more = _percents(line["return_with_contact"], rise)
    without = f"{100 * line['return_chance']:.1f}%"
    rate, stake, days = f"{100 * line['margin_rate']:.1f}%", f"{line['stake_orders']:.2f}", line["horizon_days"]
    worth = line["stake_days"]
    taken, money = f"{100 * line['taken']:.2f}%", currency_name(currency, language)
    has_offer = line["use_micros"] > 0
    if language == "zh":
        by = "按所购商品的成本" if line["margin_known"] else "成本未知，按设置"
        spent = f"优惠 {with_it} × 使用 {taken} × {use} = {offers} {money}；" if has_offer else ""
        return (
            f"不联系 {days} 天内也会回来的可能 {without}，联系后 {with_it}，多 {more}。"
            f"回来值毛利 {order} × {rate}（{by}）× {worth} 天内 {stake} 单 = {margin} {money}。"
            f"多带来 {more} × {margin} = {brings} {money}；{spent}联系 {cost} {money}；"
            f"预计净赚 {brings}{f' − {offers}' if has_offer else ''} − {cost} = {gain} {money}。"
        )
    by = "by the cost of what they buy" if line["margin_known"] else "costs unknown, as set"
    spent = f"offer {with_it} x used {taken} x {use} = {offers}; " if has_offer else ""
    return (
        f"The chance to return within {days} days is {without} without a contact and {with_it} with it: {more} more. A "
        f"return is worth {order} x margin {rate} ({by}) x {stake} orders in {worth} days = {margin} {money}. Brings "
        f"{more} x {margin} = {brings}; {spent}contact {cost}; expected {brings}"
        f"{f' - {offers}' if has_offer else ''} - {cost} = {gain} {money}."
    )


def _percents(*shares: float) -> tuple[str, ...]:
    return tuple(f"{100 * one:.2f}%" for one in shares)


def offer_with_cost(offer: Offer | None, line: Mapping[str, Any], language: str, currency: str) -> str:
    """What to offer, and what each use costs the merchant; for none, that there is none."""
    chinese, money = language == "zh", currency_name(currency, language)
    if offer is None:
        return "不给优惠" if chinese else "no offer"
    use = f"{line['use_micros'] / MICROS:.2f}"
    if chinese:
        return f"{offer.zh}（{offer.valid_days} 天内有效，每用一次成本 {use} {money}）"
    return f"{offer.en} (valid {offer.valid_days} days, costs {use} {money} each time it is used)"


def opening_in_words(
    shop: str,
    day: str,
    title: str | None,
    need: str | None,
    offer: Offer | None,
    has_open_case: bool,
    language: str,
    is_old: bool = False,
) -> str:
    """How to begin: who calls, what was bought last, why now, and what is offered. No name: the caller sees it.

    shop: as customers know it. day: of the last order. title: of what was bought. need: a category that is due.
    has_open_case: an after-sales case is open, which comes before any offer. is_old: it was bought long ago and is not
    named, since nobody remembers it and it may be out of season.
    """
    year, month, date = (int(part) for part in day.split("-"))
    if language == "zh":
        goods = f"“{title}”" if title else "商品"
        begin = f"您好，我是{shop}的客服。您 {month}月{date}日买的{goods}"
        if has_open_case:
            return f"{begin}，还有一笔售后没处理完，我先帮您跟进，您看方便吗？"
        past = f"您好，我是{shop}的客服。您有一阵子没来我们店了，之前买的商品还满意吗？"
        parts = [past if is_old else f"{begin}还满意吗？"]
        if need:
            parts.append(f"{need}类商品差不多该添置了，需要帮您备上吗？")
        if offer is not None:
            parts.append(f"这次给您准备了{offer.zh}，{offer.valid_days} 天内下单可用。")
        return "".join(parts)
    on = f"{date} {calendar.month_abbr[month]} {year}"
    if has_open_case:
        return (
            f"Hello, this is {shop}. About the {title or 'goods'} of {on}: a case is still open, may I see to it first?"
        )
    asked = "It has been a while since your last order: were you happy with it?"
    if not is_old:
        asked = f"How do you like the {title or 'goods'} that you ordered on {on}?"
    parts = [f"Hello, this is {shop}. {asked}"]
    if need:
        parts.append(f"You may soon be out of {need}: shall we put some aside for you?")
    if offer is not None:
        parts.append(f"We have {offer.en} for you, valid for {offer.valid_days} days.")
    return " ".join(parts)


def left_out_in_words(left_out: Mapping[str, int], settings: Customers) -> list[tuple[str, str]]:
    """Who is on no list, though they fell silent, and why: counts only, a pair of sentences a reason."""
    till, most = settings.till, f"{100 * settings.most_return_chance:.0f}"
    words = {
        NOT_WORTH: (
            "{n} 位客户联系不合算（预计多带来的毛利抵不过优惠和联系成本），未列入。",
            "{n} whom a contact costs more than it is expected to bring: not listed.",
        ),
        SURELY_BACK: (
            "{n} 位客户自己会回来的可能在 {most}% 以上，不打扰。",
            "{n} who come back by themselves with a chance of {most} % or more: left in peace.",
        ),
        IN_RHYTHM: (
            "{n} 位客户还在自己平时的购买间隔内，不打扰。",
            "{n} who have been silent no longer than they use to be: left in peace.",
        ),
        OUT_OF_REACH: (
            "{n} 位客户值得联系，但没有可用的联系方式（订单太旧、虚拟号已过期、无本人号码或同意），未列入。",
            "{n} worth a contact whom no channel reaches (order too old, virtual number expired, no own number or no "
            "consent): not listed.",
        ),
        FULL: (
            "{n} 位客户值得联系，但今天各联系方式的名额已满，未列入。",
            "{n} worth a contact for whom no channel has room today: not listed.",
        ),
        TILL: (
            "{n} 个“客户”的订单远多于其他人（{days} 天内超过 {orders} 单），"
            "应是收银台散客或转卖者，未列入；订单照常计入账册。",
            "{n} with orders far beyond anybody's (more than {orders} in {days} days): a till's name for everybody, or "
            "a reseller. Not listed; the orders stay in the books.",
        ),
        KEPT_NOTHING: (
            "{n} 位客户买的全部退款或从未付款，未列入。",
            "{n} who sent back all they bought, or never paid: not listed.",
        ),
    }
    facts = {"days": till.days, "orders": till.orders, "most": most}
    return [
        (zh.format(n=left_out[why], **facts), en.format(n=left_out[why], **facts))
        for why, (zh, en) in words.items()
        if left_out.get(why)
    ]


def expected_in_words(
    lines: Sequence[Mapping[str, Any]], ends: tuple[float, float, float] | None, currency: str
) -> tuple[str, str]:
    """What the list is expected to bring, in Chinese and English. ends: of `worth.totals`; None: a prior."""
    brings, offers, cost, gain = (
        sum(line[f"{name}_micros"] for line in lines) / MICROS for name in ("brings", "offers", "cost", "gain")
    )
    zh_money, en_money = (currency_name(currency, language) for language in ("zh", "en"))
    zh_rest, en_rest = (
        (
            "其中有的联系效果还没实测出来，按设置里的估计算",
            "in part by the effects assumed in the settings, not measured yet",
        )
        if ends is None
        else (
            f"按实测效果，95% 把握在 {ends[1]:.2f} ~ {ends[2]:.2f} {zh_money}之间",
            f"by what was measured, {ends[1]:.2f} to {ends[2]:.2f} {en_money} with 95 % confidence",
        )
    )
    return (
        f"名单上 {len(lines)} 人预计净赚 {gain:.2f} {zh_money}：多带来毛利 {brings:.2f} − 优惠 {offers:.2f}"
        f"（含本来就会回来的人用掉的）− 联系 {cost:.2f}；{zh_rest}。",
        f"The {len(lines)} listed are expected to bring {gain:.2f} {en_money}: margin {brings:.2f} - offers "
        f"{offers:.2f}, used by those too who would have come anyway - contacts {cost:.2f}; {en_rest}.",
    )


def offers_in_words(names: Sequence[str], settings: Customers) -> tuple[str, str] | None:
    """What the offers made are believed to add to a contact; None where none is made or adds anything."""
    made = [one for one in (offer_called(name, settings.offers) for name in sorted(set(names))) if one is not None]
    told = [(one, f"50% → {100 * (0.5 + 0.5 * one.effect_of_offer):.1f}%") for one in made if one.effect_of_offer]
    if not told:
        return None
    zh, en = "、".join(f"{one.zh} {by}" for one, by in told), ", ".join(f"{one.en} {by}" for one, by in told)
    return (
        f"加上优惠，回来的可能再提高（按设置估计）：{zh}。",
        f"Offers raise the chance to return once more (assumed in the settings): {en}.",
    )
