"""Who names their buyers, and what helps where nobody does: the words for people."""

from collections.abc import Mapping

import pandas as pd

_MASKED: Mapping[str, tuple[str, str]] = {
    "taobao": ("买家会员名自 2022 年起被平台打码", "买家会员名 is masked since 2022"),
    "jd": ("下单帐号被平台打码", "下单帐号 is masked"),
    "douyin": (
        "抖音导出里姓名电话都是密文，没有买家标识",
        "names and phones are cipher text, and no column names the buyer",
    ),
    "kuaishou": ("快手导出不含买家标识", "the export names no buyer"),
    "pinduoduo": ("拼多多导出不含买家标识", "the export names no buyer"),
    "amazon": ("亚马逊订单报表不含买家标识", "the order report names no buyer"),
    "woocommerce": ("该报表只有客户姓名", "the report tells a customer's name only"),
}
_OTHERS = ("其导出没有写明买家", "its exports do not name their buyers")
_HELP = {
    "zh": "有用的办法：ERP 或 CRM 的订单导出，带平台订单号和客户标识"
    "（买家ID、open_uid、客户编号），按 order_customers 报表接入；或带订单号的会员导出（docs/customers.md）。",
    "en": "What would help: an order export of your ERP or CRM with the platform's order number and the customer's key "
    "(买家ID, open_uid, 客户编号), read as the report order_customers, or a member export with order numbers "
    "(docs/customers.md).",
}


def why_nobody(platform: str, language: str) -> str:
    """Why exports of a platform name so few buyers."""
    words = _MASKED.get("taobao" if platform == "tmall" else platform, _OTHERS)
    return words[0] if language == "zh" else words[1]


def help_in_words(language: str) -> str:
    return _HELP[language]


def named_buyers(frames: Mapping[str, pd.DataFrame]) -> tuple[int, int]:
    """(orders, orders that name a buyer) of a reading's frames."""
    orders = frames.get("orders")
    return (0, 0) if orders is None else (len(orders), int(orders["buyer"].notna().sum()))


def buyers_note(platform: str, orders: int, named: int) -> str | None:
    """A sentence for whoever brings a shop's exports, where no order of theirs names its buyer."""
    if not orders or named:
        return None
    return (
        f"{orders:,} orders, 0 buyers named ({why_nobody(platform, 'en')}). Recall, RFM and tags cannot work for this "
        f"shop. {help_in_words('en')}"
    )
