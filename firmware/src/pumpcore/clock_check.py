"""The ticks' clock against the clock chip's square wave: two crystals that must agree.

A clock that runs fast makes every rate too high, and nothing else on the board would see it
(requirement TST-11: an alarm above 2 %). At 1200 mL/h twice the rate is 0.1 mL too much in 0.3 s
(requirement OVR-01), so that what is far off is told at once.
"""

from pumpcore._compat import const

_EDGES_PER_S = const(1_024)
# One millisecond and one edge in a second: 0.2 %.
_WINDOW_MS = const(1_000)
# 1 / 50 is 2 %.
_SHARE = const(50)
# Of one look, 100 ms: 1 / 8, of which a millisecond and an edge are a sixth.
_FAR_SHARE = const(8)


class ClockCheck:
    """Compares milliseconds and edges over each look, and over windows of a second."""

    def __init__(self) -> None:
        """Nothing compared yet."""
        self.is_mismatched = False
        self._window_ms = 0
        self._began_at_count = -1
        self._last_count = 0

    def tick(self, reference_count: int, elapsed_ms: int) -> None:
        """Take one look, `elapsed_ms` after the last; `reference_count` is modulo 65536."""
        if self._began_at_count < 0:
            self._began_at_count = reference_count
            self._last_count = reference_count
            return
        edges = (reference_count - self._last_count) & 0xFFFF
        self._last_count = reference_count
        if _are_apart(edges, elapsed_ms, _FAR_SHARE):
            self.is_mismatched = True
        self._window_ms += elapsed_ms
        if self._window_ms < _WINDOW_MS:
            return
        edges = (reference_count - self._began_at_count) & 0xFFFF
        self.is_mismatched = _are_apart(edges, self._window_ms, _SHARE)
        self._window_ms = 0
        self._began_at_count = reference_count


def _are_apart(edges: int, elapsed_ms: int, share: int) -> bool:
    due = elapsed_ms * _EDGES_PER_S // 1_000
    return abs(edges - due) * share > due
