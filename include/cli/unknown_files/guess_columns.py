"""What an unknown file's columns probably are: by their names first, then by the shape of their cells.

Every guess says why it was made. A guess is written down for a person to confirm; nothing is read by a guess.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.exports.any_platform.declared import SALES, needs_of
from include.exports.headers import HEADER_WITHIN, normalise
from include.exports.values import values
from include.files.errors import ExportError
from include.files.records import Sheet, joined
from include.settings.writing import AS_USUAL, Writing

# Field -> what its header says, the likelier before `||`. The first field that a header fits gets it, so the narrower
# come first.
_SALES_NAMES = {
    "refunded": r"退款(金额|总额)|refund(ed)?_?(amount|money)?$",
    "freight": r"运费|邮费|快递费|freight|shipping_?(fee|cost|price)?$",
    "line_id": r"子订单|明细(编号|id)|line_?(id|no)|item_?id",
    "order_id": r"订单(编)?号|订单编码|单号|交易号|订单id|^订单$"
    r"|order(_?(id|no|number|name))?$|invoice(_?(id|no|number))?$|^bestell|^bon(_?(nr|nummer))?\.?$|^beleg",
    "paid_at": r"(付款|支付)(时间|日期)|paid_?(at|on|date|time)|payment_?(date|time)",
    "created_at": r"(下单|创建|成交|订单|订购|销售|^)(时间|日期)$"
    r" || created|ordered|order_?(date|time)|invoice_?date|^date(time)?$|datum",
    "merchant_code": r"商家编码|货号|sku|规格编码|款号|商品编[码号]"
    r"|article|stock_?code|item_?code|product_?(code|no)|^code$|^artikel(_?(nr|nummer|code))?\.?$",
    "listing_id": r"商品id|宝贝id|product_?id|listing",
    "unit_price": r"单价|^价格|售价|(unit_?)?price|preis",
    "paid": r"实付|实收|成交金额 || 小计|金额$|line_?total|amount|subtotal|^total$",
    "quantity": r"数量|件数|购买量|quantity|qty|pieces|units|menge|count",
    "status": r"状态|status|state",
    "province": r"省|province|region|country|bundesland",
    "city": r"城市|市$|city",
    "buyer": r"^(?!.*(达人|团长|快赚客|推广|主播|客服|卖家)).*"  # who sells is no buyer
    r"(买家(会员名|昵称|账号)?$|会员名|昵称|旺旺|下单帐号|客户(编[号码]|id|名)?$"
    r"|customer(_?(id|no))?$|client|buyer|e-?mail)",
    "title": r"标题|品名|商品名|名称|宝贝|title|name|description|bezeichnung",
    "remark": r"备注|remark|notes?$",
}
_LINE_FIELDS = (
    "refunded", "line_id", "order_id", "merchant_code", "listing_id", "unit_price", "paid", "quantity", "status",
    "title",
)  # fmt: skip
_ORDER_FIELDS = (
    "refunded", "freight", "order_id", "paid_at", "created_at", "status", "province", "city", "buyer", "total",
)  # fmt: skip
_TOTAL_NAMES = {**_SALES_NAMES, "total": r"实付|实收|订单(总)?金额|总(金)?额|合计 || 金额$|total|amount|sum"}
_FRAME_NAMES: Mapping[str, Mapping[str, str]] = {
    SALES: _SALES_NAMES,
    "order_lines": {name: _SALES_NAMES[name] for name in _LINE_FIELDS},
    "orders": {name: _TOTAL_NAMES[name] for name in _ORDER_FIELDS},
    "stock": {
        "warehouse": r"仓", "available": r"可用|可售|available", "locked": r"占用|锁定|locked|reserved",
        "moving_in": r"调拨在途|transfers?_in", "in_transit": r"在途|in_?transit|incoming",
        "on_hand": r"库存|结存|现存|on_?hand|stock$|inventory|quantity|qty",
        "sku": r"编码|货号|sku|article|item|code", "stock_day": r"日期|date|day",
    },
    "products": {
        "cost": r"成本|进价|采购价|cost", "list_price": r"(零售|吊牌|标准|建议)?(售)?价$|list_?price|retail|^price",
        "sku": r"编码|货号|sku|article|item_?(no|code)|code", "title": r"名称|品名|标题|title|name|description",
        "category": r"类目|分类|品类|category", "brand": r"品牌|brand", "pack": r"箱规|装箱|pack", "moq": r"起订|moq",
        "supplier": r"供应商|supplier|vendor",
    },
    "listings": {
        "listing_code": r"(平台|店铺|线上)商品(编码|id)|listing", "for_shop": r"店铺|shop", "sku": r"编码|货号|sku",
        "quantity": r"数量|quantity|qty",
    },
    "suppliers": {
        "lead_time_days": r"(交货|到货|采购)(周期|天数|期)|lead", "review_period_days": r"订货周期|review",
        "supplier": r"供应商|supplier|vendor", "title": r"名称|title|name",
    },
    "promotions": {
        "promotion": r"活动(名称)?$|promotion|campaign", "sku": r"编码|货号|sku|article|item|code",
        "first_day": r"开始|起始|from|start", "last_day": r"结束|截止|(^|_)to$|until|end",
        "price": r"活动价|促销价|price", "stock_limit": r"活动库存|限量",
    },
    "refunds": {
        "refund_id": r"退款(编)?号|售后(编|单)?号|refund_?(id|no)", "order_id": r"订单|交易单?号|order",
        "refunded": r"退.*(金)?额|refund", "requested_at": r"申请(时间|日期)|requested|created|date",
        "completed_at": r"完(结|成)(时间|日期)|completed", "merchant_code": r"编码|货号|sku|code",
        "quantity": r"数量|quantity|qty", "reason": r"原因|reason",
    },
}  # fmt: skip
_PERSONAL = re.compile(
    r"姓名|收[货件]人|电话|手机|地址|身份证|邮箱|昵称|旺旺|会员名|买家|账号|帐号|留言|备注|微信|"
    r"phone|mobile|address|street|e-?mail|buyer|client|customer|consignee|receiver|^first|^last|zip|note|remark",
    re.IGNORECASE,
)
_STATUS_WORDS = (
    (r"取消|关闭|cancel|closed|void|fail", "closed"),
    (r"(待|未|等待).{0,4}付|unpaid|pending|open", "unpaid"),
    (r"(待|未).{0,4}发|已付|paid|processing", "paid"),
    (r"已发|待收|待确认|shipped|sent|delivered", "shipped"),
    (r"完成|成功|签收|complete|success|done|closed ok", "completed"),
)
_OTHER_DAY = r"^(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}\b"
_TOTAL = re.compile(r"(grand ?|sub)?total:?|sum|summe", re.IGNORECASE)  # Chinese ones are known to every reader
MAX_STATUSES = 12
SAMPLE_ROWS = 2_000
BY_NAME = "by its name"


@dataclass(frozen=True)
class Shape:
    """What a column's cells look like. kind: time, whole, money, id, text or blank; distinct: share of the filled."""

    kind: str
    filled: float
    distinct: float
    words: tuple[str, ...] = ()  # all of them, where there are few, short ones
    any_below_zero: bool = False


