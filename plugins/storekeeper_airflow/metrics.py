"""The day's figures as gauges, through what Airflow's own settings switch on: OpenTelemetry, StatsD or Datadog."""

import logging
from datetime import UTC, datetime

log = logging.getLogger("storekeeper.metrics")
SWITCHES = ("otel_on", "statsd_on", "statsd_datadog_enabled")
FLUSH_MILLISECONDS = 5000  # a task's process ends at once, and what it has not sent by then is lost


def emit_if_on() -> int:
    """Emit the figures if Airflow's metrics are on; returns how many. Its own trouble is logged: it fails no task."""
    from airflow.sdk.configuration import conf

    if not any(conf.getboolean("metrics", name, fallback=False) for name in SWITCHES):
        return 0
    try:
        return _emit()
    except Exception:
        log.exception("the figures could not be emitted")
        return 0


def _emit() -> int:
    from airflow.sdk.observability import stats

    from include.calendar.business_days import merchant_now
    from include.pipeline.watching.measurements import measurements
    from plugins.storekeeper_airflow.workplace import workspace

    place = workspace()
    clock = merchant_now(place.merchant.time_zone, datetime.now(UTC))
    with place.books.connect() as connection:
        found = measurements(connection, place.merchant, clock)
    for one in found:
        stats.gauge(one.name, one.value, tags=dict(one.tags))
    _flush()
    return len(found)


def _flush() -> None:
    from opentelemetry import metrics

    flush = getattr(metrics.get_meter_provider(), "force_flush", None)
    if flush is not None:
        flush(timeout_millis=FLUSH_MILLISECONDS)
