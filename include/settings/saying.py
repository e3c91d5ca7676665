"""What a command says when it cannot go on: in the merchant's language, in both as long as nobody knows which it is."""

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

Language = Literal["zh", "en"]

# What the system refuses, by its number: 中文, English.
_REFUSED = {
    errno.ENOENT: ("没有这个文件或文件夹", "there is no such file or folder"),
    errno.EACCES: ("没有读写权限", "this account may not read or write it"),
    errno.EPERM: ("没有读写权限", "this account may not read or write it"),
    errno.EROFS: ("只读，写不进去", "it is read-only, so nothing can be written"),
    errno.EISDIR: ("是文件夹，应为文件", "it is a folder, a file is expected"),
    errno.ENOTDIR: ("路径中有一段是文件，应为文件夹", "a part of the path is a file, a folder is expected"),
    errno.EEXIST: ("已有同名文件，应为文件夹", "a file of that name is there, a folder is expected"),
    errno.ENOSPC: ("磁盘已满", "the disk is full"),
    errno.ENAMETOOLONG: ("文件名太长", "the name is too long"),
}


class SaidError(ValueError):
    """A mistake that is told to a person, in both languages. As text it is the English."""

    def __init__(self, en: str, zh: str | None = None) -> None:
        super().__init__(en)
        self.zh = zh or en

    @classmethod
    def of(cls, mistakes: "Sequence[SaidError]") -> Self:
        """Several at once."""
        return cls("; ".join(map(str, mistakes)), "；".join(one.zh for one in mistakes))


def in_language(error: Exception, language: Language | None) -> str:
    """The error as a person reads it; both languages if `language` is None. A file that the system refuses is named."""
    if isinstance(error, SaidError):
        return _chosen(error.zh, str(error), language)
    if isinstance(error, OSError) and error.errno in _REFUSED and error.filename is not None:
        zh, en = _REFUSED[error.errno]
        name = Path(os.fsdecode(error.filename))
        if error.errno == errno.ENOENT and not name.parent.exists():
            name, zh, en = name.parent, "没有这个文件夹", "there is no such folder"
        return _chosen(f"{name}：{zh}", f"{name}: {en}", language)
    return str(error)


def refused(error: Exception, language: Language | None, code: int = 1, *, before: SaidError | None = None) -> int:
    """Tell on standard error why a command does not go on; returns its exit code. before: what is said before that."""
    if isinstance(error, BrokenPipeError):
        raise error  # nobody reads any more
    if before is not None:
        error = SaidError(f"{before}: {in_language(error, 'en')}", f"{before.zh}：{in_language(error, 'zh')}")
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
