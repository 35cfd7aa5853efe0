"""Whether what a dose depends on still reads as it was written (requirement TST-05).

Each part keeps the complement of its own variables. What changes with the motion is compared every
tick, before it is written again; what only a stage changes, twice a second.
"""

from pumpcore._compat import const
from pumpcore.conditions import Conditions
from pumpcore.force import Force
from pumpcore.keep_open import KeepOpen
from pumpcore.motion import Motion
from pumpcore.occurrence import Occurrences
from pumpcore.programme import Programme

_SLOW_TICKS = const(25)


class Soundness:
    """Looks at the parts of the kernel; changes nothing."""

    def __init__(
        self,
        motion: Motion,
        occurrences: Occurrences,
        load: Force,
        conditions: Conditions,
        keep_open: KeepOpen,
    ) -> None:
        """The kernel's own parts."""
        self._motion = motion
        self._occurrences = occurrences
        self._load = load
        self._conditions = conditions
        self._keep_open = keep_open
        self._ticks = 0

    def holds(self, programme: Programme) -> bool:
        """Once a tick; False as soon as a variable differs from its complement."""
        if not self._motion.is_sound() or not self._occurrences.is_sound():
            return False
        self._ticks += 1
        if self._ticks < _SLOW_TICKS:
            return True
        self._ticks = 0
        if not self._motion.is_steady() or not programme.is_sound():
            return False
        is_sound = self._load.is_sound() and self._conditions.is_sound()
        return is_sound and self._keep_open.is_sound()
