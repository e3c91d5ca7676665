"""Data Docs of a day: what its checks found, kept by the ingests and drawn in one go."""

import shutil
from pathlib import Path

from include.warehouse.books import step_lock
from include.warehouse.workspace import Workspace


def results_folder(workspace: Workspace, day: str) -> Path:
    """Where the results of a day's checks are kept, one folder an export."""
    return Path(workspace.merchant.data_docs) / "results" / day


def draw_data_docs(workspace: Workspace, day: str) -> str | None:
    """Draw the pages of `day`; returns the index page's path, None where nothing was checked."""
    with step_lock(workspace.books, f"data docs {day}"):
        return _draw_data_docs(workspace, day)


def _draw_data_docs(workspace: Workspace, day: str) -> str | None:
    from include.quality.data_docs import build_data_docs, kept_results

    folders = sorted(path for path in results_folder(workspace, day).glob("*") if path.is_dir())
    results = [result for folder in folders for result in kept_results(folder)]
    if not results:
        return None
    return str(build_data_docs(results, Path(workspace.merchant.data_docs) / day))


def forget_results(workspace: Workspace, before_day: str) -> int:
    """Remove results and pages of days before `before_day`; returns how many days."""
    root = Path(workspace.merchant.data_docs)
    old = [path for path in (*root.glob("results/*"), *root.glob("*-*-*")) if path.is_dir() and path.name < before_day]
    for path in old:
        shutil.rmtree(path)
    return len({path.name for path in old})