@dataclass(frozen=True)
class Guess:
    """field: as the YAML writes it. why: for the person who confirms it."""

    field: str
    header: str
    why: str


@dataclass
class Guessed:
    """frame: what the file is taken for. lacking: fields without which it cannot be read."""

    frame: str
    line: int
    header: tuple[str, ...]
    shapes: dict[str, Shape]
    guesses: list[Guess] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    totals: list[tuple[str, str]] = field(default_factory=list)  # (id field, word) of rows that add the others up
    writing: Writing = AS_USUAL

    @property
    def rest(self) -> list[str]:
        """Headers that no field was found for."""
        used = {guess.header for guess in self.guesses}
        return [name for name in self.header if name and name not in used]


def header_record(sheet: Sheet) -> int | None:
    """Position in the head of the record that is the header; None where no record looks like one."""
    best, best_score = None, 1.0
    for record, cells in enumerate(sheet.head[:HEADER_WITHIN]):
        names = [normalise(cell) for cell in cells if cell.strip()]
        if len(names) < 2 or len(set(names)) < len(names) * 0.8:
            continue
        with_digits = sum(bool(re.search(r"\d{2}", name)) for name in names)
        if with_digits > 0.3 * len(names) or max(map(len, names)) > 60:
            continue
        score = len(names) - 0.1 * record
        if score > best_score:
            best, best_score = record, score
    return best


