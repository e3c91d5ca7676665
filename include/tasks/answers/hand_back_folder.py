"""The folder into which people put the lists that they have worked: read once it is at rest, answered with a receipt.

    交回/小王/补货_2025-11-12.xlsx          what is handed back; the folder's name says who answers
    交回/小王/回执_补货_2025-11-12_0931.xlsx  the receipt, beside it
    交回/已处理/小王/…                       every file that was read, under its name, time and content

A file that cannot be read is told in its receipt and stops no other. The same content by the same person is known and
entered once: its copy is written below 已处理 before anything is entered, and gets its name once that is done, so a
file that cannot be put aside is not entered. What was saved again while it was read stays for the next look.
"""

import hashlib
import logging
import os
import re
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from include.settings.channels import HandBack as HandBackSettings
from include.settings.merchant import Merchant
from include.tasks.answers.answers import NotAListError, enter_answers, read_answers
from include.tasks.answers.editor import last_editor
from include.tasks.answers.hand_back_files import (
    FOLDER,
    PROCESSED,
    RECEIPT,
    REFUSED,
    UNFINISHED,
    UNNAMED,
    ChangedError,
    Content,
    display_name,
    files_below,
    give_name,
    is_as_read,
    is_of_a_program,
    is_open,
    is_receipt,
    parted,
    read_plain,
    refuse_links,
    unfinished,
)
from include.tasks.answers.receipt import HandedBack, summary_of_receipt, write_receipt
from include.tasks.document import read_head, unpack
from include.tasks.persons import LONGEST_NAME, is_person, plain_name
from include.tasks.task_tables import task_lists
from include.words.texts import Language, say

log = logging.getLogger(__name__)

Look = tuple[int, int]
"""(size in bytes, time of change in nanoseconds) of a file, as it was looked at."""
Source = Literal["folder", "editor"]

SHARED = 0o2770  # what is made below it belongs to the same group
_ENDING = (
    r"_(?P<at>\d{8}-\d{4})_(?P<digest>[0-9a-f]{12})"
    rf"(?P<refused>_(?:{'|'.join(REFUSED.values())}))?(?: \(\d+\))?"
)
_PUT_ASIDE = re.compile(rf".*{_ENDING}(?:\.[^.]*)?", re.DOTALL)
_OWN_ENDING = re.compile(rf"{_ENDING}$")


@dataclass(frozen=True)
class HandBackRules:
    """who: what says who answers, in this order; otherwise: the name where neither says it (without one, the file is
    not entered). settle_seconds: a file younger than this may still be being written. doubtful_times: an
    answer of more than so many times the suggestion is asked about."""

    language: Language
    who: tuple[Source, ...]
    otherwise: str | None
    settle_seconds: float
    doubtful_times: float


def hand_back_rules(said: HandBackSettings, language: Language) -> HandBackRules:
    """What the merchant's YAML says, for the folder of lists in a language."""
    return HandBackRules(language, said.who, said.otherwise, said.settle_seconds, said.doubtful_times)


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
class Failure:
    """A file that stays where it is, and why: its folder or the one for what is processed cannot be written, or it
    cannot be read. It is tried again at the next look."""

    file: str
    why: str


