"""The life of alarms: condition, occurrence, signal.

A condition is true or not in this tick. It starts an occurrence, which for a latching alarm lasts
until it is acknowledged *and* its condition is gone; otherwise until the condition is gone. The
signal is the pattern of the highest priority among the occurrences: light for all of them, sound
for those not acknowledged. An audio pause silences all that sound, for at most two minutes, and
a further alarm of medium or high priority breaks through it.
"""

from pumpcore import limits
from pumpcore.alarms import ALARMS, HIGH, LOW, MEDIUM


def _mask(priority: int) -> int:
    mask = 0
    for alarm in ALARMS:
        if alarm.priority == priority:
            mask |= 1 << alarm.ident
    return mask


class Occurrences:
    """All alarms of idents 0 to 29, as bits."""

    def __init__(self) -> None:
        """None active; masks as the table says."""
        self.active = 0
        self.acknowledged = 0
        self.audio_pause_left_ms = 0
        self.stopping = 0
        self._latching_mask = 0
        self._stopping_mask = 0
        self._high_mask = _mask(HIGH)
        self._medium_mask = _mask(MEDIUM)
        for alarm in ALARMS:
            if alarm.is_latching:
                self._latching_mask |= 1 << alarm.ident
            if alarm.stops:
                self._stopping_mask |= 1 << alarm.ident
        self._default_latching_mask = self._latching_mask
        self._default_stopping_mask = self._stopping_mask
        self._default_high_mask = self._high_mask

    def also_stopping(self, bits: int) -> None:
        """Make further alarms stop, latch and count as high, where the programme asks for it."""
        self._latching_mask = self._default_latching_mask | bits
        self._stopping_mask = self._default_stopping_mask | bits
        self._high_mask = self._default_high_mask | bits

    def update(self, conditions: int, elapsed_ms: int) -> int:
        """Take this tick's conditions; returns the bits that began an occurrence."""
        begun = conditions & ~self.active
        self.acknowledged &= ~begun
        self.active = conditions | (self.active & self._latching_mask & ~self.acknowledged)
        self.acknowledged &= self.active
        self.stopping = self.active & self._stopping_mask
        if self.audio_pause_left_ms > 0:
            self.audio_pause_left_ms -= elapsed_ms
            if begun & (self._high_mask | self._medium_mask) or self.audio_pause_left_ms < 0:
                self.audio_pause_left_ms = 0
        return begun

    def acknowledge(self) -> None:
        """A person has seen all that is active now."""
        self.acknowledged |= self.active

    def pause_audio(self) -> None:
        """Silence for the longest time allowed; a pause that runs is not renewed."""
        if self.audio_pause_left_ms == 0 and self.active & ~self.acknowledged:
            self.audio_pause_left_ms = limits.AUDIO_PAUSE_MS

    def stops_unseen(self) -> bool:
        """Whether a stopping alarm waits to be acknowledged."""
        return self.stopping & ~self.acknowledged != 0

    def light_priority(self) -> int:
        """Highest priority active, 0 for none."""
        return self._highest(self.active)

    def sound_priority(self) -> int:
        """Highest priority that must be heard now, 0 for none."""
        if self.audio_pause_left_ms > 0:
            return 0
        return self._highest(self.active & ~self.acknowledged)

    def _highest(self, bits: int) -> int:
        if bits & self._high_mask:
            return HIGH
        if bits & self._medium_mask:
            return MEDIUM
        return LOW if bits else 0
