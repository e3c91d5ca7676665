"""What is this file?

    storekeeper inspect FILE [--rows]                   what it is, and what would happen to its rows
    storekeeper inspect FILE --shop shops/x.yaml        the same by a shop's own settings, checks included
    storekeeper inspect FILE --headers                  the names in its header line, and nothing else
    storekeeper inspect --list                          every platform and report that can be read

Prints platform, report and generation, container, encoding and header line; which columns are known, unknown (with the
nearest known name) and missing; what of the reading is a guess; the days the rows speak of; and how many rows would be
published, ignored and rejected. Prints no cell of a data row. `--rows` tells each row's line and fate.
`storekeeper scaffold` begins a shop or a platform with the file.

Exit codes: 0 every row is published, ignored or rejected with its reason; 1 it cannot be read as it is: an unknown
header, a required column missing; 2 it cannot be opened, or the command is wrong.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from include.cli import options
from include.cli.command_line import Commands, session

commands = Commands()


def a_pattern(text: str) -> str:
    """A regex with a group."""
    try:
        groups = re.compile(text).groups
    except re.error:
        groups = 0
    if not groups:
        raise options.wrong(
            "a regex with the warehouse in brackets, such as 库存_(.+)_",
            "应为正则表达式，仓库写在括号里，如 库存_(.+)_",
            text,
        )
    return text


@commands.command("inspect", help=__doc__, short_help="what a file is · 这是什么文件")
def inspect(
    file: Annotated[Path | None, typer.Argument(metavar="FILE")] = None,
    is_list: Annotated[bool, typer.Option("--list", help="the platforms and reports that can be read")] = False,
    headers: Annotated[bool, typer.Option("--headers", help="the names in the header line, and nothing else")] = False,
    password: Annotated[str | None, typer.Option(metavar="TEXT", help="of a protected workbook or zip")] = None,
    warehouse_pattern: Annotated[
        str | None,
        options.option(
            "--warehouse-pattern",
            of=a_pattern,
            metavar="REGEX",
            help="regex with the warehouse as group 1, over the file's name",
        ),
    ] = None,
    rows: Annotated[bool, typer.Option("--rows", help="each row's line and what would happen to it")] = False,
    shop: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a shop's YAML: read the file as that shop's")
    ] = None,
    day: Annotated[str | None, options.day("with --shop: the business day the file is for (default: its last)")] = None,
    report: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="with --shop: which of its reports, where the file's name does not say"),
    ] = None,
) -> int:
    if file is None and not is_list:
        options.fail("expected a file, or --list; found nothing · 要写文件，或 --list")

    from include.cli.unknown_files.inspection import inspect_as_shop, inspect_file, list_reports, print_headers

    if is_list or file is None:
        list_reports()
        return 0
    language = session().speaks
    if headers:
        return print_headers(file, password, language)
    if shop is None:
        return inspect_file(file, password, warehouse_pattern, rows, language)
    return inspect_as_shop(
        file,
        shop,
        report=report,
        day=day,
        password=password,
        warehouse_pattern=warehouse_pattern,
        rows=rows,
        language=session().spoken(),
    )
