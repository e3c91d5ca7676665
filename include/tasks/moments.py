"""The merchant's clock as the books write it: naive, 'YYYY-MM-DD HH:MM:SS'."""

from datetime import datetime

from include.calendar.business_days import MOMENT


def moment(at: datetime) -> str:
    """Raises ValueError for a moment with a time zone: convert it to the merchant's time first."""
    if at.tzinfo is not None:
        raise ValueError(f"expected a naive moment in the merchant's time, found {at.isoformat()}")
    return at.strftime(MOMENT)
