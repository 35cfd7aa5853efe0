"""Whether somebody looks after the patient, and what the vital signs they enter forbid.

An infusion is a lease. Presence is renewed at the panel (CHECK) or by the host; it is asked for
two minutes before it ends, told as an alarm one minute before, and its end stops the plunger. The
lease of vital signs is there only where an order asks for it: they are due each interval, and five
minutes later the plunger is stopped. Both run while a patient is given something, and begin anew
at START; presence at each resume too, which is an act of somebody who is there. What is entered is
laid over what was known, so that a sign beyond its limit holds the pump until that sign is entered
within it.
"""

from pumpcore import alarms
from pumpcore._compat import const
from pumpcore.panel import PRESENCE_ASKED
from pumpcore.programme import Programme
from pumpcore.refusals import code
from pumpcore.vital_signs import (
    NOT_TAKEN,
    VitalSigns,
    beyond,
    is_measured,
    over,
    refusal_at_start,
)

# Before a presence lease ends: asked for, then an alarm.
ASK_MS = 120_000
DUE_MS = 60_000
# After vital signs were due (requirement KET-09).
VITALS_GRACE_MS = 300_000

_DONE = code("none")
_BASELINE_MISSING = code("baseline_missing")
_VITALS_MISSING = code("vitals_missing")
_NEVER = const(0)


class Attendance:
    """Leases and the last vital signs of the programme at hand."""

    def __init__(self) -> None:
        """Nobody is asked."""
        self.upper = 0
        # Bits for the checklist of the telemetry.
        self.asked = 0
        self.signs = NOT_TAKEN
        # Of those signs: pressures above the soft baseline were confirmed by a person.
        self._is_overridden = False
        self._is_beyond = False
        # Pressures were entered since the programme was staged.
        self._has_baseline = False
        self._presence_ms = _NEVER
        self._vitals_ms = _NEVER
        self._stops: tuple = NOT_TAKEN
        self._baseline_mmhg: tuple = ()
        self._presence_left_ms = 0
        self._vitals_left_ms = 0

    def adopt(self, programme: Programme) -> None:
        """Take the leases and limits of a staged programme.

        Signs stay what they are, so that staging anew leads past none of them.
        """
        self._presence_ms = programme.presence_ms
        self._vitals_ms = programme.vitals_ms
        self._stops = programme.vital_stops
        self._baseline_mmhg = programme.baseline_mmhg
        self._has_baseline = False
        self._is_beyond = beyond(self.signs, self._stops) != ""

    def remember(self, signs: VitalSigns, *, is_overridden: bool) -> None:
        """What was known of the patient before a reset; nobody has measured it since."""
        self.signs = signs
        self._is_overridden = is_overridden

    def forget(self) -> None:
        """Another patient."""
        self.remember(NOT_TAKEN, is_overridden=False)
        self._has_baseline = False
        self._is_beyond = False

    def begin(self, *, is_resume: bool) -> None:
        """START or a resume: somebody is there now, and vital signs are due when they were."""
        if not is_resume:
            self._vitals_left_ms = self._vitals_ms
        self.renew()

    def renew(self) -> int:
        """Somebody is there; a refusal code, always of done."""
        self._presence_left_ms = self._presence_ms
        self.asked = 0
        self.upper &= ~alarms.PRESENCE_DUE_UPPER
        return _DONE

    def take(self, signs: VitalSigns, *, is_overridden: bool) -> None:
        """Signs were entered; their range is checked."""
        self.signs = over(self.signs, signs)
        if signs.systolic:
            self._is_overridden = is_overridden
            self._has_baseline = True
        self._is_beyond = beyond(self.signs, self._stops) != ""
        if is_measured(signs):
            self._vitals_left_ms = self._vitals_ms

    @property
    def is_overridden(self) -> bool:
        """Whether the last pressures were confirmed by a person, with a reason."""
        return self._is_overridden

    def refusal(self, *, is_resume: bool) -> int:
        """Why a dose may neither start nor go on with the signs that are known; 0 if it may."""
        if is_resume:
            is_overdue = self._vitals_ms and self._vitals_left_ms <= -VITALS_GRACE_MS
            return _VITALS_MISSING if is_overdue else _DONE
        if self._vitals_ms and not self._has_baseline:
            return _BASELINE_MISSING
        return refusal_at_start(self.signs, self._baseline_mmhg, is_overridden=self._is_overridden)

    def watch(self, elapsed_ms: int, *, is_giving: bool) -> int:
        """Let time pass with a programme at hand; bits of the upper word that are true now."""
        if is_giving:
            self.upper = self._presence(elapsed_ms) | self._vitals(elapsed_ms)
        else:
            self.upper = 0
            self.asked = 0
        return self.upper | alarms.VITALS_LIMIT_UPPER if self._is_beyond else self.upper

    def _presence(self, elapsed_ms: int) -> int:
        if not self._presence_ms:
            return 0
        self._presence_left_ms -= elapsed_ms
        left_ms = self._presence_left_ms
        if left_ms > ASK_MS:
            return 0
        self.asked = PRESENCE_ASKED
        if left_ms > DUE_MS:
            return 0
        # Its end is told once: whoever acknowledges it and resumes is there.
        return alarms.PRESENCE_DUE_UPPER if left_ms > 0 else alarms.PRESENCE_LAPSED_UPPER

    def _vitals(self, elapsed_ms: int) -> int:
        if not self._vitals_ms:
            return 0
        self._vitals_left_ms -= elapsed_ms
        return alarms.VITALS_OVERDUE_UPPER if self._vitals_left_ms <= -VITALS_GRACE_MS else 0
