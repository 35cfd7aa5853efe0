"""Plunger force from the load cell: median of three readings, and running friction as baseline.

Pressure limits are compared as forces: threshold = pressure * barrel area, so that nothing is
divided in a tick and every figure stays a small integer.
"""

from pumpcore import units
from pumpcore._compat import const

# The baseline is the mean force over the last second of take-up.
BASELINE_TICKS = const(50)


def threshold_mn(pressure_mmhg: int, area_um2: int) -> int:
    """Force in mN of a pressure on a barrel, floored."""
    numerator = pressure_mmhg * units.PA_PER_MMHG_NUM * area_um2
    # Pa * um^2 = 10^-12 N = 10^-9 mN
    return numerator // (units.PA_PER_MMHG_DEN * 1_000_000_000)


class Force:
    """Filtered force in mN and the baseline learnt while fluid flows to waste."""

    def __init__(self, zero_count: int, counts_per_n: int) -> None:
        """`zero_count` is the conversion at no force, `counts_per_n` the gain."""
        self.filtered_mn = 0
        self.baseline_mn = 0
        self._zero_count = zero_count
        self._counts_per_n = counts_per_n
        self._previous_mn = 0
        self._before_mn = 0
        self._sum_mn = 0
        self._learnt_ticks = 0

    def update(self, raw_count: int) -> None:
        """One reading a tick."""
        difference = raw_count - self._zero_count
        # Two parts, because difference * 1000 would not fit a small integer.
        whole = difference // self._counts_per_n
        rest = difference - whole * self._counts_per_n
        force_mn = whole * 1000 + rest * 1000 // self._counts_per_n
        self.filtered_mn = _median(force_mn, self._previous_mn, self._before_mn)
        self._before_mn = self._previous_mn
        self._previous_mn = force_mn

    def begin_learning(self) -> None:
        """Forget what was summed; the baseline stays until the next is complete."""
        self._sum_mn = 0
        self._learnt_ticks = 0

    def learn(self) -> None:
        """Add this tick's force to the baseline being learnt; it counts once it is whole."""
        self._sum_mn += self.filtered_mn
        self._learnt_ticks += 1
        if self._learnt_ticks == BASELINE_TICKS:
            self.baseline_mn = self._sum_mn // BASELINE_TICKS

    def has_learnt(self) -> bool:
        """The baseline is that of the last learning."""
        return self._learnt_ticks >= BASELINE_TICKS


def _median(first: int, second: int, third: int) -> int:
    if first > second:
        first, second = second, first
    if third >= second:
        return second
    if third <= first:
        return first
    return third
