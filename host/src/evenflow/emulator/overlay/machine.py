"""MicroPython's `machine` as the firmware uses it, on the emulated board.

Shapes and meanings are those of MicroPython's documentation for rp2. What an emulated board
cannot do is refused by name, never ignored.
"""

import _emu
from _bus import I2C, SPI, UART
from _chip import FREQ_HZ, OWN
from _emu import operate, reply
from _layout import (
    IN_RESET_CAUSE,
    IN_UNIQUE_ID,
    OP_RESET,
    OP_WDT_FEED,
    OP_WDT_START,
    PWRON_RESET,
    WDT_RESET,
)
from _pin import ADC, PWM, Pin
from _registers import mem32
from _rtc import RTC
from _timer import Timer

__all__ = [
    "ADC",
    "I2C",
    "PWM",
    "PWRON_RESET",
    "RTC",
    "SPI",
    "UART",
    "WDT",
    "WDT_RESET",
    "Pin",
    "Timer",
    "mem32",
]


class WDT:
    """The watchdog: once started it cannot be stopped."""

    def __init__(self, id: int = 0, timeout: int = 5000) -> None:
        """Start it; `timeout` in ms, 1 to 8388 as on the RP2040."""
        if not 1 <= timeout <= 8388:
            raise ValueError("WDT timeout %d is outside 1 to 8388 ms" % timeout)
        operate(OP_WDT_START, timeout)

    def feed(self) -> None:
        """Put the reset off by another timeout."""
        operate(OP_WDT_FEED, 0)
        _emu.end_tick()


def reset_cause() -> int:
    """As the port tells it.

    rp2 knows PWRON_RESET and WDT_RESET: a pulled reset line reads as the former, `reset` as the
    latter, since it uses the watchdog; a soft reset leaves what it was. esp32 tells a pulled reset
    line as the former, too, and `reset` as HARD_RESET.
    """
    return reply[IN_RESET_CAUSE]


def unique_id() -> bytes:
    """Eight bytes that name this controller."""
    low = reply[IN_UNIQUE_ID]
    high = reply[IN_UNIQUE_ID + 1]
    return bytes([(low >> s) & 255 for s in (0, 8, 16, 24)]) + bytes(
        [(high >> s) & 255 for s in (0, 8, 16, 24)]
    )


def freq() -> int:
    """The system clock in Hz."""
    return FREQ_HZ


def reset() -> None:
    """Reset the controller; does not return."""
    operate(OP_RESET, 0)
    _emu.exchange(0)
    raise _emu.BoardGone(0)


def disable_irq() -> int:
    """Nothing: handlers run between two spans of time, never inside code."""
    return 0


def enable_irq(state: int) -> None:
    """Nothing: see `disable_irq`."""


def idle() -> None:
    """Nothing: time passes in sleeps alone."""


def lightsleep(time_ms: int | None = None) -> None:
    """Refused: a pump does not sleep."""
    raise NotImplementedError("machine.lightsleep is not emulated; a pump does not sleep")


def deepsleep(time_ms: int | None = None) -> None:
    """Refused: a pump does not sleep."""
    raise NotImplementedError("machine.deepsleep is not emulated; a pump does not sleep")


globals().update(OWN)
