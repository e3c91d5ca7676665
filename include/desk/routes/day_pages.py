"""How the last days stand, day by day and shop by shop."""

from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from include.calendar.business_days import day_after
from include.desk.chrome import chrome_of
from include.desk.page import Needs, Page
from include.desk.state_of_day import sees_shop
from include.pipeline.watching.state_of_days import DAYS_SHOWN, state_of_days
from include.tasks.kinds import in_order

router = APIRouter(prefix="/days")


@router.get("")
def show_days(page: Annotated[Page, Depends(Needs("see"))], until: str = "") -> Response:
    """until: the last of the days shown."""
    person, merchant = page.person, page.workspace.merchant
    with page.workspace.books.connect() as connection:
        found = state_of_days(
            connection, merchant, page.now, until if _is_day(until) else None, sees=partial(sees_shop, person)
        )
        return page.render(
            "days.html.j2",
            chrome=chrome_of(connection, page),
            found=found,
            shown=[one for one in in_order() if person.may_see(one.name)],
            wrong=[one for one in found.wrong if not one.kind or person.may_see(one.kind)],
            earlier=day_after(found.days[0].day, -1) if found.days else None,
            later=day_after(found.days[-1].day, DAYS_SHOWN) if until and found.days else None,
        )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
