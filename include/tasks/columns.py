"""The columns of each kind of list: the payload's field, its heading and what it means, in Chinese and English."""

from dataclasses import dataclass
from typing import Literal

from include.settings.currencies import currency_name

Unit = Literal["text", "count", "signed", "days", "day", "money", "per_mille", "why"]
Sheet = Literal["list", "talk"]


@dataclass(frozen=True)
class Column:
    """`per_mille` fields are shown in per cent, `money` (micros) in the merchant's currency, which takes the place of
    {money} in headings; `signed` numbers may be negative. A field that ends in _zh or _en is shown in that language
    only. sheet: of a spreadsheet, where the column stands."""

    field: str
    unit: Unit
    zh: str
    en: str
    zh_meaning: str
    en_meaning: str
    sheet: Sheet = "list"

    def heading(self, language: Literal["zh", "en"], currency: str) -> str:
        text = self.zh if language == "zh" else self.en
        return text.replace("{money}", currency_name(currency, language))

    def bare_heading(self, language: Literal["zh", "en"]) -> str:
        """The heading without its currency, for texts that say it beside the amount."""
        return (self.zh if language == "zh" else self.en).replace("({money})", "").strip()


def _column(
    field: str, unit: Unit, zh: str, en: str, zh_meaning: str, en_meaning: str, sheet: Sheet = "list"
) -> Column:
    return Column(field, unit, zh, en, zh_meaning, en_meaning, sheet)


def _in_both(
    field: str, unit: Unit, zh: str, en: str, zh_meaning: str, en_meaning: str, sheet: Sheet = "list"
) -> tuple[Column, Column]:
    """A text that is written in both languages: field_zh and field_en."""
    return (
        _column(f"{field}_zh", unit, zh, f"{en} (Chinese)", zh_meaning, en_meaning, sheet),
        _column(f"{field}_en", unit, f"{zh}（英文）", en, zh_meaning, en_meaning, sheet),
    )


_SKU = _column("sku", "text", "商家编码", "SKU", "仓库拣货用的编码", "the merchant's own code, what is picked")
_TITLE = _column("title", "text", "商品", "Product", "商品名称", "the product's title")
_WAREHOUSE = _column("warehouse", "text", "仓库", "Warehouse", "货要到的仓库", "where the goods are to be")
_SUPPLIER = _column("supplier", "text", "供应商", "Supplier", "向谁订货", "whom to order from")
_SINCE = _column(
    "since_day", "day", "首次建议", "Since", "从哪天起一直在建议", "since when the lists have asked for it"
)
_WHY_ZH = _column("why_zh", "why", "为什么", "Why (Chinese)", "这一行的算式和理由", "the line's sum and reasons")
_WHY_EN = _column("why_en", "why", "英文说明", "Why", "这一行的算式和理由", "the line's sum and reasons")
_RISK = _column(
    "money_at_risk_micros",
    "money",
    "不做的损失({money})",
    "Sales at risk ({money})",
    "不处理预计会损失的销售额",
    "sales expected to be lost if nothing is done",
)
_STOCK_DAY = _column(
    "stock_day",
    "day",
    "库存日期",
    "Stock of",
    "在库数是哪一天的；之后卖出的算在已售未发里，之后入库的算在在库里",
    "the day that the number on hand is from; what sold since is promised, what came in since is on hand",
)
_ON_HAND = _column("on_hand", "count", "在库", "On hand", "仓库现有件数", "units in the warehouse")

