"""The life of alarms: condition, occurrence, signal.

A condition is true or not in this tick. It starts an occurrence, which for a latching alarm lasts
until it is acknowledged *and* its condition is gone; otherwise until the condition is gone. The
signal is the pattern of the highest priority among the occurrences: light for all of them, sound
for those not acknowledged. An audio pause silences all that sound, for at most two minutes, and
a further alarm of medium or high priority breaks through it.
"""

from pumpcore import limits
from pumpcore.alarms import ALARMS, HIGH, IDENTS_PER_WORD, LOW, MEDIUM, Alarm


class Word:
    """Thirty alarms as bits, from one ident on."""

    def __init__(self, first_ident: int) -> None:
        """None active; masks as the table says."""
        self.active = 0
        self.acknowledged = 0
        self.stopping = 0
        self.high_mask = 0
        self.medium_mask = 0
        self._latching_mask = 0
        self.stopping_mask = 0
        for alarm in ALARMS:
            if first_ident <= alarm.ident < first_ident + IDENTS_PER_WORD:
                self._take_row(alarm, 1 << (alarm.ident - first_ident))
        self._default_latching_mask = self._latching_mask
        self._default_stopping_mask = self.stopping_mask
        self._default_high_mask = self.high_mask
        self._seal()

    def _take_row(self, alarm: Alarm, bit: int) -> None:
        if alarm.priority == HIGH:
            self.high_mask |= bit
        elif alarm.priority == MEDIUM:
            self.medium_mask |= bit
        if alarm.is_latching:
            self._latching_mask |= bit
        if alarm.stops:
            self.stopping_mask |= bit

    def also_stopping(self, bits: int) -> None:
        """Make further alarms stop, latch and count as high, where the programme asks for it."""
        self._latching_mask = self._default_latching_mask | bits
        self.stopping_mask = self._default_stopping_mask | bits
        self.high_mask = self._default_high_mask | bits
        self._seal()

    def _seal(self) -> None:
        self.sealed = ~(self.active ^ (self.stopping << 1) ^ self.stopping_mask)

    def update(self, conditions: int) -> int:
        """Take this tick's conditions; returns the bits that began an occurrence."""
        begun = conditions & ~self.active
        self.acknowledged &= ~begun
        self.active = conditions | (self.active & self._latching_mask & ~self.acknowledged)
        self.acknowledged &= self.active
        self.stopping = self.active & self.stopping_mask
        self._seal()
        return begun


class Occurrences:
    """All alarms: idents 0 to 29 in the word `lower`, 30 to 59 in `upper`, as on the wire."""

    def __init__(self) -> None:
        """None active."""
        self.lower = Word(0)
        self.upper = Word(IDENTS_PER_WORD)
        self.audio_pause_left_ms = 0

    def update(self, low: int, high: int, elapsed_ms: int) -> int:
        """Take this tick's conditions; returns those of `lower` that began."""
        if not (low or high or self.lower.active or self.upper.active):
            # As it mostly is; a pause does not outlast what it silenced by more than its time.
            self._run_pause(elapsed_ms)
            return 0
        begun = self.lower.update(low)
        is_urgent = begun & (self.lower.high_mask | self.lower.medium_mask)
        if high or self.upper.active:
            begun_high = self.upper.update(high)
            is_urgent |= begun_high & (self.upper.high_mask | self.upper.medium_mask)
        self._run_pause(elapsed_ms)
        if is_urgent:
            self.audio_pause_left_ms = 0
        return begun

    def _run_pause(self, elapsed_ms: int) -> None:
        self.audio_pause_left_ms = max(self.audio_pause_left_ms - elapsed_ms, 0)

    def is_sound(self) -> bool:
        """Whether alarms and masks are what was written (requirement TST-05)."""
        word = self.lower
        if word.sealed != ~(word.active ^ (word.stopping << 1) ^ word.stopping_mask):
            return False
        word = self.upper
        return word.sealed == ~(word.active ^ (word.stopping << 1) ^ word.stopping_mask)

    def acknowledge(self) -> None:
        """A person has seen all that is active now."""
        self.lower.acknowledged = self.lower.active
        self.upper.acknowledged = self.upper.active

    def pause_audio(self) -> None:
        """Silence for the longest time allowed; a pause that runs is not renewed."""
        if self.audio_pause_left_ms == 0 and self._unseen():
            self.audio_pause_left_ms = limits.AUDIO_PAUSE_MS

    def is_stopping(self) -> bool:
        """Whether any alarm stops the plunger."""
        return self.lower.stopping != 0 or self.upper.stopping != 0

    def stops_unseen(self) -> bool:
        """Whether a stopping alarm waits to be acknowledged."""
        lower = self.lower
        upper = self.upper
        return (lower.stopping & ~lower.acknowledged | upper.stopping & ~upper.acknowledged) != 0

    def light_priority(self) -> int:
        """Highest priority active, 0 for none."""
        return self._highest(self.lower.active, self.upper.active)

    def sound_priority(self) -> int:
        """Highest priority that must be heard now, 0 for none."""
        if self.audio_pause_left_ms > 0:
            return 0
        lower = self.lower
        upper = self.upper
        if not (lower.active or upper.active):
            return 0
        return self._highest(
            lower.active & ~lower.acknowledged, upper.active & ~upper.acknowledged
        )

    def _unseen(self) -> bool:
        lower = self.lower
        upper = self.upper
        return (lower.active & ~lower.acknowledged | upper.active & ~upper.acknowledged) != 0

    def _highest(self, low: int, high: int) -> int:
        if low & self.lower.high_mask or high & self.upper.high_mask:
            return HIGH
        if low & self.lower.medium_mask or high & self.upper.medium_mask:
            return MEDIUM
        return LOW if low or high else 0
