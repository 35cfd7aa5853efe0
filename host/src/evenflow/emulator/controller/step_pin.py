"""What can be wrong between the stepper's state machine and the STEP pin.

A fault takes the stepper's place as the source of edges, so that a sound pin costs nothing. It is
one of the hardware: a reset or a power cut does not mend it.
"""

from typing import Protocol

_PARTS = 1_000_000


class StepSource(Protocol):
    """What moves the STEP pin."""

    @property
    def is_idle(self) -> bool:
        """Whether no edge can come until a word is queued."""
        ...

    def run(self, until_ns: int, edges_at_ns: list[int]) -> None:
        """Append the moments of the edges up to then, in the controller's own time."""


class QueueSource(StepSource, Protocol):
    """A sound source: the stepper's state machine, or an esp32's pulse train."""

    gap_count: int


class SilentPin:
    """The queue is consumed as ever, and no edge comes out."""

    def __init__(self) -> None:
        """Nothing is behind it yet."""
        self._queue: QueueSource | None = None

    def connect(self, queue: QueueSource | None) -> StepSource | None:
        """Take the stepper of a firmware that has just made one, or lose it by a reset."""
        self._queue = queue
        return None if queue is None else self

    @property
    def is_idle(self) -> bool:
        """As the queue."""
        return self._queue is None or self._queue.is_idle

    def run(self, until_ns: int, edges_at_ns: list[int]) -> None:
        """Drop every edge."""
        before = len(edges_at_ns)
        if self._queue is not None:
            self._queue.run(until_ns, edges_at_ns)
        del edges_at_ns[before:]


class RunawayPin:
    """Edges at `times` the pace of the queued ones, which go on when the queue is empty.

    The pace is the interval between the last two edges of one motion. Until there are two, queued
    edges pass as they are.
    """

    is_idle = False

    def __init__(self, times: float) -> None:
        """No pace known yet."""
        self._parts = round(times * _PARTS)
        self._queue: QueueSource | None = None
        self._queued_at_ns: list[int] = []
        self._last_at_ns: int | None = None
        self._period_ns = 0
        self._next_at_ns = 0
        self._ran_until_ns = 0
        self._gap_count = 0

    def connect(self, queue: QueueSource | None) -> StepSource | None:
        """As SilentPin's; the pace stays."""
        self._queue = queue
        self._last_at_ns = None
        return None if queue is None else self

    def run(self, until_ns: int, edges_at_ns: list[int]) -> None:
        """Learn the pace of the queued edges, and make the pin's."""
        queue = self._queue
        queued = self._queued_at_ns
        if queue is not None and not queue.is_idle:
            if queue.gap_count != self._gap_count:
                # The time to the first edge of the next motion is no pace.
                self._gap_count = queue.gap_count
                self._last_at_ns = None
            queue.run(until_ns, queued)
            for at_ns in queued:
                self._learn(at_ns, edges_at_ns)
            queued.clear()
        if self._period_ns:
            while self._next_at_ns < until_ns:
                edges_at_ns.append(self._next_at_ns)
                self._next_at_ns += self._period_ns
        self._ran_until_ns = until_ns

    def _learn(self, at_ns: int, edges_at_ns: list[int]) -> None:
        if not self._parts:
            return
        if not self._period_ns:
            edges_at_ns.append(at_ns)
            self._next_at_ns = at_ns
        if self._last_at_ns is not None:
            period_ns = max(1, (at_ns - self._last_at_ns) * _PARTS // self._parts)
            next_at_ns = self._next_at_ns + period_ns - self._period_ns
            self._next_at_ns = max(next_at_ns, self._ran_until_ns)
            self._period_ns = period_ns
        self._last_at_ns = at_ns
