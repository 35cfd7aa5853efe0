"""One channel of the esp32's RMT: pulses at exact moments, once or in a loop.

A unit is 12.5 ns times the channel's divider. Moments are counted from the start of a
transmission, so that no rounding adds up; all are of the controller's own time.
"""

from collections.abc import Sequence

from evenflow.emulator.overlay import _layout_esp32 as words

_NS_PER_US = 1_000
# 12.5 ns, in halves of one.
_HALF_NS_PER_SOURCE_CYCLE = 25
_LONG_AGO_NS = -(1 << 62)
_FOR_EVER_NS = 1 << 62


class PulseTrain:
    """What is sent at one pin."""

    def __init__(self, pin: int, idle_level: int, divider: int) -> None:
        """Idle; `divider` is that of the 80 MHz."""
        self.pin = pin
        # How often a transmission began with a pause before it.
        self.gap_count = 0
        self._idle_level = idle_level
        self._half_ns_per_unit = _HALF_NS_PER_SOURCE_CYCLE * divider
        self._loaded: list[int] = []
        self._pulses: Sequence[int] = ()
        self._loops = False
        # What replaces a loop at the end of its round, and whether that loops.
        self._following: tuple[Sequence[int], bool] | None = None
        self._is_busy = False
        self._started_at_ns = 0
        self._ended_at_ns = _LONG_AGO_NS
        # Units from the start to this round, its length, and its changes: units, level.
        self._round_units = 0
        self._length_units = 0
        self._changes: list[tuple[int, int]] = []
        self._next_change = 0
        self._level_before = idle_level
        self._last_change_at_ns = _LONG_AGO_NS

    @property
    def is_idle(self) -> bool:
        """Nothing is being sent."""
        return not self._is_busy

    def reading(self, now_ns: int) -> int:
        """What the reply tells: us left of this round, and whether another can follow."""
        self.run(now_ns, [])
        if not self._is_busy:
            return 0
        left_ns = self._moment_ns(self._length_units) - now_ns
        left_us = max(1, -(-left_ns // _NS_PER_US))
        has_more = self._loops or self._following is not None
        return left_us | words.RMT_LOOPS if has_more else left_us

    def load(self, pulses: Sequence[int]) -> None:
        """Add pulses (units << 1 | level) to what the next start will send."""
        self._loaded += pulses

    def start(self, now_ns: int, *, loops: bool) -> None:
        """Send what was loaded: now, or after the round of a loop that is being sent."""
        self.run(now_ns, [])
        pulses, self._loaded = self._loaded, []
        if self._is_busy:
            self._following = (pulses, loops)
            return
        # The processor cannot follow on more exactly than to its next microsecond.
        if now_ns - self._ended_at_ns > _NS_PER_US:
            self.gap_count += 1
        self._is_busy = True
        self._begin(pulses, now_ns, self._idle_level, loops=loops)

    def end_loop(self, now_ns: int) -> None:
        """Let this round be the last."""
        self.run(now_ns, [])
        self._loops = False

    def run(self, until_ns: int, edges_at_ns: list[int]) -> None:
        """Send until a moment; append the moments at which the pin rises."""
        while self._is_busy:
            changes = self._changes
            while self._next_change < len(changes):
                units, level = changes[self._next_change]
                at_ns = self._moment_ns(units)
                if at_ns >= until_ns:
                    return
                self._next_change += 1
                self._last_change_at_ns = at_ns
                if level:
                    edges_at_ns.append(at_ns)
            end_ns = self._moment_ns(self._length_units)
            if end_ns > until_ns:
                return
            self._end_round(end_ns, edges_at_ns)

    def last_edge_at_ns(self) -> int:
        """The last change of the pin's level that is to come, or that was."""
        if not self._is_busy:
            return self._last_change_at_ns
        pulses, loops, before_units, level = self._pulses, self._loops, 0, self._level_before
        if self._following is not None:
            pulses, loops = self._following
            before_units, level = self._length_units, self._pulses[-1] & 1
        changes, length_units = _laid_out(pulses, level)
        if loops and len({pulse & 1 for pulse in pulses}) > 1:
            return _FOR_EVER_NS
        if pulses[-1] & 1 != self._idle_level:
            return self._moment_ns(before_units + length_units)
        if changes:
            return self._moment_ns(before_units + changes[-1][0])
        return self._last_change_at_ns

    def longest_pause_ns(self) -> int:
        """The longest span of what is being sent without a change of level."""
        following, loops = self._following or ((), False)
        longest = span = 0
        level = self._level_before
        for pulse in (
            *self._pulses,
            *(self._pulses if self._loops else ()),
            *following,
            *(following if loops else ()),
        ):
            if pulse & 1 != level:
                span = 0
                level = pulse & 1
            span += pulse >> 1
            longest = max(longest, span)
        return longest * self._half_ns_per_unit // 2

    def _begin(self, pulses: Sequence[int], at_ns: int, level: int, *, loops: bool) -> None:
        self._loops = loops
        self._pulses = pulses
        self._started_at_ns = at_ns
        self._round_units = 0
        self._next_change = 0
        self._lay_out(level)

    def _end_round(self, end_ns: int, edges_at_ns: list[int]) -> None:
        level = self._pulses[-1] & 1
        if self._following is not None:
            pulses, loops = self._following
            self._following = None
            self._begin(pulses, end_ns, level, loops=loops)
        elif self._loops:
            self._round_units += self._length_units
            self._next_change = 0
            self._lay_out(level)
        else:
            self._is_busy = False
            self._ended_at_ns = end_ns
            if level != self._idle_level:
                self._last_change_at_ns = end_ns
                if self._idle_level:
                    edges_at_ns.append(end_ns)

    def _lay_out(self, level: int) -> None:
        """Prepare a round that finds the pin at that level."""
        self._level_before = level
        self._changes, self._length_units = _laid_out(self._pulses, level)

    def _moment_ns(self, units: int) -> int:
        return self._started_at_ns + (self._round_units + units) * self._half_ns_per_unit // 2


def _laid_out(pulses: Sequence[int], level: int) -> tuple[list[tuple[int, int]], int]:
    """The changes of level in a round that begins at that level, and its length, in units."""
    changes = []
    units = 0
    for pulse in pulses:
        if pulse & 1 != level:
            level = pulse & 1
            changes.append((units, level))
        units += pulse >> 1
    return changes, units
