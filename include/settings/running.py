"""`closing`, `running`, `backups` and `disk`: when a day is closed and its lists are due, how Airflow runs it, where it
is backed up, and how much room it needs."""

from datetime import date, time
from typing import Literal

from pydantic import Field, field_validator

from include.settings.saying import BilingualError
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


class Backups(Strict):
    """Each night's backup of what cannot be computed again: the books, raw files, models and handed-back spreadsheets,
    sealed with the keys of `storekeeper_keys`."""

    to: str = Field(
        "{home}/backups",
        description="where backups are kept: a folder (a relative one begins in the home), file:///…, sftp://…, s3://… "
        "or oss://…; by default on the disk of the home, and lost with it",
    )
    days: int = Field(30, ge=1, description="how long a backup stays, once a newer one was verified")
    by: Literal["storekeeper", "elsewhere"] = Field(
        "storekeeper", description="`elsewhere`: somebody else backs up, and upkeep does not"
    )
    connection: str | None = Field(None, description="Airflow connection that opens `to`, if it needs one")

    @field_validator("to")
    @classmethod
    def _holds_no_secret(cls, said: str) -> str:
        if ":" in said.partition("://")[2].partition("/")[0].rpartition("@")[0]:
            raise BilingualError.named("setting.password_in_address")
        return said


class Disk(Strict):
    """Room that must be left before a day begins."""

    min_free_gb: float = Field(
        0.5, ge=0, description="on the disks of the home, the books and temporary files; below it, `free_space` fails"
    )
    days_ahead: int = Field(
        7, ge=1, description="days like the largest of late for which there should be room; below it, a warning"
    )
