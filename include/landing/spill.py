"""Tables set aside on disk while a file too large to hold is worked on.

They hold personal data: the folder is the owner's alone, every table is sealed with a key that is never written
anywhere, and nothing is left when the work is done. What a killed process leaves behind nobody can open.
"""

import os
import tempfile
from pathlib import Path
from types import TracebackType

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


class Spill:
    """Arrow tables by number; to be used in a `with`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="storekeeper-", dir=folder)
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._count = 0

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._place.cleanup()

    def put(self, table: pa.Table) -> int:
        """Set a table aside; returns its number."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        nonce = os.urandom(_NONCE_BYTES)
        number, self._count = self._count, self._count + 1
        with open(self._path(number), "wb", opener=_owners_only) as file:
            file.write(nonce)
            file.write(self._cipher.encrypt(nonce, memoryview(sink.getvalue()).cast("B"), None))
        return number

    def take(self, number: int) -> pa.Table:
        """The table again, which is then no longer here."""
        path = self._path(number)
        sealed = memoryview(path.read_bytes())
        path.unlink()
        content = self._cipher.decrypt(bytes(sealed[:_NONCE_BYTES]), sealed[_NONCE_BYTES:], None)
        with pa.ipc.open_stream(pa.py_buffer(content)) as reader:
            return reader.read_all()

    def _path(self, number: int) -> Path:
        return Path(self._place.name) / f"{number}.sealed"


def _owners_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
