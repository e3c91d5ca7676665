"""`closing` and `running`: when a day is closed, when its lists are due, and how Airflow runs it."""

from datetime import date, time

from pydantic import Field

from include.settings.yaml_reading.clock import Clock
from include.settings.yaml_reading.strict import Strict


class Closing(Strict):
    """When a day is closed without a late shop, and when its lists must lie on the desk (the morning after)."""

    cut_off: Clock = Field(time(6, 30), description="when a day is closed without the shops that are late")
    lists_due: Clock = Field(time(8, 0), description="when the day's lists must lie on the desk")
    late_days: int = Field(
        3, ge=1, description="how long a late shop is waited for, after the cut-off or from when the day was opened"
    )
    catch_up_seconds: int = Field(1800, ge=1, description="the least wait before a day opened late is cut off")
    look_every_seconds: float = Field(30, gt=0, description="how often a waiting shop's folder is looked at")


class Running(Strict):
    """How Airflow runs the day. Retries are for the world's faults (a network, a locked database)."""

    retries: int = Field(3, ge=0, description="of a step, if the network or a locked database fails it")
    retry_seconds: int = Field(60, ge=0, description="before the first retry; doubled each time, at most 15 minutes")
    clock_starts: date = Field(description="the first day that the clock opens by itself")
