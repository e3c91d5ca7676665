"""A conversation begins with what happened, and names nothing that does not go together."""

import pytest

from include.customers.recall.calls.occasions import Bought, Case, Occasion, occasion_of
from include.customers.recall.calls.sentences import opening_in_words
from include.settings.people.contacts import Offer

SINCE, NEW, EARLIER, OLD = "2025-09-04", "2025-10-20", "2025-09-30", "2025-07-01"
FOOD = Bought(NEW, "A", "猫粮", 2, "宠物")
SOAP = Bought(NEW, "B", "肥皂", 1, "家清")
COUPON = Offer(name="coupon_10", zh="十元券", en="ten yuan off", cost=10)


def occasion(
    *bought: Bought, cases: tuple[Case, ...] = (), is_first: bool = False, need: str | None = None
) -> Occasion:
    return occasion_of(bought, cases, NEW, is_first, need, SINCE)


def test_what_happened_decides_what_is_spoken_of_first() -> None:
    assert occasion(FOOD) == Occasion("bought", NEW, "猫粮")
    assert occasion(FOOD, is_first=True) == Occasion("first", NEW, "猫粮")
    assert occasion(FOOD, cases=(Case(NEW, "A", False),), is_first=True) == Occasion("refund", NEW, "猫粮")
    assert occasion(FOOD, cases=(Case(NEW, None, False), Case(NEW, "A", True))) == Occasion("case", NEW, "猫粮")
    many = Bought(NEW, "C", "毛巾", 300, in_bulk=True)
    assert occasion(Bought(NEW, "B", "肥皂", 40, in_bulk=True), many) == Occasion("bulk", NEW, "毛巾")
    assert occasion() == Occasion("bought", NEW), "all that was bought were gifts"


def test_a_case_names_its_own_order_and_product_or_none() -> None:
    before = Bought(EARLIER, "S", "防晒霜", 1)
    assert occasion(FOOD, before, cases=(Case(EARLIER, "S", True),)) == Occasion("case", EARLIER, "防晒霜")
    assert occasion(FOOD, before, cases=(Case(EARLIER, None, False),)) == Occasion("refund", EARLIER, "防晒霜")
    assert occasion(FOOD, SOAP, cases=(Case(NEW, None, False),)) == Occasion("refund", NEW), "one of two, nobody knows"
    assert occasion(FOOD, SOAP, cases=(Case(NEW, "B", False),)) == Occasion("refund", NEW, "肥皂")


def test_an_old_refund_counts_while_nothing_was_bought_since() -> None:
    gone = Bought(OLD, "S", "防晒霜", 1)
    assert occasion(FOOD, gone, cases=(Case(OLD, "S", False),)) == Occasion("bought", NEW, "猫粮")
    assert occasion(gone, cases=(Case(OLD, "S", False),)) == Occasion("refund", OLD, "防晒霜", is_old=True)


def test_a_need_stands_beside_a_product_of_its_own_category_alone() -> None:
    assert occasion(SOAP, need="宠物") == Occasion("bought", NEW, "肥皂"), "soap, and then cats' food: left away"
    assert occasion(SOAP, FOOD, need="宠物") == Occasion("bought", NEW, "猫粮", need="宠物")
    assert occasion(Bought(NEW, "X", "新品", 1), need="宠物").need is None, "its category is not known"
    old = Bought(OLD, "S", "防晒霜", 1, "防晒")
    assert occasion(old, need="宠物") == Occasion("bought", OLD, "防晒霜", True, "宠物"), "no product is named"


@pytest.mark.parametrize(
    ("about", "is_old", "begins"),
    [
        ("refund", False, "您 10月20日买的“猫粮”退了款，很抱歉没让您满意，方便说说是哪里不合适吗？"),
        ("refund", True, "您之前有一单退了款，很抱歉没让您满意，方便说说是哪里不合适吗？"),
        ("bulk", False, "您 10月20日订的一批“猫粮”用得怎么样？近期还有这样的采购需要吗？"),
        ("bulk", True, "您之前在我们店订过一批货，用得怎么样？近期还有这样的采购需要吗？"),
        ("first", False, "您 10月20日第一次在我们店买了“猫粮”，还满意吗？有什么问题我来处理。"),
        ("first", True, "您之前在我们店买过一次，后来一直没再见到您，有什么我们能改进的吗？"),
        ("bought", True, "您有一阵子没来我们店了，之前买的商品还满意吗？"),
    ],
)
def test_the_opening_line_fits_what_happened(about: str, is_old: bool, begins: str) -> None:
    said = Occasion(about, NEW, "猫粮", is_old)  # type: ignore[arg-type]
    opening = opening_in_words("样本旗舰店", said, None, "zh")
    assert opening == "您好，我是样本旗舰店的客服。" + begins
    assert "{" not in opening_in_words("Sample", said, None, "en")


def test_nothing_is_sold_while_a_case_is_open_and_no_category_after_a_refund() -> None:
    open_case = opening_in_words("店", Occasion("case", NEW, "猫粮", need="宠物"), COUPON, "zh")
    assert "十元券" not in open_case
    after = opening_in_words("店", Occasion("refund", NEW, "猫粮", need="宠物"), COUPON, "zh")
    assert "宠物" not in after
    assert after.endswith("这次给您准备了十元券，30 天内下单可用。")
