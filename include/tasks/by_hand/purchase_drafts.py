"""Purchase orders made on the desk from a supplier's restock lines.

draft -> waiting (beyond what one person may order) -> approved -> sent; each step is an event of the desk's log.
A line that is put into one is accepted with its quantity; sending it makes all its lines done, so that they count as
arriving until the ERP's own order shows them; dropping it opens them again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from include.settings.saying import BilingualError
from include.tasks.acts import MAX_UNITS, Act, act_all, tasks_by_id
from include.tasks.answers.answers import refusal_told
from include.tasks.answers.plausibility import money_of
from include.tasks.by_hand.desk_log import Doing, note_doings
from include.tasks.canonical_json import canonical_json, read_json
from include.tasks.moments import moment
from include.tasks.task_events import DESK_LOG, lock_log
from include.tasks.task_tables import first_day_to_know, purchase_drafts
from include.words.texts import LANGUAGES

DraftState = Literal["draft", "waiting", "approved", "sent", "dropped"]
LIVE: tuple[DraftState, ...] = ("draft", "waiting", "approved")
ABOUT = "purchase"
KIND = "restock"
_PLAIN = tuple(column.name for column in purchase_drafts.c if column.name != "lines")


@dataclass(frozen=True)
class OrderLine:
    """cost_micros: of all its units; 0 where no price is known."""

    task_id: str
    sku: str
    warehouse: str
    title: str
    quantity: int
    cost_micros: int

    @property
    def unit_cost_micros(self) -> int:
        return round(self.cost_micros / self.quantity)


@dataclass(frozen=True)
class PurchaseDraft:
    number: str
    supplier: str
    state: DraftState
    made_by: str
    made_at: str
    lines: tuple[OrderLine, ...]
    money_micros: int
    expected_day: str | None
    approved_by: str | None
    changed_seq: int
    changed_at: str


class PurchaseError(BilingualError):
    """What cannot be done with a purchase order."""


def drafts_of(connection: Connection, supplier: str | None = None, *states: DraftState) -> list[PurchaseDraft]:
    """Purchase orders (of a supplier, in these states), newest first."""
    query = select(purchase_drafts).order_by(purchase_drafts.c.made_at.desc(), purchase_drafts.c.number.desc())
    if supplier is not None:
        query = query.where(purchase_drafts.c.supplier == supplier)
    if states:
        query = query.where(purchase_drafts.c.state.in_(states))
    return [_draft(row) for row in connection.execute(query)]


def orders_of(connection: Connection, task_ids: Iterable[str]) -> dict[str, str]:
    """Task -> the purchase order that it stands in, sent or not, of those that stand in one."""
    wanted = set(task_ids)
    return {
        line.task_id: draft.number
        for draft in drafts_of(connection, None, *LIVE, "sent")
        for line in draft.lines
        if line.task_id in wanted
    }


def one_draft(connection: Connection, number: str) -> PurchaseDraft | None:
    row = connection.execute(select(purchase_drafts).where(purchase_drafts.c.number == number)).one_or_none()
    return None if row is None else _draft(row)


def make_draft(
    connection: Connection, supplier: str, wanted: Mapping[str, int], who: str, at: datetime
) -> PurchaseDraft:
    """A draft of these restock lines: task id -> units. The lines are accepted with these quantities.

    Raises PurchaseError if one is no open or accepted line of this supplier, or stands in another live draft.
    """
    lock_log(connection)
    lock_log(connection, DESK_LOG)
    if not wanted:
        raise PurchaseError.named("error.purchase.empty")
    lines = _lines(connection, supplier, wanted)
    number = _number(connection, supplier, first_day_to_know(connection, at))
    draft = PurchaseDraft(number, supplier, "draft", who, moment(at), lines, _money(lines), None, None, 0, moment(at))
    _accept(connection, lines, who, at)
    seq = _note(connection, draft, "draft", {"lines": [asdict(one) for one in lines]}, who, at)
    connection.execute(insert(purchase_drafts).values(**_columns(replace(draft, changed_seq=seq))))
    return replace(draft, changed_seq=seq)


def change_draft(
    connection: Connection, number: str, wanted: Mapping[str, int], who: str, at: datetime, seq: int
) -> PurchaseDraft:
    """Other quantities, or other lines; a line that is left out is open again. Only a draft can be changed."""
    lock_log(connection)
    draft = _standing(connection, number, seq, "draft")
    if not wanted:
        raise PurchaseError.named("error.purchase.empty")
    lines = _lines(connection, draft.supplier, wanted, number)
    gone = [one for one in draft.lines if one.task_id not in wanted]
    _open_again(connection, gone, who, at)
    _accept(connection, lines, who, at)
    changed = replace(draft, lines=lines, money_micros=_money(lines))
    return _kept(connection, changed, "change", {"lines": [asdict(one) for one in lines]}, who, at)


def submit(
    connection: Connection, number: str, who: str, at: datetime, seq: int, approve_above: int | None
) -> PurchaseDraft:
    """Approved at once, or waiting for a second person if it costs more than `approve_above` micros."""
    lock_log(connection)
    draft = _standing(connection, number, seq, "draft")
    needs = approve_above is not None and draft.money_micros > approve_above
    state: DraftState = "waiting" if needs else "approved"
    return _kept(connection, replace(draft, state=state), state, {}, who, at)


def approve(connection: Connection, number: str, who: str, at: datetime, seq: int) -> PurchaseDraft:
    """Release what waits. Raises PurchaseError if the same person made it: four eyes see more than two."""
    lock_log(connection)
    draft = _standing(connection, number, seq, "waiting")
    if draft.made_by == who:
        raise PurchaseError.named("error.purchase.own", number=number)
    return _kept(connection, replace(draft, state="approved", approved_by=who), "approved", {}, who, at)


def send_back(connection: Connection, number: str, reason: str, who: str, at: datetime, seq: int) -> PurchaseDraft:
    """To be changed by whoever made it, with the reason."""
    lock_log(connection)
    draft = _standing(connection, number, seq, "waiting", "approved")
    changed = replace(draft, state="draft", approved_by=None)
    return _kept(connection, changed, "back", {"reason": reason.strip()[:200]}, who, at)


def mark_sent(
    connection: Connection, number: str, expected_day: str | None, who: str, at: datetime, seq: int
) -> PurchaseDraft:
    """The supplier has it: all lines are done, expected on that day where the supplier said one."""
    lock_log(connection)
    draft = _standing(connection, number, seq, "approved")
    extra = {"expected_day": expected_day} if expected_day else {}
    acts = [Act(one.task_id, "done", {"quantity": one.quantity, "note": number, **extra}) for one in draft.lines]
    _act(connection, acts, who, at)
    changed = replace(draft, state="sent", expected_day=expected_day or None)
    return _kept(connection, changed, "sent", extra, who, at)


def drop(connection: Connection, number: str, reason: str, who: str, at: datetime, seq: int) -> PurchaseDraft:
    """It will not be ordered: its lines are open again."""
    lock_log(connection)
    draft = _standing(connection, number, seq, *LIVE)
    _open_again(connection, draft.lines, who, at)
    changed = replace(draft, state="dropped")
    return _kept(connection, changed, "dropped", {"reason": reason.strip()[:200]}, who, at)


def _lines(connection: Connection, supplier: str, wanted: Mapping[str, int], own: str = "") -> tuple[OrderLine, ...]:
    taken = {
        line.task_id: draft.number for draft in drafts_of(connection, supplier, *LIVE) for line in draft.lines
        if draft.number != own
    }  # fmt: skip
    rows = tasks_by_id(connection, wanted)
    lines = []
    for task_id, units in wanted.items():
        row = rows.get(task_id)
        if row is None or row.kind != KIND or row.supplier != supplier or row.state not in ("open", "accepted"):
            what = task_id if row is None else row.title or row.subject
            raise PurchaseError.named("error.purchase.no_line", line=what, supplier=supplier)
        if task_id in taken:
            raise PurchaseError.named("error.purchase.taken", line=row.title or row.subject, number=taken[task_id])
        if not 0 < units <= MAX_UNITS:
            raise PurchaseError.named("error.purchase.units", line=row.title or row.subject, most=MAX_UNITS)
        cost = money_of(KIND, read_json(row.payload), units)
        lines.append(OrderLine(task_id, row.sku, row.warehouse, row.title or "", units, cost))
    return tuple(sorted(lines, key=lambda one: (one.warehouse, one.sku)))


def _money(lines: Sequence[OrderLine]) -> int:
    return sum(one.cost_micros for one in lines)


def _number(connection: Connection, supplier: str, day: str) -> str:
    """ZG-20251112-GYS103-1: the day, the supplier and a count."""
    stem = f"ZG-{day.replace('-', '')}-{supplier[:30]}-"
    count = connection.scalar(select(func.count()).where(purchase_drafts.c.number.startswith(stem, autoescape=True)))
    return f"{stem}{int(count or 0) + 1}"


def _accept(connection: Connection, lines: Sequence[OrderLine], who: str, at: datetime) -> None:
    _act(connection, [Act(one.task_id, "accepted", {"quantity": one.quantity}) for one in lines], who, at)


def _open_again(connection: Connection, lines: Sequence[OrderLine], who: str, at: datetime) -> None:
    """Those that still stand accepted and that no newer list has opened again."""
    rows = tasks_by_id(connection, [one.task_id for one in lines])
    standing = [one for one in lines if rows[one.task_id].state == "accepted"]
    act_all(connection, [Act(one.task_id, "open") for one in standing], who, at)


def _act(connection: Connection, acts: Sequence[Act], who: str, at: datetime) -> None:
    """All of these acts, or none. Raises PurchaseError with the first that cannot be."""
    acted = act_all(connection, acts, who, at)
    for task_id, refusal in acted.refused.items():
        row = tasks_by_id(connection, [task_id]).get(task_id)
        why = tuple(refusal_told(refusal, row, language) for language in LANGUAGES)
        raise PurchaseError.named("error.purchase.refused", why=why)


def _standing(connection: Connection, number: str, seq: int, *states: DraftState) -> PurchaseDraft:
    """The purchase order as its reader saw it. Raises PurchaseError where it is another by now."""
    draft = one_draft(connection, number)
    if draft is None:
        raise PurchaseError.named("error.purchase.none", number=number)
    if draft.changed_seq != seq or draft.state not in states:
        raise PurchaseError.named("error.purchase.changed", number=number)
    return draft


def _kept(
    connection: Connection, draft: PurchaseDraft, what: str, data: Mapping[str, Any], who: str, at: datetime
) -> PurchaseDraft:
    seq = _note(connection, draft, what, data, who, at)
    kept = replace(draft, changed_seq=seq, changed_at=moment(at))
    own = purchase_drafts.c.number == draft.number
    connection.execute(update(purchase_drafts).where(own).values(**_columns(kept)))
    return kept


def _note(
    connection: Connection, draft: PurchaseDraft, what: str, data: Mapping[str, Any], who: str, at: datetime
) -> int:
    said, day = {**data, "money_micros": draft.money_micros}, first_day_to_know(connection, at)
    return note_doings(connection, [Doing(what, ABOUT, draft.number, said)], who, at, day)[0]


def _columns(draft: PurchaseDraft) -> dict[str, Any]:
    values = {name: getattr(draft, name) for name in _PLAIN}
    return {**values, "lines": canonical_json({"lines": [asdict(one) for one in draft.lines]})}


def _draft(row: Row[Any]) -> PurchaseDraft:
    values = {name: getattr(row, name) for name in _PLAIN}
    return PurchaseDraft(**values, lines=tuple(OrderLine(**one) for one in read_json(row.lines)["lines"]))
