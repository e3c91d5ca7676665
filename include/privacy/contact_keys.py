"""Phones, member numbers, mail addresses and buyers as keys: written one way, then hashed with the merchant's own key.

What may stand for several people is no key at all: masked values, virtual numbers, numbers made up to fill a field,
addresses that a platform lends for one order, and the words that tills and shop systems write when nobody is named.

Ours, since a key must be written for ever as it was when its hash was stored, or one person becomes two: what
phonenumbers takes for a number changes with its releases, and email-validator keeps capitals and refuses addresses of
old books.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection

PHONE, MEMBER, EMAIL = "phone", "member", "email"
KINDS = (PHONE, MEMBER, EMAIL)

_EXTENSION = re.compile(r"1[3-9]\d{9}\s*(?:-|转|ext\.?|x|#|,|;|_)\s*\d{1,6}$", re.IGNORECASE)
_MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_ABROAD = re.compile(r"(?:\+|00)([1-9]\d{7,14})")
_MAIL = re.compile(r"[^\s@*]+@[^\s@*]+\.[^\s@*.]{2,}")
_LENT = re.compile(r"@(?:.+\.)?(?:marketplace\.amazon\.[\w.]+|privaterelay\.appleid\.com)$")
# Numbers that people type to get past a form: a carrier's own examples, and runs.
_EXAMPLES = frozenset({"13800138000", "13900139000", "13012345678", "13112345678", "13512345678", "13812345678"})
_RUNS = ("01234567", "12345678", "23456789", "87654321", "98765432")
_EDGES = " \t\r\n\"'`=,;\u3000\ufeff\u200b"
_ADDRESS = re.compile(r"([^\s@]+)@[^\s@]+")
_WHITE = re.compile(r"\s+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_NUMERIC_ID = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?")
_BROKEN_ID = re.compile(r"[+-]?\d(?:\.\d+)?[eE]\+\d+")  # a spreadsheet has dropped the digits
_CIPHER = re.compile(r"##|\$\$|#[A-Z]+(?:/[A-Z0]+)?[!?]?$")  # another one for every order; or a spreadsheet's error
# Masks of other kinds than stars; 张某 and 张XX.
_MASKED = re.compile(r"[●•○◦█■▪×✱∗﹡…]|\.{3}|\d[xX]{3,}|[xX]{3,}\d|^[一-鿿](?:某{1,2}|[xX]{1,2})$|锟斤拷")
_NO_ONES_MAIL = re.compile(r"@(?:test\.com|no-?e?mail\.com|none\.com|no\.com|noreply\.com|localhost\S*)$")
_ONLY_SIGNS = re.compile(r"[\W_]+")
_NUMBERED = re.compile(
    r"(?:(?:测试|test(?:er|ing)?)(?:用户|账号|帐号|买家|客户|订单|user|account|buyer|customer|order)?"
    r"|散客|游客|访客|匿名(?:用户|买家)?|guest|visitor|walkin|anonymous)\d*"
)
# What stands in a buyer's cell when the till, the shop system or the clerk names nobody; compared without signs, white
# space and case.
_NOBODY = """
散客 散户 匿名 匿名用户 匿名买家 匿名客户 匿名顾客 匿名会员 游客 游客用户 访客 过路客 路人 现场客户 现金客户 门店散客
线下散客 线上散客 零售客户 零售散客 零售顾客 普通客户 普通顾客 普通散客 临时客户 默认客户 默认会员 非会员 无会员
未登录 未登录用户 未注册 未注册用户 无 无名 无名氏 没有 暂无 空 未知 未知用户 未知买家 未知客户 不详 未填 未填写
未提供 已注销 账号已注销 已注销用户 客户 顾客 买家 用户 消费者 会员 guest guests guestuser guestcustomer guestbuyer
guestcheckout visitor anonymous anonymoususer anonymouscustomer anon nobody unknown unknownuser unknowncustomer
unnamed noname none null nil nan na notavailable notapplicable notprovided notset undefined objectobject empty missing
walkin walkincustomer walkinguest cash cashcustomer cashsale counter countersale instore retail retailcustomer
微信用户 支付宝用户 淘宝用户 淘宝买家 天猫用户 天猫买家 京东用户 抖音用户 快手用户 拼多多用户 小红书用户
微店用户 有赞用户 客服 店长 店员 员工 内部员工 内购 收银员 收银 门店 本店 自提 到店 到店自提 零售 现金 批发
散单 路人甲 收货人 先生 女士 待定 待补 管理员 系统 系统用户 admin administrator system staff pos shop store ゲスト
非会員 非会员 손님 비회원 cliente clientecontado clientcomptant consumidorfinal publicogeneral invitado ospite
convidado klant bezoeker
defaultcustomer customer buyer user client noreply donotreply nomail noemail deleted deleteduser xx xxx xxxx gast
gastkunde laufkunde laufkundschaft barverkauf barkunde unbekannt
"""
NOBODY_WORDS = frozenset(_NOBODY.split())


def phone_key(text: str) -> str | None:
    """'+8613912345678' for a mainland mobile number in any writing, '+' and digits for one with another country's code;
    None where it is no key: masked, virtual (with an extension), a landline, a made-up number."""
    written = unicodedata.normalize("NFKC", text).strip(_EDGES)
    if "*" in written or _EXTENSION.search(written):
        return None
    bare = re.sub(r"[\s\-().‐–—·]", "", written)
    mainland = _MAINLAND.fullmatch(bare)
    if mainland is not None:
        number = mainland[1]
        return None if _is_made_up(number) else f"+86{number}"
    abroad = _ABROAD.fullmatch(bare)
    if abroad is None or abroad[1].startswith("86") or _is_made_up(abroad[1]):
        return None
    return f"+{abroad[1]}"


def email_key(text: str) -> str | None:
    """The address in lower case; None where it is none, masked, or lent by a platform for an order."""
    written = unicodedata.normalize("NFKC", text).strip(_EDGES).casefold()
    return written if _MAIL.fullmatch(written) and not _LENT.search(written) else None


def member_key(text: str) -> str | None:
    """The number without white space around it; None where it is masked or too short to be anybody's own."""
    written = unicodedata.normalize("NFKC", text).strip(_EDGES)
    return written if len(written) >= 4 and "*" not in written and set(written) - set("0-") else None


