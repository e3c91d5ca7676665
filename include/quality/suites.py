"""Great Expectations itself: its import, its project, one run of a suite over a frame.

The import is the costly part (5 s and more in a fresh process, of which half is scipy.stats and altair, wanted only by
two distribution tests that no suite of ours uses). They are put off until somebody touches them. Upstream:
https://github.com/great-expectations/great_expectations/issues/2984 (closed).
"""

import importlib
import os
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

PROJECT = Path(__file__).parents[2] / "great_expectations"
DATA_SOURCE = "frames"
PUT_OFF = ("scipy.stats", "altair")


class _PutOff(types.ModuleType):
    """Stands in for a module until an attribute is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # inspection of sys.modules, not use
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _put_off(names: tuple[str, ...]) -> Iterator[None]:
    """Imports inside bind stand-ins for the modules named; afterwards everybody else imports the real ones."""
    placed = [name for name in names if name not in sys.modules]
    for name in placed:
        sys.modules[name] = _PutOff(name)
    try:
        yield
    finally:
        for name in placed:
            if isinstance(sys.modules.get(name), _PutOff):
                del sys.modules[name]


def great_expectations() -> types.ModuleType:
    """The package, imported on first call with analytics off (about 2.3 s instead of 5 s) and patched (gx_patches)."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with _put_off(PUT_OFF):
        package = importlib.import_module("great_expectations")
        patches = importlib.import_module("include.quality.gx_patches")
    _patch(patches)
    return package


@cache
def _patch(patches: types.ModuleType) -> None:
    patches.apply()


def open_project(data_docs: Path | None = None) -> Any:
    """A context over the project's files that writes nothing into it (a FileDataContext would scaffold folders)."""
    gx = great_expectations()
    from great_expectations.data_context.types.base import DataContextConfig

    config = yaml.safe_load((PROJECT / "great_expectations.yml").read_text(encoding="utf-8"))
    for store in config["stores"].values():
        if folder := store["store_backend"].get("base_directory"):
            store["store_backend"]["base_directory"] = str(PROJECT / folder)
    config["fluent_datasources"] = {}  # frames are added as they come, each addition costs 20 ms
    if data_docs is None:
        config["data_docs_sites"] = {}
    context = gx.get_context(
        mode="ephemeral",  # without it GX takes the first great_expectations.yml above the working directory
        project_config=DataContextConfig(**config),
        runtime_environment={"STOREKEEPER_DATA_DOCS": str(data_docs)} if data_docs else {},
    )
    context.data_sources.add_pandas(DATA_SOURCE)
    return context


def run_suite(
    context: Any, suite: str, frame: pd.DataFrame, parameters: Mapping[str, Any], run_name: str, moment: datetime
) -> Any:
    """One pass of the suite's checkpoint over `frame`, which needs a column `file_line`.

    Returns GX's ExpectationSuiteValidationResult. `moment` is the merchant's clock; GX wants an
    aware time and only prints it.
    """
    from great_expectations.core import RunIdentifier

    frames = context.data_sources.get(DATA_SOURCE)
    if suite not in frames.get_asset_names():
        frames.add_dataframe_asset(suite).add_batch_definition_whole_dataframe("whole")
    run = context.checkpoints.get(suite).run(
        batch_parameters={"dataframe": frame},
        expectation_parameters=dict(parameters),
        run_id=RunIdentifier(run_name=run_name, run_time=moment.replace(tzinfo=UTC)),
    )
    (result,) = run.run_results.values()
    return result
