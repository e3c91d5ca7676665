"""The recall step of a small merchant, from the books to the list, on both databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.customers.churn.churn import save, train
from include.customers.store import history_as_of
from include.pipeline.recall import publish_recall_list
from include.tasks.task_tables import tasks
from include.warehouse.model_registry import register
from include.warehouse.tables import churn_scores, customer_profiles, recall_arms, win_back
from include.warehouse.workspace import Keys
from tests.copies import emptied
from tests.pipeline.small_merchant import SmallDesk

DAYS = [date(2025, 9, 1).isoformat(), date(2025, 9, 6).isoformat(), date(2025, 11, 1).isoformat()]
BUYERS = 10


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDesk]:
    """Ten buyers of alpha: all on the first day, three again five days later, three others after two months; a model
    of the second day."""
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        emptied(url).dispose()
    call = {"name": "call", "zh": "电话", "en": "phone", "capacity": 4}
    made = SmallDesk.at(tmp_path / "home", Keys.from_mapping(new_keys()), url, contact_channels=[call], horizon_days=30)
    for visit, (day, buyers) in enumerate(zip(DAYS, (range(BUYERS), range(0, 6, 2), range(1, 6, 2)), strict=True)):
        made.sells("alpha", day, *(f"a{visit}{number} buyer{number} -" for number in buyers))
        made.ingest(day, "alpha")
        made.close(day)
    saved = tmp_path / "model"
    saved.mkdir()
    save(train(history_as_of(made.workspace, DAYS[1]), DAYS[1], 30, seed=1), saved / "churn.json")
    register(made.workspace, "churn", DAYS[1], saved, {}, is_released=True)
    yield made
    made.workspace.books.dispose()


def test_a_list_from_the_books_and_the_same_again(desk: SmallDesk) -> None:
    day = DAYS[2]

    publish_recall_list(desk.workspace, day, desk.morning_after(day))

    stored = {table.name: desk.rows(table) for table in (churn_scores, recall_arms, customer_profiles, win_back)}
    assert len(stored["churn_scores"]) == len(stored["customer_profiles"]) == BUYERS
    listed = desk.rows(tasks, tasks.c.kind == "recall")
    assert len(listed) == 4
    assert set(listed["customer"]) == set(
        stored["recall_arms"].loc[stored["recall_arms"]["arm"] == "listed", "customer"].str[:12]
    )
    again = publish_recall_list(desk.workspace, day, desk.morning_after(day), replay=True)
    assert again["lines"] == len(listed)
    for table in (churn_scores, recall_arms, customer_profiles, win_back):
        pd.testing.assert_frame_equal(desk.rows(table), stored[table.name])
