"""A workbook behind a password, as Kuaishou and Taobao give them: OOXML agile encryption in an OLE container."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method import ecma376_agile
from msoffcrypto.method.container import ecma376_encrypted

_MADE = ecma376_encrypted.datetime2filetime(datetime(2020, 1, 1))


def lock(path: Path, password: str) -> Path:
    """Encrypt a workbook in its place. The same workbook and password always give the same bytes."""
    content = path.read_bytes()
    locked = io.BytesIO()
    with _salted_by(content):
        OOXMLFile(io.BytesIO(content)).encrypt(password, locked)
    path.write_bytes(locked.getvalue())
    return path


@contextmanager
def _salted_by(content: bytes) -> Iterator[None]:
    """Salts from the content instead of chance, and a fixed moment: exports are a function of the specimen's business.

    Nobody's secret is behind them. The library has no way to be given its salts.
    """
    drawn = 0

    def salt(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(content + bytes([drawn])).digest(size)

    usual: tuple[Callable[..., bytes], Callable[..., int]] = (
        ecma376_agile._random_buffer,
        ecma376_encrypted.datetime2filetime,
    )
    ecma376_agile._random_buffer, ecma376_encrypted.datetime2filetime = salt, lambda _: _MADE
    try:
        yield
    finally:
        ecma376_agile._random_buffer, ecma376_encrypted.datetime2filetime = usual
