"""Closes the business day: facts for every day that its exports touched.

1. Runs once all shops' exports of the day are in the books; again whenever a shop comes late or is replayed; and at the
   cut-off with what is there.
2. Computes demand, sales, customers' orders and stock of every (shop, day) that the exports touch, as of this day, and
   publishes only what changed. A late export also brings later closes up to date.
3. Draws the Data Docs of the day; they hold nobody up.

**When it matters**: the lists wait for it. Safe to run again: the same inputs give the same facts and no new revision.
"""

from datetime import UTC, datetime
from functools import reduce
from operator import and_

from airflow.sdk import DAG, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from plugins.storekeeper_airflow.assets import BOOKS, CLOSE_REQUESTED, shop_asset
from plugins.storekeeper_airflow.dag_defaults import day_of, defaults, replay_flags
from plugins.storekeeper_airflow.workplace import merchant, workspace

MERCHANT = merchant()
ALL_SHOPS = reduce(and_, [shop_asset(shop.name) for shop in MERCHANT.shops])

with DAG(
    "close_day",
    description="结账：店铺到齐后算出当天的事实，迟到的补上后重算 · The day's facts once all shops are in",
    schedule=PartitionedAssetTimetable(assets=ALL_SHOPS | CLOSE_REQUESTED),
    start_date=datetime(2020, 1, 1),
    max_active_runs=1,  # closes write the same tables: one after the other
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["day", "impact:high"],
):

    @task(outlets=[BOOKS])
    def close(dag_run, triggering_asset_events, outlet_events):
        from include.pipeline.close import close

        events = [event for of_asset in triggering_asset_events.values() for event in of_asset]
        cut_off = any((event.extra or {}).get("cut_off") for event in events) or bool((dag_run.conf or {}).get("force"))
        closed = close(workspace(), day_of(dag_run), datetime.now(UTC), without_late_shops=cut_off)
        if closed is None:
            raise AirflowSkipException("not all shops are in, and the cut-off has not passed")
        outlet_events[BOOKS].extra = replay_flags(triggering_asset_events, dag_run)
        return closed.summary()

    @task(retries=0)
    def data_docs(dag_run):
        from include.pipeline.write_data_docs import draw_data_docs

        return draw_data_docs(workspace(), day_of(dag_run))

    close() >> data_docs()
