"""The sum of a line, term by term, from what the list stored: so it is the list's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from include.words.texts import Language, say

# What a term can be opened into, see `include.lines.behind_the_sum`.
FORECAST, STOCK, UNDER_WAY, SOLD, TRANSFERS = "forecast", "stock", "under_way", "sold", "transfers"
# Terms of a restock line that are told though they are 0.
ALWAYS_TOLD = {
    "period_forecast", "protection_demand", "safety_stock", "on_hand", "arriving", "promised", "need", "quantity",
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One step of a sum. amount: units or micros, not below zero; sign: +1 or -1; is_total: what the steps above add up
    to, and no step itself; behind: what it can be opened into."""

    code: str
    amount: int
    sign: int = 1
    is_total: bool = False
    behind: str | None = None

    def words(self, language: Language) -> str:
        return say(language, f"line.term.{self.code}")

    def meaning(self, language: Language) -> str:
        return say(language, f"line.meaning.{self.code}")


@dataclass(frozen=True)
class LineSum:
    """unit: 'units' or 'micros'. terms: in order; those that are no totals add up to `total`."""

    unit: str
    terms: tuple[Term, ...]

    @property
    def total(self) -> int:
        return sum(term.sign * term.amount for term in self.terms if not term.is_total)


def sums_of(kind: str, payload: Mapping[str, Any]) -> list[LineSum]:
    """The sums of a task's payload, that of its quantity first. Raises KeyError for a kind without any."""
    return _SUMS[kind](payload)


def _restock(line: Mapping[str, Any]) -> list[LineSum]:
    def units(name: str) -> int:
        return int(line.get(name) or 0)

    safety, need = units("safety_stock"), units("need")
    terms = [
        Term("period_forecast", units("period_forecast"), 1, behind=FORECAST),
        Term("lost_before_arrival", units("lost_before_arrival"), -1),
        Term("protection_demand", units("protection_demand"), is_total=True),
        Term("safety_stock" if safety >= 0 else "below_mean", abs(safety), 1 if safety >= 0 else -1, behind=FORECAST),
        _signed("on_hand", -units("on_hand"), STOCK),
        Term("arriving", units("arriving") - units("transfer_in"), -1, behind=UNDER_WAY),
        Term("transfer_in", units("transfer_in"), -1, behind=TRANSFERS),
        Term("promised", units("promised") - units("transfer_out"), 1, behind=SOLD),
        Term("transfer_out", units("transfer_out"), 1, behind=TRANSFERS),
        _signed("need", need, None, is_total=True),
        Term("not_needed", max(-need, 0), 1),
        Term("pack_rounding", units("pack_rounding"), 1),
        Term("cycle_raise", units("cycle_raise"), 1),
        Term("moq_raise", units("moq_raise") - units("supplier_raise"), 1),
        Term("supplier_raise", units("supplier_raise"), 1),
        Term("shelf_life_cut", units("shelf_life_cut"), -1),
        Term("budget_cut", units("budget_cut"), -1),
        Term("quantity", units("quantity"), is_total=True),
    ]
    return [LineSum("units", tuple(term for term in terms if term.amount or term.code in ALWAYS_TOLD))]


def _transfer(line: Mapping[str, Any]) -> list[LineSum]:
    units = (
        Term("lacking_units", int(line["lacking_units"])),
        Term("beyond_units", int(line["beyond_units"])),
        Term("quantity", int(line["quantity"]), is_total=True),
    )
    signs = {"sales": 1, "minimum": 1, "relief": 1, "held": -1, "missed": -1, "cost": -1}
    money = [_signed(name, sign * int(line[f"{name}_micros"] or 0)) for name, sign in signs.items()]
    saved = _signed("saved", int(line["saved_micros"] or 0), is_total=True)
    return [LineSum("units", units), LineSum("micros", (*(term for term in money if term.amount), saved))]


def _chase(line: Mapping[str, Any]) -> list[LineSum]:
    still, counted = int(line["quantity"]), int(line["counted"])
    terms = (
        Term("still_open", still, 1, behind=UNDER_WAY),
        Term("doubted", still - counted, -1),
        Term("counted", counted, is_total=True),
    )
    return [LineSum("units", terms)]


def _excess(line: Mapping[str, Any]) -> list[LineSum]:
    there, quantity = int(line["on_hand"]), int(line["quantity"])
    terms = (
        Term("on_hand", there, 1, behind=STOCK),
        _signed("kept", quantity - there),
        Term("too_much", quantity, is_total=True),
    )
    return [LineSum("units", terms)]


def _signed(code: str, amount: int, behind: str | None = None, is_total: bool = False) -> Term:
    return Term(code, abs(amount), 1 if amount >= 0 else -1, is_total, behind)


_SUMS: Mapping[str, Callable[[Mapping[str, Any]], list[LineSum]]] = {
    "restock": _restock,
    "transfer": _transfer,
    "chase": _chase,
    "excess": _excess,
}
KINDS_WITH_SUMS = frozenset(_SUMS)
