"""How much memory this process and all that it started hold together, watched from a thread of its own."""

from __future__ import annotations

import threading

import psutil

EVERY_SECONDS = 1.0


class PeakMemory:
    """Within the block: `peak` is the largest sum seen, in bytes, of what the processes hold.

    Shared pages are counted once (proportional set size, where the system tells it): forked workers share most.
    """

    def __init__(self, every_seconds: float = EVERY_SECONDS) -> None:
        self.peak = 0
        self._every_seconds = every_seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def __str__(self) -> str:
        return f"{self.peak / 2**30:.1f} GiB"

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(self._every_seconds):
            self.peak = max(self.peak, sum(_held(process) for process in (own, *own.children(recursive=True))))


def _held(process: psutil.Process) -> int:
    """Bytes; a process that has ended meanwhile, or that the system hides, holds none."""
    try:
        told = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(told, "pss", told.rss))
