"""Draws the plunger back after an occlusion, so that the stored volume does not become a bolus.

The only motion backwards there is. It ends as soon as one of four bounds is met: the pressure is
down to its target, the volume that the largest compliance could have stored is drawn, as much as
the programme has given is drawn, or five seconds have passed (requirements OCC-03 and OVR-06).

Going back, friction acts the other way: force = pressure * area - friction, so that the pressure
left is force + friction; while it turns over it is less, never more.
"""

from pumpcore import force, limits, units
from pumpcore.interlock import BACK_OFF
from pumpcore.motion import Motion
from pumpcore.profile import Profile
from pumpcore.programme import Programme

# Enough for the volume in four of the five seconds.
_SPAN_S = 4


class BackOff:
    """Due from an occlusion in an infusion on, until it was done or something else stopped it."""

    def __init__(self, profile: Profile, motion: Motion, load: force.Force) -> None:
        """Not due."""
        self._max_step_rate_hz = profile["plunger.max_step_rate_hz"]
        self._motion = motion
        self._load = load
        self._is_due = False
        self._left_ms = 0
        self._target_mn = 0
        self._steps = 0
        self._rate_ul_per_h = 0
        self._fl_per_step = 0
        self._is_possible = False

    def adopt(self, programme: Programme) -> None:
        """Take target and bounds for a staged programme."""
        self._is_due = False
        fl = programme.femtolitres_per_microstep
        area_um2 = programme.area_um2
        self._target_mn = force.threshold_mn(limits.BACK_OFF_TARGET_MMHG, area_um2)
        limit_mn = force.threshold_mn(programme.occlusion_mmhg, area_um2)
        self._is_possible = limit_mn >= limits.BACK_OFF_LEAST_MN
        volume_nl = programme.occlusion_mmhg * limits.BACK_OFF_NL_PER_MMHG
        self._steps = volume_nl * units.FL_PER_NL // fl
        highest = self._max_step_rate_hz * units.S_PER_H * fl // 1_000_000_000
        rate = volume_nl * units.S_PER_H // (_SPAN_S * units.NL_PER_UL)
        self._rate_ul_per_h = min(rate, highest, limits.MAX_RATE_UL_PER_H)
        self._fl_per_step = fl

    def request(self) -> None:
        """An occlusion has stopped an infusion."""
        self._is_due = self._is_possible

    def cancel(self) -> None:
        """Nothing is drawn back later; what moves is ended by who cancels."""
        self._is_due = False

    def tick(self, elapsed_ms: int) -> None:
        """Begin when the account of the infusion is final, and end at the first bound."""
        motion = self._motion
        if motion.job == BACK_OFF:
            self._left_ms -= elapsed_ms
            load = self._load
            left_mn = load.filtered_mn + load.baseline_mn
            is_down = left_mn <= self._target_mn
            if is_down or self._left_ms <= 0 or motion.pacer.is_spent():
                motion.end()
        elif self._is_due and motion.is_settled():
            self._begin()

    def _begin(self) -> None:
        self._is_due = False
        steps = min(self._steps, self._motion.delivered_steps)
        if steps > 0:
            self._left_ms = limits.BACK_OFF_MS
            self._motion.begin(BACK_OFF, self._rate_ul_per_h, self._fl_per_step, steps)
