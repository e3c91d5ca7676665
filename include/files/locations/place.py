"""What a place is where exports are put: a folder, SFTP, S3, HTTP, or whatever else fsspec knows."""

from collections.abc import Generator
from functools import partial
from typing import Any, Protocol

CHUNK_BYTES = 1 << 20


class NotModifiedError(Exception):
    """The place says that the file is still the one that was read before."""


class Place(Protocol):
    """What is said of a file: name (its path), type, size, a time of change under one of several names, and mark (what
    tells this content from another of the same size), as far as the place knows them.

    lists_no_marks: `info` must be asked for the marks. reads_one_content: whatever happens to a file while it is read.
    """

    lists_no_marks: bool
    reads_one_content: bool

    def ls(self, path: str, detail: bool = True) -> list[dict[str, Any]]:
        """What lies in a folder now."""

    def info(self, path: str) -> dict[str, Any]:
        """What is said of a file now. Raises FileNotFoundError."""

    def chunks(self, path: str, unless: str | None = None) -> Generator[bytes, None, None]:
        """The whole file as it comes. unless: the mark of a content that is known; a place that reads one content
        raises NotModifiedError if the file is still that."""

    def close(self) -> None: ...


class FsspecPlace:
    """A file system that fsspec opens."""

    lists_no_marks = False
    reads_one_content = False

    def __init__(self, files: Any) -> None:
        self._files = files

    def ls(self, path: str, detail: bool = True) -> list[dict[str, Any]]:
        self._files.invalidate_cache()
        found: list[dict[str, Any]] = self._files.ls(path, detail=detail)
        return found

    def info(self, path: str) -> dict[str, Any]:
        self._files.invalidate_cache()
        found: dict[str, Any] = self._files.info(path)
        return found

    def chunks(self, path: str, unless: str | None = None) -> Generator[bytes, None, None]:
        with self._files.open(path, "rb") as file:
            yield from iter(partial(file.read, CHUNK_BYTES), b"")

    def close(self) -> None:
        """Nothing lies open."""
