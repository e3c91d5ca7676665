"""Files that are small and unpack to much, or whose rows are all wrong: made to eat memory or time.

A bomb has the header of a report, so that it is read as that report's export.
"""

import csv
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from include.files.content import Held
from include.files.table import open_tables

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
MEGABYTE = 1 << 20


def bomb(path: Path, seed: int) -> tuple[str, bytes]:
    """(file name, content) of a bomb with the header of a fixture."""
    table = open_tables(Held(path.read_bytes()), path.name).sheets[0].head
    header = max(table[:5], key=lambda row: len([cell for cell in row if cell.strip()]))
    kind, make = list(BOMBS.items())[seed % len(BOMBS)]
    ending, content = make(list(header), random.Random(seed))
    return f"{path.stem}_{kind}.{ending}", content


def _far_corner(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "xlsx", _book(header, '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def _hidden_far_cell(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "xlsx", _book(header, '<row r="2"><c r="A2"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>')


def _tall_and_empty(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "xlsx", _book(header, f'<row r="{rng.randint(900_000, 1_048_576)}"><c r="G1"><v>1</v></c></row>')


def _one_text_many_times(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """One shared text of a megabyte in tens of thousands of cells."""
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(2, 40_000))
    return "xlsx", _book(header, cells, shared=f"<si><t>{'x' * rng.choice((20_000, MEGABYTE))}</t></si>")


def _laughs(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """Entities that name entities."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    kind = f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'
    return "xlsx", _book(header, '<row r="2"><c r="A2" t="inlineStr"><is><t>&l9;</t></is></c></row>', prolog=kind)


def _repeated_cells(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """OpenDocument: one row a million times, one cell sixteen thousand times."""
    cells = "".join(f"<table:table-cell><text:p>{escape(name)}</text:p></table:table-cell>" for name in header)
    again = '<table:table-cell table:number-columns-repeated="16384"><text:p>1</text:p></table:table-cell>'
    rows = f'<table:table-row table:number-rows-repeated="{rng.choice((1_000, 1_048_576))}">{again}</table:table-row>'
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("META-INF/manifest.xml", "<manifest/>")
        target.writestr(
            "content.xml",
            '<?xml version="1.0"?><office:document-content'
            ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
            ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="s"><table:table-row>{cells}</table:table-row>{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return "ods", held.getvalue()


def _zeros(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "zip", _zip({"export.csv": _csv([header]) + bytes(240 * MEGABYTE)})


def _zips_in_zips(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    content = {"export.csv": _csv([header])}
    for _ in range(rng.randint(3, 6)):
        content = {"export.zip": _zip(content)}
    return "zip", content["export.zip"]


def _many_members(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "zip", _zip({f"{number}.csv": _csv([header]) for number in range(20_000)})


def _equal_rows(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """Parquet: millions of equal rows take no place."""
    names = [name or f"c{at}" for at, name in enumerate(dict.fromkeys(header))]
    count = rng.choice((2_000_000, 10_000_000))
    table = pa.table({name: pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), ["x" * 40])
                      for name in names[:4]})  # fmt: skip
    held = io.BytesIO()
    pq.write_table(table, held, compression="zstd")
    return "parquet", held.getvalue()


def _short_rows(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """Every row has two cells; a quote may be left open before them."""
    opened = rng.choice((b"", b'"'))
    return "csv", _csv([header]) + opened + b"a,b\n" * (2 * MEGABYTE)


def _absurd_rows(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """No row can be read."""
    row = _csv([["?"] * len(header)])
    return "csv", _csv([header]) + row * (6 * MEGABYTE // len(row))


def _wide_row(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "csv", _csv([header]) + b"1," * (4 * MEGABYTE) + b"\n"


def _huge_cells(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "csv", _csv([header, *([["x" * (8 * MEGABYTE)] + ["1"] * (len(header) - 1)] * 3)])


def _nothing_but_quotes(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    return "csv", _csv([header]) + b'"' * (8 * MEGABYTE + rng.randint(0, 1))


def _nested_tags(header: list[str], rng: random.Random) -> tuple[str, bytes]:
    """A page of tables in tables, as some platforms name `.xls`."""
    cells = "".join(f"<td>{escape(name)}</td>" for name in header)
    return "xls", f"<html><table><tr>{cells}</tr>{'<tr><td><table>' * 60_000}</table></html>".encode()


def _book(header: list[str], rows: str, shared: str = "", prolog: str = "") -> bytes:
    """A workbook of one sheet: the header, and rows as XML."""
    whole, made = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(whole) as target:
        target.add_worksheet("s").write(0, 0, "a")
    cells = "".join(f'<c t="inlineStr"><is><t>{escape(name)}</t></is></c>' for name in header)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                first = f'<row r="1">{cells}</row>'
                content = f"{prolog}<worksheet {NAMESPACE}><sheetData>{first}{rows}</sheetData></worksheet>".encode()
            elif info.filename == "xl/sharedStrings.xml" and shared:
                content = f"<sst {NAMESPACE}>{shared}</sst>".encode()
            new.writestr(info.filename, content)
    return made.getvalue()


def _csv(rows: list[list[str]]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    return held.getvalue().encode()


def _zip(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


BOMBS: dict[str, Callable[[list[str], random.Random], tuple[str, bytes]]] = {
    "far_corner": _far_corner,
    "hidden_far_cell": _hidden_far_cell,
    "tall_and_empty": _tall_and_empty,
    "one_text_many_times": _one_text_many_times,
    "laughs": _laughs,
    "repeated_cells": _repeated_cells,
    "zeros": _zeros,
    "zips_in_zips": _zips_in_zips,
    "many_members": _many_members,
    "equal_rows": _equal_rows,
    "short_rows": _short_rows,
    "absurd_rows": _absurd_rows,
    "wide_row": _wide_row,
    "huge_cells": _huge_cells,
    "nothing_but_quotes": _nothing_but_quotes,
    "nested_tags": _nested_tags,
}