def guess(sheet: Sheet, file: str, others: Sequence[Sheet] = ()) -> Guessed:
    """What the sheet's columns are. others: sheets of the same file; those under the same header go on. Raises
    ExportError when it has no header line."""
    record = header_record(sheet)
    if record is None:
        raise ExportError(file, f"no line of the first {HEADER_WITHIN} looks like a header")
    header = tuple(normalise(cell) for cell in sheet.head[record])
    going_on = [
        (other, at)
        for other in others
        if other is not sheet and (at := header_record(other)) is not None and other.head[at] == sheet.head[record]
    ]
    body = joined([body for one, at in [(sheet, record), *going_on] for body in one.bodies(at, range(len(header)))])
    rows = _not_repeating(sheet.head[record], body.cells)
    writing = writing_of([body.cells[n].filter(rows).slice(0, SAMPLE_ROWS) for n, name in enumerate(header) if name])
    shapes: dict[str, Shape] = {}
    for position, name in enumerate(header):
        if name and name not in shapes:
            shapes[name] = shape_of(body.cells[position].filter(rows).slice(0, SAMPLE_ROWS), name, writing)
    best: tuple[tuple[int, int, int], str, list[Guess], list[str]] | None = None
    for order, frame in enumerate(_FRAME_NAMES):
        guesses = _by_names(frame, header, shapes)
        guesses += _by_shapes(frame, shapes, guesses)
        lacking = [need for need in map(_short, needs_of(frame)) if need not in {one.field for one in guesses}]
        score = (-len(lacking), sum(one.why == BY_NAME for one in guesses), -order)
        if best is None or score > best[0]:
            best = (score, frame, guesses, lacking)
    assert best is not None
    totals = []
    for one in best[2]:
        if one.field in ("order_id", "sku", "refund_id", "supplier"):
            cells = {cell.strip() for cell in body.cells[header.index(one.header)].to_pylist()}
            totals += [(one.field, cell) for cell in sorted(cells) if _TOTAL.fullmatch(cell)]
    return Guessed(best[1], sheet.head_lines[record], header, shapes, best[2], best[3], totals, writing)


def _not_repeating(header: Sequence[str], cells: Mapping[int, pa.ChunkedArray]) -> pa.Array:
    """Which rows are not the header once more, as it stands where a workbook goes on in the next sheet."""
    differ = [pc.not_equal(cells[position], name) for position, name in enumerate(header) if name.strip()]
    return functools.reduce(pc.or_, differ).combine_chunks()


def is_personal(header: str) -> bool:
    return bool(_PERSONAL.search(header))


def status_meaning(word: str) -> str | None:
    """What a platform's word for an order's state probably means."""
    return next((meaning for pattern, meaning in _STATUS_WORDS if re.search(pattern, word, re.IGNORECASE)), None)


def writing_of(columns: Sequence[pa.ChunkedArray]) -> Writing:
    """How a file's columns write numbers and days, as far as that differs from the usual and leaves no doubt.

    Decimal commas: more cells with a comma than with a point. Day or month first: some figure is no month.
    """
    counts = np.array([values.decimal_commas(texts, None) for texts in columns] or [(0, 0)]).sum(axis=0)
    day_first = None
    for texts in columns:
        filled = pd.Series(texts.to_pylist())[~values.is_blank(texts)].str.strip()
        found = filled.str.extract(_OTHER_DAY).dropna().astype("int64")
        if len(found) and len(found) > 0.8 * len(filled):
            first, second = int(found[0].max()), int(found[1].max())
            if first > 12 or second > 12:
                day_first = first > 12
    return Writing(decimal="," if counts[0] > counts[1] else None, day_first=day_first)


