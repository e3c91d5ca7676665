"""`checking`: when an export or a row is held back."""

from pydantic import Field

from include.settings.yaml_reading.strict import Share, Strict


class Checking(Strict):
    quarantine_ceiling: Share = Field(
        0.05, description="share of an export's rows that may be held back; with more the export is stopped"
    )
    row_count_tolerance: Share = Field(0.5, description="share of a weekday's usual rows that may be missing")
    row_count_excess: float = Field(0.8, gt=0, description="share that it may have more, but around events")
    slow_days_tolerance: Share = Field(0.9, description="share that may be missing around lunar New Year")
    money_tolerance: float = Field(0.8, gt=0, description="share that a weekday's money may differ from its usual")
    max_freight: float = Field(
        100,
        ge=0,
        description="of an order: a refund may be this much more than its line if a file tells no freight",
    )
    stale_days: int = Field(3, ge=0, description="days between the newest payment, or the export, and its day")
    max_money_per_row: float = Field(
        10_000_000, gt=0, le=10**10, description="in the shop's currency; an order, line, refund or price above is held"
    )
    max_units_per_line: int = Field(
        100_000, ge=1, le=10**9, description="of an order line or refund; more is held back"
    )
    max_units: int = Field(
        10_000_000, ge=1, le=10**9, description="of a sku's stock, a purchase order's line or a receipt; more is held"
    )
