"""What Airflow loads of Storekeeper in each of its processes.

- The business day of each run as its note: runs that assets start are named by the clock, and their partition key
  stands in a column of the runs list that Airflow hides until somebody chooses it.
- The desk, mounted in the web server and linked from Airflow's own pages.
"""

from typing import Any

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from plugins.storekeeper_airflow.desk_mount import PREFIX, DeskOnDemand, link


class RunNotes:
    @hookimpl
    def on_dag_run_running(self, dag_run: Any) -> None:
        """Called by the scheduler, in the transaction in which it starts the run."""
        if dag_run.partition_key and not dag_run.note:
            dag_run.note = f"业务日 business day {dag_run.partition_key}"


class StorekeeperPlugin(AirflowPlugin):
    name = "storekeeper"
    listeners = [RunNotes()]  # noqa: RUF012 (Airflow's own attributes)
    fastapi_apps = [{"app": DeskOnDemand(), "url_prefix": PREFIX, "name": "Storekeeper"}]  # noqa: RUF012
    external_views = [link()]  # noqa: RUF012
