"""A small specimen merchant's days, lived once: each test works on a copy of the state that it starts from.

2025-10-31 ends the opening history, 2025-11-01 has its lists, 2025-11-02 is in the books, 2025-11-03 only in folders.
On the last two days the merchant orders nothing, so that only what a test orders comes.
"""

import base64
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import LargeBinary, Table, select

from include.pipeline import close, ingest, recall, restock
from include.pipeline.train import train_churn
from include.replenishment.day_plan import plan_inputs
from include.replenishment.planning_data import plan_basis
from include.settings.loading import load_merchant
from include.simulation.specimen.business import Specimen
from include.simulation.specimen.settings import SpecimenSettings
from include.tasks.acts import Act, Acted, act_all
from include.tasks.document import Document, read_document
from include.tasks.publish_list import document_of
from include.warehouse.books import read_frame
from include.warehouse.workspace import Keys, Workspace
from tests.copies import copied, new_workspace
from tests.kept_checks import KeptChecks, kept_checks

EXAMPLE = Path(__file__).parents[2] / "examples" / "specimen"
OPENING, FIRST, SECOND, THIRD = (date(2025, 10, 31) + timedelta(days=days) for days in range(4))
HISTORY_DAYS = 92
SHOPS = ("douyin", "erp", "jd", "tmall")
NO_ORDERS = pd.DataFrame({"sku": [], "warehouse": [], "quantity": []})
KEPT = "business.npz"  # the business at the end of the first day


@dataclass(frozen=True)
class Desk:
    """One merchant's workspace, with the steps of a day as they are called the morning after it."""

    workspace: Workspace

    @property
    def home(self) -> Path:
        return self.workspace.home

    def morning_after(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, 3, tzinfo=ZoneInfo("Asia/Shanghai")) + timedelta(days=1)

    def ingest(self, day: date, *shops: str, history: bool = False) -> dict[str, ingest.Ingested]:
        now = self.morning_after(day)
        return {
            shop: ingest.ingest_shop(self.workspace, shop, day.isoformat(), now, history=history)
            for shop in shops or SHOPS
        }

    def close(self, day: date, without_late_shops: bool = False) -> close.Closed | None:
        return close.close(self.workspace, day.isoformat(), self.morning_after(day), without_late_shops)

    def lists(self, day: date, **more: Any) -> dict[str, Any]:
        """Restock, excess and recall."""
        now = self.morning_after(day)
        made = restock.publish_restock_lists(self.workspace, day.isoformat(), now, **more)
        return {**made, "recall": recall.publish_recall_list(self.workspace, day.isoformat(), now, **more)}

    def text(self, kind: str, day: date) -> str | None:
        with self.workspace.books.connect() as connection:
            return document_of(connection, kind, day.isoformat())

    def document(self, kind: str, day: date) -> Document:
        written = self.text(kind, day)
        assert written is not None, f"there is no {kind} list of {day}"
        return read_document(written)

    def rows(self, table: Table, *conditions: Any) -> pd.DataFrame:
        """All columns but packed documents."""
        columns = [column for column in table.columns if not isinstance(column.type, LargeBinary)]
        return read_frame(
            self.workspace.books, select(*columns).where(*conditions).order_by(*table.primary_key.columns)
        )

    def act(self, day: date, *acts: Act) -> Acted:
        """At nine o'clock of `day`."""
        with self.workspace.books.begin() as connection:
            done = act_all(connection, acts, "planner", datetime(day.year, day.month, day.day, 9))
        assert not done.refused
        return done

    def inputs(self, day: date) -> pd.DataFrame:
        """What the planner of `day` starts from, by warehouse and sku."""
        basis = plan_basis(self.workspace, day.isoformat())
        found = plan_inputs(basis.planning, basis.protection, self.workspace.merchant.replenishment)
        return found.set_index(["warehouse", "sku"])

    def folder(self, shop: str, day: date) -> Path:
        return self.home / "exports" / {"erp": "jushuitan"}.get(shop, shop) / day.isoformat()

    def with_settings(self, **changes: Any) -> "Desk":
        """The same workspace under other settings: merchant's fields, deep."""
        merchant = self.workspace.merchant
        plain = merchant.model_dump()
        return Desk(replace(self.workspace, merchant=type(merchant).model_validate(_merged(plain, changes))))


def _merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **values,
        **{
            name: _merged(values[name], change)
            if isinstance(change, dict) and isinstance(values.get(name), dict)
            else change
            for name, change in changes.items()
        },
    }


@pytest.fixture(scope="session")
def checks(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> KeptChecks:
    """Of all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    return KeptChecks((base.parent if hasattr(request.config, "workerinput") else base) / "kept-checks")


@pytest.fixture(scope="module", autouse=True)
def _kept_checks(checks: KeptChecks) -> Iterator[None]:
    """The same exports go into the books over and over: they are judged once."""
    with kept_checks(checks):
        yield


@pytest.fixture(scope="session")
def keys() -> Keys:
    """The same in every run: the customers' key decides who is left alone as a control, and so who is listed."""
    vault, customers = (base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2))
    return Keys.from_mapping({"vault": {"k1": vault}, "vault_key_id": "k1", "customers": customers})


