"""A customer: what the books know of them without a name; and, of those who may, how to reach them in clear."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response

from include.calendar.business_days import merchant_now
from include.desk.chrome import chrome_of
from include.desk.crm.one_customer import OneCustomer, one_customer
from include.desk.crm.unmasking import InClear, contacts_in_clear
from include.desk.page import Needs, Page, Text
from include.privacy.sealing import SealError
from include.settings.saying import BilingualError, in_language

router = APIRouter(prefix="/customers")
Seeing = Annotated[Page, Depends(Needs("see_customers"))]
Unmasking = Annotated[Page, Depends(Needs("unmask"))]


@router.get("/{short}")
def show_customer(short: str, page: Seeing) -> Response:
    """The customer whom lists call so."""
    return _shown(page, _found(page, short))


@router.post("/{short}/contact")
def show_contact(short: str, page: Unmasking, reason: Text = "") -> Response:
    """Phone, name and mail address in clear, once: the answer is kept nowhere, and asking again is another entry in
    the access log."""
    if not page.person.may("see_customers"):
        raise HTTPException(403, page.text("desk.error.no_right", who=page.person.name))
    customer, person = _found(page, short), page.person
    clock = merchant_now(page.workspace.merchant.time_zone, page.host.now())  # the true one, whatever day is worked on
    try:
        contacts = contacts_in_clear(page.workspace, customer.customers, person.scope, person.name, reason, clock)
    except BilingualError as error:
        raise HTTPException(400, in_language(error, page.language)) from error
    except SealError as error:
        raise HTTPException(409, page.text("customer.contact.damaged")) from error
    if page.is_part:
        return page.render("_contact.html.j2", customer=customer, contacts=contacts)
    return _shown(page, customer, contacts)


def _found(page: Page, short: str) -> OneCustomer:
    with page.workspace.books.connect() as connection:
        customer = one_customer(connection, page, short)
    if customer is None:
        raise HTTPException(404, page.text("customer.nobody"))
    return customer


def _shown(page: Page, customer: OneCustomer, contacts: list[InClear] | None = None) -> Response:
    with page.workspace.books.connect() as connection:
        chrome = chrome_of(connection, page)
    channels = {one.name: one.called(page.language) for one in page.workspace.merchant.customers.channels_of_contact}
    offers = {one.name: one.called(page.language) for one in page.workspace.merchant.customers.offers}
    return page.render(
        "customer.html.j2", chrome=chrome, customer=customer, contacts=contacts, channels=channels, offers=offers
    )
