"""Exports as the world damages them: a fixture and a seed -> a file that nobody has read before.

Two kinds of damage: to the bytes (a bad disk, a cut download), and to the table (a person, a spreadsheet program, a
platform that changed its mind), which is then written anew as csv or workbook.
"""

import csv
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from include.files.content import Held
from include.files.table import open_tables

ABSURD = (
    "1e99", "-1e99", "1E+400", "NaN", "inf", "-0", "-999999999999", "6.91793E+18", "99999999999999999999999", "0x1F",
    "2050-01-01", "2050-12-31 23:59:59", "0000-00-00", "1899-12-30", "9999-12-31 23:59:59", "2019#3#11", "1473个",
    "2024-02-29", "2023-02-29 10:00:00", "2026/6/6 13:41", "20260501", "46143.5", "2026年5月1日", "26-5-1", "13:41",
    "2026-05-01T10:00:00Z", "2026-05-01 10:00:00 +0800", "1746065400", "1746065400000", "10:00:00 2026-05-01",
    "=1+1", "=SUM(A1:A9)", '="123"', "'123", "@SUM(1)", "#REF!", "#N/A", "#######", "-", "--", "null", "None", "0", "",
    " ", "\u3000", "\ufeff", "\u200b", "\x00", "a\x00b", "\ufdd0", "�", "😀", "٣", "１２３", "¥1,234.50",
    "1,23,4", "12.3元", "1.2.3", "+-1", "1/3", "50%", "¥", "；;；", "a;b;c", ";", "'", '"', '""', '"a', "a\nb", "\r",
    "\t", "a,b", "|",
    "合计", "总计：", "TRUE", "是", "1" * 400, "9" * 19, "-" + "9" * 18, "0.0000001", "1" + "0" * 15 + ".5",
)  # fmt: skip
EXTRA_ROWS = (
    ["合计"], ["总计", "", "99.00"], ["#导出时间：2026-05-02"], ["说明：仅供参考"], ["注：本表不含退款"], [], [""],
    ["----"], ["小计", "1"], ["导出人", "某"], ["温馨提示：三个月前的订单请到历史订单查看"], ["公式：=A+B"],
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "big5", "latin-1", "utf-16-le", "shift_jis")
LONG_CELL = 10 * 1024 * 1024

Table = list[list[str]]


def mutated(path: Path, seed: int) -> tuple[str, bytes]:
    """(file name, content) of a fixture after some damage."""
    rng = random.Random(seed)
    if rng.random() < 0.35:
        return path.name, _bytes_damaged(path.read_bytes(), rng)
    tables = open_tables(Held(path.read_bytes()), path.name)
    table = [list(row) for row in tables.sheets[0].head]
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        rng.choice(TABLE_DAMAGE)(table, rng)
    if rng.random() < 0.25:
        return path.stem + ".xlsx", _workbook(table, rng)
    content = _csv(table, rng)
    if rng.random() < 0.2:
        content = _bytes_damaged(content, rng)
    if rng.random() < 0.05:
        content = _zip(content, rng)
    return path.stem + ".csv", content


def _header_at(table: Table) -> int:
    return max(range(min(len(table), 5)), key=lambda row: len([c for c in table[row] if c.strip()]), default=0)


def _cells(table: Table, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 8)):
        row = rng.choice(table[_header_at(table) + 1 :] or [[""]])
        if row:
            row[rng.randrange(len(row))] = rng.choice(ABSURD)


def _column_of_cells(table: Table, rng: random.Random) -> None:
    """One column of one kind of nonsense, as a misread format gives it."""
    header = _header_at(table)
    at, value = rng.randrange(max(1, len(table[header]))), rng.choice(ABSURD)
    for row in table[header + 1 :]:
        if at < len(row):
            row[at] = value


def _header_cells(table: Table, rng: random.Random) -> None:
    header = table[_header_at(table)]
    for _ in range(rng.randint(1, 3)):
        if header:
            at = rng.randrange(len(header))
            change: Callable[[str], str] = rng.choice(
                (str.upper, lambda name: name + " ", lambda name: name + "1", lambda _: "", lambda name: name[::-1],
                 lambda name: name + "（元）", lambda _: rng.choice(ABSURD), lambda _: rng.choice(header))
            )  # fmt: skip
            header[at] = change(header[at])


def _drop_columns(table: Table, rng: random.Random) -> None:
    at = rng.randrange(max(1, len(table[_header_at(table)])))
    for row in table:
        del row[at : at + rng.choice((1, 1, 1, 3))]


def _double_column(table: Table, rng: random.Random) -> None:
    at = rng.randrange(max(1, len(table[_header_at(table)])))
    for row in table:
        if at < len(row):
            row.insert(rng.randrange(len(row) + 1), row[at])


def _reorder_columns(table: Table, rng: random.Random) -> None:
    width = len(table[_header_at(table)])
    order = rng.sample(range(width), width)
    for row in table:
        if len(row) == width:
            row[:] = [row[position] for position in order]