def shape_of(texts: pa.ChunkedArray, name: str, writing: Writing = AS_USUAL) -> Shape:
    """The shape of a column. A personal column's words are not kept."""
    blank = values.is_blank(texts)
    filled = int((~blank).sum())
    if not filled:
        return Shape("blank", 0.0, 0.0)
    plain = pd.Series(texts.to_pylist())[~blank].str.strip()
    distinct = plain.nunique() / filled
    words = tuple(sorted(plain.unique())) if plain.nunique() <= MAX_STATUSES and not is_personal(name) else ()
    below = bool(plain.str.match(r"^-\d").any())
    share = filled / max(1, len(texts))

    def fits(read: values.Values) -> bool:
        return bool(np.count_nonzero(read.bad) <= 0.1 * filled)

    if plain.str.contains(r"\d{1,4}[-/.年:]\d").mean() > 0.8 and fits(values.times(texts, "UTC", writing=writing)):
        return Shape("time", share, distinct)
    if (
        fits(values.quantities(texts, writing=writing))
        and plain.str.len().max() <= 7
        and not plain.str.match(r"^0\d").any()
    ):
        return Shape("whole", share, distinct, words, below)
    if plain.str.contains(r"\d[.,]\d|[¥￥$€£元]").any() and fits(values.micros(texts, writing=writing)):
        return Shape("money", share, distinct, (), below)
    if plain.str.fullmatch(r"[\"'=]*[\w\-#./]*\d[\w\-#./]*[\"']*", flags=re.ASCII).mean() > 0.9:
        return Shape("id", share, distinct)
    return Shape("text", share, distinct, words if max(map(len, words), default=99) <= 20 else ())


# What a field's cells look like; ids and texts where nothing is said.
KIND_OF = {
    "created_at": "time", "paid_at": "time", "requested_at": "time", "completed_at": "time", "stock_day": "time",
    "quantity": "whole", "on_hand": "whole", "available": "whole", "locked": "whole", "in_transit": "whole",
    "moving_in": "whole",
    "pack": "whole", "moq": "whole", "lead_time_days": "whole", "review_period_days": "whole",
    "unit_price": "money", "paid": "money", "refunded": "money", "freight": "money", "list_price": "money",
    "cost": "money", "total": "money",
}  # fmt: skip


def _by_names(frame: str, header: Sequence[str], shapes: Mapping[str, Shape]) -> list[Guess]:
    found: list[Guess] = []
    taken: set[str] = set()
    for name_of_field, pattern in _FRAME_NAMES[frame].items():
        wanted = KIND_OF.get(name_of_field)
        fits = (
            name
            for likely in pattern.split(" || ")
            for name in header
            if name and name not in taken and re.search(likely, _written(name)) and _agrees(wanted, shapes[name])
        )
        if (name := next(fits, None)) is not None:
            found.append(Guess(name_of_field, name, BY_NAME))
            taken.add(name)
    return found


def _written(name: str) -> str:
    return re.sub(r"[\s\-]+|(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _agrees(wanted: str | None, shape: Shape) -> bool:
    if wanted is None or shape.kind == "blank":
        return shape.kind != "time"
    if wanted == "money":
        return shape.kind in ("money", "whole")
    return shape.kind == wanted


def _by_shapes(frame: str, shapes: Mapping[str, Shape], guesses: Sequence[Guess]) -> list[Guess]:
    """Fields that are needed and that no name fits, where exactly one free column has the shape of them."""
    taken = {one.header for one in guesses}
    found: list[Guess] = []
    for need in map(_short, needs_of(frame)):
        if need == "refund_id" or need in {one.field for one in guesses}:
            continue  # a refund says so by name
        wanted = KIND_OF.get(need, "id")
        free = [name for name, shape in shapes.items() if shape.kind == wanted and name not in taken]
        if len(free) == 1:
            found.append(Guess(need, free[0], f"by its cells alone: the only column of kind '{wanted}' left"))
            taken.add(free[0])
    return found


def _short(name: str) -> str:
    return name.removesuffix("_micros")
