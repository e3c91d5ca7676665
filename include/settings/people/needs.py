"""`customers.needs`: what is worth naming when a customer is contacted."""

from pydantic import Field

from include.settings.yaml_reading.strict import Share, Strict


class Needs(Strict):
    recent_days: int = Field(
        60,
        ge=0,
        description="what was bought or came due longer ago is old news and is not named; a category with a long "
        "rhythm stays due for half a gap",
    )
    over_after_gaps: float = Field(
        3.0, gt=0, description="a category that came due more of its gaps ago is bought elsewhere: no need any more"
    )
    season_share: Share = Field(
        2 / 3, description="a category that sells less than this share of its usual part of the orders is out of season"
    )
    repeat_customers: int = Field(
        20, ge=1, description="customers who bought a category again, from which it is one that comes due by itself"
    )
    repeat_share: Share = Field(0.25, description="and at least this share of all who bought it")
