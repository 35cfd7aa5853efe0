"""What takes too long, or comes back too often, though every moment of it is in order.

Requirements ALM-18 and ALM-19 (reminders; an unfinished programme is dropped), KET-14 (a dose that
was interrupted for too long), OCC-07 (the third occlusion in ten minutes), TST-12 (stuck keys).
"""

from pumpcore import alarms, limits, panel
from pumpcore.interlock import CONFIRMED, GIVING, HELD, PAUSED, STAGED


class Reminder:
    """Due after a time, then again each time that much has passed: each time a new occurrence."""

    def __init__(self) -> None:
        """Nothing is waited for."""
        self.is_on = False
        self._left_ms = limits.REMINDER_MS

    def reset(self) -> None:
        """Begin anew."""
        self.is_on = False
        self._left_ms = limits.REMINDER_MS

    def tick(self, elapsed_ms: int) -> None:
        """Let time pass; `is_on` drops for one tick before it is on anew."""
        self._left_ms -= elapsed_ms
        if self._left_ms > 0:
            return
        if self.is_on:
            self.is_on = False
            self._left_ms = 0
        else:
            self.is_on = True
            self._left_ms = limits.REMINDER_MS


class Supervision:
    """Clocks of waiting and of interruption, and the ages of the last occlusions."""

    def __init__(self) -> None:
        """Nothing waits, nothing has occurred."""
        self._waiting = Reminder()
        self._interruption = Reminder()
        self._waiting_ms = 0
        self._interrupted_ms = 0
        # Of the last two occlusions of this programme; as old as can be if there were none.
        self._last_age_ms = limits.REPEAT_WINDOW_MS
        self._age_before_ms = limits.REPEAT_WINDOW_MS
        self._is_locked = False
        self._held_ms = 0

    def touch(self) -> None:
        """A person has done something."""
        self._waiting.reset()
        self._waiting_ms = 0

    def forget(self) -> None:
        """Another programme: neither its interruptions nor its occlusions are this one's."""
        self.touch()
        self._interruption.reset()
        self._interrupted_ms = 0
        self._last_age_ms = limits.REPEAT_WINDOW_MS
        self._age_before_ms = limits.REPEAT_WINDOW_MS
        self._is_locked = False

    def begun(self, occurrences: int) -> None:
        """Take the bits of the alarms that have just begun."""
        if not occurrences & alarms.OCCLUSION_DOWNSTREAM:
            return
        if self._age_before_ms < limits.REPEAT_WINDOW_MS:
            self._is_locked = True
        self._age_before_ms = self._last_age_ms
        self._last_age_ms = 0

    def evaluate(self, state: int, is_sounding: bool, elapsed_ms: int) -> int:
        """Let time pass in a state; bits of the conditions that are true now.

        Nobody needs to be reminded while a stopping alarm sounds: `is_sounding`.
        """
        # The one before is never younger: once the last is out of the window, so is it.
        if self._last_age_ms < limits.REPEAT_WINDOW_MS:
            self._last_age_ms += elapsed_ms
            self._age_before_ms += elapsed_ms
        bits = 0
        if state == STAGED or state == CONFIRMED:
            self._waiting_ms += elapsed_ms
            self._waiting.tick(elapsed_ms)
            if self._waiting.is_on:
                bits |= alarms.PROGRAMME_WAITING
        elif state == PAUSED or state == HELD:
            if is_sounding:
                self._interruption.reset()
            else:
                self._interruption.tick(elapsed_ms)
            if self.is_interrupted_for_long():
                bits |= alarms.PAUSE_TOO_LONG
            else:
                self._interrupted_ms += elapsed_ms
            if self._interruption.is_on:
                bits |= alarms.PAUSE_REMINDER
            if self._is_locked:
                bits |= alarms.REPEATED_ALARM_LOCK
        elif state in GIVING:
            self._interruption.reset()
            self._interrupted_ms = 0
        return bits

    def watch_keys(self, stable: int, elapsed_ms: int) -> int:
        """Let time pass with these keys held; a purge, which is bounded itself, is left out."""
        if not stable & panel.KEYS:
            self._held_ms = 0
        elif self._held_ms < limits.MAX_KEY_MS:
            self._held_ms += elapsed_ms
        return alarms.KEY_STUCK if self._held_ms >= limits.MAX_KEY_MS else 0

    def has_waited_for_long(self) -> bool:
        """The programme was neither started nor touched for so long that it is to be dropped."""
        return self._waiting_ms >= limits.MAX_WAITING_MS

    def is_interrupted_for_long(self) -> bool:
        """The dose has been interrupted for longer than it may be resumed after."""
        return self._interrupted_ms > limits.MAX_INTERRUPTION_MS
