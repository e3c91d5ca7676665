"""Whom to win back (召回): from the closed books to the list, and the model behind it.

1. `recall` measures what the lists so far brought against the control group, and whether the churn model still fits its
   customers; the list's head says both.
2. It scores each customer's chance of not ordering again within the horizon, keeps their profiles and tags as of the
   day, chooses whom to contact within the capacity of each channel, leaves the permanent control group alone, and
   publishes the list with its talk sheet.
3. `train_churn` trains a challenger each week from earlier cuts of the books; it replaces the champion only where it is
   better on a later cut.
4. Where both arms are large enough it trains an uplift model beside it, which ranks the lists only where its Qini is
   proven to be better than that of the present ranking.

**When it matters**: the list is due at 08:00; a day without it costs little. Safe to run again: the same books give the
same list, byte for byte.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronPartitionTimetable, PartitionedAssetTimetable, task

from plugins.storekeeper_airflow.assets import BOOKS, RECALL_LIST
from plugins.storekeeper_airflow.dag_defaults import clock_starts, day_of, defaults, replay_flags
from plugins.storekeeper_airflow.workplace import merchant, workspace

MERCHANT = merchant()

with DAG(
    "recall",
    description="召回清单：给客户打分，挑出值得联系的 · Scores customers and writes the recall list",
    schedule=PartitionedAssetTimetable(assets=BOOKS),
    start_date=datetime(2020, 1, 1),
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["list", "impact:medium"],
):

    @task(outlets=[RECALL_LIST])
    def choose(dag_run, triggering_asset_events, outlet_events):
        from include.pipeline.recall import publish_recall_list

        said = replay_flags(triggering_asset_events, dag_run)
        outlet_events[RECALL_LIST].extra = said
        return publish_recall_list(workspace(), day_of(dag_run), datetime.now(UTC), **said)

    choose()

with DAG(
    "train_churn",
    description="每周训练流失模型，更准才换上 · Trains a churn model, used only if it is better",
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
        from include.pipeline.train import train_churn

        return train_churn(workspace(), day_of(dag_run))

    @task
    def train_uplift(dag_run):
        from include.pipeline.train_uplift import train_uplift_challenger

        return train_uplift_challenger(workspace(), day_of(dag_run))

    # Other data, another model: neither waits for the other.
    train()
    train_uplift()
