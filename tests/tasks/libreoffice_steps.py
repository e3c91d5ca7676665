"""Works spreadsheets in LibreOffice as a person would. Run by the system's Python, which has `uno`.

    python3 libreoffice_steps.py PIPE

Each line of standard input is one piece of work, [{"do": name, ...}, ...]; the first step opens a file, the last saves
it. Each is answered by one line: "" for done, else what went wrong. Cells are named by the codes of
the headings, which the hidden sheet _list holds, and by the value of a key column.
"""

import json
import os
import re
import sys
import time
import traceback
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.sheet import TableFilterField
from com.sun.star.sheet.FilterOperator import EQUAL
from com.sun.star.table import TableSortField

FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".ods": "calc8",
    ".xls": "MS Excel 97",
    ".csv": "Text - txt - csv (StarCalc)",
    ".pdf": "calc_pdf_Export",
}


def said(name, value):
    one = PropertyValue()
    one.Name, one.Value = name, value
    return one


def desktop(pipe):
    resolver = uno.getComponentContext().ServiceManager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    for _ in range(240):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except Exception:
            time.sleep(0.5)
    raise SystemExit("LibreOffice did not answer")


class Worker:
    def __init__(self, desk):
        self.desk, self.book, self.number = desk, None, 0

    @property
    def sheet(self):
        return self.book.Sheets.getByIndex(self.number)

    def used(self):
        cursor = self.sheet.createCursor()
        cursor.gotoEndOfUsedArea(False)
        return cursor.RangeAddress.EndRow, cursor.RangeAddress.EndColumn

    def text(self, column, row):
        return self.sheet.getCellByPosition(column, row).String

    def block(self, left, top, right, bottom):
        """The values of a range, row by row, asked for at once: a question a cell would take most of the time."""
        return self.sheet.getCellRangeByPosition(left, top, right, bottom).getDataArray()

    def codes(self):
        """(row of the headings, code -> column)."""
        hidden = self.book.Sheets.getByName("_list")
        cells = hidden.getCellRangeByPosition(0, 0, 1, 200).getDataArray()
        code_of = {str(text): str(name)[len("heading ") :] for name, text in cells if str(name).startswith("heading ")}
        rows, columns = self.used()
        for row, cells in enumerate(self.block(0, 0, columns, min(rows, 60))):
            found = {code_of[str(cell)]: column for column, cell in enumerate(cells) if str(cell) in code_of}
            if "task_id" in found and "answer" in found:
                return row, found
        raise LookupError("no row of headings")

    def row_of(self, key, value):
        start, codes = self.codes()
        rows, _ = self.used()
        column = codes[key]
        for row, (cell,) in enumerate(self.block(column, start + 1, column, rows), start=start + 1):
            if str(cell) == value:
                return row
        raise LookupError(f"no row with {key} {value}")

    def filter_area(self):
        """The range behind the arrows of the list's own filter."""
        ranges = self.book.getPropertyValue("UnnamedDatabaseRanges")
        area = ranges.getByTable(self.number) if ranges.hasByTable(self.number) else None
        if area is None:
            named = [self.book.DatabaseRanges.getByName(name) for name in self.book.DatabaseRanges.ElementNames]
            area = next(one for one in named if one.AutoFilter and one.DataArea.Sheet == self.number)
        assert area.AutoFilter, "the range has no arrows"
        return area

    # What a person does

    def open(self, path):
        self.book = self.desk.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (said("Hidden", True),))

    def go_to(self, number):
        self.number = number

    def sort(self, code, descending=False):
        """By the arrow of the list's own filter: the range is the filter's."""
        _, codes = self.codes()
        area = self.filter_area().DataArea
        cells = self.sheet.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, area.EndRow)
        field = TableSortField()
        field.Field, field.IsAscending = codes[code] - area.StartColumn, not descending
        cells.sort(
            (said("ContainsHeader", True), said("SortFields", uno.Any("[]com.sun.star.table.TableSortField", (field,))))
        )

    def filter(self, code, value):
        _, codes = self.codes()
        area = self.filter_area()
        field = TableFilterField()
        field.Field, field.IsNumeric, field.StringValue, field.Operator = (
            codes[code] - area.DataArea.StartColumn,
            False,
            value,
            EQUAL,
        )
        descriptor = area.getFilterDescriptor()
        descriptor.setFilterFields((field,))
        descriptor.ContainsHeader = True
        area.refresh()

    def delete_rows(self, key, values):
        for value in values:
            self.sheet.Rows.removeByIndex(self.row_of(key, value), 1)

    def insert_rows(self, key, value, count=1):
        self.sheet.Rows.insertByIndex(self.row_of(key, value), count)

    def insert_column(self, before):
        _, codes = self.codes()
        self.sheet.Columns.insertByIndex(codes[before], 1)

    def delete_column(self, code):
        _, codes = self.codes()
        self.sheet.Columns.removeByIndex(codes[code], 1)

    def fill(self, key, cells):
        for value, written in cells.items():
            row, (_, codes) = self.row_of(key, value), self.codes()
            for code, text in written.items():
                cell = self.sheet.getCellByPosition(codes[code], row)
                if isinstance(text, (int, float)):
                    cell.Value = text
                else:
                    cell.FormulaLocal = text  # as typed: dates and numbers are recognised

    def paste(self, key, start, goal, codes):
        """Copy cells of one line over those of another."""
        source, target, (_, places) = self.row_of(key, start), self.row_of(key, goal), self.codes()
        for code in codes:
            copied = self.sheet.getCellByPosition(places[code], source)
            self.sheet.copyRange(
                self.sheet.getCellByPosition(places[code], target).CellAddress,
                self.sheet.getCellRangeByPosition(places[code], source, places[code], source).RangeAddress,
            )
            assert copied.String == self.sheet.getCellByPosition(places[code], target).String

    def fill_visible(self, code, text):
        """Into every line that the filter leaves."""
        start, codes = self.codes()
        rows, _ = self.used()
        for row in range(start + 1, rows + 1):
            if self.sheet.Rows.getByIndex(row).IsVisible and self.text(codes["task_id"], row):
                self.sheet.getCellByPosition(codes[code], row).String = text

    def move_sheet_last(self, name):
        self.book.Sheets.moveByName(name, self.book.Sheets.Count)

    def remove_sheet(self, name):
        self.book.Sheets.removeByName(name)

    def heights(self, path, code):
        """Per line: the row's height and what it needs for all its text (1/100 mm), as LibreOffice reckons."""
        start, codes = self.codes()
        rows, _ = self.used()
        found = []
        for row in range(start + 1, rows + 1):
            one = self.sheet.Rows.getByIndex(row)
            shown = one.Height
            one.OptimalHeight = True
            found.append((self.text(codes[code], row), shown, one.Height))
            one.Height = shown
        Path(path).write_text(json.dumps(found), encoding="utf-8")

    def offers(self, path, key, code):
        """Per line: its key, and what the drop-down of its cell offers, by the formula behind it."""
        start, codes = self.codes()
        rows, columns = self.used()
        found = []
        for row in range(start + 1, rows + 1):
            cell = self.sheet.getCellByPosition(codes[code], row)
            down = row - cell.Validation.getSourcePosition().Row
            formula = re.sub(
                r"(\$[A-Z]+)(\d+)",
                lambda found, down=down: f"{found[1]}{int(found[2]) + down}",
                cell.Validation.getFormula1(),
            )
            spare = self.sheet.getCellRangeByPosition(columns + 5, 0, columns + 5, 19)
            spare.setArrayFormula(f"={formula}")
            words = [text for (text,) in spare.getDataArray() if isinstance(text, str) and text and text[0] != "#"]
            spare.setArrayFormula("")
            found.append((self.text(codes[key], row), words))
        Path(path).write_text(json.dumps(found), encoding="utf-8")

    def told(self, path, key, columns):
        """What LibreOffice shows: per line its key and these columns, then the texts above the headings."""
        start, codes = self.codes()
        rows, _ = self.used()
        lines = {
            self.text(codes[key], row): [self.text(codes[code], row) for code in columns]
            for row in range(start + 1, rows + 1)
            if self.text(codes[key], row)
        }
        above = [self.text(1, row) for row in range(start)]
        Path(path).write_text(json.dumps({"lines": lines, "above": above}), encoding="utf-8")

    def save(self, path):
        options = [said("FilterName", FILTERS[Path(path).suffix])]
        if Path(path).suffix == ".csv":
            options.append(said("FilterOptions", "44,34,76,1"))
        self.book.storeToURL(Path(path).as_uri(), tuple(options))
        self.close()

    def close(self):
        """Without keeping anything, where a step before went wrong."""
        book, self.book, self.number = self.book, None, 0
        if book is not None:
            book.close(True)

    def screen(self, path):
        """A picture's worth of the sheet as it looks on a screen of 1920 x 1080 at 100 %: a page of that size."""
        styles = self.book.StyleFamilies.getByName("PageStyles")
        for name in styles.ElementNames:
            page = styles.getByName(name)
            page.IsLandscape, page.Width, page.Height = True, 50800, 27000
            for side in ("LeftMargin", "RightMargin", "TopMargin", "BottomMargin"):
                setattr(page, side, 0)
            page.HeaderIsOn = page.FooterIsOn = False
            page.ScaleToPagesX = page.ScaleToPagesY = 0
            page.PageScale = 100
        for number in range(self.book.Sheets.Count):
            self.book.Sheets.getByIndex(number).setPrintAreas(())
        self.save(path)


def main():
    worker = Worker(desktop(sys.argv[1]))
    for line in sys.stdin:
        trouble = ""
        try:
            for step in json.loads(line):
                getattr(worker, step.pop("do"))(**step)
        except Exception:
            trouble = traceback.format_exc()
            worker.close()
        print(json.dumps(trouble), flush=True)
    os._exit(0)  # all is saved; the bridge to LibreOffice may crash the interpreter when it is torn down at its end


if __name__ == "__main__":
    main()
