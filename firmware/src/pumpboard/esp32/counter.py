"""Edge and quadrature counters on the pulse counter units (PCNT), read without allocating.

A unit counts in 16 bits and goes on from zero where it reaches a limit (ESP32-S3 technical
reference manual, "Pulse Count Controller"). With limits as far above zero as below, each of them
is so many counts, whichever way: the count is right modulo the limit, and a reading tells how far
it moved since the one before as long as that is less than half of it. At 100,000 edges a second,
the most that a board file may ask for, half of it takes 160 ms.

A pulse has to last longer than the filter to be counted: that is in cycles of 80 MHz, at most
1,023 of them.
"""

from esp32 import PCNT
from machine import Pin

from pumpcore._compat import const

_LIMIT = const(32_000)
_HALF = const(16_000)

# STEP is high for 2 us at least, as a DRV8825 needs it (its datasheet, 7.6).
STEP_FILTER = const(80)
# A mechanism makes no edges 10 us apart; a motor's driver makes spikes of less.
SLOW_FILTER = const(800)


class _Unit:
    """One unit, whose count is modulo 2^16 from an arbitrary start."""

    def __init__(self, number: int, filter_cycles: int) -> None:
        """Stopped, with no pin."""
        self.pcnt = PCNT(number, min=-_LIMIT, max=_LIMIT, filter=filter_cycles)
        self._value = 0
        self._count = 0

    def count(self) -> int:
        """The count now."""
        value = self.pcnt.value()
        moved = value - self._value
        if moved > _HALF:
            moved -= _LIMIT
        elif moved < -_HALF:
            moved += _LIMIT
        self._value = value
        self._count = (self._count + moved) & 0xFFFF
        return self._count


class EdgeCounter:
    """Rising edges of a pin, modulo 2^16, from an arbitrary start: only differences mean anything.

    It makes the pin an input, with a pull-up: whatever drives it is set up afterwards.
    """

    def __init__(self, unit: int, pin: Pin, filter_cycles: int) -> None:
        """Count from here."""
        self._unit = _Unit(unit, filter_cycles)
        pcnt = self._unit.pcnt
        pcnt.init(channel=0, pin=pin, rising=PCNT.INCREMENT, falling=PCNT.IGNORE)
        pcnt.start()

    def count(self) -> int:
        """The count now."""
        return self._unit.count()


class QuadratureCounter:
    """All four edges of an encoder, modulo 2^16, forward positive, from an arbitrary start."""

    def __init__(self, unit: int, pin_a: Pin, pin_b: Pin) -> None:
        """Both channels of one unit: A's edges by B's level, and the other way round."""
        self._unit = _Unit(unit, SLOW_FILTER)
        pcnt = self._unit.pcnt
        pcnt.init(
            channel=0,
            pin=pin_a,
            rising=PCNT.INCREMENT,
            falling=PCNT.DECREMENT,
            mode_pin=pin_b,
            mode_high=PCNT.REVERSE,
        )
        pcnt.init(
            channel=1,
            pin=pin_b,
            rising=PCNT.INCREMENT,
            falling=PCNT.DECREMENT,
            mode_pin=pin_a,
            mode_low=PCNT.REVERSE,
        )
        pcnt.start()

    def count(self) -> int:
        """The count now."""
        return self._unit.count()
