"""`channels`, `alerts` and `hand_back`: where lists are pushed, who hears of failures, and how lists come back."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.clock import Clock
from include.settings.yaml_reading.strict import Strict
from include.words.texts import Language, listed


class ReceiversAnswer(Strict):
    """What a receiver says in the body of its answer, if it answers 200 to what it did not take as well."""

    field: str = Field(min_length=1, description="of the body, which is JSON; dots go deeper: result.code")
    success: tuple[int | str | bool, ...] = Field((0,), description="its values that mean: taken")
    busy: tuple[int | str, ...] = Field((), description="its values that mean: not taken, come again")


# The kinds of `include.tasks.lists`, which is heavy to import: settings are read whenever Dags are parsed.
ListKind = Literal["restock", "transfer", "chase", "excess", "recall"]


ROBOTS = ("dingtalk", "wecom", "feishu")


class Channel(Strict):
    """Where lists are pushed. Secrets are named, never written: `connection` is an Airflow connection's id."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="by which settings and deliveries call it")
    kind: Literal["file", "webhook", "mail", "dingtalk", "wecom", "feishu"] = Field(description="how lists are sent")
    lists: tuple[ListKind, ...] = Field(description="which lists are sent there")
    language: Language = Field("zh", description="of what is sent; the merchant's, if it is not said")
    path: str | None = Field(None, description="folder of a file channel; `{day}` is the list's day")
    formats: tuple[Literal["xlsx", "csv"], ...] = Field(("xlsx", "csv"), description="of a file channel's lists")
    connection: str | None = Field(None, description="Airflow connection that holds the address and the secret")
    receiver_is_idempotent: bool = Field(
        False,
        description="the receiver knows a repeated delivery by its key, so one of unknown outcome may be sent again",
    )
    receivers_answer: ReceiversAnswer | None = Field(
        None, description="of a webhook; without it the HTTP status says whether the list was taken"
    )
    encryption: Literal["tls", "none"] = Field("tls", description="of mail; none is for a relay on this machine")
    timeout_seconds: float | None = Field(
        None, gt=0, le=300, description="how long mail servers and receivers are waited for; 60 if not said"
    )
    warehouses: tuple[str, ...] = Field(
        (), description="only lines of these warehouses, of a transfer from or to; an empty list is all"
    )
    suppliers: tuple[str, ...] = Field((), description="only lines of these suppliers, by their codes")
    categories: tuple[str, ...] = Field((), description="only lines of these categories of goods")
    urgent_only: bool = Field(False, description="only lines that are to be done now")
    quiet_hours: tuple[Clock, Clock] | None = Field(
        None, description="from when to when nothing is sent there: it waits until they are over"
    )
    mention: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.@+-]{1,64}$")], ...] = Field(
        (),
        description="whom a robot names if a line is to be done now: users as it knows them, for DingTalk mobile "
        "numbers too; `all` is everybody",
    )
    digest: bool = Field(
        False, description="of a robot or mail: one message for all lists of a morning, once they are all there or due"
    )
    contacts_customers: bool = Field(False, description="what arrives there reaches customers without a person's hand")

    @model_validator(mode="after")
    def _whole(self) -> "Channel":
        if self.kind == "file" and not self.path:
            raise BilingualError.named("setting.file_without_path")
        if self.kind != "file" and not self.connection:
            raise BilingualError.named("setting.channel_without_connection", kind=self.kind)
        for name, is_said, kinds in (
            ("receivers_answer", self.receivers_answer is not None, ("webhook",)),
            ("encryption", self.encryption != "tls", ("mail",)),
            ("mention", bool(self.mention), ROBOTS),
            ("digest", self.digest, (*ROBOTS, "mail")),
        ):
            if is_said and self.kind not in kinds:
                raise BilingualError.named("setting.other_channel", name=name, kinds=listed(kinds), kind=self.kind)
        return self

    @property
    def tells_people(self) -> bool:
        """Whether what arrives there is a message that somebody reads, and no file or request."""
        return self.kind in (*ROBOTS, "mail")


class Heartbeat(Strict):
    """An address outside that is asked once a day, after the newest day's lists have reached everybody, and never
    otherwise. The service there (healthchecks.io, Uptime Kuma, …) raises the alarm if it is not asked in time, and so
    notices a machine that is down, which Airflow itself cannot."""

    url: str | None = Field(None, pattern=r"^https?://[^\s]+$", description="the address that is asked")
    connection: str | None = Field(None, description="Airflow connection that holds the address, if it is a secret")
    method: Literal["GET", "POST"] = Field("GET", description="how it is asked; a POST's body says the day")
    timeout_seconds: float = Field(10, gt=0, le=60, description="how long an answer is waited for")
    attempts: int = Field(3, ge=1, le=10, description="at a time; what fails is tried again ten minutes later")

    @model_validator(mode="after")
    def _has_one_address(self) -> "Heartbeat":
        if (self.url is None) == (self.connection is None):
            raise BilingualError.named("setting.heartbeat")
        return self


class Alerts(Strict):
    """A failed step is told through these channels, with merchant, step, day, shop, reason, what to do, and a link to
    the run. A channel that is there for alerts alone says `lists: []`. Its quiet hours, language and people hold for
    alerts as for lists."""

    channels: tuple[str, ...] = Field(
        (), description="names of `channels` that people or a program read; none: failures stand in Airflow's logs only"
    )
    join_minutes: int = Field(
        30, ge=0, description="minutes within which further failures for the same reason become one message"
    )
    runbook: str | None = Field(
        None,
        pattern=r"^https?://[^\s()<>\[\]\"'?#]+$",
        description="address of docs/runbook.md where your people read it; without it messages name file and section",
    )
    heartbeat: Heartbeat | None = Field(None, description="what is asked when all is well")


class HandBack(Strict):
    """How lists are handed back: in the folder 交回 (hand-back) beside the lists of each channel that is a folder."""

    open: bool = Field(True, description="whether the folders are made and read")
    who: tuple[Literal["folder", "editor"], ...] = Field(
        ("folder", "editor"),
        description="what says who answers, the first that does: the folder in 交回, or who saved the workbook last",
    )
    otherwise: str | None = Field(
        None, max_length=100, description="who answers if neither says it; without it such a file is not entered"
    )
    look_every_seconds: float = Field(20, gt=0, description="how often the folders are looked at")
    doubtful_times: float = Field(
        3, ge=1, description="an answer of more than this many times the suggested units is asked about"
    )
    settle_seconds: float = Field(5, ge=0, description="a file that changed within this time is still being written")
