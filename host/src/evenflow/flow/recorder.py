"""When a balance is read and what is kept of it: the rest before, the run, the rest after.

The run begins when the pump is said to have begun, at once with a reading of its own; it ends when
it has lasted long enough and the pump stands. Each row is written before the next is read, so that
whatever ends the program, what was read is there. A reading that does not come is a remark in the
log, and another is tried; what cannot be believed at all (overload, a wrong unit) ends it by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from evenflow.flow.balance_log import AFTER, BEFORE, RUN, row
from evenflow.flow.table_file import REMARK
from evenflow.instruments.instrument import Balance, InstrumentError

# What may pass by itself; of these so many in a row are not waited out.
PASSING = ("instrument_silent", "instrument_answer", "instrument_unstable")
MOST_MISSED = 5
# How soon START and the end of the run are noticed.
LOOK_S = 0.2


class Clock(Protocol):
    """The time of the balance's readings, and a way to let it pass."""

    def now_s(self) -> float:
        """The present moment."""
        ...

    async def sleep(self, span_s: float) -> None:
        """Come back when the span is over."""


class Delivery(Protocol):
    """What is known of the pump: a person's word, or its own."""

    def has_started(self) -> bool:
        """Whether START was pressed."""
        ...

    def has_stopped(self) -> bool:
        """Whether the plunger stands again."""
        ...

    def facts(self) -> dict[str, float]:
        """What is known of the run once it has begun, for the log's head."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """Spans in seconds; a rest of 0 is left out, and then the run is all that there is."""

    rest_s: float
    run_s: float
    every_s: float


@dataclass(slots=True)
class Progress:
    """What is shown of a recording; `mass_ug` is None before the first reading."""

    phase: str = BEFORE
    since_s: float = 0.0
    span_s: float = 0.0
    mass_ug: int | None = None
    row_count: int = 0
    missed_count: int = 0


class Recorder:
    """Writes the rows of one run through `write`, which makes each durable."""

    def __init__(
        self,
        balance: Balance,
        clock: Clock,
        write: Callable[[str], None],
        show: Callable[[Progress], None],
    ) -> None:
        """The balance is open and stays the caller's."""
        self._balance = balance
        self._clock = clock
        self._write = write
        self._show = show
        self._began_s: float | None = None
        self._next_s = clock.now_s()
        self._missed_in_row = 0
        self.progress = Progress()

    async def record(self, schedule: Schedule, delivery: Delivery) -> Progress:
        """All three parts; InstrumentError if the balance gives out."""
        every_s = schedule.every_s
        if schedule.rest_s:
            await self._while(BEFORE, schedule.rest_s, every_s, lambda: False)
        # Whoever presses START late makes the rest longer.
        if not delivery.has_started():
            await self._while(BEFORE, 0.0, every_s, lambda: not delivery.has_started())
        for name, value in delivery.facts().items():
            self._write(f"{REMARK} {name} = {value!r}\n")
        self._next_s = self._clock.now_s()
        await self._while(
            RUN,
            schedule.run_s,
            every_s,
            lambda: bool(schedule.rest_s) and not delivery.has_stopped(),
        )
        if schedule.rest_s:
            await self._while(AFTER, schedule.rest_s, every_s, lambda: False)
        return self.progress

    async def _while(
        self, phase: str, span_s: float, every_s: float, goes_on: Callable[[], bool]
    ) -> None:
        """Read for so long, and then for as long as it goes on; the last reading is not before."""
        begin_s = self._clock.now_s()
        self.progress.phase, self.progress.span_s = phase, span_s
        while True:
            now_s = self._clock.now_s()
            is_over = now_s - begin_s >= span_s and not goes_on()
            if now_s >= self._next_s or (is_over and span_s and phase == RUN):
                await self._read(phase)
                self._next_s += every_s * max(1, -(-(now_s - self._next_s) // every_s))
            self.progress.since_s = now_s - begin_s
            self._show(self.progress)
            if is_over:
                return
            left_s = begin_s + span_s - now_s
            wait_s = min(self._next_s - now_s, left_s if left_s > 0 else LOOK_S)
            await self._clock.sleep(max(min(wait_s, 1.0), 0.001))

    async def _read(self, phase: str) -> None:
        try:
            weight = await self._balance.read()
        except InstrumentError as error:
            self._miss(error)
            return
        if self._began_s is None:
            self._began_s = weight.at_s
        self._missed_in_row = 0
        at_s = weight.at_s - self._began_s
        self._write(row(at_s, phase, weight.mass_ug, is_stable=weight.is_stable))
        self.progress.mass_ug = weight.mass_ug
        self.progress.row_count += 1

    def _miss(self, error: InstrumentError) -> None:
        began_s = self._clock.now_s() if self._began_s is None else self._began_s
        at_s = self._clock.now_s() - began_s
        words = " ".join(error.reason.split())
        self._write(f"{REMARK} t_s {at_s:.3f}: {error.code}: {words}\n")
        self._missed_in_row += 1
        self.progress.missed_count += 1
        if error.code not in PASSING or self._missed_in_row >= MOST_MISSED:
            raise error
