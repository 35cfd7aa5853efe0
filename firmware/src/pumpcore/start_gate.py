"""Everything that must hold before the plunger may move for a patient, in the order of asking."""

from pumpcore import limits, panel, units
from pumpcore._compat import const
from pumpcore.attendance import Attendance
from pumpcore.conditions import Conditions
from pumpcore.interlock import CONFIRMED
from pumpcore.motion import Motion
from pumpcore.occurrence import Occurrences
from pumpcore.preparation import Preparation
from pumpcore.programme import Programme
from pumpcore.refusals import code

_DONE = code("none")
_NOT_SEATED = code("not_seated")
_CHECKLIST = code("checklist")
_ALARM_ACTIVE = code("alarm_active")
_FILL_MISMATCH = code("fill_mismatch")
_FILL_SHORT = code("fill_short")
_BUSY = code("busy")

_SEATED = const(3)


class StartGate:
    """Looks at the parts of the kernel; changes nothing."""

    def __init__(
        self,
        conditions: Conditions,
        occurrences: Occurrences,
        preparation: Preparation,
        motion: Motion,
        attendance: Attendance,
    ) -> None:
        """The kernel's own parts."""
        self._conditions = conditions
        self._occurrences = occurrences
        self._preparation = preparation
        self._motion = motion
        self._attendance = attendance

    def refusal(self, state: int, programme: Programme, switches: int, raw_position: int) -> int:
        """Why a dose may neither start nor go on; 0 if it may."""
        motion = self._motion
        is_seated = switches & _SEATED == _SEATED
        # Before START what is to be done is said, not the alarm that says so too.
        if state == CONFIRMED and not is_seated:
            return _NOT_SEATED
        if self._occurrences.is_stopping():
            return _ALARM_ACTIVE
        if not is_seated:
            return _NOT_SEATED
        if state == CONFIRMED and self._preparation.checklist != panel.CHECKLIST_COMPLETE:
            return _CHECKLIST
        refusal = self._attendance.refusal(is_resume=state != CONFIRMED)
        if refusal:
            return refusal
        if not motion.is_settled():
            return _BUSY
        fl = programme.femtolitres_per_microstep
        expected_nl = programme.fill_nl - motion.purged_steps * fl // units.FL_PER_NL
        if expected_nl < programme.volume_nl + limits.EMPTY_RESIDUAL_NL:
            return _FILL_SHORT
        expected_nl -= motion.delivered_steps * fl // units.FL_PER_NL
        is_there = self._conditions.is_plausible(raw_position, expected_nl)
        return _DONE if is_there else _FILL_MISMATCH
