"""`customers.identity` and `retention`: who is one person, and how long what is about people stays."""

from typing import Literal

from pydantic import Field

from include.settings.yaml_reading.strict import Strict


class Identity(Strict):
    """When two shops' customers are one person."""

    keys: tuple[Literal["phone", "member", "email"], ...] = Field(
        ("phone", "member"), description="what may join customers of several shops; none: nobody is joined"
    )
    shared_by: int = Field(
        1, ge=1, description="a key that more buyers of one shop carry is shared (a family's, an office's): no key"
    )
    receiver_phones: bool = Field(
        True, description="whether a parcel's phone may join, where its buyer never sent to another"
    )


class Retention(Strict):
    """How long what is about people stays, and what tells of a day beside the books, in days; upkeep removes what is
    older."""

    contacts: int = Field(730, ge=1, description="in the vault, after the last export that said them")
    quarantine: int = Field(180, ge=1, description="the sealed text of rows held back; the reasons stay")
    scores: int = Field(800, ge=30, description="churn scores, lists' arms and profiles of customers")
    access_log: int = Field(1825, ge=180, description="who looked at a person's data")
    data_docs: int = Field(90, ge=1, description="pages and results of a day's checks")
    logs: int = Field(90, ge=7, description="Airflow's logs of tasks and of reading Dag files")
