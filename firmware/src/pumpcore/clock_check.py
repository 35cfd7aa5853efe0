"""The ticks' clock against the clock chip's square wave: two crystals that must agree.

A clock that runs fast makes every rate too high, and nothing else on the board would see it
(requirement TST-11: an alarm above 2 %).
"""

from pumpcore._compat import const

_EDGES_PER_S = const(1_024)
# One millisecond and one edge in four seconds: 0.03 %.
_WINDOW_MS = const(4_000)
# 1 / 50 is 2 %.
_SHARE = const(50)


class ClockCheck:
    """Compares milliseconds and edges over windows of four seconds."""

    def __init__(self) -> None:
        """Nothing compared yet."""
        self.is_mismatched = False
        self._window_ms = 0
        self._began_at_count = -1

    def tick(self, reference_count: int, elapsed_ms: int) -> None:
        """Take one tick; `reference_count` is modulo 65536."""
        if self._began_at_count < 0:
            self._began_at_count = reference_count
            return
        self._window_ms += elapsed_ms
        if self._window_ms < _WINDOW_MS:
            return
        edges = (reference_count - self._began_at_count) & 0xFFFF
        due = self._window_ms * _EDGES_PER_S // 1_000
        self.is_mismatched = abs(edges - due) * _SHARE > due
        self._window_ms = 0
        self._began_at_count = reference_count
