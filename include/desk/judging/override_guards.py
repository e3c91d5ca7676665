"""An override as a form asks for it: read, checked against the books and the person's scope, doubted if it is far off
the model's own number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from include.calendar.business_days import day_after, parse_day
from include.calendar.events import event_dates
from include.desk.rights import Person
from include.settings.desk import Scope
from include.settings.names import require_known
from include.settings.stock.override_kinds import WHATS
from include.tasks.acts import MAX_UNITS
from include.tasks.by_hand.overrides import (
    ABOUTS,
    FORECASTS,
    INSTEAD,
    LASTING,
    PARAMETERS,
    About,
    NewOverride,
    Override,
    OverrideError,
    What,
)
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import newest_list_day, tasks
from include.warehouse.tables import forecasts, products, promotions, suppliers
from include.warehouse.workspace import Workspace

FIELDS = ("what", "about", "name", "warehouse", "value", "first_day", "last_day", "reason")
FAR_OFF = 3.0  # times the model's number, or its third part, from which on somebody is asked
LONGEST_DAYS = 366
BOUNDS: Mapping[What, tuple[float, float]] = {
    "add": (-MAX_UNITS, MAX_UNITS),
    "replace": (0, MAX_UNITS),
    "multiply": (0, 100),
    "service_level": (0.5, 0.999),
    "lead_time_days": (1, 365),
    "pack": (1, MAX_UNITS),
    "minimum": (0, MAX_UNITS),
    "review_days": (1, 90),
}
WHOLE: tuple[What, ...] = ("lead_time_days", "pack", "minimum", "review_days")
OF_SKUS: tuple[What, ...] = ("substitute", "successor", "block", "end", *PARAMETERS)
EVERYWHERE: tuple[What, ...] = ("successor", "end")
DATED: tuple[What, ...] = (*FORECASTS, "end")


@dataclass(frozen=True)
class Doubt:
    """What is asked before an override counts. said: the person's number; own: the model's; None: it has none."""

    said: float
    own: float | None


def read_override(
    connection: Connection, workspace: Workspace, fields: Mapping[str, str], person: Person, today: date
) -> NewOverride:
    """What a form asks for. Raises OverrideError, or UnknownNameError with the nearest name."""
    what, about = _chosen(fields)
    if what in OF_SKUS and about != "sku":
        raise OverrideError.named("error.override.sku_only")
    name, warehouse = fields["name"].strip(), fields["warehouse"].strip()
    _require_name(connection, workspace, about, name, today)
    if warehouse:
        require_known("warehouse", [warehouse], _warehouses(connection, workspace))
    if warehouse and what in EVERYWHERE:
        raise OverrideError.named("error.override.everywhere")
    first, last = _days(what, fields, today)
    asked = NewOverride(
        what, about, name, warehouse, _value(connection, what, name, fields["value"].strip()), first, last,
        fields["reason"],
    )  # fmt: skip
    if not may_set(connection, person.scope, asked):
        raise OverrideError.named("error.override.scope")
    return asked


def may_set(connection: Connection, scope: Scope, one: NewOverride | Override) -> bool:
    """Whether all that it is about lies within what the person sees of the merchant."""
    if scope.warehouses and one.warehouse not in scope.warehouses:
        return False
    return not scope.categories or _category_of(connection, one) in scope.categories


def may_see(connection: Connection, scope: Scope, one: Override) -> bool:
    """Whether it can touch a line that the person sees."""
    if scope.warehouses and one.warehouse and one.warehouse not in scope.warehouses:
        return False
    return not scope.categories or one.about == "event" or _category_of(connection, one) in scope.categories


def model_says(connection: Connection, asked: NewOverride) -> float | None:
    """The model's number for the same: units of the span, as the newest list forecast them; None if it has none."""
    if asked.what not in FORECASTS or asked.last_day is None:
        return None
    pace = forecasts.c.mean / func.nullif(forecasts.c.protection_days, 0)
    newest = select(func.max(forecasts.c.day)).scalar_subquery()
    query = select(func.sum(pace)).where(forecasts.c.day == newest)
    if asked.about == "sku":
        query = query.where(forecasts.c.sku == asked.name)
    elif asked.about == "category":
        query = query.where(forecasts.c.sku.in_(select(products.c.sku).where(products.c.category == asked.name)))
    else:
        planned = select(promotions.c.sku).where(promotions.c.promotion == asked.name)
        if connection.execute(planned.limit(1)).first() is not None:
            query = query.where(forecasts.c.sku.in_(planned))
    if asked.warehouse:
        query = query.where(forecasts.c.warehouse == asked.warehouse)
    found = connection.scalar(query)
    return None if found is None else float(found) * _length(asked)


