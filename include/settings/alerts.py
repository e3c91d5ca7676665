"""`alerts`: who hears of it when a step fails, and whom silence tells."""

from typing import Literal

from pydantic import Field, model_validator

from include.settings.yaml_reading.strict import Strict


class Heartbeat(Strict):
    """An address outside that is asked once a day, after the newest day's lists have reached everybody, and never
    otherwise. Whoever runs it (healthchecks.io, Uptime Kuma, …) raises the alarm when it is not asked in time: that
    hears of a machine that is down, which Airflow itself cannot."""

    url: str | None = Field(None, pattern=r"^https?://[^\s]+$", description="the address that is asked")
    connection: str | None = Field(None, description="Airflow connection that holds the address, if it is a secret")
    method: Literal["GET", "POST"] = Field("GET", description="how it is asked; a POST's body says the day")
    timeout_seconds: float = Field(10, gt=0, le=60, description="how long an answer is waited for")
    attempts: int = Field(3, ge=1, le=10, description="at a time; what fails is tried again ten minutes later")

    @model_validator(mode="after")
    def _has_one_address(self) -> "Heartbeat":
        if (self.url is None) == (self.connection is None):
            raise ValueError("a heartbeat needs either url or connection")
        return self


class Alerts(Strict):
    """A failed step is told through these channels, with merchant, step, day, shop, reason, what to do, and a link to
    the run. A channel that is there for alerts alone says `lists: []`. Its quiet hours, language and people hold for
    alerts as for lists."""

    channels: tuple[str, ...] = Field(
        (), description="names of `channels` that people or a program read; none: failures stand in Airflow's logs only"
    )
    join_minutes: int = Field(
        30, ge=0, description="further failures for the same reason within so many minutes become one message"
    )
    runbook: str | None = Field(
        None,
        pattern=r"^https?://[^\s()<>\[\]\"'?#]+$",
        description="address of docs/runbook.md where your people read it; without it messages name file and section",
    )
    heartbeat: Heartbeat | None = Field(None, description="what is asked when all is well")
