"""Keeps this thread and the firmware's process on one core, and moves both when it is crowded.

A wake-up across cores costs 3 to 15 times the exchange itself (docs: measured figures). Bound to
one core, the pair cannot evade a busy neighbour, so the binding is reviewed now and then. Where
the system has no such calls, nothing is bound and everything works, slower.
"""

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_IDLE_FIELD = 4
# The pair runs one after the other: below this share of the wall clock somebody else had the core.
_CROWDED_SHARE = 0.75
_FREE_SHARE = 0.5
_SHORTEST_SPAN_S = 0.2


class SharedCore:
    """The core of one board's thread and process."""

    def __init__(self) -> None:
        """Not bound yet."""
        self._before: set[int] | None = None
        self._pid = 0
        self._core = -1
        self._wall_s = 0.0
        self._cpu_s = 0.0
        self._idle_s: dict[int, float] = {}

    def bind(self, pid: int) -> None:
        """Bind the calling thread and that process to one core."""
        if not hasattr(os, "sched_setaffinity"):
            return
        if self._before is None:
            self._before = os.sched_getaffinity(0)
            cores = sorted(self._before)
            self._core = cores[os.getpid() % len(cores)]
        self._pid = pid
        self._move(self._core)

    def release(self) -> None:
        """Give the calling thread its cores back."""
        if self._before is not None:
            os.sched_setaffinity(0, self._before)
            self._before = None

    def review(self) -> None:
        """Move to the idlest core if the pair had to wait for its own; once in a few seconds."""
        if self._before is None or len(self._before) == 1:
            return
        wall_s = time.monotonic() - self._wall_s
        if wall_s < _SHORTEST_SPAN_S:
            return
        used = self._used_s() - self._cpu_s
        idle = _idle_s()
        free = {
            core: (idle[core] - self._idle_s[core]) / wall_s
            for core in self._before - {self._core}
            if core in idle and core in self._idle_s
        }
        if used / wall_s < _CROWDED_SHARE and free:
            idlest = max(free, key=lambda core: free[core])
            if free[idlest] > _FREE_SHARE:
                self._core = idlest
        self._move(self._core)

    def _move(self, core: int) -> None:
        try:
            os.sched_setaffinity(self._pid, {core})
        except ProcessLookupError:
            return
        os.sched_setaffinity(0, {core})
        self._wall_s = time.monotonic()
        self._cpu_s = self._used_s()
        self._idle_s = _idle_s()

    def _used_s(self) -> float:
        try:
            child_ns = int(Path(f"/proc/{self._pid}/schedstat").read_text().split()[0])
        except (OSError, ValueError):
            child_ns = 0
        return time.thread_time() + child_ns / 1e9


def _idle_s() -> dict[int, float]:
    """Seconds that each core has been idle since boot; empty where the system does not tell."""
    try:
        lines = _STAT.read_text().splitlines()
    except OSError:
        return {}
    ticks_a_second = os.sysconf("SC_CLK_TCK")
    return {
        int(fields[0][3:]): int(fields[_IDLE_FIELD]) / ticks_a_second
        for fields in (line.split() for line in lines)
        if fields and fields[0].startswith("cpu") and fields[0] != "cpu"
    }
