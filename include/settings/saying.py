"""What a command says when it cannot go on: in the merchant's language, in both as long as nobody knows which it is."""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from include.words.texts import Language, in_each, joined

# What the system refuses, by its number.
_REFUSED = {
    errno.ENOENT: "error.system.not_there",
    errno.EACCES: "error.system.not_allowed",
    errno.EPERM: "error.system.not_allowed",
    errno.EROFS: "error.system.read_only",
    errno.EISDIR: "error.system.is_folder",
    errno.ENOTDIR: "error.system.path_has_file",
    errno.EEXIST: "error.system.is_file",
    errno.ENOSPC: "error.system.disk_full",
    errno.ENAMETOOLONG: "error.system.long_name",
}


@runtime_checkable
class InBoth(Protocol):
    """An error that knows both languages."""

    @property
    def both(self) -> tuple[str, str]:
        """In Chinese and in English."""


class BilingualError(ValueError):
    """A mistake that is told to a person, in both languages. As text it is the English."""

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.zh = zh or en

    @property
    def both(self) -> tuple[str, str]:
        """In Chinese and in English."""
        return self.zh, str(self)

    @classmethod
    def named(cls, name: str, /, **values: Any) -> Self:
        """The mistake that the text of this name tells; values as for `in_each`."""
        zh, en = in_each(name, **values)
        return cls(en, zh)

    @classmethod
    def of(cls, mistakes: "Sequence[BilingualError]") -> Self:
        """Several at once."""
        zh, en = joined("why.semicolon", (one.both for one in mistakes))
        return cls(en, zh)


def in_language(error: Exception, language: Language | None) -> str:
    """The error as a person reads it; both languages if `language` is None. A file that the system refuses is named."""
    if isinstance(error, InBoth):
        first, second = error.both
        return _chosen(first, second, language)
    if isinstance(error, OSError) and error.errno in _REFUSED and error.filename is not None:
        why, file = _REFUSED[error.errno], Path(os.fsdecode(error.filename))
        if error.errno == errno.ENOENT and not file.parent.exists():
            why, file = "error.system.no_folder", file.parent
        return _chosen(*in_each("error.about", about=str(file), said=in_each(why)), language)
    return str(error)


def refused(error: Exception, language: Language | None, code: int = 1, *, before: str | None = None) -> int:
    """Tell on standard error why a command does not go on; returns its exit code. before: the name of the text that is
    said before that."""
    if isinstance(error, BrokenPipeError):
        raise error  # nobody reads any more
    if before is not None:
        why = (in_language(error, "zh"), in_language(error, "en"))
        error = BilingualError.named("error.about", about=in_each(before), said=why)
    print(in_language(error, language), file=sys.stderr)
    return code


def require_writable(folder: Path) -> None:
    """Raises OSError if nothing can be written into the folder, or it cannot be made. Makes nothing."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(there))


def _chosen(zh: str, en: str, language: Language | None) -> str:
    if language is None:
        return en if en == zh else f"{en}\n{zh}"
    return zh if language == "zh" else en
