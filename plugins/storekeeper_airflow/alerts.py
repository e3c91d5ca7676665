"""Whom a failure tells: the on-call, once a task, through the merchant's alert webhook where one is set up.

The log always has it. An alert names Dag, task, day and the error's kind and text; error texts hold no personal data.
"""

import logging
from typing import Any

log = logging.getLogger("storekeeper.alerts")
ALERT_CONNECTION = "storekeeper_alerts"


def tell_on_call(context: dict[str, Any]) -> None:
    """Airflow's on_failure_callback: runs after the last retry."""
    run = context["dag_run"]
    error = context.get("exception")
    message = {
        "kind": "task_failed",
        "dag": run.dag_id,
        "task": context["ti"].task_id,
        "day": run.partition_key,
        "error": _told(error) if error else "",
    }
    log.error("%(dag)s.%(task)s failed for %(day)s: %(error)s", message)
    send_alert(message)


def _told(error: BaseException) -> str:
    """A full disk or a database that is gone is told as what it is, in the merchant's language."""
    from include.settings.saying import InBoth, in_language
    from include.warehouse.world_faults import world_fault
    from plugins.storekeeper_airflow.workplace import merchant

    fault = None if isinstance(error, InBoth) else world_fault(error)
    if fault is not None:
        return fault.told(merchant().language)
    if isinstance(error, InBoth) and isinstance(error, Exception):
        return in_language(error, merchant().language)
    return f"{type(error).__name__}: {error}"


def send_alert(message: dict[str, Any]) -> bool:
    """Post to the alert webhook; False where none is set up. Its own failure is logged: it must not hide the cause."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    from include.tasks.channels.alert import post_alert

    try:
        connection = Connection.get(ALERT_CONNECTION)
    except AirflowNotFoundException:
        return False
    problem = post_alert(connection.get_uri(), connection.password or "", message)
    if problem:
        log.error("the alert webhook did not take the alert: %s", problem)
    return not problem
