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
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(1)
        before, child_s = board.exchange_count, _child_s(bench)
        began_s, own_s = time.perf_counter(), time.thread_time()
        bench.run_for(_SPAN_S)
        wall_s, own_s = time.perf_counter() - began_s, time.thread_time() - own_s
        trips = board.exchange_count - before
        own_us, child_us = own_s / trips * 1e6, (_child_s(bench) - child_s) / trips * 1e6
        plant_us = _spent_us(bench, board.plant, "advance")
        if not child_us:
            # In the same process: what passes from one request's answer to the next request.
            child_us = _spent_us(bench, board._processor, "receive")
            own_us -= child_us
    return Cost(trips / wall_s, plant_us, own_us - plant_us, child_us)


def _spent_us(bench: Bench, owner: object, name: str) -> float:
    """Time a round trip takes in that method."""
    spent_ns = 0
    call_count = 0
    plain = getattr(owner, name)

    def timed(*arguments: object) -> object:
        nonlocal spent_ns, call_count
        began_ns = time.thread_time_ns()
        result = plain(*arguments)
        spent_ns += time.thread_time_ns() - began_ns
        call_count += 1
        return result

    setattr(owner, name, timed)
    before = bench.board.exchange_count
    bench.run_for(_SPAN_S)
    delattr(owner, name)
    return (spent_ns - call_count * _look_ns()) / (bench.board.exchange_count - before) / 1e3


def _child_s(bench: Bench) -> float:
    """CPU time that the firmware's process has taken so far; zero if it has none of its own."""
    processor = bench.board._processor
    assert processor is not None
    if processor.pid is None:
        return 0.0
    # Linux's number of another process's clock: MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED).
    return time.clock_gettime(~processor.pid << 3 | 2)


def _look_ns() -> float:
    """What it costs to look at the clock twice."""
    began_ns = time.thread_time_ns()
    for _ in range(_ROUNDS):
        time.thread_time_ns()
    return (time.thread_time_ns() - began_ns) / _ROUNDS
