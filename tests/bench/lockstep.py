"""What the lock step of an emulated board costs: round trips a second, and where the time goes."""

import time
from dataclasses import dataclass

from board.emulator.bench import Bench

_SPAN_S = 120
_ROUNDS = 20_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU time of one round trip, in us, and round trips a second of wall time."""

    trips_per_s: float
    plant_us: float
    board_us: float
    child_us: float

    @property
    def trip_us(self) -> float:
        """All of it."""
        return self.plant_us + self.board_us + self.child_us


def measure(runtime: str) -> Cost:
    """An infusion at 26.25 mL/h, from its second second on, for two minutes."""
    bench = Bench(runtime, "ketamine-70kg.toml")
    spent_ns = 0
    call_count = 0
    plain = bench.board.plant.advance

    def timed(until_ns: int, microsteps: int) -> None:
        nonlocal spent_ns, call_count
        began_ns = time.perf_counter_ns()
        plain(until_ns, microsteps)
        spent_ns += time.perf_counter_ns() - began_ns
        call_count += 1

    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(1)
        before, child_s = board.exchange_count, _child_s(bench)
        began_s, own_s = time.perf_counter(), time.thread_time()
        bench.run_for(_SPAN_S)
        wall_s, own_s = time.perf_counter() - began_s, time.thread_time() - own_s
        child_s = _child_s(bench) - child_s
        trips = board.exchange_count - before
        board.plant.advance = timed
        before = board.exchange_count
        bench.run_for(_SPAN_S)
        plant_ns = (spent_ns - call_count * _look_ns()) / (board.exchange_count - before)
    return Cost(
        trips / wall_s, plant_ns / 1e3, own_s / trips * 1e6 - plant_ns / 1e3, child_s / trips * 1e6
    )


def _child_s(bench: Bench) -> float:
    """CPU time that the firmware's process has taken so far."""
    processor = bench.board._processor
    assert processor is not None
    # Linux's number of another process's clock: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
    return time.clock_gettime(~processor.pid << 3 | 2)


def _look_ns() -> float:
    """What it costs to look at the clock twice."""
    began_ns = time.perf_counter_ns()
    for _ in range(_ROUNDS):
        time.perf_counter_ns()
    return (time.perf_counter_ns() - began_ns) / _ROUNDS
