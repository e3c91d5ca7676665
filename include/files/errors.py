"""What a file can do wrong, said so that the person who must mend it knows where to look."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from include.words.texts import in_each, joined

DAMAGED_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, KeyError, NotImplementedError, ValueError, EOFError,
    OverflowError, RuntimeError,
)  # fmt: skip
"""What `zipfile` raises on a damaged, locked or strangely packed archive, besides OSError."""


class ExportError(Exception):
    """A whole export cannot be read. The message names file, line, column, what was found and what was expected.

    The parts are kept as attributes too, so that a page can show them apart. Cell values never stand in `found` where
    the column holds personal data. code: 'too_large' or 'password', for who says it in other words. said: the name of
    the text that tells the problem in each language; without it the problem is told in English alone.
    """

    def __init__(
        self,
        file: str,
        problem: str,
        *,
        line: int | None = None,
        column: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        code: str = "",
        said: str = "",
        **values: object,
    ) -> None:
        self.file = file
        self.code = code
        self.problem = problem
        self.line = line
        self.column = column
        self.found = found
        self.expected = expected
        self._said = in_each(said, **values) if said else (problem, problem)
        where = file if line is None else f"{file}, line {line}"
        if column:
            where += f", column {column}"
        told = f"{where}: {problem}"
        if found is not None:
            told += f"; found {found}"
        if expected is not None:
            told += f"; expected {expected}"
        super().__init__(told)

    @property
    def both(self) -> tuple[str, str]:
        """In Chinese and in English."""
        where: str | tuple[str, str] = self.file
        if self.line is not None:
            where = in_each("error.export.line", where=where, line=self.line)
        if self.column:
            where = in_each("error.export.column", where=where, column=self.column)
        told = [in_each("error.about", about=where, said=self._said)]
        for name, value in (("found", self.found), ("expected", self.expected)):
            if value is not None:
                told.append(in_each(f"error.export.{name}", value=value))
        return joined("why.semicolon", told)


class SourceError(Exception):
    """A place or a file in it could not be read now: unreachable, refused, cut off, or changed while it was read.

    Nothing is wrong with the export itself as far as is known, so trying again later may help. The message names the
    place without credentials, and never shows what a connection keeps secret.
    """


@contextmanager
def naming(place: str) -> Iterator[None]:
    """An error of the system within the block that names no file, such as that of a full disk, names this place."""
    try:
        yield
    except OSError as error:
        if error.errno and error.filename is None:
            error.filename = place
        raise
