"""Imports heavy libraries once, in the process that tasks are forked from, instead of once in every task.

Airflow imports a module of this name, when it finds one, in every component before anything else. LocalExecutor
forks its workers from the scheduler, a Celery worker forks its pool from itself, and both fork each task from
there: what the first has imported, every task has, for nothing, its memory shared. ``STOREKEEPER_PRELOAD`` lists the
modules; components that run no tasks, and Dag parsing, import none of them.
"""

from __future__ import annotations

import importlib
import os
import sys

__all__: list[str] = []  # Airflow would copy every public name into its own settings

if {"scheduler", "worker"} & set(sys.argv):
    for _module in os.environ.get("STOREKEEPER_PRELOAD", "").split():
        importlib.import_module(_module)
