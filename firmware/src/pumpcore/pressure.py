"""What the force on the plunger says of the line: blocked, filling up, or no longer held.

Pressure times area is force less friction. Friction is the baseline learnt in take-up; after a
motion backwards it acts the other way (see back_off).
"""

from pumpcore import alarms, force
from pumpcore._compat import const
from pumpcore.interlock import BACK_OFF, GIVING
from pumpcore.motion import Motion
from pumpcore.programme import Programme

# Rising: over 40 % of the limit, and by 5 % of it within the last half minute; or over 75 %. Until
# it is below 35 %: noise is no further occurrence.
_WINDOW_MS = const(30_000)
_RISING_PERCENT = const(40)
_RISE_PERCENT = const(5)
_NEAR_PERCENT = const(75)
# No longer held: from over 1 N to nothing between two looks, and still nothing at the next four: a
# line that is lowered passes through it. Noise is 0.2 N.
_HELD_MN = const(1_000)
_NOTHING_MN = const(450)
_NOTHING_LOOKS = const(5)


class Pressure:
    """Thresholds of the programme at hand in mN, and what few readings they are compared with."""

    def __init__(self) -> None:
        """No programme yet: pressure is not judged."""
        self.occlusion_mn = 0
        self.release_mn = 0
        self._rising_mn = 0
        self._rise_mn = 0
        self._near_mn = 0
        self._is_rising = False
        self._window_ms = 0
        self._before_mn = 0
        self._earlier_mn = 0
        self._gripped_mn = 0
        self._nothing_looks = 0

    def adopt(self, programme: Programme) -> None:
        """Take the thresholds of a staged programme."""
        self.occlusion_mn = force.threshold_mn(programme.occlusion_mmhg, programme.area_um2)
        # Requirement OCC-08: no resume while the pressure is above half the limit.
        self.release_mn = self.occlusion_mn // 2
        self._rising_mn = self.occlusion_mn * _RISING_PERCENT // 100
        self._rise_mn = self.occlusion_mn * _RISE_PERCENT // 100
        self._near_mn = self.occlusion_mn * _NEAR_PERCENT // 100
        self._before_mn = self.occlusion_mn
        self._earlier_mn = self.occlusion_mn
        self._window_ms = 0
        self.seated_anew()

    def seated_anew(self) -> None:
        """The plunger was open: what was held before says nothing of now."""
        self._nothing_looks = 0
        self._gripped_mn = 0

    def occlusion(self, load: force.Force, motion: Motion, active: int) -> int:
        """The bit of a blocked line; a reading at a rail is no pressure."""
        if self.occlusion_mn == 0 or load.is_at_rail():
            return 0
        limit_mn = self.occlusion_mn + motion.friction_allowance_mn()
        if active & alarms.OCCLUSION_DOWNSTREAM:
            limit_mn = self.release_mn
        return alarms.OCCLUSION_DOWNSTREAM if _above_mn(load, motion) >= limit_mn else 0

    def rising(self, state: int, load: force.Force, motion: Motion, elapsed_ms: int) -> bool:
        """Whether an infusion fills the line up towards the limit."""
        if state not in GIVING or self.occlusion_mn == 0:
            self._before_mn = self.occlusion_mn
            self._earlier_mn = self.occlusion_mn
            self._window_ms = 0
            self._is_rising = False
            return False
        above_mn = _above_mn(load, motion)
        self._window_ms += elapsed_ms
        if self._window_ms >= _WINDOW_MS:
            self._window_ms = 0
            self._earlier_mn = self._before_mn
            self._before_mn = above_mn
        if self._is_rising:
            self._is_rising = above_mn >= self._rising_mn - self._rise_mn
        elif above_mn >= self._rising_mn and not motion.friction_allowance_mn():
            has_risen = above_mn - self._earlier_mn >= self._rise_mn
            self._is_rising = has_risen or above_mn >= self._near_mn
        return self._is_rising

    def free(self, load: force.Force, motion: Motion) -> int:
        """The bit of a plunger that has slipped out of a grip which still reports it.

        To be called every fifth tick.
        """
        if not self._is_nothing(load, motion):
            self._nothing_looks = 0
        elif self._nothing_looks or self._gripped_mn >= _HELD_MN:
            self._nothing_looks += 1
        self._gripped_mn = load.filtered_mn
        # A shorted bridge reads nothing too, but always the same: that is another alarm.
        is_free = self._nothing_looks == _NOTHING_LOOKS and load.is_alive()
        return alarms.FREE_FLOW if is_free else 0

    def _is_nothing(self, load: force.Force, motion: Motion) -> bool:
        # Drawn back, the force passes through nothing by itself.
        if motion.job == BACK_OFF or not motion.is_forward:
            return False
        return -_NOTHING_MN <= load.filtered_mn <= _NOTHING_MN


def _above_mn(load: force.Force, motion: Motion) -> int:
    if motion.is_forward:
        return load.filtered_mn - load.baseline_mn
    return load.filtered_mn + load.baseline_mn
