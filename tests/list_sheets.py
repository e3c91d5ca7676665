"""Where things stand on a list's sheet, for tests that work it as a person would."""

from openpyxl.worksheet.worksheet import Worksheet

from include.tasks.sheets.spreadsheet import HEADING_OF, LIST_SHEET


def codes_of(sheet: Worksheet) -> tuple[int, dict[str, int]]:
    """(row of the headings, column code -> column), both as openpyxl counts."""
    headings = {
        str(heading): str(name).removeprefix(HEADING_OF)
        for name, heading, *_ in sheet.parent[LIST_SHEET].iter_rows(max_col=2, values_only=True)
        if str(name).startswith(HEADING_OF)
    }
    for row in sheet.iter_rows():
        found = {headings[str(cell.value)]: cell.column for cell in row if str(cell.value) in headings}
        if {"task_id", "answer"} <= set(found):
            return row[0].row, found
    raise LookupError(f"{sheet.title} has no headings")
