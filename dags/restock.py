"""What to restock (补货): from the closed books to the list, and the model behind it.

1. `restock` forecasts the demand of each sku and warehouse over its protection period (lead time and review period),
   moves between warehouses what need not be bought, plans orders for the rest, and publishes the restock, transfer,
   chase (open orders that need a person) and excess lists; tasks, list and outbox in one transaction. With the restock
   list goes what promotions ahead need by when (活动备货) and what came of those that ended (活动复盘), and on one
   morning a week (`reckoning_day`, Monday) the week's reckoning (对账): what was suggested, done, came and brought.
2. `look_back` then stores what the desk's page 回顾 (looking back) shows: sums of what was forecast and sold, of what
   was done and came, and of the stock's health. What lists suggested is stored with them.
3. `train_demand` trains a challenger each week on the books as of its day. It replaces the champion only where a
   rolling backtest says so; what it found stands on the model card.

**When it matters**: the list is due at 08:00. `look_back` may fail without harm to the lists: run it again when it can.
`train_demand` may fail for weeks without harm: the champion goes on.
Safe to run again: the same books give the same list, byte for byte.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, CronPartitionTimetable, PartitionedAssetTimetable, task

from plugins.storekeeper_airflow.assets import BOOKS, RESTOCK_LIST
from plugins.storekeeper_airflow.dag_defaults import clock_starts, day_of, defaults, replay_flags
from plugins.storekeeper_airflow.workplace import merchant, workspace

MERCHANT = merchant()

with DAG(
    "restock",
    description="补货、调拨、催货、积压清单 · Plans the restock, transfer, chase and excess lists",
    schedule=PartitionedAssetTimetable(assets=BOOKS),
    start_date=datetime(2020, 1, 1),
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["list", "impact:high"],
):

    @task(outlets=[RESTOCK_LIST])
    def plan(dag_run, triggering_asset_events, outlet_events):
        from include.pipeline.restock import publish_restock_lists

        said = replay_flags(triggering_asset_events, dag_run)
        outlet_events[RESTOCK_LIST].extra = said
        return publish_restock_lists(workspace(), day_of(dag_run), datetime.now(UTC), **said)

    @task
    def look_back(dag_run):
        from include.pipeline.restock import look_back

        return look_back(workspace(), day_of(dag_run))

    plan() >> look_back()

with DAG(
    "train_demand",
    description="每周训练需求预测模型，更准才换上 · Trains a demand model, used only if it is better",
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
        from include.pipeline.train import train_demand

        return train_demand(workspace(), day_of(dag_run))

    train()