RESTOCK: tuple[Column, ...] = (
    _SKU,
    _TITLE,
    _WAREHOUSE,
    _SUPPLIER,
    _column("quantity", "count", "建议订货", "Order", "建议订货件数（见算式）", "units to order (see the sum)"),
    _column(
        "last_order_day",
        "day",
        "最晚下单日",
        "Order by",
        "过了这天再下单就会断货",
        "an order after this day comes after the stock runs out",
    ),
    _column("cost_micros", "money", "货款({money})", "Cost ({money})", "建议订货的货款", "cost of the suggested order"),
    _RISK,
    _WHY_ZH,
    _WHY_EN,
    _column(
        "protection_days",
        "days",
        "保护期(天)",
        "Protection days",
        "到货天数 + 两次订货的间隔",
        "lead time plus review period",
    ),
    _column(
        "protection_demand",
        "count",
        "保护期需求",
        "Protection demand",
        "保护期内预计卖出的件数",
        "units expected to sell in the protection period",
    ),
    _column(
        "safety_stock",
        "signed",
        "+ 安全库存",
        "+ Safety stock",
        "为需求波动多备的件数；负数是有意少备",
        "units held against variation; negative: deliberately not held",
    ),
    _column("on_hand", "count", "− 在库", "− On hand", "仓库现有件数", "units in the warehouse"),
    _STOCK_DAY,
    _column(
        "arriving",
        "count",
        "− 在途",
        "− Arriving",
        "保护期内会到货的件数",
        "units that arrive within the protection period",
    ),
    _column(
        "next_arrival_day",
        "day",
        "下次到货",
        "Next arrival",
        "最近一批在途预计到货日",
        "when the next goods under way are due",
    ),
    _column(
        "stock_lasts_days",
        "days",
        "断货前(天)",
        "Runs out in",
        "算上在途、按各自到货日，多少天后第一次断货",
        "days until it first runs out, goods under way counted on their days",
    ),
    _column("promised", "count", "+ 已售未发", "+ Promised", "已卖出还没发货的件数", "units sold and not yet shipped"),
    _column(
        "need",
        "signed",
        "= 需要",
        "= Need",
        "前面各项之和；不足 0 按 0 订",
        "the sum so far; nothing is ordered below 0",
    ),
    _column("pack_rounding", "count", "+ 箱规取整", "+ Packs", "按箱规取整多订的件数", "added by rounding up to packs"),
    _column(
        "cycle_raise",
        "count",
        "+ 下单周期",
        "+ Order cycle",
        "一次备足几天的量、少下几次单而多订的件数",
        "added so that one order lasts some days and saves order lines",
    ),
    _column(
        "moq_raise", "count", "+ 起订量", "+ Minimum", "补足起订量多订的件数", "added to reach the supplier's minimum"
    ),
    _column(
        "shelf_life_cut",
        "count",
        "− 保质期",
        "− Shelf life",
        "保质期内卖不完而减的件数",
        "taken off since it would not sell in time",
    ),
    _column("budget_cut", "count", "− 预算", "− Budget", "预算不够而减的件数", "taken off by the budget"),
    _column(
        "forgone_micros",
        "money",
        "预算少赚({money})",
        "Forgone ({money})",
        "被预算减掉的件数预计能赚的钱",
        "what the units that the budget took off would have earned",
    ),
    _column(
        "transfer_in",
        "count",
        "其中调入",
        "Of it moved in",
        "在途里从别的仓调来的件数",
        "of what arrives, from another warehouse",
    ),
    _column(
        "transfer_out",
        "count",
        "其中调出",
        "Of it moved out",
        "已售未发里调给别的仓的件数",
        "of what is promised, to another warehouse",
    ),
    _column(
        "supplier_on_time_share",
        "per_mille",
        "供应商准时率",
        "On time",
        "供应商到期的货按时到的比例",
        "share of the supplier's units that came by their day",
    ),
    _column("fallback_suppliers", "text", "备选供应商", "Fallbacks", "次优的供应商", "the next best suppliers"),
    _column(
        "service_level",
        "per_mille",
        "服务水平",
        "Service level",
        "不断货的目标概率",
        "the chance aimed at of not running out",
    ),
    _column("abc", "text", "ABC", "ABC", "按销售额分级", "class by value"),
    _column("xyz", "text", "XYZ", "XYZ", "按波动分级", "class by predictability"),
    _SINCE,
)

