"""A list as files in a folder: XLSX and CSV, anywhere fsspec reaches.

Written under a temporary name and renamed, so that nobody opens half a file. A workbook that is there already and
carries the same delivery key is left alone: it has been delivered, and somebody may have typed into it.
"""

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import fsspec

from include.files.errors import naming
from include.privacy.own_files import make_as
from include.tasks.answers.hand_back_files import unfinished
from include.tasks.answers.sheet_reading import facts_of
from include.tasks.channels.parcel import Outcome, Parcel
from include.tasks.kinds import kind_of
from include.tasks.sheets.audience import audience_files, audience_name
from include.tasks.sheets.comma_separated import write_csv
from include.tasks.sheets.layout import file_name
from include.tasks.sheets.list_tables import csv_files
from include.tasks.sheets.spreadsheet import write_xlsx
from include.tasks.sheets.workbook_text import NotAListError, sheets_of
from include.words.texts import Language

MAX_NAMES = 50  # that are tried for a file of the same name
LEFT_BEHIND_SECONDS = 3600  # a half-written file that is older belongs to a process that died
PART = ".part"


@dataclass(frozen=True)
class FileChannel:
    """path: a folder, local or with a protocol (s3://, sftp://..); `{day}` in it becomes the list's day.
    Secrets are fsspec's storage options."""

    is_repeatable: ClassVar[bool] = True
    name: str
    path: str
    language: Language = "zh"
    formats: tuple[str, ...] = ("xlsx", "csv")
    audiences: tuple[str, ...] = ()  # ways of contact for which the platform's own tool takes a file

    def send(self, parcel: Parcel, secrets: Mapping[str, str]) -> Outcome:
        try:
            files, folder = fsspec.core.url_to_fs(self.path.replace("{day}", parcel.document.day), **secrets)
            self._make(files, folder)
            written = [self._put(files, folder, parcel, ending) for ending in self.formats]
            written += self._put_audiences(files, folder, parcel)
            written += self._put_tables(files, folder, parcel)
        except (OSError, ImportError) as error:
            return Outcome("failed", f"{type(error).__name__}: {error}", may_repeat=True)
        return Outcome("sent", ", ".join(written))

    def _make(self, files: Any, folder: str) -> None:
        if _is_local(files):
            above = self.path.partition("{day}")[0].rpartition("/")[0] if "{day}" in self.path else self.path
            make_as(Path(folder), Path(files._strip_protocol(above)))
        else:
            files.makedirs(folder, exist_ok=True)

    def _put(self, files: Any, folder: str, parcel: Parcel, ending: str) -> str:
        """The name under which the file stands."""
        name = file_name(parcel, self.language, ending)
        if ending == "csv":
            _write(files, folder, name, write_csv(parcel, self.language), parcel.delivery_key)
            return name
        stem = name.removesuffix(f".{ending}")
        for number in range(1, MAX_NAMES):
            name = f"{stem}.{ending}" if number == 1 else f"{stem} ({number}).{ending}"
            target = f"{folder.rstrip('/')}/{name}"
            if not files.exists(target):
                _write(files, folder, name, write_xlsx(parcel, self.language), parcel.delivery_key)
                return name
            if delivery_key_in(files.cat_file(target)) == parcel.delivery_key:
                return name
        raise OSError(f"{folder}: {MAX_NAMES} files are called {stem}")

    def _put_audiences(self, files: Any, folder: str, parcel: Parcel) -> list[str]:
        """A file a shop for the platform's own marketing tool, in place of those of earlier editions; their names."""
        made = audience_files(parcel, self.audiences, self.language)
        if kind_of(parcel.document.kind).has_audience and self.audiences:
            for path in files.glob(f"{folder.rstrip('/')}/{audience_name('*', parcel.document.day, self.language)}"):
                if str(path).rpartition("/")[2] not in made:
                    files.rm_file(path)
        for name, content in made.items():
            _write(files, folder, name, content, parcel.delivery_key)
        return list(made)

    def _put_tables(self, files: Any, folder: str, parcel: Parcel) -> list[str]:
        """What a workbook would hold on sheets of its own besides the lines, for a folder without any; their names."""
        if "xlsx" in self.formats:
            return []
        made = csv_files(parcel.document.tables, parcel.document.day, self.language, parcel.currency)
        for name, content in made.items():
            _write(files, folder, name, content, parcel.delivery_key)
        return list(made)


def delivery_key_in(workbook: bytes) -> str | None:
    """The delivery key that one of our workbooks carries; None for anything else."""
    try:
        return facts_of(sheets_of(workbook)).get("delivery_key")
    except NotAListError:
        return None


def _is_local(files: Any) -> bool:
    return "file" in (files.protocol if isinstance(files.protocol, tuple) else (files.protocol,))


def _write(files: Any, folder: str, name: str, content: bytes, key: str) -> None:
    target = f"{folder.rstrip('/')}/{name}"
    if _is_local(files):
        clear_left_behind(Path(folder))
        with naming(folder), unfinished(Path(folder), PART) as local:
            local.write_bytes(content)
            os.replace(local, target)
        return
    temporary = f"{folder.rstrip('/')}/.{key[:12]}.{os.getpid()}{PART}"
    try:
        with files.open(temporary, "wb") as out:
            out.write(content)
        if files.exists(target):
            files.rm_file(target)
        files.mv(temporary, target)
    finally:
        if files.exists(temporary):
            files.rm_file(temporary)


def clear_left_behind(folder: Path) -> None:
    """Remove lists that a killed process was writing: nothing is written for an hour."""
    for left in folder.glob(f".*{PART}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_SECONDS:
                left.unlink()
