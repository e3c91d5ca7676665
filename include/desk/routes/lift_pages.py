"""What win-back brought."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from include.customers.recall.lift import MIN_IN_ARM, MIN_PAYING
from include.customers.recall.win_back_review import brought_in_words
from include.desk.chrome import chrome_of
from include.desk.crm.lift_figures import lift_figures
from include.desk.page import Needs, Page

router = APIRouter(prefix="/lift")
Seeing = Annotated[Page, Depends(Needs("see_customers"))]


@router.get("")
def show_lift(page: Seeing) -> Response:
    """Listed against left alone. It is measured over all shops, and not for the eyes of who sees some of them."""
    merchant = page.workspace.merchant
    with page.workspace.books.connect() as connection:
        chrome = chrome_of(connection, page)
        if page.person.scope.shops:
            return page.render("lift.html.j2", chrome=chrome, lift=None)
        lift = lift_figures(connection, merchant.customers, page.language, page.text("recall.no_offer"))
    everything = {} if lift.everything is None else dict(lift.everything.row._mapping)
    told = ""
    if everything.get("listed"):
        told = brought_in_words(everything, merchant.customers, page.language, merchant.currency)
    return page.render(
        "lift.html.j2",
        chrome=chrome,
        lift=lift,
        rules=merchant.customers,
        told=told,
        least=MIN_IN_ARM,
        min_paying=MIN_PAYING,
    )
