"""Who may see and do what on the desk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from include.settings.desk import Desk, Role, Scope
from include.tasks.persons import is_person, plain_name

Right = Literal["see", "see_customers", "plan", "call", "approve", "operate", "unmask"]
RIGHTS: Mapping[Role, frozenset[Right]] = {
    "viewer": frozenset({"see"}),
    "planner": frozenset({"see", "plan"}),
    "clerk": frozenset({"see", "see_customers", "call"}),
    "approver": frozenset({"see", "see_customers", "approve"}),
    "engineer": frozenset({"see", "operate"}),
    "unmask": frozenset({"unmask"}),
}


@dataclass(frozen=True)
class Visitor:
    """Who the web server says that somebody is."""

    name: str
    airflow_roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """A visitor with a place on the desk."""

    name: str
    roles: frozenset[Role]
    scope: Scope

    @property
    def rights(self) -> frozenset[Right]:
        return frozenset[Right]().union(*(RIGHTS[role] for role in self.roles))

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def is_narrowed(self) -> bool:
        """Whether the person sees a part of the merchant only."""
        return bool(self.scope.warehouses or self.scope.shops or self.scope.categories)

    def may_see(self, kind: str) -> bool:
        """Whether lists of this kind are for the person's eyes."""
        return self.may("see_customers" if kind == "recall" else "see")

    def may_answer(self, kind: str) -> bool:
        return self.may("call" if kind == "recall" else "plan")


def person_of(visitor: Visitor, settings: Desk) -> Person:
    """A name that the log could not keep, or that is a system's there, has no role: nothing can be done in it."""
    systems = {one.name for one in settings.senders}
    is_own = is_person(visitor.name) and plain_name(visitor.name).casefold() not in systems
    roles = settings.roles_of(visitor.name, visitor.airflow_roles) if is_own else frozenset()
    return Person(visitor.name, roles, settings.scopes.get(visitor.name, Scope()))
