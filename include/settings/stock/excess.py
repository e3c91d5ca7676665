"""`replenishment.excess`: when stock is too much, and what getting rid of it is thought to cost."""

from pydantic import Field, model_validator

from include.settings.saying import BilingualError
from include.settings.yaml_reading.strict import Share, Strict


class Excess(Strict):
    """Money in the merchant's currency. A sku's excess is graded by how slowly it sells, its age and its margin."""

    cover_days: int = Field(90, ge=1, description="stock that lasts longer by the forecast is too much")
    severe_cover_days: int | None = Field(
        None, ge=1, description="stock that lasts longer counts twice in the grade; null: twice cover_days"
    )
    age_days: int = Field(90, ge=1, description="stock that last came in longer ago counts in the grade")
    severe_age_days: int | None = Field(
        None, ge=1, description="stock that last came in longer ago counts twice in the grade; null: twice age_days"
    )
    thin_margin: Share = Field(
        0.15, description="share of the price, below which a margin is thin: there is little to give away"
    )
    min_saving: float = Field(
        20.0, ge=0, description="getting rid of a sku's excess that saves less is not worth a person's time: it is held"
    )
    patience_days: int = Field(
        14,
        ge=0,
        description="what came within so many days is not got rid of yet, unless it soon spoils or is taken off sale: "
        "two weeks show whether it sells, and nobody buys to clear the next morning; 0: at once",
    )
    near_end_days: int = Field(
        180, ge=0, description="goods with at most this many days of shelf life or sale left cannot wait"
    )
    written_off_days: float = Field(
        1095.0, gt=0, description="what would take longer to sell is worth nothing; it also bounds what holding costs"
    )
    promotion_days: int = Field(45, ge=1, description="a promotion that sells excess is over by then")
    promotion_elasticity: float = Field(
        2.5, gt=0, description="units sold in a promotion grow by (1 - discount) to the power of minus this"
    )
    max_markdown: Share = Field(0.4, description="share of the price; no promotion is suggested that takes off more")
    bundle_discount: Share = Field(0.15, description="share of its price that the unit in a bundle is sold for less")
    bundle_uplift: float = Field(1.5, gt=0, description="units a day that sell in a bundle, against alone")
    companion_times: float = Field(
        3.0, gt=0, description="a slow sku is bundled with one of its category that sells this many times as much"
    )
    clearance_share: Share = Field(0.3, description="share of the unit cost that a liquidator pays")
    being_cleared_days: int = Field(
        30,
        ge=0,
        description="excess that people agreed to get rid of is not suggested again for so long, while it still lies "
        "there",
    )
    cleared_report_days: int = Field(
        60, ge=0, description="days for which the list says what came of excess that people agreed to get rid of"
    )

    @property
    def severely_slow_days(self) -> int:
        """`severe_cover_days`, or what stands for it."""
        return 2 * self.cover_days if self.severe_cover_days is None else self.severe_cover_days

    @property
    def severely_old_days(self) -> int:
        """`severe_age_days`, or what stands for it."""
        return 2 * self.age_days if self.severe_age_days is None else self.severe_age_days

    @model_validator(mode="after")
    def _rises(self) -> "Excess":
        for name, usual, severe in (
            ("cover_days", self.cover_days, self.severely_slow_days),
            ("age_days", self.age_days, self.severely_old_days),
        ):
            if severe < usual:
                raise BilingualError.named("setting.severe", name=name, severe=severe, usual=usual)
        if self.being_cleared_days > self.cleared_report_days:
            raise BilingualError.named("setting.being_cleared")
        return self
