"""Where a command finds the merchant's YAML, the folder of what is made, and the books.

1. What --merchant, --home and --books name, else STOREKEEPER_MERCHANT and STOREKEEPER_HOME.
2. Else merchant/ and var/ of this project.
3. Nothing named, and no books there yet: the demo's, if it was made, and a line says so.

Nothing is made: a wrong address leaves no empty file behind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from include.settings.loading import load_merchant
from include.settings.merchant import Merchant
from include.settings.yaml_reading.yaml_files import SettingsError
from include.words.texts import Language, in_each

ROOT = Path(__file__).resolve().parents[2]
DEMO_MERCHANT, DEMO_HOME = Path("examples", "specimen"), Path("var", "demo")
MERCHANT_FILE = "merchant.yaml"
SQLITE = "sqlite:///"


@dataclass
class Named:
    """What a command line says of the place; None of what it does not say."""

    merchant: Path | None = None
    home: Path | None = None
    books: str | None = None

    def take(self, merchant: Path | None, home: Path | None, books: str | None) -> None:
        """What is said later goes before what was said."""
        self.merchant, self.home = merchant or self.merchant, home or self.home
        self.books = books or self.books


@dataclass(frozen=True)
class Location:
    """books: their address. merchant: None if only --books was named and no merchant is described where it would be."""

    home: Path
    books: str
    merchant: Merchant | None

    @property
    def time_zone(self) -> str:
        """The merchant's. Raises SettingsError if none is described."""
        return self.described().time_zone

    @property
    def language(self) -> Language:
        """Of what commands say: the merchant's, English if none is described."""
        return self.merchant.language if self.merchant else "en"

    def described(self) -> Merchant:
        """The merchant. Raises SettingsError if none is described."""
        if self.merchant is None:
            raise no_merchant(ROOT / "merchant")
        return self.merchant


def locate(given: Named, say: Callable[[str], None] | None = None, root: Path = ROOT) -> Location:
    """The place that a command line names. say: told once where the demo's is used, by default on standard error.

    Raises SettingsError if there is no merchant or no books; the message says what to set.
    """
    merchant, home = _named_folders(given, root)
    own_folder, own_home = merchant or root / "merchant", home or root / "var"
    if given.books:
        _require_books(given.books, root)
        described = load_merchant(own_folder, own_home) if merchant or own_folder.is_dir() else None
        return Location(own_home, given.books, described)
    may_be_demo = not merchant and not home
    if may_be_demo and not own_folder.is_dir() and _has_demo(root):
        return _demo(root, say)
    if not (own_folder / MERCHANT_FILE).is_file():
        raise no_merchant(own_folder, is_named=merchant is not None, home=home)
    described = load_merchant(own_folder, own_home)
    if described.books.startswith("connection:"):
        raise SettingsError.named("error.books_behind_connection", connection=described.books)
    if may_be_demo and not has_books(described.books) and _has_demo(root):
        return _demo(root, say)
    _require_books(described.books, root)
    return Location(own_home, described.books, described)


def named_home(given: Named) -> Path | None:
    """The folder that --home or STOREKEEPER_HOME names."""
    return _named(given.home, "STOREKEEPER_HOME")


def settings_alone(given: Named, root: Path = ROOT) -> tuple[Path, Path, Merchant]:
    """The merchant's folder, the home and the settings, whether there are books or not. Raises SettingsError."""
    own, home = own_folders(given, root)
    if not (own / MERCHANT_FILE).is_file():
        raise no_merchant(own, is_named=named_merchant(given) is not None)
    return own.resolve(), home, load_merchant(own, home)


def own_folders(given: Named, root: Path = ROOT) -> tuple[Path, Path]:
    """The merchant's folder and the home that a command line names, whether anything is there yet or not."""
    merchant, home = _named_folders(given, root)
    return merchant or root / "merchant", (home or root / "var").resolve()


def _named_folders(given: Named, root: Path) -> tuple[Path | None, Path | None]:
    """The merchant's folder and the home as they are named; the demo's merchant if its home is named alone."""
    merchant, home = named_merchant(given), named_home(given)
    if home and not merchant and home.resolve() == (root / DEMO_HOME).resolve():
        merchant = root / DEMO_MERCHANT
    return merchant, home


def named_merchant(given: Named) -> Path | None:
    """The folder that --merchant or STOREKEEPER_MERCHANT names."""
    return _named(given.merchant, "STOREKEEPER_MERCHANT")


def spoken(given: Named) -> Language | None:
    """The language of the merchant at the place that is named, whether there are books yet or not; English if books are
    named and no merchant is described; None if neither is there."""
    try:
        return locate(given, lambda _said: None).language
    except (ValueError, OSError):
        return described_language(named_merchant(given) or ROOT / "merchant")


def described_language(folder: Path) -> Language | None:
    """What the merchant.yaml of a folder says; None if it cannot be read."""
    try:
        return load_merchant(folder, ROOT / "var").language
    except (ValueError, OSError):
        return None


def no_merchant(folder: Path, is_named: bool = False, home: Path | None = None) -> SettingsError:
    """What to do if the merchant's file is missing. is_named: the folder was; home: the other that was."""
    file = folder / MERCHANT_FILE
    said = in_each("error.no_file", path=file) if folder.is_dir() else in_each("error.no_folder", folder=folder)
    if not is_named:
        said = in_each("error.no_merchant.looked_for", said=said, file=MERCHANT_FILE)
    if home is not None and not is_named:
        said = in_each("error.no_merchant.only_home", said=said, home=home)
    demo = f"STOREKEEPER_MERCHANT={DEMO_MERCHANT} STOREKEEPER_HOME={DEMO_HOME}"
    return SettingsError.named("error.no_merchant", said=said, file=MERCHANT_FILE, demo=demo)


def no_books(url: str, root: Path = ROOT) -> SettingsError:
    """What to do if there are no books at an address."""
    demo = in_each("error.no_books.demo" if _has_demo(root) else "error.no_books.make_demo")
    named = f"STOREKEEPER_MERCHANT={DEMO_MERCHANT} STOREKEEPER_HOME={DEMO_HOME}"
    return SettingsError.named("error.no_books", url=url, demo=demo, named=named)


def _named(option: Path | None, variable: str) -> Path | None:
    said = option or os.environ.get(variable)
    return Path(said) if said else None


def _demo(root: Path, say: Callable[[str], None] | None) -> Location:
    home = root / DEMO_HOME
    (say or _to_standard_error)(f"no books in var/ yet: these are the demo's, in {DEMO_HOME} · 用的是演示账本")
    merchant = load_merchant(root / DEMO_MERCHANT, home)
    return Location(home, merchant.books, merchant)


def _has_demo(root: Path) -> bool:
    return has_books(f"{SQLITE}{root / DEMO_HOME / 'books.sqlite'}")


def has_books(url: str) -> bool:
    """Whether a SQLite file with something in it is there; a server is believed to be there."""
    if not url.startswith(SQLITE):
        return True
    file = Path(url.removeprefix(SQLITE).partition("?")[0])
    return file.is_file() and file.stat().st_size > 0


def _require_books(url: str, root: Path) -> None:
    if not has_books(url):
        raise no_books(url, root)


def _to_standard_error(text: str) -> None:
    print(text, file=sys.stderr)
