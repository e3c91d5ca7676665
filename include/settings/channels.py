"""`channels` and `hand_back`: where lists are pushed, and how they come back."""

from typing import Literal

from pydantic import Field, model_validator

from include.settings.strict import Strict


class Channel(Strict):
    """Where lists are pushed. Secrets are named, never written: `connection` is an Airflow connection's id."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["file", "webhook", "mail", "dingtalk", "wecom", "feishu"]
    lists: tuple[Literal["restock", "transfer", "chase", "excess", "recall"], ...]
    language: Literal["zh", "en"] = "zh"
    path: str | None = None
    formats: tuple[Literal["xlsx", "csv"], ...] = ("xlsx", "csv")
    connection: str | None = None
    receiver_is_idempotent: bool = False
    contacts_customers: bool = Field(False, description="what arrives there reaches customers without a person's hand")

    @model_validator(mode="after")
    def _whole(self) -> "Channel":
        if self.kind == "file" and not self.path:
            raise ValueError("a file channel needs a path")
        if self.kind != "file" and not self.connection:
            raise ValueError(f"a {self.kind} channel needs the Airflow connection that holds its address and secret")
        return self


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
        3, ge=1, description="an answer of more than so many times the suggested units is asked about"
    )
    settle_seconds: float = Field(5, ge=0, description="a file that changed within this time is still being written")