@dataclass(frozen=True)
class TakenIn:
    receipts: tuple[Receipt, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class _Handed:
    """A file that was handed back. person: whose folder it lies in. refused: the text that says why it is not read."""

    path: Path
    person: str | None
    content: Content
    digest: str
    refused: str = ""

    @property
    def data(self) -> bytes:
        return self.content.data or b""


@dataclass(frozen=True)
class HandBack:
    """One hand-back folder."""

    folder: Path
    rules: HandBackRules

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
                stood = path.lstat()
                if not is_open(path):
                    found[path.relative_to(self.folder).as_posix()] = (stood.st_size, stood.st_mtime_ns)
            except OSError:  # gone again, or moved while we looked
                continue
        return found

    def at_rest(self) -> dict[str, Look]:
        """What is waiting and was not touched within the settling time."""
        latest = (time.time() - self.rules.settle_seconds) * 1e9
        return {name: look for name, look in self.waiting().items() if look[1] <= latest}

    def take_in(self, books: Engine, clock: Callable[[], datetime], only: Mapping[str, Look] | None = None) -> TakenIn:
        """Enter what lies in the folder, oldest first, a receipt each. clock: the merchant's, naive.

        only: what was seen at rest, by name; whatever looks otherwise by now waits for its next look. Raises the
        database's error after all files were tried: theirs stay where they are, as those of the failures do.
        """
        looks = self.at_rest() if only is None else self.waiting()
        ready = [name for name, look in looks.items() if only is None or tuple(only.get(name, ())) == look]
        receipts, failures, broken = [], [], None
        for name in sorted(ready, key=lambda one: (looks[one][1], one)):
            try:
                receipts.append(self._take_in_one(books, name, clock()))
            except ChangedError:
                log.info("%s was written while it was read, it is looked at again", display_name(name))
            except SQLAlchemyError as error:
                log.warning(
                    "%s could not be entered, it stays where it is: %s", display_name(name), type(error).__name__
                )
                broken = error
            except OSError as error:
                if os.path.lexists(self.folder / name):
                    why = error.strerror or type(error).__name__
                    failures.append(Failure(display_name(name), why))
                    log.warning("%s could not be read or moved: %s", display_name(name), why)
        if broken is not None:
            raise broken
        return TakenIn(tuple(receipts), tuple(failures))

    def forget(self, before: float) -> int:
        """Remove what was processed and receipts that are older than `before` (as time.time() gives it); how many. No
        link is followed: the folder that a file is removed from is the one that was looked into."""
        removed = 0
        if not self.folder.is_dir():  # nobody has handed anything back yet
            return removed
        for root, folders, names, place in os.fwalk(self.folder, follow_symlinks=False):
            is_aside = _is_aside(Path(root).relative_to(self.folder))
            for name in (*names, *folders):
                stood = os.stat(name, dir_fd=place, follow_symlinks=False)
                ours = is_aside or name.endswith(UNFINISHED) or is_receipt(Path(root) / name)
                if ours and stood.st_mtime < before and not stat.S_ISDIR(stood.st_mode):
                    os.unlink(name, dir_fd=place)
                    removed += 1
        return removed

    def _take_in_one(self, books: Engine, name: str, at: datetime) -> Receipt:
        handed = self._handed(name)
        path, content, aside = handed.path, handed.content, self.aside(handed.person)
        refuse_links(self.folder, aside)
        aside.mkdir(parents=True, exist_ok=True)
        stem, suffix = parted_as_handed(path.name)
        with unfinished(aside) as kept, unfinished(path.parent) as page:
            kept.write_bytes(handed.data)
            said = self._entered(books, handed, at)
            if said.entered is None and not is_as_read(path, content):
                raise ChangedError
            ending = f"_{at:%Y%m%d-%H%M}_{handed.digest}{'' if said.entered else f'_{REFUSED[said.language]}'}"
            # What was entered is known by its copy from here on, whatever becomes of the file.
            moved_to = give_name(kept if said.entered else path, aside, stem, ending, suffix)
            os.utime(moved_to, follow_symlinks=False)  # kept from now on, however old the file was
            page.write_bytes(write_receipt(self._placed(said, handed, moved_to, f"{stem}{suffix}")))
            receipt = give_name(page, path.parent, f"{RECEIPT[said.language]}_{stem}", f"_{at:%H%M}", ".xlsx")
            if said.entered and is_as_read(path, content):
                path.unlink()
        return Receipt(
            file=display_name(name),
            who=said.who,
            summary=summary_of_receipt(said),
            receipt=receipt,
            moved_to=moved_to,
            needs_a_person=said.needs_a_person,
            kind=said.answers.kind if said.answers else None,
        )

    def _placed(self, said: HandedBack, handed: _Handed, moved_to: Path, name: str) -> HandedBack:
        """With where the file lies now, where its correction is put, and where the list lies as it was pushed (a file
        of this `name` beside the folder)."""
        lists = self.folder.parent
        day = said.answers.day if said.answers else ""
        pushed = next((path for path in (lists / name, lists / day / name) if path.is_file()), None)
        person = handed.person or said.who
        return replace(
            said,
            now_at=display_name(moved_to.relative_to(lists).as_posix()),
            folder=display_name(f"{self.folder.name}/{person}" if person else self.folder.name),
            list_at="" if pushed is None else display_name(pushed.relative_to(lists).as_posix()),
        )

    def _handed(self, name: str) -> _Handed:
        path, parts = self.folder / name, Path(name).parts
        refuse_links(self.folder, path.parent)
        content = read_plain(path)
        refused = ""
        if parts[0] in PROCESSED.values():
            parts, refused = parts[1:], "receipt.trouble.in_processed"
        if any(part.startswith(".") for part in parts[:-1]):
            refused = "receipt.trouble.hidden_folder"
        if content.data is None:
            refused = "receipt.trouble.too_large" if content.is_plain else "receipt.trouble.not_plain"
        digest = digest_of_file(os.fsencode(name) if content.data is None else content.data)
        return _Handed(path, parts[0] if len(parts) > 1 else None, content, digest, refused)

    def _entered(self, books: Engine, handed: _Handed, at: datetime) -> HandedBack:
        language, file = self.rules.language, display_name(handed.path.name)
        who = self._who(handed)

        def failed(text: str) -> HandedBack:
            return HandedBack(file, None if who is None else display_name(who), at, language, trouble=text)

        if handed.refused:
            return failed(say(language, handed.refused, megabytes=round(handed.content.stood.st_size / 1e6)))
        try:
            answers = read_answers(handed.data, at.date().isoformat())
        except NotAListError as error:
            return failed(error.in_words(language))
        except Exception as error:  # whatever somebody put there must not stop the others
            log.exception("%s could not be read", file)
            error_name = type(error).__name__
            text = say(language, "receipt.trouble.unreadable", error=error_name, folder=PROCESSED[language])
            return failed(text)
        language = answers.language
        if who is None:
            return failed(say(language, "receipt.trouble.no_name"))
        if not is_person(who):
            return failed(say(language, "receipt.trouble.bad_name", name=display_name(who)[:LONGEST_NAME]))
        before = self.handed_back_at(handed.person, handed.digest)
        if before is not None:
            again = say(language, "receipt.trouble.again", at=before)
            return HandedBack(file, who, at, language, answers, trouble=again, is_known=True)
        try:
            # As long ago as the file is old: the merchant's clock may be another one than the disk's.
            saved_at = at - timedelta(seconds=max(time.time() - handed.content.stood.st_mtime, 0.0))
            times = self.rules.doubtful_times
            entered = enter_answers(books, answers, who, at, doubtful_times=times, saved_at=saved_at)
        except NotAListError as error:
            return failed(error.in_words(language))
        return HandedBack(file, who, at, language, answers, entered, currency=currency_of(books, answers.kind))

    def _who(self, handed: _Handed) -> str | None:
        for source in self.rules.who:
            name = handed.person if source == "folder" else last_editor(handed.data)
            if name and plain_name(name):
                return plain_name(name)
        return self.rules.otherwise

    def _files(self) -> Iterator[Path]:
        if self.folder.is_dir():
            os.listdir(self.folder)  # raises where nobody may look into it
        for path in files_below(self.folder):
            is_put_aside = _is_aside(path.relative_to(self.folder)) and _PUT_ASIDE.fullmatch(path.name)
            if not (is_put_aside or is_of_a_program(path.name) or is_receipt(path)):
                yield path

    def aside(self, person: str | None) -> Path:
        """Where what a person handed back lies once it was read."""
        language = self.rules.language
        return self.folder / PROCESSED[language] / (person or UNNAMED[language])

    def handed_back_at(self, person: str | None, digest: str) -> str | None:
        """When the same content was entered before, as 'YYYY-MM-DD HH:MM'."""
        kept = self.kept(person, digest)
        found = kept and _PUT_ASIDE.fullmatch(kept.name)
        if not found:
            return None
        when = found["at"]
        return f"{when[:4]}-{when[4:6]}-{when[6:8]} {when[9:11]}:{when[11:13]}"

    def kept(self, person: str | None, digest: str) -> Path | None:
        """The copy of a file that was entered, by the first letters of its content's hash."""
        for path in sorted(self.aside(person).iterdir()):
            found = _PUT_ASIDE.fullmatch(path.name)
            if found is not None and found["digest"] == digest and not found["refused"]:
                return path
        return None


def hand_back_folders(merchant: Merchant) -> list[HandBack]:
    """The hand-back folder beside the lists of each channel that is a local folder; none if it is closed."""
    said = merchant.hand_back
    if not said.open:
        return []
    found = {}
    for channel in merchant.channels:
        if channel.kind == "file" and channel.path and "://" not in channel.path:
            lists = Path(channel.path.split("{day}")[0])
            folder = lists / FOLDER[channel.language]
            found[folder] = HandBack(folder, hand_back_rules(said, channel.language))
    return list(found.values())


def folders_of_the_desk(merchant: Merchant, home: Path) -> list[HandBack]:
    """Where lists are kept that are handed back on the desk: the hand-back folders; a folder of its own without one."""
    rules = hand_back_rules(merchant.hand_back, merchant.language)
    return hand_back_folders(merchant) or [HandBack(home / FOLDER[merchant.language], rules)]


def digest_of_file(content: bytes) -> str:
    """By which a file that was read is known again."""
    return hashlib.sha256(content).hexdigest()[:12]


def parted_as_handed(name: str) -> tuple[str, str]:
    """(stem, suffix) of a file, without what its name got when it was put aside before."""
    stem, suffix = parted(name)
    while (found := _OWN_ENDING.search(stem)) and found.start():
        stem = stem[: found.start()]
    return stem, suffix


def _is_aside(below: Path) -> bool:
    return below.parts[:1] in {(name,) for name in PROCESSED.values()}


def currency_of(books: Engine, kind: str) -> str:
    query = select(task_lists.c.document).where(task_lists.c.kind == kind).order_by(task_lists.c.day.desc()).limit(1)
    with books.connect() as connection:
        blob = connection.execute(query).scalar_one_or_none()
    return "CNY" if blob is None else str(read_head(unpack(blob))["manifest"].get("currency", "CNY"))
