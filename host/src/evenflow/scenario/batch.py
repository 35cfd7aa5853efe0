"""Runs scenarios to files: one here, or several side by side in processes of their own.

A run and its board share one core; each worker gets another one, so that none waits for another.
"""

import json
import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING

from evenflow.errors import CheckFailed, EvenflowError
from evenflow.scenario import engine, file, on_chip, result
from evenflow.scenario.moment import US_PER_S

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

_POLL_S = 0.2
_SETTLE_S = 60
# Told how far the run is: its name, and a share from 0 to 1.
Tell = Callable[[str, float], None]
Result = dict[str, object]


@dataclass(frozen=True, slots=True)
class Job:
    """One scenario and where its result and trace go.

    `speed` is None for as fast as it goes; with `uf2` it runs on an emulated RP2040.
    """

    scenario: Path
    result: Path
    trace: Path
    speed: float | None = None
    uf2: Path | None = None


class Pace:
    """Holds a run to a multiple of wall time."""

    def __init__(self, speed: float) -> None:
        """Virtual seconds a second."""
        self._speed = speed
        self._began_s = time.monotonic()

    def keep(self, now_us: int) -> None:
        """Wait until the wall clock is where the virtual one is."""
        due_s = self._began_s + now_us / US_PER_S / self._speed
        time.sleep(max(0.0, due_s - time.monotonic()))


def run(
    job: Job,
    tell: Tell | None = None,
    watch: Callable[[engine.Run, int], None] | None = None,
) -> Result:
    """Run it, write result and trace, and return the result; `watch` sees every row's moment."""
    scenario = file.load(job.scenario)
    pace = None if job.speed is None else Pace(job.speed)
    board = None if job.uf2 is None else on_chip.make_board(scenario, job.uf2)
    for path in (job.result, job.trace):
        path.parent.mkdir(parents=True, exist_ok=True)

    def progress(now_us: int, end_us: int) -> None:
        if pace is not None:
            pace.keep(now_us)
        if tell is not None and now_us % US_PER_S == 0:
            tell(scenario.name, min(1.0, now_us / end_us))
        if watch is not None:
            watch(one, now_us)

    with job.trace.open("w", encoding="ascii", newline="\n") as stream:
        one = engine.Run(scenario, stream, progress, board)
        one.run()
    found = result.assemble(one)
    text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
    job.result.write_text(text + "\n", encoding="utf-8")
    return found


def run_all(jobs: Sequence[Job], workers: int, tell: Tell) -> list[Result | EvenflowError]:
    """Run them, so many at a time; results in the order of the jobs, or what went wrong."""
    context = multiprocessing.get_context("spawn")
    told: Queue[tuple[str, float]] = context.Queue()
    cores: Queue[int] = context.Queue()
    for core in _cores(workers):
        cores.put(core)
    with ProcessPoolExecutor(workers, context, _Worker.settle, (told, cores)) as pool:
        futures = [pool.submit(_Worker.run, job) for job in jobs]
        pending: set[Future[Result]] = set(futures)
        while pending:
            _, pending = wait(pending, _POLL_S)
            _pass_on(told, tell)
    return [_outcome(future) for future in futures]


class _Worker:
    """What a worker process keeps between its jobs."""

    told: "Queue[tuple[str, float]] | None" = None

    @classmethod
    def settle(cls, told: "Queue[tuple[str, float]]", cores: "Queue[int]") -> None:
        """Take one core for this process and the boards that it will start."""
        cls.told = told
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {cores.get(timeout=_SETTLE_S)})

    @classmethod
    def run(cls, job: Job) -> Result:
        """One job; how far it is goes to the parent."""
        told = cls.told
        return run(job, None if told is None else lambda name, share: told.put((name, share)))


def _cores(workers: int) -> list[int]:
    """A core for each worker; with fewer cores than workers some share."""
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return [available[number % len(available)] for number in range(workers)]


def _pass_on(told: "Queue[tuple[str, float]]", tell: Tell) -> None:
    while True:
        try:
            name, share = told.get_nowait()
        except Empty:
            return
        tell(name, share)


def _outcome(future: "Future[Result]") -> Result | EvenflowError:
    try:
        return future.result()
    except EvenflowError as error:
        return error
    except BrokenProcessPool:
        return CheckFailed(
            "worker_lost", "a worker process ended in the middle of a run", "run it again"
        )
