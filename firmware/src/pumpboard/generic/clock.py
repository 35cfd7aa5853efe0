"""The controller's own clock, its watchdog, and the clock chip that checks it."""

import time

from machine import WDT

from pumpboard.generic.i2c import I2cBus
from pumpcore._compat import Any


class Clock:
    """ticks_us: wraps every 17.9 minutes, so only differences leave this class.

    To a type checker ticks are of a type of their own; here a moment is an int.
    """

    def now_us(self) -> int:
        """A moment."""
        ticks: Any = time.ticks_us()
        return ticks

    def span_us(self, from_us: int, to_us: int) -> int:
        """Span between two moments; valid for half the wrap."""
        ticks: Any = to_us
        return time.ticks_diff(ticks, from_us)

    def later_us(self, at_us: int, span_us: int) -> int:
        """The moment `span_us` after another."""
        ticks: Any = at_us
        return time.ticks_add(ticks, span_us)

    def sleep_until(self, at_us: int) -> int:
        """Wait for a moment; how long it is past already, at most 0 if it was waited for."""
        late_us = time.ticks_diff(time.ticks_us(), at_us)
        if late_us < 0:
            time.sleep_us(-late_us)
        return late_us


class Watchdog:
    """The controller's watchdog; started late, so that a slow boot is no fault."""

    def __init__(self, timeout_ms: int) -> None:
        """Not yet counting."""
        self._timeout_ms = timeout_ms
        self._watchdog = None

    def start(self) -> None:
        """Begin to count."""
        self._watchdog = WDT(timeout=self._timeout_ms)

    def feed(self) -> None:
        """A whole loop has run."""
        if self._watchdog is not None:
            self._watchdog.feed()


class ClockChip:
    """DS3231: battery-backed time of its own crystal, and a square wave to count."""

    _ADDRESS = 0x68
    _SECONDS, _CONTROL, _STATUS = 0x00, 0x0E, 0x0F
    # square wave on, 1024 Hz (RS2 RS1 = 01), interrupts off
    _SQUARE_WAVE_1024_HZ = 0x08
    _OSCILLATOR_STOPPED = 0x80

    def __init__(self, bus: I2cBus) -> None:
        """Switch the square wave on; `is_present` tells whether the chip answered."""
        self._bus = bus
        self._registers = bytearray(7)
        self._status = bytearray(1)
        try:
            control = bytearray([self._CONTROL, self._SQUARE_WAVE_1024_HZ])
            self._bus.writeto(self._ADDRESS, control)
            self._bus.readfrom_mem_into(self._ADDRESS, self._STATUS, self._status)
            self.is_present = True
        except OSError:
            self.is_present = False

    def has_lost_time(self) -> bool:
        """The oscillator has stopped since the time was last set."""
        return bool(self._status[0] & self._OSCILLATOR_STOPPED)

    def read(self) -> tuple[int, ...]:
        """(year, month, day, hour, minute, second) as the chip has them; OSError if it is gone."""
        registers = self._registers
        self._bus.readfrom_mem_into(self._ADDRESS, self._SECONDS, registers)
        return (
            2000 + _from_bcd(registers[6]),
            _from_bcd(registers[5] & 0x1F),
            _from_bcd(registers[4] & 0x3F),
            _from_bcd(registers[2] & 0x3F),
            _from_bcd(registers[1] & 0x7F),
            _from_bcd(registers[0] & 0x7F),
        )


def _from_bcd(byte: int) -> int:
    return (byte >> 4) * 10 + (byte & 0x0F)
