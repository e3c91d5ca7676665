"""Talks to a running Airflow through its public REST API: trigger, backfill, look, wait.

Ours, since apache-airflow-client has no log-in, paging or waiting: it would replace some 45 lines here by 68,000
generated ones, and cost everything that starts Airflow 1.3 s of processor for its import.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx

FINISHED_STATES = frozenset({"success", "failed"})
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


class AirflowError(RuntimeError):
    """Airflow refused, or a run failed."""


class AirflowTimeoutError(AirflowError):
    """What was waited for has not happened in time; it may still."""


@dataclass(frozen=True)
class Run:
    """One Dag run. ``partition_key`` is the business day; several runs may carry the same one."""

    dag_id: str
    run_id: str
    run_type: str
    state: str
    partition_key: str | None
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class TaskRun:
    """One task of one run, as far as it got; ``state`` is None while the scheduler has not looked at it."""

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    try_number: int
    state: str | None
    queued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


class AirflowApi:
    """A client of one Airflow. ``check`` is called while waiting, so that a dead component ends the wait; callers that
    wait by themselves find it as ``require_running``."""

    def __init__(self, base_url: str, user: str, password: str, check: Callable[[], None] = lambda: None) -> None:
        self.base_url = base_url
        self._user = user
        self.password = password
        self.require_running = check
        # trust_env: a proxy named in the environment has no business between us and loopback.
        self._client = httpx.Client(base_url=base_url, timeout=30, trust_env=False)

    def __enter__(self) -> AirflowApi:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    # Readiness

    def wait_until_healthy(self, timeout: float = 300) -> None:
        """Wait for the web server to answer and every component to report healthy."""
        state: dict[str, str | None] = {}

        def healthy() -> bool:
            try:
                # The first call builds the execution API, 5 s of work: better now, while others start, than when
                # the first task asks for it.
                self._client.get("/execution/health", timeout=timeout)
                answer = self._client.get("/api/v2/monitor/health").json()
            except httpx.TransportError:
                return False
            state.update({name: answer[name]["status"] for name in COMPONENTS})
            return all(status == "healthy" for status in state.values())

        self._wait(healthy, timeout, lambda: f"Airflow is not healthy: {state or 'the web server does not answer'}")

    def wait_for_dags(self, *dag_ids: str, timeout: float = 600) -> None:
        """Wait until the named Dags are parsed; an import error ends the wait at once and is quoted."""

        def known() -> bool:
            if errors := self.import_errors():
                raise AirflowError("\n".join(f"{name}:\n{text}" for name, text in errors.items()))
            return set(dag_ids) <= set(self.dag_ids())

        self._wait(known, timeout, lambda: f"Dags not parsed: {sorted(set(dag_ids) - set(self.dag_ids()))}")

    def dag_ids(self) -> list[str]:
        """Every Dag that Airflow has parsed."""
        return [dag["dag_id"] for dag in self._pages("/api/v2/dags", "dags")]

    def import_errors(self) -> dict[str, str]:
        """Dag files that do not import, with the traceback."""
        return {
            error["filename"]: error["stack_trace"] for error in self._pages("/api/v2/importErrors", "import_errors")
        }

    # Orders

    def trigger(self, dag_id: str, partition_key: str | None = None, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run and return its id. 400 where the Dag is not partitioned or the key is not of its form."""
        body = {
            "logical_date": None,
            "partition_key": partition_key,
            "conf": dict(conf or {}),
            # Whole seconds: SQLite's CURRENT_TIMESTAMP has no others, and a run waits for it to reach run_after.
            "run_after": datetime.now(UTC).replace(microsecond=0).isoformat(),
        }
        answer = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body)
        return str(answer["dag_run_id"])

    def backfill(
        self,
        dag_id: str,
        first_day: date,
        last_day: date,
        conf: Mapping[str, Any] | None = None,
        *,
        reprocess: str = "none",
        max_active_runs: int = 10,
        timeout: float = 90,
    ) -> int:
        """Create a backfill over both days inclusive and return its id.

        ``reprocess``: none, failed or completed; with none, days that already have a run are left alone.
        Waits for an earlier backfill of the Dag: there can be only one, and Airflow notices its end every 30 s.
        """
        body = {
            "dag_id": dag_id,
            "from_date": f"{first_day.isoformat()}T00:00:00Z",  # read by Airflow as the timetable's own midnight
            "to_date": f"{last_day.isoformat()}T00:00:00Z",
            "dag_run_conf": dict(conf or {}),
            "reprocess_behavior": reprocess,
            "max_active_runs": max_active_runs,
        }
        deadline = time.monotonic() + timeout
        while True:
            response = self._send("POST", "/api/v2/backfills", json=body)
            if response.status_code != httpx.codes.CONFLICT or time.monotonic() > deadline:
                return int(self._answer(response)["id"])
            self.require_running()
            time.sleep(1)

    # Looking

    def runs(self, dag_id: str | None = None, partition_key: str | None = None) -> list[Run]:
        """Runs, oldest first, of one Dag or all, of one business day or all."""
        path = f"/api/v2/dags/{dag_id or '~'}/dagRuns"
        runs = [
            Run(
                dag_id=row["dag_id"],
                run_id=row["dag_run_id"],
                run_type=row["run_type"],
                state=row["state"],
                partition_key=row["partition_key"],
                queued_at=_instant(row["queued_at"]),
                started_at=_instant(row["start_date"]),
                ended_at=_instant(row["end_date"]),
            )
            for row in self._pages(path, "dag_runs", order_by="id")
        ]
        return [run for run in runs if partition_key is None or run.partition_key == partition_key]

    def tasks(self, dag_id: str | None = None, run_id: str | None = None) -> list[TaskRun]:
        """Tasks of one run, of one Dag or of all."""
        path = f"/api/v2/dags/{dag_id or '~'}/dagRuns/{run_id or '~'}/taskInstances"
        return [
            TaskRun(
                dag_id=row["dag_id"],
                run_id=row["dag_run_id"],
                task_id=row["task_id"],
                map_index=row["map_index"],
                try_number=row["try_number"],
                state=row["state"],
                queued_at=_instant(row["queued_when"]),
                started_at=_instant(row["start_date"]),
                ended_at=_instant(row["end_date"]),
            )
            for row in self._pages(path, "task_instances")
        ]

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """The state of each task of a run, by task id (mapped tasks as ``id[index]``)."""
        return {
            task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]": task.state
            for task in self.tasks(dag_id, run_id)
        }

    def task_log(self, task: TaskRun) -> str:
        """What the last try of a task wrote, one event a line."""
        path = f"/api/v2/dags/{task.dag_id}/dagRuns/{task.run_id}/taskInstances/{task.task_id}/logs/{task.try_number}"
        answer = self._call("GET", path, params={"map_index": task.map_index}, headers={"Accept": "application/json"})
        return "\n".join(_log_line(event) for event in answer["content"])

    # Waiting

    def wait_for(
        self,
        dag_id: str,
        partition_key: str | None = None,
        *,
        run_id: str | None = None,
        count: int = 1,
        timeout: float = 120,
        expect: str = "success",
    ) -> list[Run]:
        """Wait until ``count`` runs of a Dag (for a business day, or the one run named) have ended as expected.

        Raises ``AirflowError`` as soon as one ends otherwise, with the log of the task that failed.
        """

        def matching() -> list[Run]:
            runs = self.runs(dag_id, partition_key)
            return [run for run in runs if run_id is None or run.run_id == run_id]

        def ended() -> bool:
            finished = [run for run in matching() if run.state in FINISHED_STATES]
            for run in finished:
                if run.state != expect:
                    raise AirflowError(self._describe(run, expect))
            return len(finished) >= count

        self._wait(ended, timeout, lambda: self._describe_wait(dag_id, partition_key, count, matching()))
        return matching()

    def wait_until_quiet(self, timeout: float = 120, quiet_seconds: float = 3.0) -> None:
        """Wait until no run has been queued or running for some seconds: what was set off has come to its end.

        An asset event becomes a run at the scheduler's next look, so one quiet instant proves nothing.
        """
        quiet_since: list[float] = []

        def quiet() -> bool:
            if any(run.state not in FINISHED_STATES for run in self.runs()):
                quiet_since.clear()
                return False
            quiet_since.append(time.monotonic())
            return quiet_since[-1] - quiet_since[0] >= quiet_seconds

        self._wait(
            quiet,
            timeout,
            lambda: f"still busy: {[run for run in self.runs() if run.state not in FINISHED_STATES]}",
        )

    def _wait(self, done: Callable[[], bool], timeout: float, complaint: Callable[[], str]) -> None:
        deadline, pause = time.monotonic() + timeout, 0.2
        while not done():
            self.require_running()
            if time.monotonic() > deadline:
                raise AirflowTimeoutError(f"after {timeout:.0f} s: {complaint()}")
            # Looking costs the web server the processor that the tasks need.
            time.sleep(pause := min(1.0, pause * 1.3))

    def _describe(self, run: Run, expect: str) -> str:
        lines = [f"{run.dag_id} {run.partition_key or ''} ended {run.state}, not {expect} ({run.run_id})"]
        for task in self.tasks(run.dag_id, run.run_id):
            lines.append(f"  {task.task_id}: {task.state}")
            if task.state == "failed":
                lines.extend(f"    {line}" for line in self.task_log(task).splitlines()[-25:])
        return "\n".join(lines)

    def _describe_wait(self, dag_id: str, partition_key: str | None, count: int, runs: list[Run]) -> str:
        lines = [f"waited for {count} run(s) of {dag_id} {partition_key or ''}, saw {len(runs)}"]
        lines += [f"  {run.run_id}: {run.state} {self.task_states(run.dag_id, run.run_id)}" for run in runs]
        return "\n".join(lines)

    # HTTP

    def _pages(self, path: str, field: str, **parameters: str) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            answer = self._call("GET", path, params={**parameters, "limit": 100, "offset": offset})
            rows = answer[field]
            yield from rows
            offset += len(rows)
            if not rows or offset >= answer["total_entries"]:
                return

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        return self._answer(self._send(method, path, **arguments))

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        if "Authorization" not in self._client.headers:
            login = {"username": self._user, "password": self.password}
            token = self._answer(self._client.post("/auth/token", json=login))["access_token"]
            self._client.headers["Authorization"] = f"Bearer {token}"
        return self._client.request(method, path, **arguments)

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        if response.is_error:
            request = response.request
            raise AirflowError(f"{request.method} {request.url.path}: {response.status_code} {response.text[:2000]}")
        answer: dict[str, Any] = response.json()
        return answer


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _log_line(event: Any) -> str:
    if not isinstance(event, dict):
        return str(event)
    line = f"{event.get('timestamp') or ''} {event.get('level') or ''} {event.get('event')}".strip()
    for detail in event.get("error_detail") or []:
        line += f"\n{detail.get('exc_type')}: {detail.get('exc_value')}"
        for frame in detail.get("frames") or []:
            line += f"\n  {frame.get('filename')}:{frame.get('lineno')} {frame.get('name')}"
    return line
