"""`replenishment.transport`: what moving goods between the merchant's own warehouses costs."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.strict import Share, Strict, renamed


def lane_ends(name: str) -> tuple[str, str]:
    """'FROM > TO' as (FROM, TO)."""
    giver, arrow, taker = (part.strip() for part in name.partition(">"))
    if not (giver and arrow and taker):
        raise BilingualError.named("setting.lane", found=repr(name))
    return giver, taker


class Transport(Strict):
    """Moving goods between the merchant's own warehouses; money in the merchant's currency."""

    open: bool = Field(True, description="whether lanes that are not named below may be used")
    cost_per_unit: float = Field(1.0, ge=0, description="of one unit moved")
    share_of_cost: Share = Field(0.0, description="of the goods' unit cost, on top of the cost per unit")
    days: int = Field(3, ge=0, description="from the decision to the other shelf")
    lanes: Mapping[str, float] = Field(
        default_factory=dict, description="'FROM > TO': cost per unit, where it differs or the others are closed"
    )
    min_saving: float = Field(20.0, ge=0, description="a transfer that saves less is not worth a person's time")

    @model_validator(mode="before")
    @classmethod
    def _old_names(cls, said: Any) -> Any:
        return renamed(said, {"yuan_a_unit": "cost_per_unit", "least_saving_yuan": "min_saving"})

    @field_validator("lanes")
    @classmethod
    def _have_two_ends(cls, lanes: Mapping[str, float]) -> Mapping[str, float]:
        for name in lanes:
            lane_ends(name)
        return lanes
