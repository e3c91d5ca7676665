"""What all commands of `./storekeeper` have in common: how their usage is headed, what a day and a count are, how they
end."""

from __future__ import annotations

import argparse
import getpass
import io
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from typing import NoReturn


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Usage and what is wrong with it; ends with 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n{self.prog} --help · 加 --help 看用法\n")


def command_parser(command: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of `./storekeeper COMMAND`. description: of whole paragraphs, usually the module's docstring."""
    return _Parser(
        prog=f"./storekeeper {command}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def a_date(text: str) -> date:
    """The type of an argument that is a day."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise argparse.ArgumentTypeError(
            f"expected a day such as 2025-11-12, found {text!r} · 日期要写成 2025-11-12 这样，写的是 {text!r}"
        )
    return found


def a_day(text: str) -> str:
    """The type of an argument that is a business day, as text: 'YYYY-MM-DD'."""
    return a_date(text).isoformat()


def count(least: int = 1) -> Callable[[str], int]:
    """The type of an argument that is a whole number, `least` or more."""

    def of(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if found < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number, {least} or more, found {text!r} · 要写不小于 {least} 的整数，写的是 {text!r}"
            )
        return found

    return of


def amount(text: str) -> float:
    """The type of an argument that is a finite number, 0 or more."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise argparse.ArgumentTypeError(
            f"expected a number, 0 or more, found {text!r} · 要写不小于 0 的数，写的是 {text!r}"
        )
    return found


def account() -> str:
    """Who runs the command, by the name of the account; an account without a name is its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def run_command(main: Callable[[], int]) -> NoReturn:
    """Run a command and end with its code. A reader that goes away (`| head`) and Ctrl-C end it without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a locale that has no Chinese
    try:
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still held goes nowhere
        code = 128 + signal.SIGPIPE
    sys.exit(code)
