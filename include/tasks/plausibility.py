"""What a person is asked about before an answer counts: somebody else's answer, and a quantity that nobody expects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from include.tasks.acts import Act
from include.tasks.canonical import read_json
from include.tasks.tables import MACHINE

MAX_TIMES = 3  # a quantity beyond so many times the suggestion is asked about


@dataclass(frozen=True)
class Doubt:
    """code: 'other_person', 'many' or 'surplus'; place: the field of the act that is doubted."""

    code: str
    place: str
    written: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def facts(self, words: Mapping[str, str]) -> dict[str, Any]:
        """The values of the message, its states in words."""
        return {
            name: words.get(str(value), value) if name == "state" else value for name, value in self.details.items()
        }

    def found(self, words: Mapping[str, str]) -> str:
        """What was written, in words."""
        return words.get(self.written, self.written)


def doubts_about(row: Row[Any], act: Act, who: str) -> tuple[Doubt, ...]:
    """What is to be asked before `act` changes the task of `row` (columns of `tasks`); nothing if all is as expected.

    A quantity is held against three times the suggestion, and against what the giver can spare of a transfer.
    """
    doubts = []
    said, payload = read_json(row.answer), read_json(row.payload)
    is_answered = row.state in ("accepted", "done", "refused")
    is_same = row.state == act.to_state and all(said.get(name) == value for name, value in act.data.items())
    if is_answered and row.changed_by not in (who, MACHINE) and not is_same:
        details = {"who": row.changed_by, "state": row.state, "quantity": said.get("quantity", "")}
        doubts.append(Doubt("other_person", "state", act.to_state, details))
    quantity, suggested = act.data.get("quantity"), payload.get("quantity")
    if isinstance(quantity, int) and act.to_state in ("accepted", "done"):
        surplus = payload.get("surplus")
        if isinstance(surplus, int) and quantity > surplus:
            doubts.append(Doubt("surplus", "quantity", str(quantity), {"surplus": surplus}))
        elif isinstance(suggested, int) and quantity > MAX_TIMES * max(suggested, 1):
            doubts.append(Doubt("many", "quantity", str(quantity), {"suggested": suggested}))
    return tuple(doubts)
