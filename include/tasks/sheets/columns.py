"""The columns of each kind of list: the payload's field, its heading and what it means, in Chinese and English.

What a field holds is put into the payload by `include.pipeline.restock` and `include.pipeline.recall`.
"""

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
    named_by: str = ""  # the payload field with the name of what this one is the code of; {language} is the reader's
    adds_up: bool = True  # the sum over a list's lines means something, as that of unit prices does not

    def heading(self, language: Literal["zh", "en"], currency: str) -> str:
        text = self.zh if language == "zh" else self.en
        return text.replace("{money}", currency_name(currency, language))

    def bare_heading(self, language: Literal["zh", "en"]) -> str:
        """The heading without its currency, for texts that say it beside the amount."""
        return (self.zh if language == "zh" else self.en).replace("({money})", "").strip()


def _column(
    field: str,
    unit: Unit,
    zh: str,
    en: str,
    zh_meaning: str,
    en_meaning: str,
    sheet: Sheet = "list",
    named_by: str = "",
    adds_up: bool = True,
) -> Column:
    return Column(field, unit, zh, en, zh_meaning, en_meaning, sheet, named_by, adds_up)


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
_STORED = _column("warehouse", "text", "仓库", "Warehouse", "货现在所在的仓库", "where the goods lie now")
_SUPPLIER = _column(
    "supplier", "text", "供应商", "Supplier", "向谁订货", "whom to order from", named_by="supplier_name"
)
_MADE_BY = _column(
    "supplier", "text", "供应商", "Supplier", "货是谁供的", "who supplied the goods", named_by="supplier_name"
)
_SINCE = _column(
    "since_day", "day", "首次建议", "Since", "从哪天起一直在建议", "since when the lists have asked for it"
)
_WHY_ZH = _column("why_zh", "why", "为什么", "Why (Chinese)", "这一行的算式和理由", "the line's sum and reasons")
_WHY_EN = _column("why_en", "why", "英文说明", "Why", "这一行的算式和理由", "the line's sum and reasons")
_RISK = _column(
    "money_at_risk_micros",
    "money",
    "不补货预计损失({money})",
    "Sales at risk ({money})",
    "不补货预计会损失的销售额",
    "sales expected to be lost if nothing is ordered",
)
_SHORT = _column(
    "money_at_risk_micros",
    "money",
    "缺货预计损失({money})",
    "Sales at risk ({money})",
    "不处理预计因缺货损失的销售额",
    "sales expected to be lost for want of stock if nothing is done",
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
_SOLD_7 = _column("sold_7", "count", "近7天销量", "Sold in 7 days", "最近 7 天实际售出", "units really sold in 7 days")
_SOLD_30 = _column(
    "sold_30", "count", "近30天销量", "Sold in 30 days", "最近 30 天实际售出", "units really sold in 30 days"
)
_A_DAY = _column(
    "a_day_micros",
    "money",
    "断货每天少卖({money})",
    "Lost a day ({money})",
    "货架空着时每天损失的销售额",
    "sales lost a day while the shelf is empty",
)

_ELSEWHERE = _in_both(
    "elsewhere",
    "text",
    "其他仓",
    "Other warehouses",
    "同款在其他仓的可用件数和可卖天数",
    "units to sell and days of cover of the sku in other warehouses",
)

RESTOCK: tuple[Column, ...] = (
    _SKU,
    _TITLE,
    _WAREHOUSE,
    _SUPPLIER,
    _column("quantity", "count", "建议订货", "Order", "建议订货件数（见算式）", "units to order (see the sum)"),
    _SOLD_7,
    _SOLD_30,
    _column(
        "first_empty_day",
        "day",
        "首次断货日",
        "Sells out first on",
        "在途按各自到货日算，货架哪天第一次空；现在就空的，为清单次日",
        "the first day on which nothing can be sold, goods under way counted on their days; the day after the list's "
        "if the shelf is empty now",
    ),
    _column(
        "runs_out_day",
        "day",
        "卖完日",
        "Sells out on",
        "在途全部到齐后，哪天卖完",
        "when all is sold, after everything under way came",
    ),
    _column(
        "last_order_day",
        "day",
        "最晚下单日",
        "Order by",
        "过了这天才下单就会多断货；到货前已补不上的不算在内",
        "an order after this day loses sales that one by this day saves; what is lost in any case set aside",
    ),
    _column("cost_micros", "money", "货款({money})", "Cost ({money})", "建议订货的货款", "cost of the suggested order"),
    _RISK,
    _WHY_ZH,
    _WHY_EN,
    _column(
        "protection_days",
        "days",
        "备货周期(天)",
        "Protection days",
        "到货天数 + 两次订货的间隔",
        "lead time plus review period",
    ),
    _column(
        "period_forecast",
        "count",
        "备货周期预测",
        "Period forecast",
        "备货周期内预计有人要买的件数",
        "units that customers are expected to want in the period",
    ),
    _column(
        "lost_before_arrival",
        "count",
        "− 补不上",
        "− Lost anyway",
        "到货前预计缺货、今天下单也补不上的件数，不计入订货",
        "units that will be missing before an order of today comes: nothing is ordered for them",
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
        "备货周期内会到货的件数",
        "units that arrive within the protection period",
    ),
    _column(
        "next_arrival_day",
        "day",
        "下次到货",
        "Next arrival",
        "最近一批在途按哪天到货计，参照供应商历来的延误",
        "the day on which the next goods under way are counted as there, by the supplier's delays so far",
    ),
    _column(
        "next_due_day",
        "day",
        "下次到货应到日",
        "Next arrival was due",
        "最近一批应到的日期；与下次到货相同时为空",
        "the day on which that arrival was promised; empty: the same day",
    ),
    _column(
        "next_arrival_units",
        "count",
        "下次到货件数",
        "Next arrival units",
        "最近一批在途的件数",
        "units of that arrival",
    ),
    _column(
        "next_overdue_days",
        "days",
        "下次到货已逾期(天)",
        "Next arrival overdue (days)",
        "最近一批过了应到日几天",
        "days since that arrival was due",
    ),
    _column(
        "stock_lasts_days",
        "days",
        "几天后断货",
        "Runs out in (days)",
        "算上在途、按各自到货日，多少天后第一次断货；0 为已断货",
        "days until it first runs out, goods under way counted on their days; 0: empty now",
    ),
    _column(
        "cover_after_days",
        "days",
        "订后可卖天数",
        "Days of cover after the order",
        "现有、在途和这次订的一共能卖几天",
        "days for which stock, goods under way and this order last",
    ),
    *_ELSEWHERE,
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
    _A_DAY,
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
        "在途中调入",
        "Arriving by transfer",
        "在途里从别的仓调来的件数",
        "of what arrives, from another warehouse",
    ),
    _column(
        "transfer_out",
        "count",
        "已售未发中调出",
        "Promised by transfer",
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
    _column("supplier", "text", "供应商", "Supplier", "向谁催", "whom to ask", named_by="supplier_name"),
    _SKU,
    _TITLE,
    _WAREHOUSE,
    *_in_both(
        "action",
        "text",
        "建议",
        "Action",
        "催货、确认交期、取消、延后或提前",
        "expedite, confirm, cancel, postpone, pull forward",
    ),
    _column("quantity", "count", "未到件数", "Not yet come", "还没到的件数", "units that have not come"),
    _column("overdue_days", "days", "逾期(天)", "Days overdue", "过了预计到货日的天数", "days since it was expected"),
    _SHORT,
    _WHY_ZH,
    _WHY_EN,
    _column("ordered_day", "day", "下单日", "Ordered on", "下单的日期", "when it was ordered"),
    _column(
        "expected_day",
        "day",
        "采购单到货日",
        "Due by the order",
        "采购单上的预计到货日；没有填的为空",
        "as the purchase order says; empty: it says none",
    ),
    _column(
        "counted_day",
        "day",
        "按哪天到计",
        "Counted as arriving on",
        "缺件和补货都按这天到货计，参照供应商历来的延误和人的答复",
        "the day on which this list and the restock list take it to come, by the supplier's delays and answers",
    ),
    _column(
        "counted",
        "count",
        "按几件到计",
        "Units counted on",
        "补货计算里把它当作会到的件数",
        "units that the restock plan takes it for",
    ),
    _column(
        "held_back",
        "count",
        "到货前缺件",
        "Missing until then",
        "没有这一单、按上面那天到计，此前预计缺货的件数",
        "units expected to be missing without this order until the day on which it is counted as arriving",
    ),
    _A_DAY,
    _ON_HAND,
    _column(
        "lasts_days",
        "days",
        "现有库存可卖天数",
        "Stock lasts (days)",
        "现有库存还能卖几天，不算在途；0 为已断货",
        "days that what lies there lasts, nothing under way counted; 0: empty now",
    ),
    *_ELSEWHERE,
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
    _STORED,
    _column(
        "grade",
        "text",
        "等级",
        "Grade",
        "按动销、库龄和毛利分级，S 最差、C 最轻",
        "by sell-through, age and margin; S is worst",
    ),
    *_in_both(
        "action",
        "text",
        "建议",
        "Action",
        "同款各仓合计成本最低的处理办法；已过期的不能卖，一律停售报废",
        "the way out that costs least over all warehouses; what is expired cannot be sold and is written off",
    ),
    _column("quantity", "count", "处理件数", "Units", "建议处理的件数", "units to deal with"),
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
    _column("cover_days", "days", "可卖天数", "Days of cover", "按预测还能卖几天", "days until sold, by the forecast"),
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
        "sold_cover_days",
        "days",
        "按实销可卖天数",
        "Cover by sales",
        "按近 91 天实际销量还能卖几天；没有卖过的为空",
        "days until sold at the pace of the last 91 days; empty: nothing sold",
    ),
    _SOLD_30,
    _column("sold_91", "count", "近91天销量", "Sold in 91 days", "最近 91 天实际售出", "units really sold in 91 days"),
    _column(
        "sell_through",
        "per_mille",
        "30天动销率",
        "Sell-through, 30 days",
        "近 30 天实际售出占可售（售出加现有）的比例",
        "of what could be sold in 30 days, the share that was",
    ),
    _column("margin", "per_mille", "毛利率", "Margin", "售价中毛利的比例", "margin as a share of the price"),
    _column(
        "action_cost_micros",
        "money",
        "处理成本({money})",
        "Cost of action ({money})",
        "这样处理的成本",
        "what the action costs",
    ),
    _column(
        "saved_micros",
        "money",
        "比持有省({money})",
        "Saved ({money})",
        "比继续持有省下的钱；停售报废的不比，为空",
        "what it saves against holding on; empty: it is expired and may not be held",
    ),
    _column(
        "action_price_micros",
        "money",
        "处理单价({money})",
        "Unit price ({money})",
        "促销、搭售或清仓的单价",
        "price of a unit in the promotion, the bundle or the clearance",
        adds_up=False,
    ),
    _column("discount", "per_mille", "降价幅度", "Discount", "从原价降多少", "share taken off the price"),
    _column(
        "floor_price_micros",
        "money",
        "最低价({money})",
        "Not below ({money})",
        "再低就不如别的办法",
        "below it another way costs less",
        adds_up=False,
    ),
    _column("action_days", "days", "促销天数", "Days of promotion", "促销多少天", "days that the promotion lasts"),
    *_in_both("best_shop", "text", "主推店铺", "Best shop", "近 13 周卖得最多的店铺", "the shop that sold most of it"),
    _MADE_BY,
    _SINCE,
)