def doubt_about(connection: Connection, asked: NewOverride, own: float | None) -> Doubt | None:
    """What to ask first: the number is more than FAR_OFF times the model's, or less than that part of it."""
    if asked.what in FORECASTS:
        if asked.what == "substitute":
            return None
        said = _units(asked, own or 0.0)
        return Doubt(said, own) if own is None or _is_far(said, own) else None
    usual = _usual(connection, asked)
    return Doubt(float(asked.value), usual) if usual is not None and _is_far(float(asked.value), usual) else None


def _units(asked: NewOverride, own: float) -> float:
    """The units of the span that the person expects."""
    value = float(asked.value)
    return {"add": own + value, "replace": value * _length(asked), "multiply": own * value}[asked.what]


def _is_far(said: float, own: float) -> bool:
    return said > FAR_OFF * own or said < own / FAR_OFF


def _usual(connection: Connection, asked: NewOverride) -> float | None:
    """The number that a parameter stands instead of, if the newest line or the supplier report says it."""
    field = {"pack": "pack", "minimum": "moq"}.get(asked.what)
    line = select(tasks.c.payload, tasks.c.supplier).where(tasks.c.kind == "restock", tasks.c.sku == asked.name)
    if asked.warehouse:
        line = line.where(tasks.c.warehouse == asked.warehouse)
    found = connection.execute(line.order_by(tasks.c.day.desc()).limit(1)).one_or_none()
    if found is None:
        return None
    if asked.what == "lead_time_days":
        days = connection.scalar(
            select(suppliers.c.lead_time_days).where(suppliers.c.supplier == found.supplier).limit(1)
        )
        return None if days is None else float(days)
    number = read_json(found.payload).get(field or "")
    return float(number) if isinstance(number, int) and number else None


def _length(asked: NewOverride) -> int:
    assert asked.last_day is not None
    return (parse_day(asked.last_day) - parse_day(asked.first_day)).days + 1


def _chosen(fields: Mapping[str, str]) -> tuple[What, About]:
    what = next((one for one in WHATS if one == fields["what"]), None)
    about = next((one for one in ABOUTS if one == fields["about"]), None)
    if what is None or about is None:
        raise OverrideError.named("error.override.what")
    return what, about


def _days(what: What, fields: Mapping[str, str], today: date) -> tuple[str, str | None]:
    """The first and the last day. Raises OverrideError if one cannot be read, or lies more than a year ahead."""
    soonest, farthest = day_after(today.isoformat()), day_after(today.isoformat(), LONGEST_DAYS)
    first = _day(fields["first_day"]) or soonest
    last = _day(fields["last_day"])
    if what in DATED and last is None:
        raise OverrideError.named("error.override.no_end")
    if max(first, last or first) > farthest:
        raise OverrideError.named("error.override.far", farthest=farthest)
    if what == "end" and last is not None:
        return min(first, last), last
    if last is not None and (last < first or last < today.isoformat()):
        raise OverrideError.named("error.override.past", first=first, last=last)
    if first < day_after(today.isoformat(), -LONGEST_DAYS):
        raise OverrideError.named("error.override.long_ago", first=first)
    return first, None if what in LASTING else last


