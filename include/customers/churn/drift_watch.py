"""The watch over the churn model in force: does it still fit its customers, and did its scores come true."""

import json
import logging
from pathlib import Path

import pandas as pd
from sqlalchemy import delete

from include.calendar.business_days import day_after
from include.customers.churn.churn import ChurnModel, score
from include.customers.churn.drift import (
    CALIBRATION,
    DRIFT,
    LEVEL,
    SCORE,
    WATCH_COLUMNS,
    calibration_of,
    drift_since,
    lost_between,
    reference_of,
)
from include.customers.churn.horizons import horizons_of
from include.customers.customers_as_of import CustomersAsOf
from include.customers.history import OrderHistory, book_as_of
from include.tasks.drafts import Note
from include.warehouse.books import publication
from include.warehouse.tables import model_watch
from include.warehouse.workspace import Workspace
from include.words.texts import in_each

log = logging.getLogger(__name__)

REFERENCE = "reference.json"
# Distributions and errors need no more customers than this.
WATCHED_CUSTOMERS = 20_000
# Where horizons differ, the scores of one are judged from so many customers on: few are off by more than the bound by
# chance, and each horizon asks again.
_MIN_OF_A_HORIZON = 300


def write_reference(model: ChurnModel, history: OrderHistory, day: str, folder: Path) -> None:
    """Lay what the customers of the day of training look like beside the model."""
    watched = history.sample(WATCHED_CUSTOMERS, 0)
    _, features = model.features(book_as_of(watched, day))
    reference = reference_of(features, score(model, watched, day)["p_churn"].to_numpy())
    (folder / REFERENCE).write_text(json.dumps(reference, sort_keys=True), encoding="utf-8")


def watch_churn(
    workspace: Workspace, customers: CustomersAsOf, model_id: str, model: ChurnModel, folder: Path
) -> list[Note]:
    """Measure, store, and tell in notes for the list what is out of bounds."""
    rules, day, history = workspace.merchant.customers, customers.day, customers.history
    parts = []
    if (folder / REFERENCE).is_file():
        reference = json.loads((folder / REFERENCE).read_text(encoding="utf-8"))
        watched = history.sample(WATCHED_CUSTOMERS, 0)
        _, features = model.features(book_as_of(watched, day))
        drift = drift_since(reference, features, score(model, watched, day)["p_churn"].to_numpy())
        parts.append(drift.assign(model_id=model_id, bound=rules.drift_bound))
    lengths = horizons_of(rules).lengths
    for horizon in lengths:
        matured = day_after(day, -horizon)
        said = customers.matured_scores[customers.matured_scores["horizon_days"] == horizon]
        if len(said) >= (1 if len(lengths) == 1 else _MIN_OF_A_HORIZON):
            lost = lost_between(said["customer"].to_numpy(), history, matured, day)
            came_true = calibration_of(said["p_churn"].to_numpy(), lost, matured)
            parts.append(came_true.assign(model_id=said["model_id"].iloc[0], bound=rules.calibration_bound))
    columns = [*WATCH_COLUMNS, "model_id", "bound"]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    rows = rows.assign(
        day=day, kind="churn", is_out=(rows["value"] - rows["by_chance"] > rows["bound"]).astype("int64")
    )
    with publication(workspace.books) as change:
        change.execute(delete(model_watch).where(model_watch.c.day == day, model_watch.c.kind == "churn"))
        change.insert(model_watch, rows)
    notes = warnings_of(rows)
    for note in notes:
        log.warning("%s: %s", day, note.en)
    return notes


def warnings_of(rows: pd.DataFrame) -> list[Note]:
    """What of the watch is out of bounds, in words. Features that moved are named beside the score, never by
    themselves: a merchant's customers grow older every day."""
    out = rows[rows["is_out"] == 1]
    notes = []
    for row in out[(out["measure"] == DRIFT) & (out["about"] == SCORE)].to_dict("records"):
        moved = out[(out["measure"] == DRIFT) & (out["about"] != SCORE)].sort_values(
            ["value", "about"], ascending=[False, True]
        )
        names = ", ".join(moved["about"].head(3))
        index = {"value": f"{row['value']:.2f}", "bound": f"{row['bound']:g}"}
        most = in_each("note.most_moved", names=names) if names else ""
        notes.append(Note(*in_each("note.churn_drift", most=most, **index)))
    off = out[out["measure"].isin([CALIBRATION, LEVEL])].sort_values("value", ascending=False)
    return notes + [
        Note(
            *in_each(
                "note.churn_miscalibrated",
                day=row["about"],
                off=f"{100 * row['value']:.1f}%",
                chance=f"{100 * row['by_chance']:.1f}%",
            )
        )
        for row in off.head(1).to_dict("records")
    ]
