"""Reads the lists that people hand back, and lays a receipt beside each.

1. A watch looks at the folder 交回 (hand-back) beside the lists, without a run while nothing is there. Who has worked a
   list puts the spreadsheet into the folder of their name in it: `交回/小王/补货_2025-11-12.xlsx`.
2. `take_in` enters the answers of every file that is at rest, oldest first, and lays `回执_….xlsx` beside it: what was
   entered, what not and why, what it comes to. The file is moved to `交回/已处理`; `upkeep` removes it and its receipt
   after `retention_days`.
3. Customers who want no more contact are taken off every open recall list.

**When it matters**: while people work their lists. A file that cannot be read is told of in its receipt and fails
nothing. A failed run means that the books could not be reached, or that a file may not be read or moved: the error
names it, nothing of it is entered, and all others were read. By hand, `./storekeeper tasks hand-back FOLDER` does
step 2; step 3 then waits for the next run of this Dag, or the next list.
"""

from datetime import UTC, datetime

from airflow.sdk import DAG, Asset, AssetWatcher, task

from plugins.storekeeper_airflow.dag_defaults import defaults
from plugins.storekeeper_airflow.waiting import HandedBackTrigger
from plugins.storekeeper_airflow.workplace import merchant, workspace

MERCHANT = merchant()
WATCH = AssetWatcher(name="hand_back_folders", trigger=HandedBackTrigger(MERCHANT.hand_back.look_every_seconds))
HANDED_BACK = Asset("handed_back", watchers=[WATCH] if MERCHANT.hand_back.open else [])

with DAG(
    "hand_back",
    schedule=[HANDED_BACK],
    start_date=datetime(2020, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    description="读取交回的清单，每份写一张回执 · Enters the lists that people hand back, with a receipt for each",
    doc_md=__doc__,
    tags=["list", "impact:medium"],
):

    @task
    def take_in():
        from include.pipeline.hand_back import take_in_lists

        return take_in_lists(workspace(), lambda: datetime.now(UTC))

    take_in()
