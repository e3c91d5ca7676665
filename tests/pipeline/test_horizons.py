"""Horizons by customer in the books: scores, the list's words, the watch and the verdict are about each one's own."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from include.cli.keys import new_keys
from include.customers.churn.churn import save, train
from include.customers.churn.horizons import horizons_of
from include.customers.store import history_as_of
from include.pipeline.recall import publish_recall_list
from include.pipeline.train import judge_churn, train_churn
from include.tasks.canonical_json import read_json
from include.tasks.task_tables import tasks
from include.warehouse.books import publication
from include.warehouse.model_registry import register
from include.warehouse.tables import churn_scores, model_watch, models
from include.warehouse.workspace import Keys
from tests.pipeline.small_merchant import SmallDesk

FIRST = date(2025, 3, 1)
# Buyers 0 to 2 come every ten days, then not; 0 comes again late, 3 later still.
ORDERS = {0: range(6), 10: range(3), 20: range(3), 67: [0], 90: [3]}
LAST = (FIRST + timedelta(days=90)).isoformat()
BUYERS = 6


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDesk]:
    home = tmp_path_factory.mktemp("horizons")
    made = SmallDesk.at(
        home / "home",
        Keys.from_mapping(new_keys()),
        capacity=BUYERS,
        control_share=0.0,
        min_p_churn=0.0,
        max_return_chance=1.0,
        horizon_days=60,
        horizon_gaps=3,
        horizon_steps=[30, 90],
    )
    for after, buyers in ORDERS.items():
        day = (FIRST + timedelta(days=after)).isoformat()
        made.sells("alpha", day, *(f"o{after}x{number} buyer{number} -" for number in buyers))
        made.ingest(day, "alpha")
        made.close(day)
    trained_on = (FIRST + timedelta(days=20)).isoformat()
    horizons = horizons_of(made.workspace.merchant.customers)
    (home / "model").mkdir()
    model = train(history_as_of(made.workspace, trained_on), trained_on, horizons, seed=1)
    save(model, home / "model" / "churn.json")
    register(made.workspace, "churn", trained_on, home / "model", {}, is_released=True)
    yield made
    made.workspace.books.dispose()


def test_scores_and_words_are_about_each_ones_own_horizon(desk: SmallDesk) -> None:
    publish_recall_list(desk.workspace, LAST, desk.morning_after(LAST))

    stored = desk.rows(churn_scores, churn_scores.c.day == LAST).set_index("customer")["horizon_days"]
    own = {number: int(stored[desk.customer("alpha", f"buyer{number}")]) for number in range(BUYERS)}
    assert own == {0: 90, 1: 30, 2: 30, 3: 60, 4: 60, 5: 60}
    listed = desk.rows(tasks, tasks.c.kind == "recall")
    short = {desk.customer("alpha", f"buyer{number}")[:12]: days for number, days in own.items()}
    assert {short[customer] for customer in listed["customer"]} == {30, 60, 90}
    for customer, text in zip(listed["customer"], listed["payload"], strict=True):
        payload = read_json(text)
        assert f"The chance to return within {short[customer]} days is" in payload["why_en"]
        assert payload["why_zh"].startswith(f"不联系 {short[customer]} 天内也会回来的可能 ")


def test_scores_are_held_against_what_came_when_their_own_horizon_ends(desk: SmallDesk) -> None:
    def said(days_ago: int, horizon: int, p_churn: float, customers: int = 300) -> pd.DataFrame:
        day = (FIRST + timedelta(days=90 - days_ago)).isoformat()
        names = [f"{number:03d}" for number in range(customers)]  # whom nobody saw again
        rows = pd.DataFrame({"day": day, "customer": names, "model_id": "m", "horizon_days": horizon})
        return rows.assign(p_churn=p_churn, expected_orders=1.0)

    with publication(desk.workspace.books) as change:
        for rows in (said(30, 30, 0.99), said(60, 60, 0.2), said(90, 90, 0.2, customers=20)):
            change.insert(churn_scores, rows)
        # Said on a day that another horizon looks at, and not over.
        change.insert(churn_scores, said(30, 60, 0.2).assign(customer=lambda rows: "x" + rows["customer"]))

    publish_recall_list(desk.workspace, LAST, desk.morning_after(LAST), replay=True)

    watch = desk.rows(model_watch, model_watch.c.measure == "level").set_index("about")
    short, middle = ((FIRST + timedelta(days=90 - days)).isoformat() for days in (30, 60))
    assert set(watch.index) == {short, middle}  # twenty customers are too few
    assert watch["customers"].tolist() == [300, 300]
    assert (watch.loc[short, "is_out"], watch.loc[middle, "is_out"]) == (0, 1)
    assert watch.loc[middle, "value"] == pytest.approx(0.8)


def test_everyone_is_judged_at_their_own_horizon(desk: SmallDesk) -> None:
    judged = judge_churn(desk.workspace, LAST, history_as_of(desk.workspace, LAST), lambda text: None)

    # From sixty days before: buyer 0 came within sixty days, but not within their own thirty; buyer 3 on the last day.
    assert judged["judged"]["cut"] == (FIRST + timedelta(days=30)).isoformat()
    found = pd.DataFrame(judged["by_horizon"]).set_index("horizon_days")
    assert found["customers"].to_dict() == {30: 3, 60: 3}
    assert found["lost_share"].to_dict() == {30: 1.0, 60: pytest.approx(2 / 3, abs=1e-4)}
    assert judged["judged"]["lost_share"] == pytest.approx(5 / 6, abs=1e-4)
    assert np.isfinite(found["mean_chance"]).all()


def test_the_card_says_it_by_horizon(desk: SmallDesk) -> None:
    trained = train_churn(desk.workspace, LAST, lambda text: None)

    found = desk.rows(models, models.c.model_id == trained["model"])
    card = json.loads(found["card"].iloc[0])
    assert card["horizons"] == {"of_merchant": 60, "by_category": {}, "gaps": 3.0, "steps": [30, 90]}
    assert [row["horizon_days"] for row in card["by_horizon"]] == [30, 60]
    (page,) = Path(desk.workspace.merchant.models).glob(f"{trained['model']}/card.md")
    assert "| horizon_days | customers | mean_chance | lost_share |" in page.read_text(encoding="utf-8")
