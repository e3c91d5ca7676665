"""The lists: a table with the columns and lines that a person chose."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from include.desk.choosing import TABS, Choice, chosen_lines, totals_of
from include.desk.chrome import chrome_of
from include.desk.columns import chosen_columns, columns_of
from include.desk.lines import rows_shown
from include.desk.page import Needs, Page, Text
from include.desk.preferences import LONGEST_NAME, prefer, preferences
from include.tasks.by_hand.views import note_view
from include.tasks.document import read_document
from include.tasks.holds.held_rows import Hold, list_hold
from include.tasks.kind import Kind
from include.tasks.kinds import KINDS
from include.tasks.publish_list import document_of
from include.tasks.sheets.list_tables import tables_shown
from include.tasks.task_tables import newest_list_day

router = APIRouter(prefix="/lists")
Seeing = Annotated[Page, Depends(Needs("see", "see_customers"))]
MAX_ROWS = 100  # of a table that goes along with a list; the sheet has all
MAX_SAVED = 50  # filters of a person for a list


@router.get("/{kind}")
def show_list(kind: str, page: Seeing) -> Response:
    """The list; for a browser that has the page, its table alone."""
    known = _kind(kind, page)
    with page.workspace.books.connect() as connection:
        pairs = page.request.query_params.multi_items()
        saved = dict(page.preferences.get(f"filters.{kind}") or {})
        if not pairs and not page.is_part and (usual := saved.get("")):
            return RedirectResponse(f"{page.root}/lists/{kind}?{usual}", 303)
        choice = Choice.read(pairs)
        return _rendered(connection, page, known, choice, saved)


@router.get("/{kind}/counts")
def show_counts(kind: str, page: Seeing) -> Response:
    """How many lines the lists have now, and what the lines that were chosen come to: for a page that has answered
    some of them."""
    known = _kind(kind, page)
    with page.workspace.books.connect() as connection:
        choice = Choice.read(page.request.query_params.multi_items())
        totals = totals_of(connection, known, choice, page.person)
        chosen = {"totals": totals}
        return page.render(
            "_counts.html.j2", chrome=chrome_of(connection, page), kind=known, choice=choice, chosen=chosen
        )


@router.get("/{kind}/notes")
def show_notes(kind: str, page: Seeing) -> Response:
    """What the newest list says beside its lines: its head, how it was made, and what goes along with it."""
    known, merchant = _kind(kind, page), page.workspace.merchant
    with page.workspace.books.connect() as connection:
        newest = newest_list_day(connection, kind)
        text = None if newest is None else document_of(connection, kind, newest)
    if text is None:
        return page.render("_notes.html.j2", kind=known, first=(), details=(), tables=())
    document = read_document(text)
    # What a list says beside its lines is of the whole merchant: who sees a part of it is told no sums.
    is_whole = not page.person.is_narrowed
    return page.render(
        "_notes.html.j2",
        kind=known,
        first=document.told_first(page.language) if is_whole else (),
        details=document.details(page.language) if is_whole else (),
        tables=tables_shown(document.tables, page.language, merchant.currency, MAX_ROWS) if is_whole else (),
    )


@router.post("/{kind}/seen")
def note_seen(kind: str, page: Seeing) -> Response:
    """That the newest list was opened by somebody who can answer it; sent by a page once it is shown."""
    known = _kind(kind, page)
    if page.person.may_answer(known.name):
        with page.workspace.books.begin() as connection:
            newest = newest_list_day(connection, known.name)
            if newest is not None:
                note_view(connection, known.name, newest, page.person.name, page.now)
    return Response(status_code=204)


@router.post("/{kind}/columns")
def choose_columns(kind: str, page: Seeing, column: Annotated[list[str] | None, Form()] = None) -> Response:
    """Keep the columns that the person wants to see; none: the usual ones."""
    known = _kind(kind, page)
    names = {one.name for one in columns_of(known, page.language, page.workspace.merchant.currency)}
    chosen = [one for one in column or [] if one in names]
    with page.workspace.books.begin() as connection:
        prefer(connection, page.person.name, f"columns.{kind}", chosen or None)
    return _again(page, kind)


@router.post("/{kind}/filters")
def save_filter(kind: str, page: Seeing, name: Text = "", query: Text = "", usual: Text = "") -> Response:
    """Keep a filter under a name; `usual` shows it whenever the list is opened."""
    _kind(kind, page)
    kept = Choice.read(parse_qsl(query)).saved()
    called = name.strip()[:LONGEST_NAME]
    if not called:
        raise HTTPException(400, page.text("desk.error.filter_name"))
    with page.workspace.books.begin() as connection:
        saved = dict(preferences(connection, page.person.name).get(f"filters.{kind}") or {})
        if len(saved) >= MAX_SAVED and called not in saved:
            raise HTTPException(400, page.text("desk.error.many_filters", most=MAX_SAVED))
        saved[called] = kept
        if usual:
            saved[""] = kept
        prefer(connection, page.person.name, f"filters.{kind}", saved)
    return _again(page, kind, kept)


@router.post("/{kind}/filters/remove")
def remove_filter(kind: str, page: Seeing, name: Text = "") -> Response:
    """Forget a saved filter, and with it that it is the usual one."""
    _kind(kind, page)
    with page.workspace.books.begin() as connection:
        saved = dict(preferences(connection, page.person.name).get(f"filters.{kind}") or {})
        gone = saved.pop(name, None)
        if saved.get("") == gone:
            saved.pop("", None)
        prefer(connection, page.person.name, f"filters.{kind}", saved or None)
    return _again(page, kind, "tab=open")


def _kind(name: str, page: Page) -> Kind:
    if name not in KINDS or not page.person.may_see(name):
        raise page.no_such_page()
    return KINDS[name]


def _again(page: Page, kind: str, query: str = "") -> Response:
    """Back to the list, as it is chosen now."""
    address = f"{page.root}/lists/{kind}" + (f"?{query}" if query else "")
    return RedirectResponse(address, 303)


def _rendered(connection: Connection, page: Page, kind: Kind, choice: Choice, saved: dict[str, str]) -> Response:
    merchant = page.workspace.merchant
    every = columns_of(kind, page.language, merchant.currency)
    columns = chosen_columns(every, kind, page.preferences.get(f"columns.{kind.name}") or ())
    chrome, newest = chrome_of(connection, page), page.mark.newest_day(kind.name)
    opened = chrome.counts.get(kind.name, (0, 0, 0))
    chosen = chosen_lines(connection, kind, choice, page.person, merchant.desk.page_lines, newest, opened)
    values: dict[str, Any] = {
        "kind": kind,
        "choice": choice,
        "chosen": chosen,
        "columns": columns,
        "rows": rows_shown(connection, chosen.rows, page, columns, kind, choice.address()),
        "may_answer": page.person.may_answer(kind.name),
        "tabs": TABS,
    }
    if page.is_part:
        return page.render("_table.html.j2", **values)
    return page.render(
        "list.html.j2",
        chrome=chrome,
        every=every,
        menus=page.menus.of(connection, kind, choice, page.person),
        whole_hold=_whole_hold(connection, page, kind, newest),
        saved={name: query for name, query in saved.items() if name},
        **values,
    )


def _whole_hold(connection: Connection, page: Page, kind: Kind, newest: str | None) -> Hold | None:
    """The hold of the whole newest list."""
    if newest is None or not kind.is_guarded:
        return None
    key = ("list hold", page.mark.lists, page.mark.desk_seq, kind.name)
    found: tuple[Hold | None] = page.values.of(key, lambda: (list_hold(connection, kind.name, newest),))
    return found[0]
