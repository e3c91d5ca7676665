"""The business day of each run as its note: runs that assets start are named by the clock, and their partition key
stands in a column of the runs list that Airflow hides until somebody chooses it."""

from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin


class RunNotes:
    @hookimpl
    def on_dag_run_running(self, dag_run: Any) -> None:
        """Called by the scheduler, in the transaction in which it starts the run."""
        if dag_run.partition_key and not dag_run.note:
            dag_run.note = f"业务日 business day {dag_run.partition_key}"


class StorekeeperPlugin(AirflowPlugin):
    name = "storekeeper"
    listeners = [RunNotes()]  # noqa: RUF012 (Airflow's own attribute)
