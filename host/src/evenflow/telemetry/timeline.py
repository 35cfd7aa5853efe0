"""Device time as the host knows it: ticks and microseconds since it began to listen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from evenflow.client.batch import Batch, Row
from pumpcore.limits import TICK_US


@dataclass(frozen=True, slots=True)
class Moment:
    """A tick of the device, and its time since before the first tick heard in the session."""

    tick_count: int
    t_us: int

    @property
    def t_s(self) -> float:
        """The time in seconds."""
        return self.t_us / 1_000_000


@dataclass(frozen=True, slots=True)
class Gap:
    """Ticks that never arrived, and when the next one did; or the device began to count anew.

    `index` is where the batch goes on after it.
    """

    at: Moment
    index: int
    missing_count: int
    is_restart: bool


class Timeline:
    """Adds up what telemetry says of elapsed time; ticks that were lost count as nominal ones."""

    def __init__(self) -> None:
        """Nothing heard yet: tick 0, time 0."""
        self.now = Moment(0, 0)
        self.last_row: Row | None = None
        self.before_us = 0
        self._gaps: list[tuple[int, int]] = []

    def add(self, batch: Batch) -> list[Gap]:
        """Go on to the end of the batch; the gaps within it or before it."""
        gaps = self._gaps = batch.gaps(self.last_row)
        first = 0
        t_us = self.before_us = self.now.t_us
        found = []
        for index, missing in gaps:
            t_us += batch.elapsed_us(first, index + 1) + max(missing, 0) * TICK_US
            first = index + 1
            at = Moment(batch.tick_count(index), t_us)
            found.append(Gap(at, index, missing, missing < 0))
        self.now = Moment(batch.tick_count(-1), t_us + batch.elapsed_us(first))
        self.last_row = batch.rows[-1]
        return found

    def moment(self, batch: Batch, index: int) -> Moment:
        """When that row of the batch just added was; counted from the front."""
        lost = sum(max(missing, 0) for place, missing in self._gaps if place > index)
        later_us = batch.elapsed_us(index + 1) + lost * TICK_US
        return Moment(batch.tick_count(index), self.now.t_us - later_us)


Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def wall_text(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as every wall time in the record."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