TRANSFER: tuple[Column, ...] = (
    _SKU,
    _TITLE,
    _column("from_warehouse", "text", "调出仓", "From", "货多的仓库", "the warehouse with more than it needs"),
    _column("warehouse", "text", "调入仓", "To", "货少的仓库", "the warehouse that needs it"),
    _column("quantity", "count", "调拨件数", "Units to move", "建议调拨的件数", "units to move"),
    _SHORT,
    _column("cost_micros", "money", "运费({money})", "Freight ({money})", "调拨的费用", "what moving them costs"),
    _column(
        "saved_micros",
        "money",
        "净省({money})",
        "Net saving ({money})",
        "少断货 + 少凑单 + 少占用 − 多占用 − 可能少卖 − 运费",
        "sales + minimum + holding − held − missed − freight",
    ),
    _column("surplus", "count", "调出仓可让出", "From: spare", "能让出的件数", "units that the giver can spare"),
    _column("shortage", "count", "调入仓缺件", "To: lacking", "调入仓缺的件数", "units that the receiver lacks"),
    _column(
        "lacking_units",
        "count",
        "补缺件数",
        "Moved: lacking",
        "调拨件数里补调入仓缺件的",
        "of the units to move, what the receiver lacks",
    ),
    _column(
        "beyond_units",
        "count",
        "因积压多调",
        "Moved: too much",
        "调拨件数里超出缺件的：在调出仓是积压，到调入仓卖得掉；与补缺件数合计为调拨件数",
        "of the units to move, what is too much where it leaves and sells where it goes; the rest is lacking there",
    ),
    *_in_both("reason", "text", "为何调拨", "Reason", "缺货调入，或积压调出", "what lacks there, or is too much here"),
    _WHY_ZH,
    _WHY_EN,
    _column("from_free", "count", "调出仓可用", "From: free", "调出仓现有可卖件数", "units to sell where they leave"),
    _column(
        "from_sold_30",
        "count",
        "调出仓近30天销量",
        "From: sold in 30 days",
        "调出仓最近 30 天售出",
        "sold there in 30 days",
    ),
    _column(
        "from_cover_days",
        "days",
        "调出仓可卖天数",
        "From: days of cover",
        "在途到齐后可卖到第几天",
        "days until all is sold there, after everything under way came",
    ),
    _column("free", "count", "调入仓可用", "To: free", "调入仓现有可卖件数", "units to sell where they go"),
    _column(
        "sold_30", "count", "调入仓近30天销量", "To: sold in 30 days", "调入仓最近 30 天售出", "sold there in 30 days"
    ),
    _column(
        "empty_in_days",
        "days",
        "调入仓几天后断货",
        "To: empty in (days)",
        "在途按各自到货日算，货架几天后第一次空；0 为已断货",
        "days until nothing can be sold for the first time, goods under way counted on their days; 0: empty now",
    ),
    _column(
        "cover_days",
        "days",
        "调入仓可卖天数",
        "To: days of cover",
        "在途到齐后可卖到第几天；中间可能断货",
        "days until all is sold there, after everything under way came; it may be empty in between",
    ),
    _column(
        "bought", "count", "调入仓另订", "To: ordered besides", "调入仓当天另订的件数", "units that it orders besides"
    ),
    _A_DAY,
    _column(
        "sales_micros", "money", "+ 少断货({money})", "+ Sales ({money})", "少断货多赚的毛利", "margin of sales saved"
    ),
    _column(
        "minimum_micros",
        "money",
        "+ 少凑单({money})",
        "+ Minimum ({money})",
        "少凑起订量省的占用",
        "spared of a minimum",
    ),
    _column(
        "relief_micros",
        "money",
        "+ 少占用({money})",
        "+ Holding ({money})",
        "调出仓少积压省的钱",
        "holding spared here",
    ),
    _column("held_micros", "money", "− 多占用({money})", "− Held ({money})", "调入仓多占用的钱", "holding there"),
    _column(
        "missed_micros",
        "money",
        "− 可能少卖({money})",
        "− Missed ({money})",
        "调出仓可能少赚的毛利",
        "sales missed here",
    ),
    _SINCE,
)

