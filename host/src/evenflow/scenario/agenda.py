"""What is to be done at which moment of virtual time; what is due at once keeps its order."""

import heapq
from collections.abc import Callable
from itertools import count

from evenflow.errors import CheckFailed

# More than this at one moment is two events that make each other.
_MAX_AT_ONCE = 1_000


class Agenda:
    """Actions by moment, in us since power-on."""

    def __init__(self) -> None:
        """Nothing to do; `next_us` is the next moment with something to do."""
        self.next_us: int | None = None
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._moment_us = -1
        self._done_at_once = 0

    def add(self, at_us: int, action: Callable[[], None]) -> None:
        """Do that then; a moment that has passed means as soon as possible."""
        heapq.heappush(self._heap, (at_us, next(self._order), action))
        self.next_us = self._heap[0][0]

    def do_due(self, now_us: int) -> None:
        """Do everything due; CheckFailed if events make each other for ever at one moment."""
        if now_us != self._moment_us:
            self._moment_us = now_us
            self._done_at_once = 0
        while self._heap and self._heap[0][0] <= now_us:
            self._done_at_once += 1
            if self._done_at_once > _MAX_AT_ONCE:
                raise CheckFailed(
                    "endless_events",
                    f"more than {_MAX_AT_ONCE} events at once, {now_us / 1e6:.4f} s: a loop",
                    "give one of the events that repeat an after = …",
                )
            action = heapq.heappop(self._heap)[2]
            self.next_us = self._heap[0][0] if self._heap else None
            action()
