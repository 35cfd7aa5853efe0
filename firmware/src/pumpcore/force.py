"""Plunger force from the load cell: median of three readings, and running friction as baseline.

A converter of 24 bits never reads the same for seconds, and a whole bridge never drives it to its
rails: a reading that does is no measurement (requirement OCC-11).

Pressure limits are compared as forces: threshold = pressure * barrel area, so that nothing is
divided in a tick and every figure stays a small integer.
"""

from pumpcore import units
from pumpcore._compat import const

# The baseline is the mean force over the last second of take-up.
BASELINE_TICKS = const(50)


# Conversions at the rails: 0x7FFFFF and -0x800000, less one count.
_RAIL_HIGH = const(0x7FFFFE)
_RAIL_LOW = const(-0x7FFFFF)
_RAIL_MS = const(60)
_FROZEN_MS = const(5_000)


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
        self._inverse_baseline_mn = ~0
        self._zero_count = zero_count
        self._counts_per_n = counts_per_n
        self._previous_mn = 0
        self._before_mn = 0
        self._sum_mn = 0
        self._learnt_ticks = 0
        self._last_raw = 0
        self._same_ms = 0
        self._rail_ms = 0

    def watch(self, raw_count: int, elapsed_ms: int) -> None:
        """Judge whether the readings are a measurement; once a tick."""
        if raw_count != self._last_raw:
            self._last_raw = raw_count
            self._same_ms = 0
        elif self._same_ms < _FROZEN_MS:
            self._same_ms += elapsed_ms
        if _RAIL_LOW < raw_count < _RAIL_HIGH:
            self._rail_ms = 0
        elif self._rail_ms < _RAIL_MS:
            self._rail_ms += elapsed_ms

    def is_at_rail(self) -> bool:
        """The last reading is no pressure, be it for how short a time."""
        return self._rail_ms > 0

    def is_alive(self) -> bool:
        """The readings have changed within the last three ticks."""
        return self._same_ms < _RAIL_MS

    def is_faulty(self) -> bool:
        """The sensor, its bridge or its line is broken: what it reads is no force."""
        return self._same_ms >= _FROZEN_MS or self._rail_ms >= _RAIL_MS

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
            self._inverse_baseline_mn = ~self.baseline_mn

    def is_sound(self) -> bool:
        """Whether the baseline is what was learnt (requirement TST-05)."""
        return self._inverse_baseline_mn == ~self.baseline_mn

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
