"""The folder into which people put the lists that they have worked: read once it is at rest, answered with a receipt.

    交回/小王/补货_2025-11-12.xlsx          what is handed back; the folder's name says who answers
    交回/小王/回执_补货_2025-11-12_0931.xlsx  the receipt, beside it
    交回/已处理/小王/…                       every file that was read, under its name, time and content

Nothing is lost: a file is moved only when its receipt lies there; one that cannot be read is told in its receipt and
stops no other. The same content by the same person is known and entered once.
"""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from include.tasks.answers import NotAListError, enter_answers, read_answers
from include.tasks.document import read_head, unpack
from include.tasks.editor import last_editor
from include.tasks.receipt import HandedBack, summary_of_receipt, write_receipt
from include.tasks.receipt_wording import FOLDER, PROCESSED, RECEIPT, SAID, UNNAMED
from include.tasks.tables import MACHINE, task_lists
from include.tasks.wording import Language

log = logging.getLogger(__name__)

Look = tuple[int, int]
"""(size in bytes, time of change in nanoseconds) of a file, as it was looked at."""
Source = Literal["folder", "editor"]

MOST_BYTES = 50_000_000
LOCK_HOURS = 8  # a lock file that is older was left behind
LONGEST_NAME = 100
SHARED = 0o2770  # what is made below it belongs to the same group
NOT_HANDED_BACK = (".", "~$", "thumbs.db", "desktop.ini")
UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".unfinished", ".swp")


@dataclass(frozen=True)
class HandBackRules:
    """who: what says who answers, in this order; otherwise: the name where neither says it (without one, the file is
    not entered). settle_seconds: a file younger than this may still be being written."""

    language: Language = "zh"
    who: tuple[Source, ...] = ("folder", "editor")
    otherwise: str | None = None
    settle_seconds: float = 5


@dataclass(frozen=True)
class Receipt:
    """file: what was handed back, below the folder. receipt, moved_to: where they lie now."""

    file: str
    who: str | None
    summary: str
    receipt: Path
    moved_to: Path
    needs_a_person: bool
    kind: str | None = None


