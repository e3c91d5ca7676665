"""A recall line's sum, read from its sentence and added up again by whoever doubts it."""

import re
from decimal import ROUND_HALF_UP, Decimal

NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)"
CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def adds_up(why_zh: str) -> Decimal:
    """The expected gain at the sentence's end; AssertionError where a step of it does not follow from those before."""
    chances = re.search(f"可能 {NUMBER}%，联系后 {NUMBER}%，多 {NUMBER}%。", why_zh)
    worth = re.search(f"回来值毛利 {NUMBER} × {NUMBER}%（.*?）× [0-9]+ 天内 {NUMBER} 单 = {NUMBER} 元", why_zh)
    brings = re.search(f"多带来 {NUMBER}% × {NUMBER} = {NUMBER} 元", why_zh)
    offer = re.search(f"优惠 {NUMBER}% × 使用 {NUMBER}% × {NUMBER} = {NUMBER} 元", why_zh)
    contact = re.search(f"；联系 {NUMBER} 元", why_zh)
    total = re.search(f"预计净赚 (.*) = {NUMBER} 元。$", why_zh)
    assert chances is not None, why_zh
    assert worth is not None, why_zh
    assert brings is not None, why_zh
    assert contact is not None, why_zh
    assert total is not None, why_zh
    without, with_it, more = (Decimal(one) for one in chances.groups())
    assert with_it - without == more, why_zh
    order, rate, stake, margin = (Decimal(one) for one in worth.groups())
    assert cents(order * rate / 100 * stake) == margin, why_zh
    rise, at_stake, brought = (Decimal(one) for one in brings.groups())
    assert (rise, at_stake) == (more, margin), why_zh
    assert cents(rise / 100 * margin) == brought, why_zh
    gain = brought - Decimal(contact.group(1))
    if offer:
        chance, used, use, given = (Decimal(one) for one in offer.groups())
        assert chance == with_it, why_zh
        assert cents(chance / 100 * used / 100 * use) == given, why_zh
        gain -= given
    assert gain == Decimal(total.group(2)), why_zh
    assert total.group(1).replace(" ", "").count("−") == (2 if offer else 1), why_zh
    return gain
