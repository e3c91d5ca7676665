"""`customers.segments`: the groups of customers that a planner talks about."""

from pydantic import Field, field_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.strict import Share, Strict
from include.words.texts import listed


class Segments(Strict):
    """RFM scores by place among all customers; stages of life by the pace of a customer's orders alone."""

    score_borders: tuple[Share, ...] = Field(
        (0.2, 0.4, 0.6, 0.8),
        min_length=1,
        max_length=8,
        description="shares of customers at which the next RFM score begins, rising; four make the scores 1 to 5",
    )
    new_days: int = Field(30, ge=1, description="customers who first ordered within this many days are new")
    window_days: int = Field(90, ge=1, description="growing and declining compare this many days with as many before")
    growth: float = Field(
        1.5, gt=1, description="times as many orders as in the window before are growing, the other way round declining"
    )
    late_gaps: float = Field(1.5, gt=0, description="customers silent for more of their usual gaps are declining")
    dormant_gaps: float = Field(3.0, gt=0, description="customers silent for more of their usual gaps are dormant")

    @field_validator("score_borders")
    @classmethod
    def _rising(cls, borders: tuple[float, ...]) -> tuple[float, ...]:
        if list(borders) != sorted(set(borders)):
            raise BilingualError.named("setting.rising", found=listed(map(str, borders)))
        return borders
