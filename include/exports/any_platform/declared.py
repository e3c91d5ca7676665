"""Any other shop by YAML alone: which column is which field, and which rows are what.

    columns:                       # field: header, [headers], or {header, kind, words, required, personal}
      order_id: InvoiceNo
      merchant_code: StockCode
      quantity: Quantity
      unit_price: UnitPrice        # money fields may be written without _micros: the cells are in the shop's currency
      created_at: InvoiceDate
      buyer: {header: CustomerID, required: false}
      phone: Mobile                # also receiver_phone, member, email, person_name: hashed, or sealed where kept
      province: Country
      sheet: sheet                 # no field of ours: for the rules below only
    decimal: ","                   # 1.234,50; also thousands, day_first, time_format and units, as a shop may say them
    constants: {status: completed}
    same: {paid_at: created_at}
    rows:                          # the first rule that fits decides; a row that none fits is a sale
      - {when: {unit_price: {at_most: 0}}, ignore: "not a sale: no price"}
      - {when: {order_id: {starts_with: C}}, read_as: refunds}

Rows read as refunds are expected below zero, as returns are written in a list of sales; where a shop writes them above
zero, the rule says so: `amounts: positive`. A refund that ends up below zero is left for the checks to find.

`frame: sales` (the default) reads order lines with their order's fields on each; any canonical frame's name reads that
frame. Tests in `when` are all to be met: a plain value (equal to it), or `is`, `in`, `starts_with`, `matches`, `blank`,
`at_least`, `above`, `at_most`, `below`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from include.exports.any_platform import order_customers, promotion_file
from include.exports.building.order_parts import line_amount, marks_of, numbered_lines
from include.exports.building.provinces import province_names
from include.exports.canonical import canonical
from include.exports.declaration import BLEMISHABLE, CONTACTS, Column, Context, Held, Ignored, Kind, Report
from include.exports.frames.all_frames import FRAMES
from include.exports.frames.frame import DAY, MOMENT, MONEY, UNITS
from include.files.text.encoding import ANY
from include.settings.writing import Writing

MICROS = 1_000_000
SALES = "sales"
_WRITING = set(Writing.model_fields)
_KEYS = {"title", "frame", "columns", "constants", "same", "rows", "key", "money", "day"} | _WRITING
_COLUMN_KEYS = {"header", "kind", "words", "required", "personal", "remarks"}
_ID_FIELDS = {
    "order_id", "line_id", "listing_id", "merchant_code", "sku", "buyer", "refund_id", "supplier", "listing_code",
    "purchase_order_id", "receipt_id", "movement_id",
}  # fmt: skip
_KINDS = {MONEY: Kind.MONEY, UNITS: Kind.QUANTITY, MOMENT: Kind.TIME, DAY: Kind.DAY}
_SALES_FIELDS: Mapping[str, str] = {**FRAMES["orders"].kinds, **FRAMES["order_lines"].kinds, "remark": "text"}
_SALES_NEEDS = ("order_id", "merchant_code", "quantity", "created_at")
_NEEDS: Mapping[str, tuple[str, ...]] = {SALES: _SALES_NEEDS, **{name: frame.asked for name, frame in FRAMES.items()}}


def needs_of(frame: str) -> tuple[str, ...]:
    """The fields without which a declared report of this frame cannot be read."""
    return _NEEDS[frame]


class DeclarationError(ValueError):
    """The YAML of a declared report says something that cannot be."""


def declare(report: str, declaration: Mapping[str, Any]) -> Report:
    """The report that a shop's YAML describes. Raises DeclarationError."""
    _only(declaration, _KEYS, f"{report}")
    frame = declaration.get("frame") or (report if report in FRAMES else SALES)
    if frame not in _NEEDS:
        raise DeclarationError(f"{report}: frame {frame!r} is none of {', '.join(sorted(_NEEDS))}")
    fields = _SALES_FIELDS if frame == SALES else FRAMES[frame].kinds
    constants = {_field(name, fields): value for name, value in (declaration.get("constants") or {}).items()}
    same = {_field(a, fields): _field(b, fields) for a, b in (declaration.get("same") or {}).items()}
    given = set(constants) | set(same)
    columns = tuple(
        _column(report, _field(name, fields), said, frame, fields)
        for name, said in (declaration.get("columns") or {}).items()
    )
    there = {column.name for column in columns}
    lacking = [name for name in _NEEDS[frame] if name not in there | given]
    if lacking:
        raise DeclarationError(f"{report}: columns must say which header is {', '.join(lacking)}")
    for target, origin in same.items():
        if origin not in there:
            raise DeclarationError(f"{report}: same: {target} is to be like {origin}, which no column is")
    rules = [_rule(report, rule, columns, fields, frame) for rule in declaration.get("rows") or ()]

    def complete(rows: pd.DataFrame) -> pd.DataFrame:
        filled = rows.assign(**{name: rows[origin] for name, origin in same.items()})
        return filled.assign(**{name: _constant(name, value, fields) for name, value in constants.items()})

    def ignore(rows: pd.DataFrame, context: Context) -> Ignored:
        if frame == order_customers.FRAME:
            own = [(fits, reason) for fits, reason, _ in _decided(rules, rows) if reason is not None]
            return own + order_customers.ignored(complete(rows), context)
        return [(fits, reason) for fits, reason, _ in _decided(rules, rows) if reason is not None]

    def build(rows: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
        whole = complete(rows)
        if frame == order_customers.FRAME:
            return order_customers.build(whole, context)
        if frame == promotion_file.FRAME:
            return promotion_file.build(whole, context)
        if frame != SALES:
            return {frame: canonical(frame, _settled(frame, whole, context))}
        sign = np.zeros(len(rows), dtype=np.int64)  # of a refund's amounts; 0: a sale
        for fits, _, refund_sign in _decided(rules, rows):
            sign[fits] = refund_sign
        return _sales(whole, sign, context)

    def hold(rows: pd.DataFrame, context: Context) -> Held:
        return promotion_file.held(complete(rows), context)

    together = same.get(_TOGETHER.get(frame, ""), _TOGETHER.get(frame, ""))
    return Report(
        platform="declared",
        name=report,
        title=str(declaration.get("title") or f"declared report {report}"),
        columns=columns,
        build=build,
        ignore=ignore,
        hold=hold if frame == promotion_file.FRAME else None,
        money=_money(report, declaration.get("money"), frame, fields, there),
        generations=(("declared", ()),),
        key=tuple(_field(name, fields) for name in declaration.get("key") or ()),
        keep_together_by=(together,) if together in there else None,
        encodings=ANY,
        day=_day(declaration.get("day"), there, fields),
        writing=_writing(report, declaration),
    )


def _writing(report: str, declaration: Mapping[str, Any]) -> Writing:
    try:
        return Writing.model_validate({name: said for name, said in declaration.items() if name in _WRITING})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise DeclarationError(f"{report}: {wrong}") from error


# By which field the rows of a frame belong together; a row of traffic may belong with any other.
_TOGETHER: Mapping[str, str] = {
    SALES: "order_id",
    "orders": "order_id",
    "order_lines": "order_id",
    "refunds": "refund_id",
    "stock": "sku",
    "products": "sku",
    "listings": "listing_code",
    "order_customers": "order_id",
    "suppliers": "supplier",
    "purchase_orders": "purchase_order_id",
    "receipts": "receipt_id",
    "promotions": "promotion",
    "money_movements": "movement_id",
}


def _only(said: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = sorted(set(said) - allowed)
    if unknown:
        raise DeclarationError(f"{where}: {', '.join(unknown)} is not known; there are {', '.join(sorted(allowed))}")


def _field(name: str, fields: Mapping[str, str]) -> str:
    """`unit_price` is unit_price_micros."""
    return f"{name}_micros" if f"{name}_micros" in fields else name


def _column(report: str, name: str, said: Any, frame: str, fields: Mapping[str, str]) -> Column:
    details: Mapping[str, Any] = said if isinstance(said, Mapping) else {"header": said}
    _only(details, _COLUMN_KEYS, f"{report}: columns: {name}")
    headers = details.get("header")
    if not headers:
        raise DeclarationError(f"{report}: columns: {name} must name a header")
    words = {str(word): str(meaning) for word, meaning in (details.get("words") or {}).items()}
    needed = name in _NEEDS[frame]
    if frame == order_customers.FRAME:
        needed = False  # a row that names no order or no customer joins nothing, and says so
        words = words or (order_customers.CONSENT_WORDS if name == "consent" else {})
    if frame == promotion_file.FRAME and name == "status":
        words = words or promotion_file.STATUSES
    try:
        kind = Kind(details["kind"]) if "kind" in details else _kind(name, words, fields)
    except ValueError as error:
        raise DeclarationError(f"{report}: columns: {name}: {error}; there are {', '.join(Kind)}") from error
    return Column(
        name=name,
        headers=(headers,) if isinstance(headers, str) else tuple(headers),
        kind=kind,
        required=bool(details.get("required", name in fields)),
        filled=needed and (name not in BLEMISHABLE or name == _TOGETHER.get(frame)),
        personal=bool(details.get("personal", name in ("buyer", "remark", *CONTACTS))),
        words=words,
        remarks=bool(details.get("remarks", False)),
    )


def _kind(name: str, words: Mapping[str, str], fields: Mapping[str, str]) -> Kind:
    if name in _ID_FIELDS:
        return Kind.ID
    if name.endswith("_per_mille"):
        return Kind.TEXT  # as people write it: 8.5折, +50%
    if words and fields.get(name) == "text":
        return Kind.STATUS
    return _KINDS.get(fields.get(name, ""), Kind.TEXT)


def _constant(name: str, value: Any, fields: Mapping[str, str]) -> Any:
    return round(value * MICROS) if fields.get(name) == MONEY else value


def _money(
    report: str, said: str | None, frame: str, fields: Mapping[str, str], there: set[str]
) -> str | Callable[[pd.DataFrame, np.ndarray], pd.Series] | None:
    if said is not None:
        if _field(said, fields) not in there:
            raise DeclarationError(f"{report}: money: no column is {said}")
        return _field(said, fields)
    if frame == SALES:
        return lambda rows, _: _paid(rows)
    measure = {
        "orders": "total_micros",
        "refunds": "refunded_micros",
        "order_lines": "paid_micros",
        "traffic": "paid_micros",
        "money_movements": "amount_micros",
    }.get(frame)
    return measure if measure in there else None


def _day(said: str | None, there: set[str], fields: Mapping[str, str]) -> str | None:
    if said is not None:
        return said
    days = ("created_at", "requested_at", "ordered_day", "received_day", "first_day", "traffic_day", "moved_at")
    return next((n for n in days if n in there), None)


Rule = tuple[Callable[[pd.DataFrame], np.ndarray], str | None, int]


def _rule(
    report: str, said: Mapping[str, Any], columns: Sequence[Column], fields: Mapping[str, str], frame: str
) -> Rule:
    """(which rows, why they are ignored, the sign of their amounts where they are refunds: 1, -1, else 0)."""
    _only(said, {"when", "ignore", "read_as", "amounts"}, f"{report}: rows")
    amounts = said.get("amounts", "negative")
    if amounts not in ("negative", "positive"):
        raise DeclarationError(f"{report}: rows: amounts are `negative` or `positive`, not {amounts!r}")
    reason, read_as = said.get("ignore"), said.get("read_as")
    if (reason is None) == (read_as is None):
        raise DeclarationError(f"{report}: rows: a rule says either `ignore: reason` or `read_as: refunds`")
    if read_as is not None and (read_as != "refunds" or frame != SALES):
        raise DeclarationError(f"{report}: rows: only sales can be read as something else, and only as refunds")
    kinds = {column.name: column.kind for column in columns}
    tests = []
    for name, test in (said.get("when") or {}).items():
        field = _field(name, fields)
        if field not in kinds:
            raise DeclarationError(f"{report}: rows: when: no column is {name}")
        for word, value in (test if isinstance(test, Mapping) else {"is": test}).items():
            if word not in _TESTS:
                raise DeclarationError(f"{report}: rows: when: {name}: {word} is none of {', '.join(_TESTS)}")
            tests.append((field, _TESTS[word], _value(value, kinds[field], word)))
    if not tests:
        raise DeclarationError(f"{report}: rows: a rule without `when` would take every row")

    def fits(rows: pd.DataFrame) -> np.ndarray:
        whole = np.ones(len(rows), dtype=bool)
        for field, test, value in tests:
            whole &= test(rows[field], value).fillna(False).to_numpy(dtype=bool)
        return whole

    return fits, reason, 0 if read_as is None else 1 if amounts == "positive" else -1


def _value(value: Any, kind: Kind, word: str) -> Any:
    """What the YAML says in the terms of the typed column."""
    if word in ("blank", "matches", "starts_with"):
        return value
    if isinstance(value, list):
        return [_value(each, kind, word) for each in value]
    if kind is Kind.MONEY:
        return round(value * MICROS)
    if kind is Kind.TIME:
        return pd.Timestamp(str(value))
    return value if kind in (Kind.QUANTITY, Kind.PERCENT) else str(value)


_TESTS: Mapping[str, Callable[[pd.Series, Any], pd.Series]] = {
    "is": lambda column, value: column == value,
    "in": lambda column, value: column.isin(value),
    "starts_with": lambda column, value: column.str.startswith(str(value)),
    "matches": lambda column, value: column.str.contains(value, regex=True),
    "blank": lambda column, value: column.isna() == bool(value),
    "at_least": lambda column, value: column >= value,
    "above": lambda column, value: column > value,
    "at_most": lambda column, value: column <= value,
    "below": lambda column, value: column < value,
}


def _decided(rules: Sequence[Rule], rows: pd.DataFrame) -> list[tuple[np.ndarray, str | None, int]]:
    """Each rule with the rows that it is the first to fit."""
    left = np.ones(len(rows), dtype=bool)
    decided = []
    for fits, reason, refund_sign in rules:
        taken = fits(rows) & left
        left &= ~taken
        decided.append((taken, reason, refund_sign))
    return decided


def _paid(rows: pd.DataFrame) -> pd.Series:
    amount = line_amount(_column_or_null(rows, "unit_price_micros"), rows["quantity"])
    return _column_or_null(rows, "paid_micros").fillna(amount).astype("Int64")


def _column_or_null(rows: pd.DataFrame, name: str) -> pd.Series:
    return rows[name] if name in rows else pd.Series([None] * len(rows), index=rows.index, dtype="Int64")


def _settled(frame: str, rows: pd.DataFrame, context: Context) -> pd.DataFrame:
    if frame == "stock":
        rows = rows.assign(stock_day=context.file_day) if "stock_day" not in rows else rows
        if "warehouse" not in rows:
            rows = rows.assign(warehouse=context.warehouse)
    if frame == "order_lines" and "line_id" not in rows:
        rows = rows.assign(line_id=numbered_lines(rows["order_id"], rows["merchant_code"], rows["file_line"]))
    if frame == "orders":
        rows = rows.assign(refunded_micros=_column_or_null(rows, "refunded_micros").fillna(0).astype("Int64"))
        if "province" in rows:
            rows = rows.assign(province=province_names(rows["province"]))
    if frame == "products":
        rows = rows.assign(**{n: _column_or_null(rows, n).fillna(1).clip(lower=1) for n in ("pack", "moq")})
    return rows


def _sales(rows: pd.DataFrame, refund_sign: np.ndarray, context: Context) -> dict[str, pd.DataFrame]:
    numbered = numbered_lines(rows["order_id"], rows["merchant_code"], rows["file_line"])
    rows = rows.assign(
        line_id=rows["line_id"].fillna(numbered) if "line_id" in rows else numbered,
        paid_micros=_paid(rows),
        paid_at=rows["paid_at"] if "paid_at" in rows else rows["created_at"],
        status=rows.get("status", "completed"),
    )
    refund = refund_sign != 0
    sales, back, sign = rows[~refund], rows[refund], refund_sign[refund]
    return {
        "orders": canonical("orders", _orders(sales, context)),
        "order_lines": canonical("order_lines", sales),
        "refunds": canonical(
            "refunds",
            back.assign(
                refund_id=back["line_id"],
                line_id=None,
                requested_at=back["created_at"],
                completed_at=back["created_at"],
                refunded_micros=back["paid_micros"] * sign,
                quantity=back["quantity"] * sign,
                kind="return_refund",
                status="succeeded",
                reason=None,
            ),
        ),
    }


def _orders(sales: pd.DataFrame, context: Context) -> pd.DataFrame:
    """One row an order, on its first line: the lines' money together."""
    by_order = sales.groupby("order_id", sort=False)
    first = {"file_line": "first", "created_at": "min", "paid_at": "min", "paid_micros": "sum", "status": "first"}
    for name in ("buyer", "province", "city", "remark", "contact_until"):
        if name in sales:
            first[name] = "first"
    orders = by_order.agg(first).reset_index().rename(columns={"paid_micros": "total_micros"})
    if "province" in orders:
        orders["province"] = province_names(orders["province"])
    if "remark" in orders:
        orders["mark"] = marks_of(orders["remark"], context.remark_marks)
    return orders.assign(refunded_micros=0)
