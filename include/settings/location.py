"""Where a command finds the merchant's YAML, the folder of what is made, and the books.

1. What --merchant, --home and --books name, else STOREKEEPER_MERCHANT and STOREKEEPER_HOME.
2. Else merchant/ and var/ of this project.
3. Nothing named, and no books there yet: the demo's, if it was made. That is said: nobody shall take them for theirs.

Nothing is made: a wrong address leaves no empty file behind.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from include.settings.merchant import Merchant, SettingsError, load_merchant

ROOT = Path(__file__).resolve().parents[2]
DEMO_MERCHANT, DEMO_HOME = Path("examples", "specimen"), Path("var", "demo")
SQLITE = "sqlite:///"
DEFAULT_TIME_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Location:
    """books: their address. merchant: None if only --books was named and no merchant is described where it would be."""

    home: Path
    books: str
    merchant: Merchant | None
    is_demo: bool = False

    @property
    def time_zone(self) -> str:
        return self.merchant.time_zone if self.merchant else DEFAULT_TIME_ZONE

    def described(self) -> Merchant:
        """The merchant. Raises SettingsError if none is described."""
        if self.merchant is None:
            raise SettingsError(no_merchant(ROOT / "merchant"))
        return self.merchant


def place_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --merchant, --home and --books."""
    parser.add_argument("--merchant", type=Path, metavar="FOLDER", help="of merchant.yaml and shops/")
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="where everything that is made goes")
    parser.add_argument("--books", metavar="URL", help="e.g. sqlite:///var/books.sqlite; default: the YAML's")


def locate(given: argparse.Namespace, say: Callable[[str], None] | None = None, root: Path = ROOT) -> Location:
    """The place that `place_arguments` name. say: told once where the demo's is used, by default on standard error.

    Raises SettingsError if there is no merchant or no books; the message says what to set.
    """
    merchant, home = _named(given.merchant, "STOREKEEPER_MERCHANT"), _named(given.home, "STOREKEEPER_HOME")
    if home and not merchant and home.resolve() == (root / DEMO_HOME).resolve():
        merchant = root / DEMO_MERCHANT
    own_folder, own_home = merchant or root / "merchant", home or root / "var"
    if given.books:
        _require_books(given.books, root)
        described = load_merchant(own_folder, own_home) if merchant or own_folder.is_dir() else None
        return Location(own_home, given.books, described)
    may_be_demo = not merchant and not home
    if may_be_demo and not own_folder.is_dir() and _has_demo(root):
        return _demo(root, say)
    if not own_folder.is_dir():
        raise SettingsError(no_merchant(own_folder))
    described = load_merchant(own_folder, own_home)
    if described.books.startswith("connection:"):
        raise SettingsError(f"the books are at {described.books}, an Airflow connection: name their address by --books")
    if may_be_demo and not _is_there(described.books) and _has_demo(root):
        return _demo(root, say)
    _require_books(described.books, root)
    return Location(own_home, described.books, described)


def no_merchant(folder: Path) -> str:
    """What to do if the merchant's folder is missing."""
    return (
        f"{folder}: there is no such folder. --merchant or STOREKEEPER_MERCHANT names the one with merchant.yaml and "
        f"shops/; for the demo set STOREKEEPER_MERCHANT={DEMO_MERCHANT} STOREKEEPER_HOME={DEMO_HOME}\n"
        f"没有这个文件夹。请用 STOREKEEPER_MERCHANT 指明 merchant.yaml 和 shops/ 所在的文件夹；演示数据请设 "
        f"STOREKEEPER_MERCHANT={DEMO_MERCHANT} STOREKEEPER_HOME={DEMO_HOME}"
    )


def no_books(url: str, root: Path = ROOT) -> str:
    """What to do if there are no books at an address."""
    demo, demo_zh = ("the demo's are in var/demo", "演示的账本在 var/demo") if _has_demo(root) else (
        "`make demo` makes some in var/demo", "make demo 会在 var/demo 里做一套"
    )  # fmt: skip
    return (
        f"no books at {url}; {demo} (STOREKEEPER_MERCHANT={DEMO_MERCHANT} STOREKEEPER_HOME={DEMO_HOME})\n"
        f"{url} 没有账本；{demo_zh}"
    )


def _named(option: Path | None, variable: str) -> Path | None:
    said = option or os.environ.get(variable)
    return Path(said) if said else None


def _demo(root: Path, say: Callable[[str], None] | None) -> Location:
    home = root / DEMO_HOME
    (say or _to_standard_error)(f"no books in var/ yet: these are the demo's, in {DEMO_HOME} · 用的是演示账本")
    merchant = load_merchant(root / DEMO_MERCHANT, home)
    return Location(home, merchant.books, merchant, is_demo=True)


def _has_demo(root: Path) -> bool:
    return _is_there(f"{SQLITE}{root / DEMO_HOME / 'books.sqlite'}")


def _is_there(url: str) -> bool:
    """A SQLite file with something in it; a server is believed to be there."""
    if not url.startswith(SQLITE):
        return True
    file = Path(url.removeprefix(SQLITE).partition("?")[0])
    return file.is_file() and file.stat().st_size > 0


def _require_books(url: str, root: Path) -> None:
    if not _is_there(url):
        raise SettingsError(no_books(url, root))


def _to_standard_error(text: str) -> None:
    print(text, file=sys.stderr)
