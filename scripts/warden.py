"""Keeps a family of processes that ends with the process that asked for it, however that one ends.

``Warden`` starts this file as a small process of its own (nothing of the project is imported) and talks to it over two
pipes. The warden process starts every program as its own child, each in a process group of its own, and adopts what
those children leave behind (Linux: child subreaper). When told to stop, or when the pipe closes because its parent
was killed, it asks every program to end, then kills whatever still descends from it, and goes. LocalExecutor
workers, Celery pool processes and running tasks sit in other process groups and outlive a killed scheduler;
ancestry is the one thing they cannot leave.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import pwd
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class ProcessEndedError(RuntimeError):
    """A program that should be running has ended; the message carries the end of its log."""


class Warden:
    """Starts, watches and ends programs; a context manager.

    ``stop`` returns once nothing that was started, nor anything it started in turn, is left.
    """

    def __init__(self, grace_seconds: float = 5.0) -> None:
        self._grace_seconds = grace_seconds
        self._logs: dict[str, Path] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Warden:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__, str(self._grace_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C in the terminal reaches us alone; we decide the order of the end
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None, "the warden has not been started"
        return self._process.pid

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        foundation: bool = False,
    ) -> int:
        """Start a program and return its process id; output is appended to ``log``.

        A ``foundation`` (a database, a broker) is stopped only after the programs that stand on it.
        ``user``: the account to run as, where we are root and the program refuses to be.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        self._logs[name] = log
        answer = self._ask(
            start=name,
            command=list(command),
            log=str(log),
            environment=dict(environment) if environment is not None else None,
            folder=str(folder) if folder else None,
            user=user,
            stop_signal=int(stop_signal),
            foundation=foundation,
        )
        if "error" in answer:
            raise ProcessEndedError(f"{name} could not be started: {answer['error']} (command: {' '.join(command)})")
        return int(answer["pid"])

    def ended(self) -> dict[str, int]:
        """Exit codes (negative: signal) of the programs that have ended by themselves."""
        return {str(name): int(code) for name, code in self._ask(ended=True)["ended"].items()}

    def require_running(self) -> None:
        """Raise ``ProcessEndedError`` with the end of its log if any program has ended."""
        for name, code in self.ended().items():
            tail = "\n".join(self._logs[name].read_text(errors="replace").splitlines()[-30:])
            raise ProcessEndedError(f"{name} ended with exit code {code}; the end of {self._logs[name]}:\n{tail}")

    def stop(self) -> None:
        """End everything; safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()  # the end of its input is the warden's only order to stop
        process.wait()
        process.stdout.close()

    def _ask(self, **request: Any) -> dict[str, Any]:
        process = self._process
        assert process is not None, "the warden has not been started"
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise ProcessEndedError(f"the warden process {process.pid} is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def sigterm_as_exit() -> Iterator[None]:
    """Turn SIGTERM into ``SystemExit(143)``, so that ``with`` blocks close what they opened."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_ports(count: int) -> list[int]:
    """Loopback TCP ports that nobody listened on a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


# Below: the warden process itself.


class _Program:
    def __init__(self, pid: int, stop_signal: int, foundation: bool) -> None:
        self.pid = pid
        self.stop_signal = stop_signal
        self.foundation = foundation
        self.exit_code: int | None = None


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _start(request: dict[str, Any]) -> _Program:
    def die_with_warden() -> None:
        # The last line of defence: should somebody kill -9 the warden, its direct children still hear of it.
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    account = pwd.getpwnam(request["user"]) if request["user"] else None
    with open(request["log"], "ab") as log:
        process = subprocess.Popen(
            request["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=request["environment"],
            cwd=request["folder"],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            process_group=0,
            preexec_fn=die_with_warden,
        )
    process.returncode = 0  # reaped below together with adopted processes, not by this object
    return _Program(process.pid, request["stop_signal"], request["foundation"])


def _reap(programs: Mapping[str, _Program]) -> None:
    by_pid = {program.pid: program for program in programs.values()}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in by_pid:
            by_pid[pid].exit_code = os.waitstatus_to_exitcode(status)


def descendants(ancestor: int) -> set[int]:
    """Process ids that descend from ``ancestor``; those that have ended but were not yet waited for count too."""
    try:
        return {process.pid for process in psutil.Process(ancestor).children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()


def _end(programs: Mapping[str, _Program], grace_seconds: float) -> None:
    for wave in (False, True):
        members = [program for program in programs.values() if program.foundation is wave]
        for program in members:
            if program.exit_code is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(program.pid, program.stop_signal)  # as a container engine does: to the first process only
        deadline = time.monotonic() + grace_seconds
        while any(program.exit_code is None for program in members) and time.monotonic() < deadline:
            time.sleep(0.05)
            _reap(programs)
        if wave is False:
            _kill_all_but({program.pid for program in programs.values() if program.foundation}, programs)
    _kill_all_but(set(), programs)


def _kill_all_but(kept: set[int], programs: Mapping[str, _Program]) -> None:
    while True:
        _reap(programs)
        spared = set(kept)
        for pid in kept:
            spared |= descendants(pid)
        doomed = descendants(os.getpid()) - spared
        if not doomed:
            return
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def serve(requests: IO[bytes], answers: IO[bytes], grace_seconds: float) -> None:
    """Answer one JSON line with one JSON line until the input ends; then end every program."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Only our parent's end ends us. A handler, not SIG_IGN: programs would inherit that one.
        signal.signal(number, lambda *_: None)
    parent = os.getppid()
    programs: dict[str, _Program] = {}
    while os.getppid() == parent:
        _reap(programs)
        # The pipe alone could be held open by a child that our parent forked; so look up now and then.
        if not select.select([requests], [], [], 1.0)[0]:
            continue
        line = requests.readline()
        if not line:
            break
        request = json.loads(line)
        answer: dict[str, Any]
        if "start" in request:
            try:
                programs[request["start"]] = program = _start(request)
                answer = {"pid": program.pid}
            except (OSError, LookupError, subprocess.SubprocessError) as error:
                answer = {"error": str(error)}
        else:
            ended = {name: program.exit_code for name, program in programs.items() if program.exit_code is not None}
            answer = {"ended": ended}
        try:
            answers.write(json.dumps(answer).encode() + b"\n")
            answers.flush()
        except BrokenPipeError:
            break
    _end(programs, grace_seconds)


if __name__ == "__main__":
    # Unbuffered input: select() must not be told "nothing to read" while a line waits in a buffer of ours.
    with open(0, "rb", buffering=0) as standard_input:
        serve(standard_input, sys.stdout.buffer, float(sys.argv[1]))
