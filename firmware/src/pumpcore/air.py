"""Air before the detector, as the volume that was delivered meanwhile.

Requirement SYR-09: a single bubble above 200 uL, or more than 1 mL within 15 minutes, counting
bubbles of 50 uL and more. All of it is counted in microsteps, so that a tick divides nothing.
"""

from pumpcore import limits, units
from pumpcore._compat import const
from pumpcore.programme import Programme

# More than the bubbles of 50 uL that make 1 mL.
_BUBBLES = const(24)


class Air:
    """The bubble at hand, and those of the last fifteen minutes."""

    def __init__(self) -> None:
        """None seen."""
        self._single_steps = 0
        self._least_steps = 0
        self._window_steps = 0
        self._bubble_steps = 0
        self._last_steps = 0
        self._now_ms = 0
        self._next = 0
        self._ended_ms = [0] * _BUBBLES
        self._steps = [0] * _BUBBLES

    def adopt(self, programme: Programme) -> None:
        """Take the limits in this programme's steps; what was seen before is another line's."""
        fl = programme.femtolitres_per_microstep
        self._single_steps = limits.MAX_BUBBLE_NL * units.FL_PER_NL // fl
        self._least_steps = limits.LEAST_BUBBLE_NL * units.FL_PER_NL // fl
        self._window_steps = limits.MAX_AIR_NL * units.FL_PER_NL // fl
        self._forget()

    def tick(self, delivered_steps: int, elapsed_ms: int, *, is_seen: bool) -> bool:
        """Take one tick of an infusion; True where the air is too much, once for that air."""
        self._now_ms += elapsed_ms
        if is_seen:
            self._bubble_steps += max(delivered_steps - self._last_steps, 0)
        elif self._bubble_steps:
            self._end_bubble()
        self._last_steps = delivered_steps
        if self._single_steps == 0:
            return False
        if self._bubble_steps <= self._single_steps and self._recent() <= self._window_steps:
            return False
        self._forget()
        return True

    def rest(self, delivered_steps: int, elapsed_ms: int) -> None:
        """No infusion in this tick: only time passes."""
        self._now_ms += elapsed_ms
        self._last_steps = delivered_steps

    def _end_bubble(self) -> None:
        if self._bubble_steps >= self._least_steps:
            self._ended_ms[self._next] = self._now_ms
            self._steps[self._next] = self._bubble_steps
            self._next = (self._next + 1) % _BUBBLES
        self._bubble_steps = 0

    def _recent(self) -> int:
        """Steps of air in the window, with the bubble at hand if it counts."""
        total = self._bubble_steps if self._bubble_steps >= self._least_steps else 0
        if self._steps[self._next - 1] == 0:
            return total
        for index in range(_BUBBLES):
            if self._now_ms - self._ended_ms[index] < limits.AIR_WINDOW_MS:
                total += self._steps[index]
        return total

    def _forget(self) -> None:
        self._bubble_steps = 0
        for index in range(_BUBBLES):
            self._steps[index] = 0
