"""`customers.experiments`: A/B tests among the customers of the recall list."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.clock import Clock
from include.settings.yaml_reading.strict import Share, Strict


class Variant(Strict):
    """One arm of an experiment. Both null: as usual."""

    share: Share = Field(description="of the customers; all arms' shares add up to 1")
    offer: str | None = Field(None, description="what this arm is offered; null: as usual")
    send_at: Clock | None = Field(None, description="when this arm is contacted; null: as usual")


class Experiment(Strict):
    """An A/B test among the customers of the recall list; the first arm is what the others are held against."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="by which the review calls it")
    arms: Mapping[str, Variant]
    first_day: date = Field(description="first day of lists that take part")
    last_day: date = Field(description="last day of lists that take part")
    metric: Literal["return", "margin"] = Field(
        "return", description="what the arms are compared by: who returns, or the margin that they bring"
    )

    @model_validator(mode="after")
    def _whole(self) -> "Experiment":
        if self.name in ("all", "list", "month", "channel", "offer"):
            raise BilingualError.named("setting.experiment_name", name=repr(self.name))
        if len(self.arms) < 2:
            raise BilingualError.named("setting.one_arm")
        if abs(sum(arm.share for arm in self.arms.values()) - 1) > 1e-9:
            raise BilingualError.named("setting.shares")
        if self.last_day < self.first_day:
            raise BilingualError.named("setting.last_before_first")
        return self
