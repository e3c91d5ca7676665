"""A planner's lines on their way to become tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from numbers import Integral, Real
from typing import Any

import pandas as pd

from include.tasks.canonical_json import Json, short_hash
from include.tasks.document import Table
from include.tasks.kind import Kind
from include.tasks.kinds import kind_of
from include.tasks.privacy import masked, without_personal_data


@dataclass(frozen=True)
class Draft:
    """One line before it is a task. `rank`: smaller first; equal ranks go by subject."""

    subject: str
    payload: Mapping[str, Any]
    rank: int = 0
    urgency: int = 0


@dataclass(frozen=True)
class Note:
    """A sentence about a list. What its reader must know first, e.g. which shop is missing, stands above it; a detail
    stands on the sheet that explains."""

    zh: str
    en: str
    is_detail: bool = False

    def as_stored(self) -> dict[str, Json]:
        told: dict[str, Json] = {"zh": self.zh, "en": self.en}
        return {**told, "is_detail": True} if self.is_detail else told


@dataclass(frozen=True)
class TaskList:
    """All lines of a kind for a closed business day.

    manifest: what the list was made of: exports and their hashes, code version, configuration hash, model id.
        No clock time and no path: the same inputs must give the same bytes.
    tables: what goes along with the list, see `Document`.
    """

    kind: str
    day: str
    lines: Sequence[Draft]
    manifest: Mapping[str, Json] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)


def task_id(kind: str, day: str, subject: str) -> str:
    """The task's identity, 16 letters and digits: a function of kind, day and subject and nothing else."""
    return short_hash(kind, day, subject)


def drafts_from_frame(kind: str, day: str, frame: pd.DataFrame) -> list[Draft]:
    """The rows of a plan frame as drafts, in rank order, whatever order the rows stand in.

    Real numbers have no place in a payload: shares of `per_mille` columns become whole per mille, whole numbers become
    ints, others text with three decimals. Missing values become null. A `rank` column, where there is one, ranks.
    Raises ValueError on two rows with the same subject.
    """
    described = kind_of(kind)
    per_mille = {column.field for column in described.columns if column.unit == "per_mille"}
    drafts = []
    for record in frame.to_dict("records"):
        payload: dict[str, Any] = {str(name): _plain(value, str(name) in per_mille) for name, value in record.items()}
        rank = payload.pop("rank", None)
        drafts.append(draft(described, day, payload, rank=int(rank) if rank is not None else 0))
    if "rank" not in frame.columns:
        drafts = ranked(described, drafts)
    return sorted(drafts, key=lambda one: (one.rank, one.subject))


def table_from_frame(frame: pd.DataFrame, where: str) -> Table:
    """The rows of a frame as a table that goes along with a list, in their order; cells as in a payload, without
    personal data."""
    return [
        without_personal_data({str(name): _plain(value, False) for name, value in record.items()}, where)
        for record in frame.to_dict("records")
    ]


def draft(kind: Kind, day: str, payload: Mapping[str, Any], rank: int = 0) -> Draft:
    """A draft of checked payload: subject and urgency found, personal data refused, free text masked."""
    subject = kind.subject_of(payload)
    clean = without_personal_data(payload, f"{kind.name} line {masked(subject)}")
    own = {name: value for name, value in clean.items() if name != "urgency"}
    return Draft(subject, own, rank, kind.urgency_of(clean, day))


def ranked(kind: Kind, drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts ranked by urgency, then by the kind's own order, then by subject."""

    def place(one: Draft) -> tuple[Any, ...]:
        keys: list[Any] = [-one.urgency]
        for name in kind.order:
            value = one.payload.get(name.lstrip("-"))
            if name.startswith("-"):
                keys += [value is None, -int(value) if value is not None else 0]
            else:
                keys += [value is None, value if value is not None else ""]
        return (*keys, one.subject)

    return [
        Draft(one.subject, one.payload, position, one.urgency)
        for position, one in enumerate(sorted(drafts, key=place), start=1)
    ]


def _plain(value: Any, is_per_mille: bool) -> Json:
    """A frame's cell as None, bool, int, str or a list of these."""
    if isinstance(value, (list, tuple)):
        return [_plain(item, False) for item in value]
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return _fixed(float(value), is_per_mille)
    if isinstance(value, (datetime, date)):
        return value.isoformat()[:10]
    raise ValueError(f"a plan's cell holds {type(value).__name__} {value!r}: expected text, number, day or nothing")


def _fixed(value: float, is_per_mille: bool) -> Json:
    if is_per_mille and 0 <= value <= 1:
        return int((Decimal(repr(value)) * 1000).to_integral_value(ROUND_HALF_EVEN))
    if value == int(value):
        return int(value)
    return str(Decimal(repr(value)).quantize(Decimal("0.001"), ROUND_HALF_EVEN))
