"""What every step of the day works with: the merchant's settings, the books and the keys."""

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Engine

from include.calendar.events import Calendar
from include.files.raw_store import RawStore
from include.privacy.own_files import write_for_owner_alone
from include.privacy.sealing import checked_key
from include.settings.location import Named, locate
from include.settings.merchant import Merchant
from include.settings.saying import BilingualError
from include.warehouse.books import open_books, step_lock
from include.warehouse.migrate import is_current, migrate, revision_of
from include.warehouse.opening import books_at
from include.words.texts import listed

Step = TypeVar("Step", bound=Callable[..., Any])
ROOT = Path(__file__).resolve().parents[2]
_PLACES = {
    "books", "raw", "raw_connection", "models", "data_docs", "channels", "alerts", "hand_back", "desk", "backups",
    "disk",
}  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """vault: key id -> 32 bytes, for sealing raw files and quarantined rows; vault_key_id: the one that seals.
    customers: 32 bytes that turn a buyer's name on a platform into a pseudonym."""

    vault: Mapping[str, bytes]
    vault_key_id: str
    customers: bytes

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "Keys":
        """From {"vault_secret": {id: base64}, "vault_key_id": id, "customers_secret": base64}, as a connection's extra
        holds them; `vault` and `customers` are how the two were called before. Airflow masks what is called a secret
        wherever it shows a connection."""
        said = values or {}
        vault, customers = (said.get(f"{name}_secret") or said.get(name) for name in ("vault", "customers"))
        found = {"vault_secret": vault, "vault_key_id": said.get("vault_key_id"), "customers_secret": customers}
        missing = [name for name, one in found.items() if not one]
        if missing:
            raise BilingualError.named("error.keys_lack", missing=listed(missing))
        if not isinstance(vault, Mapping):
            raise BilingualError.named("error.vault_is_text")
        opened = {name: _key(f"vault_secret.{name}", key) for name, key in vault.items()}
        if said["vault_key_id"] not in opened:
            raise BilingualError.named("error.vault_lacks_key", key_id=said["vault_key_id"])
        return cls(opened, said["vault_key_id"], _key("customers_secret", customers))

    @property
    def newest(self) -> bytes:
        return self.vault[self.vault_key_id]


def _key(name: str, text: Any) -> bytes:
    """A key of 32 bytes from its base64. The error names it and does not show it."""
    try:
        return checked_key(base64.b64decode(text, validate=True))
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{name}: expected 32 bytes in base64 as `./storekeeper keys` prints them; this is {_like(text)}"
        ) from error


def _like(text: Any) -> str:
    if not isinstance(text, str):
        return f"no text but {type(text).__name__}"
    return "masked" if text.strip("*") == "" else f"a text of {len(text)} characters that is no such key"


@dataclass(frozen=True)
class Workspace:
    """raw_options: what opens the place of the raw files if it is no folder (`include.files.locations.credentials`)."""

    merchant: Merchant
    books: Engine
    keys: Keys
    home: Path
    raw_options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def calendar(self) -> Calendar:
        """The festivals of the merchant's country, and its own promotions."""
        return Calendar(self.merchant.calendar, self.merchant.promotions)

    def raw_store(self) -> RawStore:
        return RawStore(self.merchant.raw, self.keys.vault, self.keys.vault_key_id, self.raw_options)

    def configuration_hash(self) -> str:
        """Changes with every setting that may change a list; paths and channels do not."""
        return self._configuration_hash

    @cached_property
    def _configuration_hash(self) -> str:
        settings = self.merchant.model_dump(mode="json", exclude=_PLACES)
        for shop in settings["shops"]:
            shop.pop("source")
        if self.merchant.desk.approve_plans_above is not None:
            settings["approve_plans_above"] = str(self.merchant.desk.approve_plans_above)
        return hashlib.sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def open_workspace(
    merchant: Merchant,
    books_url: str,
    keys: Keys,
    home: Path,
    raw_options: Mapping[str, Any] | None = None,
    before_upgrade: Callable[[Workspace], None] | None = None,
) -> Workspace:
    """The workspace with its books opened and their schema up to date. before_upgrade: done first with books of an
    older release, by one process alone; if it raises, the books stay as they are.

    What this process writes from then on is its owner's alone; of lists, the folder that they are put into says who
    else may read them.
    """
    write_for_owner_alone()
    if books_url.startswith("sqlite:///"):
        Path(books_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    books = open_books(books_url)
    workspace = Workspace(merchant, books, keys, home, raw_options or {})
    try:
        if not is_current(books):
            _upgrade(workspace, before_upgrade)
    except BaseException:
        books.dispose()
        raise
    return workspace


def _upgrade(workspace: Workspace, before: Callable[[Workspace], None] | None) -> None:
    books = workspace.books
    if before is None or revision_of(books) is None:
        migrate(books)
        return
    with step_lock(books, "upgrade"):
        if not is_current(books):  # else another process has done it meanwhile
            before(workspace)
            migrate(books)


def one_at_a_time(step: str) -> Callable[[Step], Step]:
    """For a function whose first argument is the Workspace: one process at a time runs it, the others wait."""

    def locking(run: Step) -> Step:
        @wraps(run)
        def locked(workspace: Workspace, *args: Any, **more: Any) -> Any:
            with step_lock(workspace.books, step):
                return run(workspace, *args, **more)

        return cast(Step, locked)

    return locking


@contextmanager
def workspace_for_reading(given: Named) -> Iterator[Workspace]:
    """The workspace at the place that a command line names, without keys: nothing sealed is read.

    Raises SettingsError or BooksError, both ValueErrors.
    """
    place = locate(given)
    with books_at(place.books) as books:
        yield Workspace(place.described(), books, Keys({}, "", b""), place.home)


@cache
def code_version() -> str:
    """The code that computes: the commit where this is a checkout, else the hash of what is in include/.

    STOREKEEPER_VERSION, set when an image is built, goes before both.
    """
    if stated := os.environ.get("STOREKEEPER_VERSION"):
        return stated
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        found = None
    if found is not None and found.returncode == 0:
        return found.stdout.strip()
    digest = hashlib.sha256()
    for path in sorted((ROOT / "include").rglob("*.py")):
        digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
