"""What a person sees and hears: names of the light and sound patterns, from pin levels alone.

Colours name most lights at once; a steady yellow differs from a flashing one only by lasting
longer than a flash can (IEC 60601-1-8: 0.4-0.8 Hz, duty 20-60 %: at most 1.5 s). Sounds are told
apart by pulse and gap lengths (same standard: high 75-200 ms pulses with 50-125 ms gaps, medium
three pulses and low one or two, both 125-250 ms). A pulse's name is therefore known for certain
only after its burst: `sounder` is the best name now, `bursts` holds the final ones.
"""

from typing import NamedTuple

_COLOURS = {
    (False, False, False): "off",
    (True, False, False): "red_flash",
    (True, True, False): "yellow",
    (False, True, True): "cyan",
    (False, True, False): "green",
}
_LONGEST_FLASH_NS = 1_500_000_000
_HIGH_PULSE_NS = (75_000_000, 175_000_000)
_TEST_PULSE_NS = 300_000_000
# A gap longer than any within a burst: the burst is over.
_BURST_END_NS = 700_000_000
_LOW_PULSE_COUNT = 2
FEEDBACK_HOLD_NS = 200_000_000


class Burst(NamedTuple):
    """A finished burst: its name, when it began and ended, and its pulses."""

    name: str
    began_at_ns: int
    ended_at_ns: int
    pulse_count: int


class Light:
    """The RGB light."""

    def __init__(self) -> None:
        """Dark."""
        self._lit = (False, False, False)
        self._changed_at_ns = 0
        self.flash_count = 0

    def set(self, lit: tuple[bool, bool, bool], now_ns: int) -> None:
        """Take the levels of the red, green and blue pins."""
        if lit != self._lit:
            self._lit = lit
            self._changed_at_ns = now_ns
            if any(lit):
                self.flash_count += 1

    def name(self, now_ns: int) -> str:
        """The pattern while it is lit, `off` between; `white` and the like for other mixtures."""
        name = _COLOURS.get(self._lit)
        if name is None:
            return "other"
        if name == "yellow" and now_ns - self._changed_at_ns <= _LONGEST_FLASH_NS:
            return "yellow_flash"
        return name


class Sounder:
    """Two sounders, which sound the same pattern to a person: either of them will do.

    The first is driven by a tone and has a feedback of its current, held for 200 ms by a capacitor
    so that a look every 100 ms misses no pulse. The second oscillates by itself.
    """

    def __init__(self) -> None:
        """Silent."""
        self.is_on = False
        # The first one's wire is off: it is silent, and its feedback sees no current.
        self.is_open = False
        self.edges_at_ns: list[int] = []
        self.bursts: list[Burst] = []
        self._pulses_ns: list[int] = []
        self._began_at_ns = 0
        self._changed_at_ns = 0
        self._guess = "high"
        self._is_second_on = False
        self._current_ended_at_ns = -FEEDBACK_HOLD_NS
        # What the feedback sees: current through the first sounder.
        self.has_current = False

    def set(self, *, on: bool, now_ns: int) -> None:
        """Take the state of the first one's pin: sounding or not."""
        if self.is_open:
            on = False
        if self.has_current and not on:
            self._current_ended_at_ns = now_ns
        self.has_current = on
        self._sound(on=on or self._is_second_on, now_ns=now_ns)

    def set_second(self, *, on: bool, now_ns: int) -> None:
        """Take the state of the second one."""
        self._is_second_on = on
        self._sound(on=on or self.has_current, now_ns=now_ns)

    def is_heard(self, now_ns: int) -> bool:
        """What the feedback shows: current now, or not long ago."""
        return self.has_current or now_ns - self._current_ended_at_ns < FEEDBACK_HOLD_NS

    def _sound(self, *, on: bool, now_ns: int) -> None:
        if on == self.is_on:
            return
        span_ns = now_ns - self._changed_at_ns
        if on:
            if self._pulses_ns and span_ns > _BURST_END_NS:
                self._finish()
            if not self._pulses_ns:
                self._began_at_ns = now_ns
        else:
            self._pulses_ns.append(span_ns)
        self.is_on = on
        self._changed_at_ns = now_ns
        self.edges_at_ns.append(now_ns)

    def open_wire(self, now_ns: int) -> None:
        """The first one's wire comes off."""
        self.is_open = True
        self.set(on=False, now_ns=now_ns)

    def settle(self, now_ns: int) -> None:
        """Name the burst that has ended by now, if one has."""
        if self._pulses_ns and not self.is_on and now_ns - self._changed_at_ns > _BURST_END_NS:
            self._finish()

    @property
    def name(self) -> str:
        """The pattern while it sounds, `off` between."""
        if not self.is_on:
            return "off"
        if self._pulses_ns:
            return _burst_name(self._pulses_ns)
        return self._guess

    def _finish(self) -> None:
        name = _burst_name(self._pulses_ns)
        self.bursts.append(
            Burst(name, self._began_at_ns, self._changed_at_ns, len(self._pulses_ns))
        )
        self._guess = name
        self._pulses_ns = []


def _burst_name(pulses_ns: list[int]) -> str:
    if max(pulses_ns) > _TEST_PULSE_NS:
        return "test"
    if _HIGH_PULSE_NS[0] <= pulses_ns[0] <= _HIGH_PULSE_NS[1]:
        return "high"
    return "low" if len(pulses_ns) == _LOW_PULSE_COUNT else "medium"
