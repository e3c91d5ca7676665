"""Hours in which nothing is sent, over midnight too."""

from datetime import datetime, time, timedelta


def end_of_quiet(now: datetime, quiet_hours: tuple[time, time] | None) -> datetime | None:
    """When the quiet hours that `now` (the merchant's clock) lies in are over; None outside of them."""
    if quiet_hours is None:
        return None
    begin, end = quiet_hours
    clock = now.time()
    if begin <= end:
        within, over = begin <= clock < end, now.date()
    else:  # over midnight
        within, over = clock >= begin or clock < end, now.date() + timedelta(days=clock >= begin)
    return datetime.combine(over, end) if within else None
