"""Opens the business day, and has it closed at the cut-off if a shop is late.

1. `open_day` starts at midnight, merchant's time, and opens the day that just ended: every `ingest_<shop>` follows. To
   replay days, backfill it: `airflow backfill create --dag-id open_day --from-date 2025-11-10 --to-date 2025-11-12
   --reprocess-behavior completed`. Everything downstream follows, day by day; a replay pushes nothing unless its conf
   says `{"push": true}`.
2. `free_space` looks whether the disks have room for a day like the largest of late; it fails, and holds nothing back,
   if one has not. Below seven such days it warns in its log.
3. `cut_off` waits, without holding a worker, until the day is closed. At the cut-off (06:30) it has the day closed
   without the shops that are late. Their Dags go on waiting.

**When it matters**: until 06:30 each day. Without it no day begins. Safe to run again at any time.
"""

import logging
from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, BaseOperator, CronPartitionTimetable, Param, task
from airflow.sdk.exceptions import AirflowSkipException

from include.calendar.business_days import cut_off_of
from plugins.storekeeper_airflow.assets import CLOSE_REQUESTED, DAY
from plugins.storekeeper_airflow.dag_defaults import clock_starts, day_of, defaults
from plugins.storekeeper_airflow.waiting import ClosedTrigger
from plugins.storekeeper_airflow.workplace import merchant, workspace

MERCHANT = merchant()
CLOSING = MERCHANT.closing
log = logging.getLogger("storekeeper.open_day")

with DAG(
    "open_day",
    description="开账：零点打开刚结束的一天，到截止时间缺店铺也结账 · Opens the day that just ended",
    schedule=CronPartitionTimetable("0 0 * * *", timezone=MERCHANT.time_zone, run_offset=-1, key_format="%Y-%m-%d"),
    start_date=clock_starts(MERCHANT),
    catchup=False,
    default_args=defaults(MERCHANT),
    params={"push": Param(None, type=["boolean", "null"], description="push the lists even where this is a replay")},
    doc_md=__doc__,
    tags=["day", "impact:high"],
):

    @task(outlets=[DAY])
    def open_day(dag_run, params, outlet_events):
        day_of(dag_run)
        outlet_events[DAY].extra = {"replay": dag_run.run_type.value == "backfill", "push": params["push"]}

    @task
    def free_space(dag_run):
        from include.pipeline.recovery.free_space import require_room, summary

        day_of(dag_run)
        place, now = workspace(), datetime.now(UTC)
        for warning in require_room(place, now):
            log.warning(warning)
        return dict(summary(place, now))

    class CutOff(BaseOperator):
        """Skipped when the day is closed in time; otherwise has it closed with what is there."""

        def execute(self, context):
            day = day_of(context["dag_run"])
            soonest = datetime.now(UTC) + timedelta(seconds=CLOSING.catch_up_seconds)
            until = max(cut_off_of(day, CLOSING.cut_off, MERCHANT.time_zone), soonest)
            trigger = ClosedTrigger(day, until.isoformat(), CLOSING.look_every_seconds)
            self.defer(trigger=trigger, method_name="decide")

        def decide(self, context, event):
            if event["closed"]:
                raise AirflowSkipException("closed in time")
            context["outlet_events"][CLOSE_REQUESTED].extra = {
                "replay": context["dag_run"].run_type.value == "backfill",
                "push": context["params"]["push"],
                "cut_off": True,
            }

    free_space()
    open_day() >> CutOff(task_id="cut_off", outlets=[CLOSE_REQUESTED])
