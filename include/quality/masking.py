"""What a reason may show of the value it found: enough to mend the mapping, never a person.

A row whose columns have shifted puts names, phones and addresses under any column, so the value is judged as well as
the column. The row's raw text is sealed elsewhere for those who may open it. No check digit is looked at (python-stdnum
could): an identity card with a mistyped figure is a person's all the same.
"""

import re
from typing import Any

import pandas as pd

from include.files.workbooks.cell_text import ERRORS, MERGED

MASK = "***"
PERSONAL_COLUMNS = frozenset({"buyer", "customer", "reason", "province", "city"})
LONGEST_SHOWN = 40

_PERSONAL_HEADER = re.compile(
    r"买家|会员|昵称|姓名|收货|收件|手机|电话|地址|邮箱|备注|留言|帐号|账号|phone|mobile|e-?mail|address|recipient|buyer",
    re.I,
)
_PERSONAL_TEXT = re.compile(
    r"(?<!\d)1[3-9]\d[\d*]{8}(?!\d)"  # a mainland mobile number, clear or half masked
    r"|(?<!\d)0\d{2,3}-\d{7,8}"  # a landline
    r"|(?<!\d)\d{17}[\dXx](?!\d)"  # an identity card; order numbers look alike, codes are let through below
    r"|\S+@\S+"
    r"|[一-鿿](?:省|市|区|县|镇|乡|街道|路|巷|小区|村)|\d(?:号|弄|栋|幢|单元|室)"
)
# Chinese text is shown where it speaks of an order's state, English where it is a word or several without capitals, and
# figures: that is what a mapping is mended by. Whatever else a cell holds may be a name, a nick or a message.
_STATE_WORDS = re.compile(
    r"付款|发货|收货|退款|退货|售后|交易|订单|完成|关闭|取消|成功|失败|审核|处理|锁定|暂停|签收|揽收|配送|出库|入库|换货|补寄|拒绝|"
    r"撤销|驳回|等待|备货|预售|定金|赠品|支付|^[零一二两三四五六七八九十百千万半]+[件个条包箱盒瓶只套双]?$"
    r"|^[\d.,\s~+-]*(?:天|日|周|个月|月|年|小时|个|件|箱|盒|套|包|袋|瓶|罐|支|只|双|条|片|张|台|打|提|桶|元|块|折|万|百|千|斤|克|"
    r"公斤|千克|吨|米|厘米|升|毫升)+$|^(?:暂无|无|面议|待定|待确认|未知|长期|不限|永久|停产|缺货|同上)$"
)
LONGEST_STATE = 16
_CHINESE = re.compile(r"[一-鿿]")
_FIGURES = re.compile(r"[\d\s:./,+\-TZE%¥￥$€<>=\"'#;|]*", re.I)
# An amount or a quantity with the currency or the unit beside it, by which `currency` and `units` are declared.
_UNITS = (
    r"[A-Z]{3}|[€£¥￥$৳₹]|zł|kr\.?|kgs?|g|ml|l|cm|m|oz|lbs?|dozen|doz|dz|ctns?|cartons?|cases?|box|boxes|packs?|pairs?|"
    r"sets?|pallets?|rolls?|bags?|stk\.?|stück|pcs\.?|pieces?|kartons?|paar|ve|dutzend|"
    r"[箱盒包袋瓶套打卷条桶罐扎捆件个只支枚张把台双块片颗粒副组份提盘板斤克吨米升尺万千百亿折元]|公斤|千克|毫升|万元|[美欧日港]元|美金|英镑|[港台]币"
)
_MEASURED = re.compile(rf"(?:(?:[A-Z]{{2,3}}|[A-Z]{{0,2}}[€£¥￥$৳₹])\s?)?[-+(]?\d[\d.,']{{0,14}}[)-]?\s?(?:{_UNITS})?")
# An order's number with what a shop puts before and behind it: SO 1004, #1005 EU.
_NUMBERED = re.compile(r"#?(?:[A-Za-z]{1,5} )?[\w.#/+-]*\d{3}[\w.#/+-]*(?: [A-Za-z]{1,5})?", re.ASCII)
_WORDS = re.compile(r"[A-Za-z]?[a-z_\- ]*|[A-Z_]+|<[^@]*")
_IDENTITY_COLUMNS = re.compile(r"(_id|_code|^sku|^supplier|^warehouse)$")
_COMMON_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪"
    "廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺顾毛郝龚邵万钱严赖覃洪武莫孔汤"
)
_LIKE_A_NAME = re.compile(rf"[{_COMMON_SURNAMES}][一-鿿*]{{1,2}}")
_WORDS_LIKE_NAMES = frozenset(
    {"付款", "付款中", "任意", "金额", "方式", "白色", "金色", "黄色", "高级", "万件", "何时"}
)


def found_text(column: str, value: Any) -> str:
    """`value` as a reason may show it: '' where empty, MASK where it is or resembles personal data."""
    if value is None or (not isinstance(value, (list, dict)) and pd.isna(value)):
        return ""
    text = str(value).strip()
    if text in ERRORS:
        return text
    if text.endswith(MERGED):
        return found_text(column, text.removesuffix(MERGED)) + MERGED
    if column in PERSONAL_COLUMNS or _PERSONAL_HEADER.search(column):
        return MASK if text else ""
    if not _is_plain(column, text) and isinstance(value, str) and _is_like_a_person(text):
        return MASK
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({len(text)} characters)"


def _is_plain(column: str, text: str) -> bool:
    """A code under a column of codes, or an amount: nobody's name."""
    if _IDENTITY_COLUMNS.search(column):
        return bool(re.fullmatch(r"[\w.#/+-]+", text, re.ASCII) or _NUMBERED.fullmatch(text))
    return _MEASURED.fullmatch(text) is not None and not _PERSONAL_TEXT.search(text)


def _is_like_a_person(text: str) -> bool:
    if _PERSONAL_TEXT.search(text):
        return True
    if _CHINESE.search(text):
        if len(text) > LONGEST_STATE or not _STATE_WORDS.search(text):
            return True
    elif not (_FIGURES.fullmatch(text) or _WORDS.fullmatch(text)):
        return True
    return text not in _WORDS_LIKE_NAMES and _LIKE_A_NAME.fullmatch(text) is not None
