"""Edges counted by timers: in encoder mode, and clocked by a pin instead of the controller.

pyb.Timer has the first. For the second it sets up the input, and the slave mode control register
does the rest: external clock mode 1 (SMS 7) from the channel's own input (TS 5 or 6), RM0410, 26.4
and 27.4. Counters are 16 bits wide here, those of 32 too, so that reading them takes no heap.
"""

import pyb
import stm
from machine import Pin

from pumpcore._compat import const

# As pumpcore.board.stm32f767 has them, which a test holds together: pin, timer, channel.
INPUTS = (
    ("W27", 1, 1),
    ("W54", 1, 2),
    ("W19", 2, 1),
    ("W6", 2, 1),
    ("W16", 2, 1),
    ("W17", 2, 2),
    ("W29", 2, 2),
    ("W10", 3, 1),
    ("W50", 3, 1),
    ("W14", 3, 2),
    ("W46", 3, 2),
    ("W15", 9, 1),
    ("W11", 9, 2),
)
# Timer, where its registers begin, and the alternate function of all its pins.
_TIMERS = ((1, stm.TIM1, 1), (2, stm.TIM2, 1), (3, stm.TIM3, 2), (9, stm.TIM9, 3))

_LAST = const(0xFFFF)
_CLOCKED_BY_PIN = const(7)
_FIRST_INPUT = const(5)
_TRIGGER_SHIFT = const(4)


class EdgeCounter:
    """Rising edges of a pin, modulo 2^16, from an arbitrary start."""

    def __init__(self, pin: str) -> None:
        """Count from here; ValueError for a pin of no timer."""
        number, channel, registers = _connect(pin)
        self._timer = pyb.Timer(number, prescaler=0, period=_LAST)
        self._timer.channel(channel, pyb.Timer.IC, polarity=pyb.Timer.RISING)
        trigger = (_FIRST_INPUT + channel - 1) << _TRIGGER_SHIFT
        stm.mem16[registers + stm.TIM_SMCR] = trigger | _CLOCKED_BY_PIN

    def count(self) -> int:
        """The count now."""
        return self._timer.counter()


class QuadratureCounter:
    """All four edges of an encoder, modulo 2^16, forward positive, from an arbitrary start."""

    def __init__(self, pin_a: str, pin_b: str) -> None:
        """Count from here; ValueError for two pins that are not channels 1 and 2 of one timer."""
        number, channel_a, _ = _connect(pin_a)
        other, channel_b, _ = _connect(pin_b)
        if other != number or (channel_a, channel_b) != (1, 2):
            raise ValueError("encoder: pins %s and %s are not of one timer" % (pin_a, pin_b))
        self._timer = pyb.Timer(number, prescaler=0, period=_LAST)
        self._timer.channel(1, pyb.Timer.ENC_AB)

    def count(self) -> int:
        """The count now."""
        return self._timer.counter()


def _connect(pin: str) -> tuple[int, int, int]:
    """Timer, channel and registers of a pin, which is pulled up and led to them."""
    for name, timer, channel in INPUTS:
        if name == pin:
            for number, registers, function in _TIMERS:
                if number == timer:
                    Pin(pin, mode=Pin.ALT, pull=Pin.PULL_UP, alt=function)
                    return timer, channel, registers
    raise ValueError("pin %s: no timer counts its edges" % pin)
