"""Whom a failure tells: the on-call, through the channels that the merchant's YAML names under `alerts`.

The log always has it. Telling never raises: it must not hide the failure that it is about.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.pipeline.watching.alarms import Alarm
    from include.settings.channels import Channel
    from include.settings.merchant import Merchant

log = logging.getLogger("storekeeper.alerts")


def tell_on_call(context: dict[str, Any]) -> None:
    """Airflow's on_failure_callback: runs after the last retry."""
    try:
        alarm = alarm_of(context)
        log.error("%s failed for %s: %s", alarm.step, alarm.day or "no day", alarm.reason)
        tell(alarm)
    except Exception:
        log.exception("the failure could not be told")


def alarm_of(context: dict[str, Any]) -> "Alarm":
    """What failed. A task that died is told by the dag-processor, which knows less of it."""
    from include.pipeline.watching.alarms import Alarm, reason_of
    from plugins.storekeeper_airflow.workplace import merchant

    settings, run, task = merchant(), context.get("dag_run"), context.get("ti") or context.get("task_instance")
    dag_id, task_id = str(getattr(task, "dag_id", "")), str(getattr(task, "task_id", ""))
    shops = {shop.name for shop in settings.shops}
    named = (getattr(context.get("task"), "shop", ""), dag_id.removeprefix("ingest_"), task_id.removeprefix("history_"))
    return Alarm(
        dag=dag_id,
        task=task_id,
        day=str(getattr(run, "partition_key", None) or ""),
        shop=next((one for one in named if one in shops), ""),
        reason=reason_of(context.get("exception") or context.get("reason"), settings.language),
        link=link_to(task, settings),
    )


def link_to(task: Any, settings: "Merchant") -> str:
    """The run's page, below the public address where the YAML says it."""
    from airflow.configuration import conf

    address = str(getattr(task, "log_url", "") or "")
    own = str(conf.get("api", "base_url", fallback="") or "").rstrip("/")
    public = (settings.desk.address or "").rstrip("/")
    return f"{public}{address.removeprefix(own)}" if public and own and address.startswith(own) else address


def tell(alarm: "Alarm") -> list[str]:
    """Tell it; returns what was not taken. If the books do not open it is told all the same, and kept nowhere."""
    from include.calendar.business_days import merchant_now
    from include.pipeline.watching.alert_book import raise_alarm, tell_directly, tell_waiting
    from include.warehouse.books import open_books
    from plugins.storekeeper_airflow.workplace import books_url, channel_secrets, merchant

    settings = merchant()
    told = channels_told(settings)
    if not told:
        log.warning("nobody is told: merchant.yaml names no channel under `alerts`")
        return []
    secrets = channel_secrets(told)
    zone = settings.time_zone
    try:
        books = open_books(books_url(settings))
        raise_alarm(books, settings, told, alarm, merchant_now(zone, datetime.now(UTC)))
    except Exception:
        log.exception("the alert could not be kept; it is told at once")
        return tell_directly(settings, told, secrets, alarm, f"{alarm.step} {alarm.day} {datetime.now(UTC)}")
    return tell_waiting(books, settings, told, secrets, lambda: merchant_now(zone, datetime.now(UTC)))


def tell_again() -> list[str]:
    """Tell what waits: failures that were joined, quiet hours that are over, receivers that were away; returns what was
    not taken. Its own trouble is logged: lists that wait must go out all the same."""
    try:
        return _tell_again()
    except Exception:
        log.exception("waiting alerts could not be told")
        return []


def _tell_again() -> list[str]:
    from include.calendar.business_days import merchant_now
    from include.pipeline.watching.alert_book import tell_waiting
    from plugins.storekeeper_airflow.workplace import channel_secrets, merchant, workspace

    settings = merchant()
    told = channels_told(settings)
    if not told:
        return []
    place, zone = workspace(), settings.time_zone
    return tell_waiting(
        place.books, settings, told, channel_secrets(told), lambda: merchant_now(zone, datetime.now(UTC))
    )


def beat_if_out() -> None:
    """The heartbeat, once the newest day's lists are out. Its trouble is told once and fails nothing."""
    from airflow.sdk import Connection

    from include.pipeline.watching.alarms import Alarm
    from include.pipeline.watching.heartbeat import beat
    from plugins.storekeeper_airflow.workplace import address_in, merchant, workspace

    settings = merchant().alerts.heartbeat
    if settings is None:
        return
    try:
        address = settings.url or address_in(Connection.get(str(settings.connection)))
        found = beat(workspace(), address, datetime.now(UTC))
        if found is not None and found.is_news:
            tell(Alarm("heartbeat", "ping", found.day, "", found.trouble))
    except Exception:
        log.exception("the heartbeat could not be sent")


def channels_told(settings: "Merchant") -> "Sequence[Channel]":
    """The channels that hear of failures; the connection from before among them, where there is one."""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    from include.pipeline.watching.alert_book import ALERT_CONNECTION, alert_channels

    try:
        Connection.get(ALERT_CONNECTION)
    except AirflowNotFoundException:
        return alert_channels(settings, hears_before=False)
    return alert_channels(settings, hears_before=True)