CHASE: tuple[Column, ...] = (
    _column(
        "reference",
        "text",
        "采购单",
        "Order",
        "采购单号和行号；还没有采购单的，是补货任务的编号",
        "purchase order and line; of what has no purchase order yet, the restock task",
    ),
    _column("supplier", "text", "供应商", "Supplier", "向谁催", "whom to ask"),
    _SKU,
    _TITLE,
    _WAREHOUSE,
    *_in_both(
        "action",
        "text",
        "建议",
        "Action",
        "催货、确认、取消、延后或提前",
        "expedite, confirm, cancel, postpone, pull forward",
    ),
    _column("quantity", "count", "未到件数", "Open", "还没到的件数", "units that have not come"),
    _column("overdue_days", "days", "逾期(天)", "Days overdue", "过了预计到货日的天数", "days since it was expected"),
    _RISK,
    _WHY_ZH,
    _WHY_EN,
    _column("ordered_day", "day", "下单日", "Ordered", "下单的日期", "when it was ordered"),
    _column(
        "expected_day",
        "day",
        "预计到货日",
        "Expected",
        "采购单上的预计到货日；没有填的为空",
        "as the purchase order says; empty: it says none",
    ),
    _column(
        "counted",
        "count",
        "按几件计",
        "Counted as",
        "补货计算里把它当作会到的件数",
        "units that the restock plan takes it for",
    ),
    _column(
        "held_back",
        "count",
        "等货缺件",
        "Held back",
        "到货前预计缺货的件数",
        "units expected to be missing until it comes",
    ),
    _column(
        "a_day_micros",
        "money",
        "每等一天({money})",
        "A day ({money})",
        "货架空着时每天损失的销售额",
        "sales lost a day while the shelf is empty",
    ),
    _ON_HAND,
    _column("lasts_days", "days", "可卖天数", "Lasts (days)", "现有库存还能卖几天", "days until the shelf is empty"),
    _column(
        "accepted_task",
        "text",
        "补货任务",
        "Restock task",
        "已接受而未见采购单的任务",
        "the suggestion that was accepted",
    ),
    _SINCE,
)

EXCESS: tuple[Column, ...] = (
    _SKU,
    _TITLE,
    _WAREHOUSE,
    _column("grade", "text", "等级", "Grade", "按动销、库龄和毛利分级", "by sell-through, age and margin"),
    *_in_both("action", "text", "建议", "Action", "代价最小的处理办法", "the way out that costs least"),
    _column("quantity", "count", "处理件数", "Units", "超出所需的件数", "units beyond what is needed"),
    _column(
        "tied_up_micros",
        "money",
        "占用资金({money})",
        "Money tied up ({money})",
        "多余库存的成本",
        "cost of the surplus",
    ),
    _WHY_ZH,
    _WHY_EN,
    _ON_HAND,
    _STOCK_DAY,
    _column(
        "cover_days", "days", "可卖天数", "Days of cover", "按现在的销量还能卖几天", "days until sold at today's rate"
    ),
    _column(
        "days_left",
        "days",
        "剩余保质期(天)",
        "Shelf life left (days)",
        "最早一批还能卖几天，按入库先后推算；0 为已过期",
        "days that the oldest units can still be sold, by the receipts; 0: expired",
    ),
    _column("age_days", "days", "库龄(天)", "Age (days)", "最近一次到货至今", "days since it last arrived"),
    _column(
        "sell_through",
        "per_mille",
        "动销率",
        "Sell-through",
        "近期售出占可售的比例",
        "share of what could be sold that was",
    ),
    _column("margin", "per_mille", "毛利率", "Margin", "售价中毛利的比例", "margin as a share of the price"),
    _column(
        "action_cost_micros",
        "money",
        "处理代价({money})",
        "Cost of action ({money})",
        "这样处理要付出的代价",
        "what the action costs",
    ),
    _SUPPLIER,
    _SINCE,
)