def _day(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return parse_day(text.strip()).isoformat()
    except ValueError as error:
        raise OverrideError.named("error.override.day", found=text.strip()[:20]) from error


def _value(connection: Connection, what: What, name: str, text: str) -> str:
    """The number, sku or supplier, as it is kept. Raises OverrideError or UnknownNameError."""
    if what in ("block", "end"):
        return ""
    if what in INSTEAD:
        _require_sku(connection, text)
        if text == name:
            raise OverrideError.named("error.override.itself", name=name)
        return text
    if what == "supplier":
        require_known("supplier", [text], _suppliers(connection))
        return text
    return _number(what, text)


def _number(what: What, text: str) -> str:
    low, high = BOUNDS[what]
    plain = text.replace(",", "").removesuffix("%").strip()
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if what == "service_level" and number > 1:
        number = round(number / 100, 6)
    wrong = not low <= number <= high or (what in WHOLE and number != int(number)) or (what == "add" and not number)
    if wrong:
        shown = (f"{100 * low:g}%", f"{100 * high:g}%") if what == "service_level" else (f"{low:g}", f"{high:g}")
        raise OverrideError.named("error.override.number", found=text[:40] or "–", low=shown[0], high=shown[1])
    return f"{number:.12g}"


def _require_name(connection: Connection, workspace: Workspace, about: About, name: str, today: date) -> None:
    if about == "sku":
        _require_sku(connection, name)
    elif about == "category":
        known = connection.scalars(select(products.c.category).where(products.c.category.is_not(None)).distinct()).all()
        listed = connection.scalars(select(tasks.c.category).where(tasks.c.category.is_not(None)).distinct()).all()
        require_known("category", [name], {*known, *listed})
    else:
        ahead = event_dates(today, parse_day(day_after(today.isoformat(), LONGEST_DAYS)), workspace.calendar)
        planned = connection.scalars(select(promotions.c.promotion).distinct()).all()
        require_known("event", [name], {*planned, *ahead})


def _require_sku(connection: Connection, name: str) -> None:
    known = select(products.c.sku).where(products.c.sku == name).limit(1)
    listed = select(tasks.c.sku).where(tasks.c.sku == name).limit(1)
    if connection.execute(known).first() is None and connection.execute(listed).first() is None:
        every = {*connection.scalars(select(products.c.sku).distinct()), *_listed_skus(connection)}
        require_known("sku", [name], every)


def _listed_skus(connection: Connection) -> list[str]:
    newest = newest_list_day(connection)
    query = select(tasks.c.sku).where(tasks.c.sku.is_not(None), tasks.c.day == newest).distinct()
    return [str(one) for one in connection.scalars(query)]


def _warehouses(connection: Connection, workspace: Workspace) -> set[str]:
    newest = newest_list_day(connection)
    query = select(tasks.c.warehouse).where(tasks.c.warehouse.is_not(None), tasks.c.day == newest).distinct()
    return {*(one.name for one in workspace.merchant.warehouses), *map(str, connection.scalars(query))}


def _suppliers(connection: Connection) -> set[str]:
    newest = newest_list_day(connection)
    query = select(tasks.c.supplier).where(tasks.c.supplier.is_not(None), tasks.c.day == newest).distinct()
    return {*connection.scalars(select(suppliers.c.supplier).distinct()), *map(str, connection.scalars(query))}


def _category_of(connection: Connection, one: NewOverride | Override) -> str | None:
    if one.about != "sku":
        return one.name if one.about == "category" else None
    listed = select(tasks.c.category).where(tasks.c.sku == one.name, tasks.c.category.is_not(None))
    found = connection.scalar(listed.order_by(tasks.c.day.desc()).limit(1))
    if found is None:
        known = select(products.c.category).where(products.c.sku == one.name, products.c.category.is_not(None))
        found = connection.scalar(known.limit(1))
    return None if found is None else str(found)