@dataclass(frozen=True)
class HandBack:
    """One hand-back folder."""

    folder: Path
    rules: HandBackRules = HandBackRules()

    def make(self) -> None:
        """Make the folder, so that it lies beside the lists before anybody needs it; its owner's group may write."""
        if not self.folder.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(SHARED)

    def waiting(self) -> dict[str, Look]:
        """What lies in the folder to be read, by its name below it, with how it looks; without what is open."""
        found = {}
        for path in self._files():
            try:
                stood = path.stat()
                if not _is_open(path):
                    found[path.relative_to(self.folder).as_posix()] = (stood.st_size, stood.st_mtime_ns)
            except OSError:  # gone again, or moved while we looked
                continue
        return found

    def at_rest(self, now: float | None = None) -> dict[str, Look]:
        """What is waiting and was not touched within the settling time; `now` as time.time() gives it."""
        latest = ((time.time() if now is None else now) - self.rules.settle_seconds) * 1e9
        return {name: look for name, look in self.waiting().items() if look[1] <= latest}

    def take_in(
        self, books: Engine, clock: Callable[[], datetime], only: Mapping[str, Look] | None = None
    ) -> list[Receipt]:
        """Enter what lies in the folder, oldest first, a receipt each. clock: the merchant's, naive.

        only: what was seen at rest, by name; whatever looks otherwise by now waits for its next look. Raises the
        database's error after all files were tried: theirs stay where they are.
        """
        looks = self.at_rest() if only is None else self.waiting()
        ready = [name for name, look in looks.items() if only is None or tuple(only.get(name, ())) == look]
        receipts, broken = [], None
        for name in sorted(ready, key=lambda one: (looks[one][1], one)):
            try:
                receipts.append(self._take_in_one(books, name, clock()))
            except SQLAlchemyError as error:
                log.warning("%s could not be entered, it stays where it is: %s", name, type(error).__name__)
                broken = error
            except OSError as error:
                log.warning("%s could not be read or moved, it is looked at again: %s", name, type(error).__name__)
        if broken is not None:
            raise broken
        return receipts

    def forget(self, before: float) -> int:
        """Remove what was processed and receipts that are older than `before` (as time.time() gives it); how many."""
        aside = [path for name in PROCESSED.values() for path in (self.folder / name).rglob("*") if path.is_file()]
        receipts = [path for name in RECEIPT.values() for path in self.folder.rglob(f"{name}_*.xlsx")]
        old = [path for path in {*aside, *receipts} if path.is_file() and path.stat().st_mtime < before]
        for path in old:
            path.unlink()
        return len(old)

    def _take_in_one(self, books: Engine, name: str, at: datetime) -> Receipt:
        path = self.folder / name
        person = Path(name).parts[0] if len(Path(name).parts) > 1 else None
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        digest = hashlib.sha256(content or name.encode()).hexdigest()[:12]
        said = self._entered(books, path, person, content, digest, at)
        receipt = _write(path.parent, f"{RECEIPT[said.language]}_{path.stem}_{at:%H%M}", ".xlsx", write_receipt(said))
        moved_to = self._move_aside(path, person, digest, at)
        return Receipt(
            file=name,
            who=said.who,
            summary=summary_of_receipt(said),
            receipt=receipt,
            moved_to=moved_to,
            needs_a_person=said.needs_a_person,
            kind=said.answers.kind if said.answers else None,
        )

    def _entered(
        self, books: Engine, path: Path, person: str | None, content: bytes, digest: str, at: datetime
    ) -> HandedBack:
        language = self.rules.language
        words = SAID[language]
        who = self._who(person, content)

        def failed(text: str) -> HandedBack:
            return HandedBack(path.name, who, at, language, trouble=text)

        size = path.stat().st_size
        if size > MOST_BYTES:
            return failed(words["too_large"].format(megabytes=round(size / 1e6)))
        try:
            answers = read_answers(content, at.date().isoformat())
        except NotAListError as error:
            return failed(error.told(language))
        except Exception as error:  # whatever somebody put there must not stop the others
            log.exception("%s could not be read", path.name)
            return failed(words["unreadable"].format(error=type(error).__name__, folder=PROCESSED[language]))
        language, words = answers.language, SAID[answers.language]
        if who is None:
            return failed(words["no_name"])
        if who.strip() == MACHINE or len(who) > LONGEST_NAME:
            return failed(words["bad_name"].format(name=who[:LONGEST_NAME]))
        before = self._handed_back_at(person, digest)
        if before is not None:
            return HandedBack(
                path.name, who, at, language, answers, trouble=words["again"].format(at=before), is_known=True
            )
        entered = enter_answers(books, answers, who, at)
        return HandedBack(path.name, who, at, language, answers, entered, currency=_currency(books, answers.kind))

    def _who(self, person: str | None, content: bytes) -> str | None:
        for source in self.rules.who:
            name = person if source == "folder" else last_editor(content)
            if name and name.strip():
                return name.strip()
        return self.rules.otherwise

    def _files(self) -> Iterator[Path]:
        aside = {*PROCESSED.values()}
        receipts = tuple(f"{name}_" for name in RECEIPT.values())
        for path in sorted(self.folder.rglob("*")) if self.folder.is_dir() else ():
            parts, name = path.relative_to(self.folder).parts, path.name.casefold()
            if parts[0] in aside or any(part.startswith(".") for part in parts) or path.is_symlink():
                continue
            if name.startswith(NOT_HANDED_BACK) or name.endswith(UNFINISHED) or path.name.startswith(receipts):
                continue
            if path.is_file():
                yield path

    def _aside(self, person: str | None) -> Path:
        language = self.rules.language
        return self.folder / PROCESSED[language] / (person or UNNAMED[language])

    def _handed_back_at(self, person: str | None, digest: str) -> str | None:
        """When the same content was read before, as 'YYYY-MM-DD HH:MM'."""
        for path in sorted(self._aside(person).glob(f"*_{digest}*")):
            when = path.stem.rpartition("_")[0][-13:]
            return f"{when[:4]}-{when[4:6]}-{when[6:8]} {when[9:11]}:{when[11:13]}"
        return None

    def _move_aside(self, path: Path, person: str | None, digest: str, at: datetime) -> Path:
        folder = self._aside(person)
        folder.mkdir(parents=True, exist_ok=True)
        target = _free(folder, f"{path.stem}_{at:%Y%m%d-%H%M}_{digest}", path.suffix)
        os.replace(path, target)
        os.utime(target)  # kept from now on, however old the file was
        return target


def folder_beside(lists: Path, language: Language) -> Path:
    """Where lists that lie in `lists` are handed back."""
    return lists / FOLDER[language]


def _is_open(path: Path) -> bool:
    """Excel, WPS or LibreOffice say beside the file that somebody has it open."""
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f"~${path.name[2:]}"),
                 path.with_name(f".~lock.{path.name}#"), path.with_name(f".~{path.name}")):  # fmt: skip
        try:
            if time.time() - lock.stat().st_mtime < LOCK_HOURS * 3600:
                return True
        except OSError:
            continue
    return False


def _currency(books: Engine, kind: str) -> str:
    query = select(task_lists.c.document).where(task_lists.c.kind == kind).order_by(task_lists.c.day.desc()).limit(1)
    with books.connect() as connection:
        blob = connection.execute(query).scalar_one_or_none()
    return "CNY" if blob is None else str(read_head(unpack(blob))["manifest"].get("currency", "CNY"))


def _free(folder: Path, stem: str, suffix: str) -> Path:
    """A path in the folder under which nothing lies."""
    number, path = 1, folder / f"{stem}{suffix}"
    while path.exists():
        number += 1
        path = folder / f"{stem} ({number}){suffix}"
    return path


def _write(folder: Path, stem: str, suffix: str, content: bytes) -> Path:
    """Written under another name and renamed, so that nobody opens half a receipt."""
    target = _free(folder, stem, suffix)
    unfinished = folder / f".{target.name}.unfinished"
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target
