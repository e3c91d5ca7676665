"""The command line of the scripts that write a page of docs/: write it, or with --check say that it is stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path


def write_or_check(
    page: Path, made: Callable[[str], str], about: str | None, arguments: Sequence[str] | None = None
) -> int:
    """Returns the exit code: 1 if --check finds the page stale.

    made: from the page as it stands ("" if there is none) the page as it should be. about: the text of --help.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 if the page is stale")
    given = parser.parse_args(arguments)
    standing = page.read_text(encoding="utf-8") if page.exists() else ""
    written = made(standing)
    shown = f"{page.parent.name}/{page.name}"
    if given.check:
        if standing != written:
            print(f"{shown} is stale: run `make pages`", file=sys.stderr)
        return int(standing != written)
    page.write_text(written, encoding="utf-8")
    print(f"{shown} is {'as it was' if standing == written else 'written'}")
    return 0