@pytest.fixture(scope="session")
def open_desk(keys: Keys) -> Callable[..., Desk]:
    def at(home: Path, url: str | None = None) -> Desk:
        merchant = load_merchant(EXAMPLE, home)
        return Desk(new_workspace(merchant, url or merchant.books, keys, home))

    return at


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose folders hold the exports of the opening history and of three days. Read only."""
    home = tmp_path_factory.mktemp("lived")
    business = Specimen(
        SpecimenSettings(seed=11, skus=30, first_day=OPENING - timedelta(days=HISTORY_DAYS - 1), lines_per_sku_day=1.0)
    )
    business.run_history(HISTORY_DAYS)
    business.write_history(home / "exports", OPENING)
    business.step(FIRST)
    business.write_day(home / "exports", FIRST)
    business.save(home / KEPT)
    for day in (SECOND, THIRD):
        business.step(day, NO_ORDERS)
        business.write_day(home / "exports", day)
    return home


@pytest.fixture(scope="session")
def go_on(
    open_desk: Callable[..., Desk], tmp_path_factory: pytest.TempPathFactory, checks: KeptChecks
) -> Callable[..., Path]:
    """A state and a step -> the state after it, in a home of its own."""

    def after(before: Path, step: Callable[[Desk], object]) -> Path:
        home = tmp_path_factory.mktemp("state")
        shutil.copytree(before, home, dirs_exist_ok=True)
        desk = open_desk(home)
        with kept_checks(checks):
            step(desk)
        desk.workspace.books.dispose()
        return home

    return after


@pytest.fixture(scope="session")
def onboarded(lived: Path, go_on: Callable[..., Path]) -> Path:
    def onboard(desk: Desk) -> None:
        desk.ingest(OPENING, history=True)
        desk.close(OPENING, without_late_shops=True)

    return go_on(lived, onboard)


@pytest.fixture(scope="session")
def first_day(onboarded: Path, go_on: Callable[..., Path]) -> Path:
    """The first day is closed and has its lists."""

    def live(desk: Desk) -> None:
        desk.ingest(FIRST)
        assert desk.close(FIRST) is not None
        desk.lists(FIRST)

    return go_on(onboarded, live)


@pytest.fixture(scope="session")
def jd_awaited(first_day: Path, go_on: Callable[..., Path]) -> Path:
    """Of the second day, all shops but jd are in the books; it is not closed."""
    return go_on(first_day, lambda desk: desk.ingest(SECOND, "douyin", "erp", "tmall"))


@pytest.fixture(scope="session")
def second_day(jd_awaited: Path, go_on: Callable[..., Path]) -> Path:
    """The second day is closed; its lists are still to be made."""

    def live(desk: Desk) -> None:
        desk.ingest(SECOND, "jd")
        assert desk.close(SECOND) is not None

    return go_on(jd_awaited, live)


def with_a_long_horizon(desk: Desk) -> Desk:
    """So long that three months of history are too short to judge a model: it is released unjudged."""
    return desk.with_settings(customers={"horizon_days": 75})


@pytest.fixture(scope="session")
def third_day(second_day: Path, go_on: Callable[..., Path]) -> Path:
    """The third day is closed; a churn model is champion for its list, which is still to be made."""

    def live(desk: Desk) -> None:
        trained = train_churn(with_a_long_horizon(desk).workspace, SECOND.isoformat(), say=lambda text: None)
        assert trained["champion_since"] == THIRD.isoformat()
        desk.ingest(THIRD)
        assert desk.close(THIRD) is not None

    return go_on(second_day, live)


@pytest.fixture
def desk_at(tmp_path: Path, open_desk: Callable[..., Desk]) -> Iterator[Callable[[Path], Desk]]:
    """A desk of one's own, on SQLite, that starts from a state."""
    opened: list[Desk] = []

    def start(state: Path) -> Desk:
        home = tmp_path / f"home{len(opened)}"
        shutil.copytree(state, home)
        opened.append(open_desk(home))
        return opened[-1]

    yield start
    for desk in opened:
        desk.workspace.books.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(
    request: pytest.FixtureRequest, second_day: Path, tmp_path: Path, open_desk: Callable[..., Desk]
) -> Iterator[Desk]:
    """The second day is closed, its lists are still to be made: on each database."""
    home = tmp_path / "home"
    shutil.copytree(second_day, home)
    if request.param == "sqlite":
        desk = open_desk(home)
    else:
        url = request.getfixturevalue("postgres_url")
        lived = open_desk(home)
        copied(lived.workspace.books, url)
        lived.workspace.books.dispose()
        desk = open_desk(home, url)
    yield desk
    desk.workspace.books.dispose()
