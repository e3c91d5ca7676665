"""Times of day and days of the week, as the YAML writes them."""

from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from include.settings.saying import BilingualError


def _not_a_number(said: Any) -> Any:
    """A number would be taken for seconds after midnight."""
    if isinstance(said, (int, float)):
        raise BilingualError.named("setting.time_of_day", found=repr(said))
    return said


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[time, BeforeValidator(_not_a_number)]
