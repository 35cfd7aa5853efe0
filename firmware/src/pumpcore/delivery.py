"""What the screw turned against time x rate: the second computation of what was given.

The pacer says when steps are due, the audit counts them; neither is asked here. The time that the
encoder's travel takes at the programme's rate is taken from the time that passed (requirements
OVR-03, OVR-04, OVR-05): what is left is how far behind the plunger is, in microseconds.
"""

from pumpcore import limits, units
from pumpcore._compat import const

# Small integers of a 32-bit port hold this, and no fault needs more to be seen.
_MOST_US = const(500_000_000)
# Enable, queue and the sampling of a tick, each way.
_SLACK_US = const(250_000)


class Delivery:
    """Time passed less time used up by what moved; positive is behind."""

    def __init__(self, counts_per_turn: int, steps_per_turn: int) -> None:
        """Of the encoder and of the motor, a turn of the screw."""
        self.behind_us = 0
        self._counts_per_turn = counts_per_turn
        self._steps_per_turn = steps_per_turn
        self._period_us = 0
        self._remainder = 0
        self._divisor = 1
        self._step_part = 0
        self._period_part = 0
        self._most_behind_us = 0
        self._most_ahead_us = 0

    def begin(self, rate_ul_per_h: int, fl_per_step: int) -> None:
        """An infusion starts, or goes on, at that rate."""
        # step period = fl / (rate * 10^9 fL/uL) h = 18 fl / (5 rate) us
        self._divisor = 5 * rate_ul_per_h
        self._period_us = 18 * fl_per_step // self._divisor
        self._remainder = 18 * fl_per_step % self._divisor
        self.behind_us = 0
        self._step_part = 0
        self._period_part = 0
        volume_us = limits.DEVIATION_NL * units.US_PER_S * units.S_PER_H
        volume_us //= rate_ul_per_h * units.NL_PER_UL
        count_us = self._period_us * self._steps_per_turn // self._counts_per_turn
        least_us = _SLACK_US + 2 * count_us
        self._most_behind_us = min(max(volume_us, least_us), _MOST_US)
        share_us = limits.OVER_DELIVERY_MS * units.US_PER_MS
        self._most_ahead_us = min(max(min(volume_us, share_us), least_us), _MOST_US)

    def tick(self, elapsed_us: int, counts: int) -> None:
        """Time passes and the encoder turns by signed counts."""
        behind_us = self.behind_us + elapsed_us
        if counts:
            part = self._step_part + counts * self._steps_per_turn
            steps = part // self._counts_per_turn
            self._step_part = part - steps * self._counts_per_turn
            part = self._period_part + steps * self._remainder
            whole_us = part // self._divisor
            self._period_part = part - whole_us * self._divisor
            behind_us -= steps * self._period_us + whole_us
        self.behind_us = behind_us if behind_us < _MOST_US else _MOST_US

    def is_behind(self) -> bool:
        """Less moved than the rate asks for, by 0.1 mL."""
        return self.behind_us >= self._most_behind_us

    def is_ahead(self) -> bool:
        """More moved: by 5 % of two minutes, or by 0.1 mL."""
        return -self.behind_us >= self._most_ahead_us
