"""Puts the lists on the desk, and says so when they are not there in time.

1. `push` delivers what waits in the outbox, each delivery once in effect: the key is stored before, the answer after,
   an unknown outcome is never blindly repeated. When the newest day's lists have reached everybody it asks
   `alerts.heartbeat`, once for that day and never otherwise: silence is what is noticed outside.
2. `outbox` does the same every ten minutes for what waited: for quiet hours to end, for the other lists of a morning,
   for a receiver that was busy; alerts that were joined or not taken are told with it, and the day's
   figures are emitted where Airflow's metrics are on. From `desk.escalate_at` on it
   tells the channel `desk.escalation` of lists with urgent lines that nobody has opened or answered, of each once.
3. `lists_due` looks at 08:00, merchant's time, whether the lists of the day before lie on the desk, and fails, which
   tells the on-call, when they do not.

**When it matters**: `lists_due` failing is the signal that planners are about to work without a list.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, CronPartitionTimetable, CronTriggerTimetable, PartitionedAssetTimetable, task
from airflow.sdk.exceptions import AirflowFailException

from plugins.storekeeper_airflow.alerts import beat_if_out, tell_again
from plugins.storekeeper_airflow.assets import RECALL_LIST, RESTOCK_LIST
from plugins.storekeeper_airflow.dag_defaults import clock_starts, day_of, defaults
from plugins.storekeeper_airflow.metrics import emit_if_on
from plugins.storekeeper_airflow.workplace import channel_secrets, merchant, workspace

MERCHANT = merchant()
DUE = MERCHANT.closing.lists_due

with DAG(
    "push",
    description="推送清单，每份只送一次 · Delivers the lists, each once",
    schedule=PartitionedAssetTimetable(assets=RESTOCK_LIST | RECALL_LIST),
    start_date=datetime(2020, 1, 1),
    max_active_runs=1,
    default_args=defaults(MERCHANT),
    doc_md=__doc__,
    tags=["list", "impact:high"],
):

    @task
    def deliver(dag_run):
        from include.pipeline.push import deliver_waiting, not_delivered

        day_of(dag_run)
        report = deliver_waiting(workspace(), channel_secrets(MERCHANT.channels), datetime.now(UTC))
        beat_if_out()
        if report["failed"] or report["dead"] or report["unknown"]:
            raise AirflowFailException(not_delivered(report, MERCHANT.language))
        if report["postponed"]:
            raise RuntimeError(not_delivered(report, MERCHANT.language))  # to be tried again
        return report

    deliver()

with DAG(
    "outbox",
    description="每十分钟补发等待中的清单，没人看就提醒 · Delivers what waited, tells of lists nobody has opened",
    schedule=CronTriggerTimetable("*/10 * * * *", timezone=MERCHANT.time_zone),
    start_date=clock_starts(MERCHANT) + timedelta(days=1),
    catchup=False,
    max_active_runs=1,
    default_args={**defaults(MERCHANT), "retries": 0},
    doc_md=__doc__,
    tags=["list", "impact:medium"],
):

    @task
    def deliver_again():
        from include.pipeline.push import deliver_waiting, escalate_unseen, not_delivered

        tell_again()
        emit_if_on()
        place, now = workspace(), datetime.now(UTC)
        told = escalate_unseen(place, now)
        report = deliver_waiting(place, channel_secrets(MERCHANT.channels), now)
        beat_if_out()
        if report["failed"] or report["dead"] or report["newly_unknown"]:
            raise AirflowFailException(not_delivered(report, MERCHANT.language))
        return {**report, "escalated": told}

    deliver_again()

with DAG(
    "lists_due",
    description="08:00 检查清单是否到位，没到就告警 · Looks at 08:00 whether the lists are there",
    schedule=CronPartitionTimetable(
        f"{DUE.minute} {DUE.hour} * * *", timezone=MERCHANT.time_zone, run_offset=-1, key_format="%Y-%m-%d"
    ),
    start_date=clock_starts(MERCHANT) + timedelta(days=1),  # when the first day has ended
    catchup=False,
    default_args={**defaults(MERCHANT), "retries": 0},
    doc_md=__doc__,
    tags=["watch", "impact:high"],
):

    @task
    def look(dag_run):
        from include.pipeline.push import what_is_missing

        missing = what_is_missing(workspace(), day_of(dag_run))
        if missing:
            raise AirflowFailException("; ".join(missing))

    look()