TRANSFER: tuple[Column, ...] = (
    _SKU,
    _TITLE,
    _column("from_warehouse", "text", "调出仓", "From", "货多的仓库", "the warehouse with more than it needs"),
    _column("warehouse", "text", "调入仓", "To", "货少的仓库", "the warehouse that needs it"),
    _column("quantity", "count", "调拨件数", "Units", "建议调拨的件数", "units to move"),
    _RISK,
    _column("cost_micros", "money", "运费({money})", "Freight ({money})", "调拨的费用", "what moving them costs"),
    _column(
        "saved_micros",
        "money",
        "净省({money})",
        "Gain ({money})",
        "扣去运费和调出仓的损失后多赚或省下的钱",
        "earned or saved after freight and what the giver may miss",
    ),
    _column("surplus", "count", "可调出", "Can be spared", "调出仓能让出的件数", "units that the giver can spare"),
    _column("shortage", "count", "缺口", "Lacking", "调入仓缺的件数", "units that the receiver lacks"),
    _WHY_ZH,
    _WHY_EN,
    _SINCE,
)

RECALL: tuple[Column, ...] = (
    _column("customer", "text", "客户", "Customer", "客户代号（不含个人信息）", "a pseudonym, no personal data"),
    _column("shop", "text", "店铺", "Shop", "最近一次下单的店铺", "where the last order was placed"),
    *_in_both("channel", "text", "联系方式", "Channel", "怎么联系，以及为什么", "how to contact them, and why so"),
    _column(
        "send_at", "text", "联系时间", "At", "实验要求的联系时间", "when to contact them, where an experiment says so"
    ),
    *_in_both("offer", "text", "优惠", "Offer", "建议给的优惠", "what to offer"),
    _column(
        "value_micros",
        "money",
        "预计挽回({money})",
        "Expected gain ({money})",
        "联系一次预计多赚的毛利",
        "margin expected to be gained by the contact",
    ),
    _column("p_churn", "per_mille", "流失风险", "Churn risk", "不再下单的概率", "the chance of no further order"),
    _column(
        "last_order_id",
        "text",
        "最近订单",
        "Last order",
        "到平台后台按订单号联系",
        "find the customer by it on the platform",
    ),
    _column("last_order_day", "day", "最近下单", "Last ordered", "最近一次下单的日期", "day of the last order"),
    _column("days_since", "days", "距今(天)", "Days since", "离最近一次下单的天数", "days since the last order"),
    _column(
        "usual_gap_days",
        "days",
        "平时间隔(天)",
        "Usual gap (days)",
        "平时两次下单的间隔",
        "days usually between two orders",
    ),
    *_in_both("tags", "text", "标签", "Traits", "购买行为，以当日为准", "how they buy, as of the day"),
    _WHY_ZH,
    _WHY_EN,
    _SINCE,
    _column(
        "last_orders",
        "why",
        "最近买了",
        "Last bought",
        "最近几单：日期、商品、件数",
        "the last orders: day, goods, units",
        "talk",
    ),
    *_in_both(
        "next_need",
        "why",
        "可能需要",
        "Likely to need",
        "按购买周期到期的品类，和常一起买的商品",
        "what comes due by its rhythm, and what is bought beside it",
        "talk",
    ),
    *_in_both(
        "after_sales",
        "why",
        "售后",
        "After-sales",
        "未了结的售后和近几单的退款",
        "cases still open, and refunds of the last orders",
        "talk",
    ),
    *_in_both(
        "offer_why",
        "why",
        "优惠及理由",
        "Offer, and why",
        "同样的客户给同样的优惠",
        "customers who are alike are offered the same",
        "talk",
    ),
)


def shown(columns: tuple[Column, ...], language: str) -> tuple[Column, ...]:
    """The columns in one language: the other language's texts are left out."""
    other = "_en" if language == "zh" else "_zh"
    return tuple(column for column in columns if not column.field.endswith(other))
