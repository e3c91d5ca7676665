"""Suppliers, and the purchase orders that are made of their lines."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection, Row

from include.desk.answering import visible_rows
from include.desk.chrome import chrome_of
from include.desk.page import CSRF_FIELD, Needs, Page, Text
from include.desk.views.supplier_views import (
    NOTHING_KNOWN,
    SupplierFigures,
    is_seen,
    orderable_lines,
    progress_of,
    quantity_wanted,
    supplier_figures,
    suppliers_of,
)
from include.tasks.acts import Act, tasks_by_id
from include.tasks.answers.plausibility import doubts_about, money_of
from include.tasks.by_hand.desk_log import desk_events_about
from include.tasks.by_hand.purchase_drafts import (
    ABOUT,
    PurchaseDraft,
    approve,
    change_draft,
    drafts_of,
    drop,
    make_draft,
    mark_sent,
    one_draft,
    send_back,
    submit,
)
from include.tasks.canonical_json import read_json
from include.tasks.sheets.cells import MICROS
from include.tasks.sheets.purchase_sheet import as_csv, as_xlsx
from include.tasks.task_tables import newest_list_day

router = APIRouter()
Seeing = Annotated[Page, Depends(Needs("see"))]
Planning = Annotated[Page, Depends(Needs("plan"))]
Approving = Annotated[Page, Depends(Needs("approve"))]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/suppliers")
def show_suppliers(page: Seeing) -> Response:
    figures = _figures(page)
    with page.workspace.books.connect() as connection:
        waiting = [one for one in drafts_of(connection, None, "waiting") if is_seen(connection, one, page.person)]
        return page.render(
            "suppliers.html.j2",
            chrome=chrome_of(connection, page),
            suppliers=suppliers_of(connection, figures, page.person),
            waiting=waiting,
        )


@router.get("/suppliers/{supplier:path}")
def show_supplier(supplier: str, page: Seeing) -> Response:
    """What is to be ordered of a supplier, its purchase orders, and how it delivers."""
    figures = _figures(page).get(supplier)
    with page.workspace.books.connect() as connection:
        rows = orderable_lines(connection, page.person, supplier).get(supplier, [])
        drafts = [one for one in drafts_of(connection, supplier) if is_seen(connection, one, page.person)]
        if figures is None and not rows and not drafts:
            raise page.no_such_page()
        lines = [(row, quantity_wanted(row), read_json(row.payload)) for row in rows]
        return page.render(
            "supplier.html.j2",
            chrome=chrome_of(connection, page),
            supplier=supplier,
            figures=figures or NOTHING_KNOWN,
            lines=[(row, units, payload, money_of("restock", payload, units)) for row, units, payload in lines],
            drafts=drafts[:50],
            may_plan=page.person.may("plan"),
        )


@router.post("/purchases")
async def make_purchase(page: Planning) -> Response:
    """A draft of the lines that are ticked. Form: supplier; task, each with `units-ID`; confirm: units that nobody
    expects are meant."""
    form = await _form(page)
    supplier = (form.get("supplier") or [""])[0]

    def make(connection: Connection) -> PurchaseDraft:
        wanted = _wanted(page, form)
        _within_scope(connection, page, supplier, wanted)
        return make_draft(connection, supplier, wanted, page.person.name, page.now)

    return await run_in_threadpool(_asked_or_done, page, form, make)


@router.get("/purchases/{number}")
def show_purchase(number: str, page: Seeing) -> Response:
    day, limit = _newest(page), page.workspace.merchant.desk.approve_above
    figures = _figures(page)
    with page.workspace.books.connect() as connection:
        draft = _found(connection, page, number)
    progress = progress_of(page.workspace, draft, day)
    with page.workspace.books.connect() as connection:
        return page.render(
            "purchase.html.j2",
            chrome=chrome_of(connection, page),
            draft=draft,
            figures=figures.get(draft.supplier, NOTHING_KNOWN),
            progress=progress,
            packs=_packs(connection, draft),
            events=desk_events_about(connection, ABOUT, number),
            needs_approval=limit is not None and draft.money_micros > _micros(limit),
            layouts=page.workspace.merchant.desk.order_layouts,
            may_plan=page.person.may("plan"),
            may_approve=page.person.may("approve") and draft.made_by != page.person.name,
        )


@router.post("/purchases/{number}/change")
async def change_purchase(number: str, page: Planning) -> Response:
    """Other quantities; lines that are not ticked leave the draft. Form: as of `make_purchase`, and seq."""
    form = await _form(page)

    def change(connection: Connection) -> PurchaseDraft:
        seq = int((form.get("seq") or ["0"])[0] or 0)
        return change_draft(connection, number, _wanted(page, form), page.person.name, page.now, seq)

    return await run_in_threadpool(_asked_or_done, page, form, change, number)


@router.post("/purchases/{number}/submit")
def submit_purchase(number: str, page: Planning, seq: Annotated[int, Form()]) -> Response:
    limit = page.workspace.merchant.desk.approve_above
    above = None if limit is None else _micros(limit)
    return _done(page, lambda books: submit(books, number, page.person.name, page.now, seq, above), number)


@router.post("/purchases/{number}/approve")
def approve_purchase(number: str, page: Approving, seq: Annotated[int, Form()]) -> Response:
    return _done(page, lambda books: approve(books, number, page.person.name, page.now, seq), number)


@router.post("/purchases/{number}/back")
def send_purchase_back(number: str, page: Approving, seq: Annotated[int, Form()], reason: Text = "") -> Response:
    return _done(page, lambda books: send_back(books, number, reason, page.person.name, page.now, seq), number)


@router.post("/purchases/{number}/sent")
def mark_purchase_sent(number: str, page: Planning, seq: Annotated[int, Form()], expected_day: Text = "") -> Response:
    expected = expected_day.strip() or None
    return _done(page, lambda books: mark_sent(books, number, expected, page.person.name, page.now, seq), number)


@router.post("/purchases/{number}/drop")
def drop_purchase(number: str, page: Planning, seq: Annotated[int, Form()], reason: Text = "") -> Response:
    return _done(page, lambda books: drop(books, number, reason, page.person.name, page.now, seq), number)


@router.get("/purchases/{number}/file")
def purchase_file(number: str, page: Seeing, layout: str = "xlsx") -> Response:
    """The purchase order as a spreadsheet, or as a CSV in the import layout of an ERP."""
    with page.workspace.books.connect() as connection:
        draft = _found(connection, page, number)
    name = _figures(page).get(draft.supplier, NOTHING_KNOWN).name
    merchant = page.workspace.merchant
    layouts = merchant.desk.order_layouts
    if layout == "xlsx":
        content, kind, ending = as_xlsx(draft, name, merchant.name, merchant.currency, page.language), XLSX, "xlsx"
    elif layout in layouts:
        content, kind, ending = as_csv(draft, name, layouts[layout]), "text/csv; charset=utf-8", f"{layout}.csv"
    else:
        raise page.no_such_page()
    named = f"attachment; filename*=UTF-8''{quote(f'{number}.{ending}')}"
    return Response(content, media_type=kind, headers={"Content-Disposition": named})


@router.get("/purchases/{number}/print")
def print_purchase(number: str, page: Seeing) -> Response:
    """The purchase order on A4, which a browser prints or saves as PDF with its own fonts."""
    with page.workspace.books.connect() as connection:
        draft = _found(connection, page, number)
    figures = _figures(page).get(draft.supplier, NOTHING_KNOWN)
    return page.render("purchase_print.html.j2", draft=draft, supplier_name=figures.name)


async def _form(page: Page) -> dict[str, list[str]]:
    form = await page.request.form()
    return {name: [str(one) for one in form.getlist(name)] for name in form}


def _asked_or_done(
    page: Page, form: dict[str, list[str]], act: Callable[[Connection], PurchaseDraft], number: str | None = None
) -> Response:
    """A page that asks about units that nobody expects, unless they are confirmed; else what `_done` says."""
    if (form.get("confirm") or [""])[0] != "1":
        wanted = _wanted(page, form)
        with page.workspace.books.connect() as connection:
            asked = _doubted(connection, page, wanted)
            if asked:
                kept = [(name, one) for name, values in form.items() if name != CSRF_FIELD for one in values]
                chrome = chrome_of(connection, page)
                return page.render("purchase_asked.html.j2", chrome=chrome, asked=asked, kept=kept, draft_number=number)
    return _done(page, act, number)


def _doubted(connection: Connection, page: Page, wanted: dict[str, int]) -> list[tuple[Row[Any], int, str]]:
    """(line, units, what is asked) of the lines with far more units than were suggested. A second pair of eyes sees the
    sum of a purchase order, not that one of its lines has a zero too many."""
    rows, times = visible_rows(connection, wanted, page.person), page.workspace.merchant.hand_back.doubtful_times
    asked: list[tuple[Row[Any], int, str]] = []
    for task_id, row in rows.items():
        act = Act(task_id, "accepted", {"quantity": wanted[task_id]})
        doubts = [one for one in doubts_about(row, act, page.person.name, times) if one.code == "many"]
        asked += [(row, wanted[task_id], one.asked(page.language)) for one in doubts]
    return asked


def _packs(connection: Connection, draft: PurchaseDraft) -> dict[str, int]:
    """Task -> units of a carton, of the lines that come in cartons."""
    found = tasks_by_id(connection, [line.task_id for line in draft.lines])
    packs = {one: read_json(row.payload).get("pack") for one, row in found.items()}
    return {one: pack for one, pack in packs.items() if isinstance(pack, int) and pack > 1}


def _wanted(page: Page, form: dict[str, list[str]]) -> dict[str, int]:
    """Task -> units, of the lines that are ticked."""
    wanted: dict[str, int] = {}
    for task in form.get("task", []):
        said = (form.get(f"units-{task}") or [""])[0].strip()
        if not said.isdecimal() or len(said) > 9:
            raise HTTPException(400, page.text("desk.error.quantity", found=said[:40]))
        wanted[task] = int(said)
    return wanted


def _within_scope(connection: Connection, page: Page, supplier: str, wanted: dict[str, int]) -> None:
    """Raises 404 for a line that the person does not see."""
    seen = {row.task_id for row in orderable_lines(connection, page.person, supplier).get(supplier, [])}
    if not set(wanted) <= seen:
        raise HTTPException(409, page.text("desk.error.lines_gone"))


def _found(connection: Connection, page: Page, number: str) -> PurchaseDraft:
    """The purchase order. Raises 404 for one of which a line is not for this person's eyes."""
    draft = one_draft(connection, number)
    if draft is None or not is_seen(connection, draft, page.person):
        raise page.no_such_page()
    return draft


def _figures(page: Page) -> Mapping[str, SupplierFigures]:
    return supplier_figures(page.workspace, _newest(page), page.person.scope)


def _newest(page: Page) -> str | None:
    """The day of the newest list. What is read of it in bulk must not be read within a connection."""
    with page.workspace.books.connect() as connection:
        return newest_list_day(connection)


def _done(page: Page, act: Callable[[Connection], PurchaseDraft], number: str | None = None) -> Response:
    """The purchase order as it stands now, or why it could not be changed. number: of one that there is already."""
    with page.refusing(409), page.workspace.books.begin() as connection:
        if number is not None:
            _found(connection, page, number)
        draft = act(connection)
        if not is_seen(connection, draft, page.person):  # a line was added that is not for this person
            raise page.no_such_page()
    return RedirectResponse(f"{page.root}/purchases/{quote(draft.number)}", 303)


def _micros(money: Decimal) -> int:
    return int(money * MICROS)
