"""Nothing outlives the process that asked for it, whatever way that one ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.local_airflow import PROJECT
from scripts.warden import ProcessEndedError, Warden, descendants, sigterm_as_exit

# A program that leaves its process group and session, and closes every pipe, as a daemon does.
RUNAWAY = "setsid sleep 600 >/dev/null 2>&1 & sleep 600"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_stopping_ends_programs_and_what_they_left_behind(tmp_path: Path):
    with Warden(grace_seconds=1) as warden:
        warden.start("runaway", ["sh", "-c", RUNAWAY], log=tmp_path / "log")
        wait_until(lambda: len(descendants(warden.pid)) == 3)
        pids = {warden.pid, *descendants(warden.pid)}

    assert not [pid for pid in pids if is_alive(pid)]


def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path):
    with Warden(grace_seconds=0.3) as warden:
        pid = warden.start("deaf", ["sh", "-c", "trap '' TERM; echo ready; sleep 600"], log=tmp_path / "log")
        wait_until(lambda: "ready" in (tmp_path / "log").read_text())

    assert not is_alive(pid)


def test_a_program_gets_the_default_reaction_to_sigterm(tmp_path: Path):
    with Warden(grace_seconds=30) as warden:
        warden.start("sleep", ["sleep", "600"], log=tmp_path / "log")
        began = time.monotonic()

    assert time.monotonic() - began < 10, "the program did not end by SIGTERM but was waited out"


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path):
    """kill -9 leaves no chance to clean up; the warden does it."""
    supervisor = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            "from pathlib import Path\n"
            "from scripts.warden import Warden\n"
            "with Warden(grace_seconds=1) as warden:\n"
            f"    warden.start('runaway', ['sh', '-c', {RUNAWAY!r}], log=Path({str(tmp_path / 'log')!r}))\n"
            "    print(warden.pid, flush=True)\n"
            "    time.sleep(600)\n",
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert supervisor.stdout is not None
    warden_pid = int(supervisor.stdout.readline())
    wait_until(lambda: len(descendants(warden_pid)) == 3)
    pids = {warden_pid, *descendants(warden_pid)}

    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()

    wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_a_foundation_is_stopped_after_what_stands_on_it(tmp_path: Path):
    # Each writes its name when it is told to end, and takes a moment about it.
    script = "trap 'sleep 0.2; echo {0} >> {1}; exit' TERM; echo > {1}.{0}; while :; do sleep 0.05; done"
    order = tmp_path / "order"
    with Warden() as warden:
        for name, foundation in (("database", True), ("client", False)):
            warden.start(name, ["sh", "-c", script.format(name, order)], log=tmp_path / "log", foundation=foundation)
        wait_until(lambda: (tmp_path / "order.database").exists() and (tmp_path / "order.client").exists())

    assert order.read_text().split() == ["client", "database"]


def test_a_program_that_ends_by_itself_is_reported_with_its_log(tmp_path: Path):
    with Warden() as warden:
        warden.start("short", ["sh", "-c", "echo the disk is full >&2; exit 3"], log=tmp_path / "log")
        wait_until(lambda: warden.ended() == {"short": 3})

        with pytest.raises(ProcessEndedError, match=r"short ended with exit code 3(?s:.*)the disk is full"):
            warden.require_running()


def test_a_program_that_does_not_exist_is_an_error(tmp_path: Path):
    with Warden() as warden, pytest.raises(ProcessEndedError, match="no-such-program"):
        warden.start("nothing", ["no-such-program"], log=tmp_path / "log")


def test_sigterm_leaves_through_the_with_blocks():
    def work() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    with sigterm_as_exit(), pytest.raises(SystemExit) as left:
        work()

    assert left.value.code == 128 + signal.SIGTERM