def _drop_rows(table: Table, rng: random.Random) -> None:
    del table[rng.randrange(len(table)) :]
    table[:] = table or [[]]


def _double_rows(table: Table, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        row = list(rng.choice(table))
        if row and rng.random() < 0.5:
            row[rng.randrange(len(row))] = rng.choice(ABSURD)
        table.insert(rng.randrange(len(table) + 1), row)


def _extra_rows(table: Table, rng: random.Random) -> None:
    width = len(table[_header_at(table)])
    for _ in range(rng.randint(1, 4)):
        row = list(rng.choice(EXTRA_ROWS))
        table.insert(rng.randrange(len(table) + 1), row + [""] * (width - len(row)) * rng.randint(0, 1))


def _ragged(table: Table, rng: random.Random) -> None:
    row = rng.choice(table)
    if row and rng.random() < 0.5:
        del row[rng.randrange(len(row)) :]
    else:
        row += [rng.choice(ABSURD)] * rng.randint(1, 3)


def _long_cell(table: Table, rng: random.Random) -> None:
    if rng.random() < 0.05:
        row = rng.choice(table)
        if row:
            row[rng.randrange(len(row))] = rng.choice("x0树,\n") * LONG_CELL


def _shuffle_ids(table: Table, rng: random.Random) -> None:
    """Cells of one row in another's place: keys and parents that no longer fit."""
    body = table[_header_at(table) + 1 :]
    if len(body) > 1:
        one, other = rng.sample(body, 2)
        for at in rng.sample(range(min(len(one), len(other))), k=min(3, len(one), len(other))):
            one[at], other[at] = other[at], one[at]


TABLE_DAMAGE = (
    _cells, _cells, _cells, _column_of_cells, _header_cells, _drop_columns, _double_column, _reorder_columns,
    _drop_rows, _double_rows, _extra_rows, _extra_rows, _ragged, _long_cell, _shuffle_ids,
)  # fmt: skip


def _csv(table: Table, rng: random.Random) -> bytes:
    held = io.StringIO()
    delimiter = rng.choice((",", ",", ",", "\t", ";", "|"))
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE))
    if quoting == csv.QUOTE_NONE:  # broken on purpose where a cell holds the delimiter or a quote
        held.write("".join(delimiter.join(row) + "\r\n" for row in table))
    else:
        csv.writer(held, delimiter=delimiter, quoting=quoting).writerows(table)
    text = held.getvalue()
    if rng.random() < 0.2:
        text = text.replace("\r\n", rng.choice(("\n", "\r", "\r\r\n", "\n\n")))
    if rng.random() < 0.2 and '"' in text:
        at = rng.randrange(len(text))
        text = text[:at] + text[at:].replace('"', "", rng.randint(1, 3))
    return text.encode(rng.choice(ENCODINGS), errors=rng.choice(("replace", "ignore", "xmlcharrefreplace")))


def _workbook(table: Table, rng: random.Random) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"strings_to_numbers": rng.random() < 0.4, "strings_to_formulas": True})
    if rng.random() < 0.2:
        book.add_worksheet("说明").write_string(0, 0, "本表说明")
    sheet = book.add_worksheet()
    for number, row in enumerate(table[:200]):
        for column, cell in enumerate(row[:200]):
            text = cell[:32_000].replace("\x00", "")
            if rng.random() < 0.02:
                sheet.write_boolean(number, column, True)
            elif text in ("NaN", "inf"):
                sheet.write_string(number, column, text)
            else:
                sheet.write(number, column, text)
    book.close()
    return held.getvalue()


def _zip(content: bytes, rng: random.Random) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.csv", content)
        if rng.random() < 0.5:
            archive.writestr("__MACOSX/._export.csv", b"x")
    packed = held.getvalue()
    return _bytes_damaged(packed, rng) if rng.random() < 0.5 else packed


def _bytes_damaged(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice((1, 2, 5, 30))):
        at = rng.randrange(max(1, len(data)))
        what = rng.randrange(8)
        if what == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            del data[at : at + rng.randint(1, 60)]
        elif what == 2:
            data[at:at] = rng.randbytes(rng.randint(1, 12))
        elif what == 3:
            data[at:at] = rng.choice((b'"', b"\x00", b"\xff", b"\r", b"\n", b",", b"\xef\xbb\xbf", b"\x1a"))
        elif what == 4:
            data[at:at] = data[at : at + rng.randint(1, 300)]
        elif what == 5 and rng.random() < 0.2:
            del data[at:]
        elif what == 6:
            data[at : at + 8] = bytes(len(data[at : at + 8]))
        elif what == 7 and rng.random() < 0.1:
            data = bytearray(bytes(data).decode("gb18030", "replace").encode(rng.choice(ENCODINGS), "replace"))
    return bytes(data)
