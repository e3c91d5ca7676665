"""A phone is a key in any writing, and none where it may be several people's."""

import pytest

from include.privacy.contact_keys import buyer_form, email_key, erased_mark, is_nobody, key_hash, member_key, phone_key

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "text",
    ["13961234507", "139 6123 4507", "139-6123-4507", "+8613961234507", "+86 139 6123 4507", "008613961234507",
     "8613961234507", "１３９６１２３４５０７", "'13961234507", '="13961234507"', "\t13961234507\r"],
)  # fmt: skip
def test_a_mainland_mobile_number_in_any_writing_is_one_key(text: str) -> None:
    assert phone_key(text) == "+8613961234507"


@pytest.mark.parametrize(
    "text",
    ["", "139****4507", "1******4507", "13961234507-7576", "13961234507转7576", "13961234507,7576", "1396123450",
     "139612345071", "12961234507", "0571-88886666", "400-820-8820", "13800138000", "13800000000", "13912345678",
     "+8601088886666", "$$abcd", "无"],
)  # fmt: skip
def test_what_may_be_several_peoples_is_no_key(text: str) -> None:
    assert phone_key(text) is None
    assert key_hash("phone", text, KEY) is None


def test_numbers_abroad_need_their_country() -> None:
    assert phone_key("+1 (415) 555-2671") == phone_key("0014155552671") == "+14155552671"
    assert phone_key("4155552671") is None


def test_addresses_and_members() -> None:
    assert email_key(" Anna.K@Example.COM ") == "anna.k@example.com"
    for text in ("a***@example.com", "anna", "x1y2@marketplace.amazon.co.uk", "q@privaterelay.appleid.com"):
        assert email_key(text) is None
    assert member_key(" VIP-00831 ") == "VIP-00831"
    assert member_key("0000") is None
    assert member_key("VIP***31") is None


def test_hashes_know_their_kind_and_key_and_marks_say_nothing_of_hashes() -> None:
    hashed = key_hash("phone", "13961234507", KEY)
    assert hashed is not None
    assert len(hashed) == 64
    assert hashed == key_hash("phone", "+86 139 6123 4507", KEY)
    assert hashed != key_hash("phone", "13961234507", bytes(32))
    assert hashed != key_hash("member", "13961234507", KEY)
    assert erased_mark("phone", hashed, KEY) not in (hashed, erased_mark("customer", hashed, KEY))


@pytest.mark.parametrize(
    ("written", "form"),
    [("Li@X.com", "li@x.com"), (" li@x.com\u200b", "li@x.com"), ("ｌｉ@ｘ.ｃｏｍ", "li@x.com"),
     ("+86 139-6123-4507", "13961234507"),
     ("008613961234507", "13961234507"), ("12345.0", "12345"),
     ("1,234,567", "1234567"), ("'12345", "12345"), ("１２３４５", "12345"),
     ("小树\u3000 A", "小树 A"), ("TB_Anna", "TB_Anna"), ("1.5", "1.5")],
)  # fmt: skip
def test_a_buyer_is_written_one_way(written: str, form: str) -> None:
    assert buyer_form(written) == form


@pytest.mark.parametrize(
    "cell",
    ["", "-", "散客", "散客 ", "（散客）", "匿名", "匿名用户", "游客", "无", "未知", "Guest", "GUEST", "guest checkout",
     "Walk-in Customer",
     "guest@shop.com", "noreply@shop.com", "no-reply@shop.com", "test", "test1", "TEST@x.com", "测试", "0", "0.0",
     "00000000000",
     "N/A", "#N/A", "null", "NULL", "None", "nan", "-1", "13800000000", "13800138000", "139****4507", "t**3", "t＊＊3",
     "13961234507-7576", "999999", "6.91793E+18", "##abc==##", "$$abc", "Laufkunde", "散客12", "guest_8812",
     "12345678901", "10000000000", "现金客户", "[object Object]"],
)  # fmt: skip
def test_what_names_nobody_is_nobody(cell: str) -> None:
    assert is_nobody(cell)


@pytest.mark.parametrize(
    "cell",
    ["小树", "顾客1", "tb54365717", "li@x.com", "buyer@firm.com", "customer@firm.com", "testa_rossa", "13961234507",
     "1001", "9",
     "guesthouse", "散客多", "无敌", "+14155552671", "ou_8f3a", "AAFk-test-9"],
)  # fmt: skip
def test_a_buyer_with_a_name_is_somebody(cell: str) -> None:
    assert not is_nobody(cell)


def test_the_merchants_own_words_are_nobody_too() -> None:
    assert not is_nobody("门店 收银")
    assert is_nobody("门店 收银", {"门店收银"})
    assert is_nobody("pos@shop.cn", {"posshopcn"})


@pytest.mark.parametrize(
    "written",
    ["张×", "张某某", "张xx", "l●●●3", "t...3", "138xxxx1234", "微信用户", "店长", "门店", "ゲスト", "非会員",
     "cliente", "noemail@noemail.com", "锟斤拷"],
)  # fmt: skip
def test_masks_and_counters_of_other_kinds_are_nobody(written: str) -> None:
    assert is_nobody(written)


@pytest.mark.parametrize("written", ["张三", "王先生", "xx_love", "maxxx", "tb1234567", "a.b.c@qq.com"])
def test_a_name_that_only_looks_masked_is_somebody(written: str) -> None:
    assert not is_nobody(written)