# These stand before the @ of real addresses, too.
_REAL_MAILBOXES = frozenset({"buyer", "customer", "user", "client", "counter", "empty", "missing"})


def buyer_form(text: str) -> str:
    """The one way to write a buyer: an e-mail address in lower case, a mainland mobile number as its eleven digits,
    the number of a spreadsheet without its `.0` and the commas between thousands, anything else in NFKC with single
    blanks."""
    written = _WHITE.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).strip(_EDGES)
    if "@" in written:
        return written.casefold() if _ADDRESS.fullmatch(written) else written
    mainland = _MAINLAND.fullmatch(re.sub(r"[\s\-().‐–—·]", "", written))
    if mainland is not None:
        return mainland[1]
    number = _NUMERIC_ID.fullmatch(written)
    return number[1].replace(",", "") if number else written


def is_nobody(text: str, more: Collection[str] = ()) -> bool:
    """The cell of a buyer names no single person: it is masked (t**3), a word for nobody (散客, Guest, N/A), a number
    that was made up or lost its digits, a virtual phone. more: the merchant's own words, as `plain_word` has them."""
    written = buyer_form(text)
    if (
        "*" in written
        or _MASKED.search(written)
        or _NO_ONES_MAIL.search(written)
        or _CIPHER.match(written)
        or _BROKEN_ID.fullmatch(written)
        or written == "-1"
    ):
        return True
    word, address = plain_word(written), _ADDRESS.fullmatch(written)
    if word in more:
        return True
    if address is not None:
        mailbox = plain_word(address[1])
        return mailbox not in _REAL_MAILBOXES and _stands_for_nobody(mailbox)
    return _stands_for_nobody(word) or _is_no_ones_phone(written)


def plain_word(text: str) -> str:
    """A word without signs, white space and case, to be compared with others."""
    return _ONLY_SIGNS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _stands_for_nobody(word: str) -> bool:
    if not word or word in NOBODY_WORDS or _NUMBERED.fullmatch(word):
        return True
    if not word.isdigit():
        return False
    if len(word) >= 9 and (len(set(word[-8:])) == 1 or word.startswith("123456789")):
        return True
    return not word.strip("0") or (len(word) >= 6 and len(set(word)) == 1)


def _is_no_ones_phone(written: str) -> bool:
    """A virtual number is lent to several people in turn; a made-up one is everybody's."""
    return bool(_EXTENSION.search(written)) or (_MAINLAND.fullmatch(written) is not None and _is_made_up(written))


_KEY_OF = {PHONE: phone_key, EMAIL: email_key, MEMBER: member_key}


def normalised(kind: str, text: str) -> str | None:
    """The one way to write a key of this kind; None where `text` is no key."""
    return _KEY_OF[kind](text)


def key_hash(kind: str, text: str, key: bytes) -> str | None:
    """The keyed hash of what `text` says, the same in every shop; None where it is no key."""
    written = normalised(kind, text)
    return None if written is None else _keyed(f"key\0{kind}\0{written}", key)


def erased_mark(kind: str, hashed: str, key: bytes) -> str:
    """What stays of a pseudonym (kind 'customer') or a key's hash after erasure: it knows them when an old export says
    them again, and cannot be joined with anything else."""
    return _keyed(f"erased\0{kind}\0{hashed}", key)


def _keyed(message: str, key: bytes) -> str:
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _is_made_up(number: str) -> bool:
    tail = number[-8:]
    return number in _EXAMPLES or len(set(tail)) == 1 or any(run in number for run in _RUNS)