RECALL: tuple[Column, ...] = (
    _column("customer", "text", "客户", "Customer", "客户代号（不含个人信息）", "a pseudonym, no personal data"),
    _column(
        "shop",
        "text",
        "店铺",
        "Shop",
        "最近一次下单的店铺",
        "where the last order was placed",
        named_by="shop_{language}",
    ),
    *_in_both(
        "reason",
        "text",
        "为什么联系",
        "Why contact",
        "按这位客户自己的购买节奏",
        "by the customer's own rhythm",
    ),
    *_in_both("channel_name", "text", "联系方式", "Channel", "用哪种方式联系", "by which channel to contact them"),
    *_in_both(
        "channel",
        "text",
        "怎么联系",
        "How",
        "用这种方式要做什么，以及为什么用它",
        "what to do by this channel, and why this one",
    ),
    _column(
        "send_at", "text", "联系时间", "At", "实验要求的联系时间", "when to contact them, where an experiment says so"
    ),
    *_in_both(
        "offer", "text", "优惠", "Offer", "建议给的优惠，和每用一次的成本", "what to offer, and what each use costs"
    ),
    _column(
        "value_micros",
        "money",
        "预计净赚({money})",
        "Expected gain ({money})",
        "联系一次预计多带来的毛利，减去优惠（含本来就会回来的人用掉的）和联系成本",
        "margin expected of the contact, less its cost and the offer's on all who use it",
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
        "平均复购间隔(天)",
        "Usual gap (days)",
        "平时两次下单的间隔",
        "days usually between two orders",
    ),
    *_in_both("tags", "text", "标签", "Traits", "购买行为，以当日为准", "how they buy, as of the day"),
    _WHY_ZH,
    _WHY_EN,
    _SINCE,
    *_in_both(
        "opening",
        "why",
        "开场白",
        "Opening line",
        "可以这样开口，按情况改",
        "how to begin; change it as you see fit",
        "talk",
    ),
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
