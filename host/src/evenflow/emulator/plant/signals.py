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
    """The sounder behind its pin."""

    def __init__(self) -> None:
        """Silent."""
        self.is_on = False
        # Its wire is off: it is silent, and the current that its feedback looks for does not flow.
        self.is_open = False
        self.edges_at_ns: list[int] = []
        self.bursts: list[Burst] = []
        self._pulses_ns: list[int] = []
        self._began_at_ns = 0
        self._changed_at_ns = 0
        self._guess = "high"

    def set(self, *, on: bool, now_ns: int) -> None:
        """Take the state of the pin: sounding or not."""
        if self.is_open:
            on = False
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
        """The wire comes off."""
        self.is_open = True
        self.set(on=False, now_ns=now_ns)

    @property
    def has_current(self) -> bool:
        """What the feedback sees: current through the sounder."""
        return self.is_on

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
