"""`replenishment.under_way`: goods that are ordered and not there yet."""

from pydantic import Field

from include.settings.yaml_reading.strict import Share, Strict


class UnderWay(Strict):
    """What goods count for that are ordered and not there yet, and when a person is asked about them."""

    overdue_half_life_days: float = Field(
        14.0, gt=0, description="beyond every delay seen, a late order is half as likely to be still late so much later"
    )
    never_arriving_share: Share = Field(
        0.02, description="of orders that never come and that nobody closes, before the merchant's own history tells"
    )
    never_arriving_lines: float = Field(
        20.0, gt=0, description="order lines of the merchant's own history that weigh as much as never_arriving_share"
    )
    late_share: Share = Field(0.5, description="of orders that come late, before the merchant's own history tells")
    min_receipts: int = Field(
        5, ge=1, description="received order lines, below which a supplier's promised days are believed"
    )
    prior_lines: float = Field(
        5.0, gt=0, description="order lines as which all suppliers together weigh beside a supplier's own"
    )
    acceptance_days: int = Field(
        3, ge=0, description="within which an accepted suggestion is seen as a purchase order, before history tells"
    )
    unseen_half_life_days: float = Field(
        7.0, gt=0, description="an accepted suggestion that no purchase order shows counts half as much so much later"
    )
    cancel_below: Share = Field(0.5, description="an overdue order less likely than this to come is to be cancelled")
    ask_again_days: int = Field(
        3, ge=1, description="days after which an order that was answered for is asked about again"
    )
    ask_unnamed_days: int = Field(
        7, ge=1, description="an open line that exports no longer name, though they name others again, is asked about"
    )
    min_held_back: float = Field(
        20.0, ge=0, description="sales that an order due too late must hold back before it is to be pulled forward"
    )
    postpone_cover_days: int = Field(
        120, ge=1, description="an order is to be postponed if stock lasts this many days without it"
    )
