"""The flow that keeps a vein open after the dose: when it begins, and when it is over.

It is bounded in time, in the volume that its rate gives in that time, and by what the syringe
holds beyond dose, purge and reserve; an alarm in between adds to none of these. Once it has begun,
nothing goes at the dose's rate any more: what a back-off drew out of it, or of the dose, is given
at its own.
"""

from pumpcore import limits, units
from pumpcore.interlock import KEPT_OPEN
from pumpcore.motion import RATE_CHANGE_BYTES, Motion
from pumpcore.programme import Programme


class KeepOpen:
    """Whether the programme at hand has come to it, and how far it goes."""

    def __init__(self, motion: Motion) -> None:
        """No programme has."""
        self.has_begun = False
        # Of dose and flow together, once it has begun.
        self.target_steps = 0
        self._left_ms = 0
        self._motion = motion
        self._sealed = ~self._mixed()

    def forget(self) -> None:
        """Another programme, of which nothing is given."""
        self._set(has_begun=False, target_steps=0)

    def is_due(self, programme: Programme) -> bool:
        """Whether it follows a dose that is given: ordered, and something left for it."""
        return _target_steps(programme, self._motion) > self._motion.delivered_steps

    def begin(self, programme: Programme) -> None:
        """Begin it, or go on with it, if anything is left of it."""
        motion = self._motion
        if not self.has_begun:
            self._left_ms = limits.MAX_KVO_MS
        self._set(has_begun=True, target_steps=_target_steps(programme, motion))
        left = self.target_steps - motion.delivered_steps
        if left > 0:
            fl = programme.femtolitres_per_microstep
            motion.begin(KEPT_OPEN, programme.kvo_ul_per_h, fl, left)
            # Nobody need have pressed a key in this tick: its garbage is the rate's.
            motion.spent_bytes += RATE_CHANGE_BYTES

    def is_over(self, elapsed_ms: int) -> bool:
        """Let time pass in it; whether nothing is left of it, or its time is up."""
        self._left_ms -= elapsed_ms
        return self._left_ms <= 0 or self._motion.delivered_steps >= self.target_steps

    def is_sound(self) -> bool:
        """Whether it is what was written (requirement TST-05)."""
        return self._sealed == ~self._mixed()

    def _set(self, *, has_begun: bool, target_steps: int) -> None:
        self.has_begun = has_begun
        self.target_steps = target_steps
        self._sealed = ~self._mixed()

    def _mixed(self) -> int:
        return self.target_steps << 1 | int(self.has_begun)


def _target_steps(programme: Programme, motion: Motion) -> int:
    if programme.kvo_microsteps == 0:
        return programme.microsteps
    fl = programme.femtolitres_per_microstep
    spare_nl = programme.fill_nl - programme.volume_nl - limits.RESERVE_NL
    spare = spare_nl * units.FL_PER_NL // fl - motion.purged_steps
    return programme.microsteps + max(min(programme.kvo_microsteps, spare), 0)
