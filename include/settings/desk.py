"""`desk`: who may do what on the web desk, and what part of the merchant each person sees."""

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from include.settings.names import twice
from include.settings.saying import BilingualError
from include.settings.yaml_reading.clock import Clock
from include.settings.yaml_reading.strict import Strict
from include.words.texts import Language, listed

MOUNTED_AT = "/storekeeper"  # below Airflow's own address
MACHINES = ("storekeeper", "system")  # names of the log's own; none can be another's
Role = Literal["viewer", "planner", "clerk", "approver", "engineer", "unmask"]


OrderField = Literal[
    "number", "supplier", "supplier_name", "warehouse", "sku", "title", "quantity", "unit_cost", "cost", "expected_day",
    "note",
]  # fmt: skip
LAYOUTS: Mapping[str, Mapping[str, OrderField]] = {
    "聚水潭": {
        "供应商": "supplier_name", "采购仓库": "warehouse", "商品编码": "sku", "商品名称": "title",
        "采购数量": "quantity", "采购单价": "unit_cost", "预计到货日期": "expected_day", "备注": "note",
    },
    "旺店通": {
        "供应商": "supplier_name", "仓库": "warehouse", "商家编码": "sku", "货品名称": "title", "采购量": "quantity",
        "采购价": "unit_cost", "预计到货时间": "expected_day", "备注": "note",
    },
}  # fmt: skip
"""Hold them against the template that your ERP gives: merchants can change its columns."""


class Scope(Strict):
    """What a person sees of the merchant; an empty list is all of it."""

    warehouses: tuple[str, ...] = Field((), description="only lines of these warehouses; of a transfer, from or to")
    shops: tuple[str, ...] = Field((), description="only customers of these shops")
    categories: tuple[str, ...] = Field((), description="only goods of these categories")


class Sender(Strict):
    """A system (ERP, CRM, call centre) that reports by signed HTTP requests what was done with lines. Its answers are
    doubted and refused as those of people are, and stand in the log under its name."""

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_-]{0,39}$", description="by which its requests and the log call it; no person's name"
    )
    role: Literal["planner", "clerk"] = Field(
        description="what it may answer: a planner restock, transfer, chase and excess lists, a clerk recall lists"
    )
    connection: str = Field(
        min_length=1, description="Airflow connection whose password is the secret of its signatures, its own alone"
    )
    scope: Scope = Field(Scope(), description="the part of the merchant whose lines it may answer; all, if not said")
    language: Language | None = Field(None, description="of its receipts; the merchant's, if not said")


class Desk(Strict):
    """The web desk in Airflow's web server. People are named as Airflow knows them; `role:NAME` is a role of Airflow's.

    A viewer sees lists and figures. A planner also answers restock, transfer, chase and excess lists. A clerk sees
    customers and answers recall lists. An approver releases what waits for a second person. An engineer sees what is in
    held-back rows and deliveries, and sends again. Who is named under unmask, and sees customers, may have a phone, a
    name or a mail address shown: one customer at a time, for a reason that the access log keeps.
    A person with several roles may do what any of them may; a person without one sees nothing.
    """

    viewer: tuple[str, ...] = Field(("role:viewer",), description="who only looks")
    planner: tuple[str, ...] = Field(
        ("role:user", "role:op", "role:admin"), description="who orders, moves, chases and clears"
    )
    clerk: tuple[str, ...] = Field(("role:user", "role:op", "role:admin"), description="who wins customers back")
    approver: tuple[str, ...] = Field(("role:admin",), description="who releases what waits for a second person")
    engineer: tuple[str, ...] = Field(("role:op", "role:admin"), description="who looks after files and deliveries")
    unmask: tuple[str, ...] = Field(
        (), description="clerks and approvers who may see how a customer can be reached in clear; nobody until named"
    )
    scopes: Mapping[str, Scope] = Field(
        default_factory=dict,
        description="person -> the part of the merchant that they see; all, if not named",
    )
    senders: tuple[Sender, ...] = Field((), description="systems that report by webhook what was done with lines")
    approve_above: Decimal | None = Field(
        None, ge=0, description="a purchase order that costs more waits for a second person; without it none does"
    )
    approve_plans_above: Decimal | None = Field(
        None,
        ge=0,
        description="a restock list that costs more is held as a whole until a second person releases it; without it "
        "only `replenishment.guards` hold one",
    )
    order_layouts: Mapping[str, Mapping[str, OrderField]] = Field(
        default_factory=lambda: {name: dict(columns) for name, columns in LAYOUTS.items()},
        description="name of an ERP -> the columns in which it imports purchase orders: heading -> what stands there",
    )
    address: str | None = Field(
        None,
        pattern=r"^https?://[^\s()<>\[\]\"'?#]+$",
        description="the public address of Airflow's web server, https://airflow.example.com: messages then link to "
        "the desk's pages; without it they have no links",
    )
    escalation: str | None = Field(
        None, description="the channel that is told if nobody has opened a list with urgent lines or answered one"
    )
    escalate_at: Clock = Field(time(12, 0), description="when it is told, of each list once")
    page_lines: int = Field(50, ge=10, le=500, description="lines of a list on one page")

    @model_validator(mode="after")
    def _senders_are_told_apart(self) -> "Desk":
        """By their names, from people too, and by their secrets: with another's secret one could sign as it."""
        people = {
            *MACHINES,
            *self.scopes,
            *self.viewer,
            *self.planner,
            *self.clerk,
            *self.approver,
            *self.engineer,
            *self.unmask,
        }
        names = [one.name for one in self.senders]
        if several := [*twice(names), *(one for one in names if one in people)]:
            raise BilingualError.named("setting.two.sender", names=listed(several))
        if several := twice([one.connection for one in self.senders]):
            raise BilingualError.named("setting.senders_secret", names=listed(several))
        return self

    @property
    def pages(self) -> str:
        """The address that the desk's pages stand below, without a slash at its end; '' if nobody says where it is."""
        return f"{self.address.rstrip('/')}{MOUNTED_AT}" if self.address else ""

    def roles_of(self, name: str, airflow_roles: tuple[str, ...]) -> frozenset[Role]:
        """The roles of a person of this name, who has these roles in Airflow."""
        held = {one.casefold() for one in airflow_roles}
        lists: Mapping[Role, tuple[str, ...]] = {
            "viewer": self.viewer,
            "planner": self.planner,
            "clerk": self.clerk,
            "approver": self.approver,
            "engineer": self.engineer,
            "unmask": self.unmask,
        }
        return frozenset(
            role
            for role, people in lists.items()
            if any(one[5:].casefold() in held if one.startswith("role:") else one == name for one in people)
        )
