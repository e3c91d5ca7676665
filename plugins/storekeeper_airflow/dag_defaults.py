"""What every Dag of Storekeeper shares: owner, retries, the alert, and the key of its run."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from include.settings.merchant import Merchant
from plugins.storekeeper_airflow.alerts import tell_on_call


def defaults(merchant: Merchant) -> dict[str, Any]:
    """`default_args` of a Dag."""
    return {
        "owner": merchant.owner,
        "retries": merchant.running.retries,
        "retry_delay": timedelta(seconds=merchant.running.retry_seconds),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
        "on_failure_callback": tell_on_call,
    }


def clock_starts(merchant: Merchant) -> datetime:
    """The `start_date` of what the clock starts by itself: the first day's midnight where the merchant is."""
    midnight = datetime.combine(merchant.running.clock_starts, time())
    return midnight.replace(tzinfo=ZoneInfo(merchant.time_zone))


def day_of(dag_run: Any) -> str:
    """The run's business day. A run without one can do nothing: say how to start it right."""
    from include.calendar.business_days import parse_day

    if not dag_run.partition_key:
        raise ValueError(
            "this run has no business day: trigger it with a partition key such as 2025-11-11 "
            "(or use `airflow backfill create --dag-id open_day`)"
        )
    parse_day(dag_run.partition_key)
    return str(dag_run.partition_key)


def replay_flags(triggering_asset_events: Any, dag_run: Any) -> dict[str, Any]:
    """What the day's opening said and every later Dag must know: {"replay": bool, "push": bool | None}.

    Read from the newest of the events that started the run; a run started by hand may say it in its conf.
    """
    events = [event for of_asset in triggering_asset_events.values() for event in of_asset]
    newest = max(events, key=lambda event: event.timestamp, default=None)
    said = (newest.extra or {}) if newest is not None else (dag_run.conf or {})
    return {"replay": bool(said.get("replay", False)), "push": said.get("push")}
