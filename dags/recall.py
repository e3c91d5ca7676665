"""Whom to win back (召回): from the closed books to the list, and the model behind it.

1. `recall` scores each customer's chance of not ordering again within the horizon, chooses whom to contact within the
   clerks' capacity, leaves the permanent control group alone, and publishes the list.
2. `train_churn` trains a challenger each week from earlier cuts of the books; it replaces the champion only where it is
   better on a later cut.

**When it matters**: the list is due at 08:00; a day without it costs little. Safe to run again: the same books give the
same list, byte for byte.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronPartitionTimetable, PartitionedAssetTimetable, task

from plugins.storekeeper_airflow.assets import BOOKS, RECALL_LIST
from plugins.storekeeper_airflow.dag_defaults import carried, clock_starts, day_of, defaults
from plugins.storekeeper_airflow.workplace import merchant, office

MERCHANT = merchant()

with DAG(
    "recall",
    schedule=PartitionedAssetTimetable(assets=BOOKS),
    start_date=datetime(2020, 1, 1),
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["list", "impact:medium"],
):

    @task(outlets=[RECALL_LIST])
    def choose(dag_run, triggering_asset_events, outlet_events):
        from include.day.recalling import publish_recall_list

        said = carried(triggering_asset_events, dag_run)
        outlet_events[RECALL_LIST].extra = said
        return publish_recall_list(office(), day_of(dag_run), datetime.now(UTC), **said)

    choose()

with DAG(
    "train_churn",
    schedule=CronPartitionTimetable("0 0 * * 1", timezone=MERCHANT.time_zone, run_offset=0, key_format="%Y-%m-%d"),
    start_date=clock_starts(MERCHANT),
    catchup=False,
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["model", "impact:low"],
):

    @task
    def train(dag_run):
        from include.day.training import train_churn

        return train_churn(office(), day_of(dag_run))

    train()
