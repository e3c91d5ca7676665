"""Order -> customer: which customer an order is of, said by a system that may know (ERP, CRM, member export).

The platforms have masked their buyers since 2022: `t**3` is nobody. What names them lives where an application key is
held, and comes here as rows of shop, order number and customer key. A key is a shop's own (买家ID, open_uid, ouid,
客户编号); one that spans shops (omid) is read as `member`, by which customers of several shops are joined.

A row of the ERP is often a line of the order, and merged orders stand in one cell (`1234,1235`).
"""

import re

import pandas as pd

from include.exports.canonical import canonical
from include.exports.declaration import Column, Context, Ignored, Kind, Report, header_list
from include.exports.headers import matching
from include.privacy.contact_keys import is_nobody

FRAME = "order_customers"
NO_ORDER, NO_CUSTOMER = "names no order of a platform", "names no customer"
AGAIN = "another line of the same order"
NO_SHOP = "names no shop: add the shop's column, or for_shop to the report's YAML"
_AGREED = "是 同意 已同意 接受 订阅 已订阅 开启 Y y yes Yes TRUE true in 1"
_REFUSED = "否 拒绝 不同意 不接受 退订 已退订 关闭 N n no No FALSE false out 0"
CONSENT_WORDS = {**dict.fromkeys(_AGREED.split(), "in"), **dict.fromkeys(_REFUSED.split(), "out")}
_SEVERAL = re.compile(r"[,，;；、|\s]+")

COLUMNS = (
    Column(
        "order_id",
        ("线上订单号", "线上单号", "原始单号", "原始订单号", "平台订单号", "平台单号", "网店订单号", "来源单号",
         "交易编号", "tid"),
        Kind.ID,
        required=True,
    ),
    Column("for_shop", ("店铺", "店铺名称", "网店名称", "来源店铺", "店铺简称", "shop"), Kind.TEXT),
    # Preferred first: an id of the platform's interface, the system's own number of the customer, then the name, which
    # is often masked.
    Column(
        "buyer",
        ("buyer_open_uid", "open_uid", "openuid", "open_id", "ouid", "买家OUID", "买家open_uid", "买家ID", "平台买家ID",
         "客户编号", "客户ID", "客户编码", "会员编号", "会员ID", "会员编码", "会员代码", "会员号", "买家账号",
         "买家帐号", "客户网名", "网名", "买家昵称", "会员名称"),
        Kind.ID,
        required=True,
        personal=True,
    ),
    Column("member", ("omid", "品牌会员ID", "全渠道会员ID", "全域会员ID", "unionid"), Kind.ID, personal=True),
    Column("tier", ("会员等级", "客户等级", "会员级别", "客户级别"), Kind.TEXT),
    Column(
        "consent", ("是否同意营销", "营销同意", "是否接受营销", "短信订阅", "是否接受短信"), Kind.STATUS,
        words=CONSENT_WORDS,
    ),
    Column(
        "phone", ("会员手机号", "会员手机", "客户手机", "客户手机号", "买家手机", "买家手机号"), Kind.TEXT,
        personal=True,
    ),
    Column("receiver_phone", ("收货人手机", "收件人手机", "收货手机", "手机", "手机号码"), Kind.TEXT, personal=True),
    Column("email", ("会员邮箱", "客户邮箱", "买家邮箱", "邮箱"), Kind.TEXT, personal=True),
)  # fmt: skip
_GUESS = (
    "which column holds the customer's key: no public page tells the names of this export; where yours is called "
    "otherwise, say so under `columns` of the report."
)


def ignored(rows: pd.DataFrame, context: Context) -> Ignored:
    """Rows that join nothing: without an order or a customer, of a shop that the merchant's YAML does not know, or of
    an order that a row before already told."""
    shop, no = shops_of(rows, context), rows["order_id"].isna()
    some: Ignored = [(no.to_numpy(), NO_ORDER), (_keys(rows).isna().to_numpy() & ~no.to_numpy(), NO_CUSTOMER)]
    left = ~no & _keys(rows).notna()
    said = _column(rows, "for_shop")
    unknown = left & said.notna() & shop.isna()
    for name in said[unknown].unique():
        reason = f"of the shop {name}, which no shop of the YAML is called: add it to other_names of the shop it is"
        some.append(((unknown & (said == name)).to_numpy(), reason))
    if context.shop_names:
        some.append(((left & said.isna() & shop.isna()).to_numpy(), NO_SHOP))
    left &= shop.notna() if context.shop_names else True
    key = pd.DataFrame({"shop": shop.fillna(""), "order": rows["order_id"], "buyer": _keys(rows)})
    again = left & (key[left].duplicated(["shop", "order"]).reindex(rows.index, fill_value=False))
    some.append((again.to_numpy(dtype=bool), AGAIN))
    return some


def build(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """One row an order; several orders of one cell are several."""
    numbers = [[one for one in _SEVERAL.split(text) if one] for text in rows["order_id"]]
    whole = rows.assign(for_shop=shops_of(rows, context), buyer=_keys(rows))
    whole = whole.loc[rows.index.repeat([len(some) for some in numbers])].reset_index(drop=True)
    whole["order_id"] = pd.Series([one for some in numbers for one in some], dtype="str")
    return {FRAME: canonical(FRAME, whole)}


def shops_of(rows: pd.DataFrame, context: Context) -> pd.Series:
    """(rows,) the shop's name in the YAML; null where the YAML knows no such shop. Without a YAML, as it is written."""
    said = _column(rows, "for_shop")
    if context.shop_names is None:
        return said
    names = {text: context.shop_names.get(matching(text)) for text in said.dropna().unique()}
    return said.map(names).astype("str").mask(said.isna(), context.shop)


def _keys(rows: pd.DataFrame) -> pd.Series:
    """The customer's key, else the one that spans shops; null where it is nobody's."""
    own, spanning = _column(rows, "buyer"), _column(rows, "member")
    nobody = {text for text in own.dropna().unique() if is_nobody(text)}
    return own.mask(own.isin(list(nobody))).fillna(spanning)


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series(None, index=rows.index, dtype="str")


def report(title: str, known: str) -> Report:
    """The report of a platform called `title`. known: headers of its order export that are not read."""
    return Report(
        name=FRAME,
        title=f"{title} orders with their customers (订单 -> 客户)",
        columns=COLUMNS,
        known=header_list(known),
        generations=(("by the customer's key", ()),),
        keep_together_by=("order_id",),
        ignore=ignored,
        build=build,
        guessed=_GUESS,
    )
