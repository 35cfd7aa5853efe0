"""What the screw turned against time x rate: the second computation of what was given.

The pacer says when steps are due, the audit counts them; neither is asked here. The time that the
encoder's travel takes, at the rate that is due there, is taken from the time that passed
(requirements OVR-03, OVR-04, OVR-05): what is left is how far behind the plunger is, in
microseconds.
"""

from pumpcore import limits, units
from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.schedule import Schedule

if TYPE_CHECKING:
    from pumpcore.programme import Programme

# Small integers of a 32-bit port hold this, and no fault needs more to be seen.
_MOST_US = const(500_000_000)
_NEVER_STEPS = const(0x3FFFFFFF)
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
        self._schedule = Schedule()
        self._fl_per_step = 1
        self._rate_ul_per_h = 0
        # Of the programme, as taken into account; and where this rate ends.
        self._at_steps = 0
        self._end_steps = _NEVER_STEPS
        # Of it, what no count has told yet: less than one count, before a lower rate.
        self._presumed_steps = 0
        self._steps_per_count = -(-steps_per_turn // counts_per_turn)

    def follow(self, programme: "Programme", at_steps: int) -> None:
        """Right after `begin`: so many microsteps of this programme of steps are given."""
        self._schedule.begin(programme, at_steps)
        self._at_steps = at_steps
        self._take_end()

    def begin(self, rate_ul_per_h: int, fl_per_step: int) -> None:
        """An infusion starts, or goes on, at that rate."""
        self.behind_us = 0
        self._step_part = 0
        self._end_steps = _NEVER_STEPS
        self._presumed_steps = 0
        self._fl_per_step = fl_per_step
        self._adopt(rate_ul_per_h)

    def _adopt(self, rate_ul_per_h: int) -> None:
        fl_per_step = self._fl_per_step
        self._rate_ul_per_h = rate_ul_per_h
        # step period = fl / (rate * 10^9 fL/uL) h = 18 fl / (5 rate) us
        self._divisor = 5 * rate_ul_per_h
        self._period_us = 18 * fl_per_step // self._divisor
        self._remainder = 18 * fl_per_step % self._divisor
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
            if self._end_steps == _NEVER_STEPS and self._presumed_steps == 0:
                behind_us -= self._taken_us(steps)
            else:
                behind_us = self._follow(behind_us, steps)
        self.behind_us = behind_us if behind_us < _MOST_US else _MOST_US

    def _taken_us(self, steps: int) -> int:
        part = self._period_part + steps * self._remainder
        whole_us = part // self._divisor
        self._period_part = part - whole_us * self._divisor
        return steps * self._period_us + whole_us

    def _follow(self, behind_us: int, steps: int) -> int:
        """How far behind after these steps, each at the rate that is due for it."""
        if steps > 0:
            known = min(steps, self._presumed_steps)
            self._presumed_steps -= known
            steps -= known
        while steps >= self._end_steps - self._at_steps:
            left = self._end_steps - self._at_steps
            behind_us = self._change_rate(behind_us, left)
            steps -= left
        self._at_steps += steps
        behind_us -= self._taken_us(steps)
        # The next count tells steps of a lower rate too, and comes late for those of this one.
        while self._schedule.is_next_lower:
            left = self._end_steps - self._at_steps
            if left >= self._steps_per_count - self._presumed_steps:
                break
            self._presumed_steps += left
            behind_us = self._change_rate(behind_us, left)
        return behind_us

    def _change_rate(self, behind_us: int, left: int) -> int:
        """The last of a rate's steps are taken: how far behind, in the next one's terms."""
        schedule = self._schedule
        behind_us -= self._taken_us(left)
        self._at_steps += left
        before_ul_per_h = self._rate_ul_per_h
        schedule.advance(self._at_steps)
        self._adopt(schedule.rate_ul_per_h)
        self._take_end()
        return self._at_rate(behind_us, before_ul_per_h)

    def _take_end(self) -> None:
        is_last = self._schedule.end_steps >= self._schedule.microsteps
        self._end_steps = _NEVER_STEPS if is_last else self._schedule.end_steps

    def _at_rate(self, behind_us: int, before_ul_per_h: int) -> int:
        # Queue and sampling take their time at any rate; what is beyond it is a volume.
        if -_SLACK_US <= behind_us <= _SLACK_US:
            return behind_us
        slack_us = _SLACK_US if behind_us > 0 else -_SLACK_US
        beyond_us = (behind_us - slack_us) * before_ul_per_h // self._rate_ul_per_h
        return max(slack_us + beyond_us, -_MOST_US)

    def is_behind(self) -> bool:
        """Less moved than the rate asks for, by 0.1 mL."""
        return self.behind_us >= self._most_behind_us

    def is_ahead(self) -> bool:
        """More moved: by 5 % of two minutes, or by 0.1 mL."""
        return -self.behind_us >= self._most_ahead_us
