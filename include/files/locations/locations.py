"""Opening the places where exports are put: folders, SFTP, S3 and OSS, HTTP(S), or whatever else fsspec knows."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import fsspec

from include.files.errors import ExportError, SourceError
from include.files.locations.credentials import StorageOptions
from include.files.locations.place import FsspecPlace, Place
from include.privacy.display_names import display_name

# They log the addresses that they open: with what a query keeps secret, and with file names that name somebody.
for _talker in ("fsspec", "httpx", "httpcore", "paramiko"):
    logging.getLogger(_talker).setLevel(logging.WARNING)

_OWN_PLACES = ("sftp", "ssh", "s3", "oss", "http", "https")
"""Schemes of which `opened` gives a file system that is a `Place` itself."""


def redacted_url(address: str) -> str:
    """An address as it may be told: without the user and the query, both of which may hold a secret."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@contextmanager
def open_place(source: str, options: Mapping[str, Any] | None = None) -> Iterator[tuple[Place, str]]:
    """The place of `source` and the path in it; closed afterwards.

    What goes wrong in the world while it is open is raised as SourceError, a missing file as FileNotFoundError.
    """
    known = StorageOptions(options or {})
    try:
        files, root = opened(source, known)
        place: Place = files if urlsplit(source).scheme in _OWN_PLACES else FsspecPlace(files)
        with closing(place):
            yield place, root
    except (FileNotFoundError, SourceError, ExportError):
        raise
    except _faults_of_the_world(source) as error:
        told = display_name(known.without_secrets(f"{type(error).__name__}: {error}"))
        # Not chained: the cause's own text may hold what the line above took out.
        raise SourceError(f"{redacted_url(source)} cannot be read: {told}") from None


def opened(source: str, options: StorageOptions) -> tuple[Any, str]:
    """The fsspec file system of `source` and the path in it; its faults are raised as they come."""
    scheme = urlsplit(source).scheme if "://" in source else ""
    if scheme in ("sftp", "ssh"):
        from include.files.locations.sftp_files import SftpFiles

        address = urlsplit(source)
        return SftpFiles(**{"host": address.hostname, "port": address.port, **options}), address.path
    if scheme in ("s3", "oss"):
        from include.files.locations.s3_files import open_s3

        return open_s3(options), source.split("://", 1)[1]
    if scheme in ("http", "https"):
        from include.files.locations.http_files import HttpFiles

        return HttpFiles(source, **options), source
    files, root = fsspec.core.url_to_fs(source, **options)
    if not scheme:  # where the locale is C, the system knows Chinese folders by their bytes only
        root = os.fsdecode(root.encode("utf-8", "surrogateescape"))
    return files, root


def _faults_of_the_world(source: str) -> tuple[type[Exception], ...]:
    if source.startswith(("sftp://", "ssh://")):
        import paramiko

        # A name that is not UTF-8 is a UnicodeError: paramiko cannot list its folder.
        return (OSError, EOFError, UnicodeError, paramiko.SSHException)
    if source.startswith(("http://", "https://")):
        import httpx

        return (OSError, httpx.HTTPError, httpx.InvalidURL)
    return (OSError,)
