"""Great Expectations judges equal rows under equal parameters once, where it is not what is tested.

A check is a function of these alone (tests/quality runs it every time), and takes most of a small day otherwise.
"""

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from include.quality import check_export

MAX_ROWS = 50_000  # what is kept of more costs memory, which tests of large files measure


class _Project:
    """Stands for Great Expectations' project until somebody needs it."""

    def __init__(self, open_project: Callable[[], Any]) -> None:
        self._open, self._opened = open_project, None

    def opened(self) -> Any:
        self._opened = self._opened or self._open()
        return self._opened


class _Checked:
    """Stands for a result of Great Expectations: what is made of it was kept. Each is the caller's own."""

    def __init__(self, kept: bytes) -> None:
        self.findings, self.document = pickle.loads(kept)
        self.results = self


class KeptChecks:
    """In memory and, for other workers of the same run of the tests, in a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        if key not in self._kept and self._folder is not None:
            try:
                self._kept[key] = (self._folder / key).read_bytes()
            except FileNotFoundError:
                return None
        return self._kept.get(key)

    def keep(self, key: str, content: bytes) -> bytes:
        self._kept[key] = content
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            unfinished = self._folder / uuid4().hex
            unfinished.write_bytes(content)
            os.replace(unfinished, self._folder / key)
        return content


def _key(frame: pd.DataFrame, *others: Any) -> str | None:
    """None: of many rows, or of such that Arrow does not take as they are."""
    if len(frame) > MAX_ROWS:
        return None
    try:
        table = pa.Table.from_pandas(frame, preserve_index=True).combine_chunks()
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return None
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sha256(repr([others, frame.dtypes.to_dict()]).encode() + sink.getvalue()).hexdigest()


@contextmanager
def kept_checks(kept: KeptChecks) -> Iterator[None]:
    """While it lasts, checks are those that are kept, and new ones are kept."""
    run, findings_of, masked, project = (
        check_export.run_suite, check_export.findings_of, check_export.masked_document, check_export.open_project,
    )  # fmt: skip

    def judged(own: _Project, suite: str, frame: pd.DataFrame, parameters: Any, run_name: str, moment: Any) -> _Checked:
        told = sorted(map(repr, dict(parameters).items()))
        key = _key(frame, suite, told, run_name, moment)
        content = None if key is None else kept.get(key)
        if content is None:
            result = run(own.opened(), suite, frame, parameters, run_name, moment)
            found = findings_of(suite, frame.columns, result.results)
            content = pickle.dumps((found, masked(result)))
            if key is not None:
                kept.keep(key, content)
        return _Checked(content)

    with (
        patch.object(check_export, "open_project", lambda: _Project(project)),
        patch.object(check_export, "run_suite", judged),
        patch.object(check_export, "findings_of", lambda _suite, _columns, checked: checked.findings),
        patch.object(check_export, "masked_document", lambda checked: checked.document),
    ):
        yield
