"""The timers of an STM32, as far as they count edges at pins.

A counter that runs by the controller's own clock, an output and an interrupt are refused by name.
`_wired` says which pin is of which timer; what leads it there is the pin's alternate function.
"""

import _emu
import _stm32_pin
from _emu import operate, reply
from _layout_stm32 import IN_TIMER, OP_TIMER_EDGES, OP_TIMER_QUADRATURE, TIMER_COUNT
from _wired import TIMER_INPUTS

SLAVE_MODE = 8
# Number, registers (DS11532, table 13), the alternate function of all its pins, and whether it
# has an encoder mode.
TIMERS = (
    (1, 0x40010000, 1, True),
    (2, 0x40000000, 1, True),
    (3, 0x40000400, 2, True),
    (4, 0x40000800, 2, True),
    (5, 0x40000C00, 2, True),
    (8, 0x40010400, 3, True),
    (9, 0x40014000, 3, False),
)
_MASK = 0xFFFF
_MODE_MASK = 7
_CLOCKED_BY_PIN = 7
_FIRST_INPUT = 5
_MODES = ("PWM", "IC", "ENC_A", "ENC_B", "ENC_AB")
_BY_NUMBER = {}
_COUNTERS = []


class Timer:
    """pyb.Timer of those above; one made for the same number later is the same timer."""

    UP = 0
    PWM = 0
    IC = 8
    ENC_A = 9
    ENC_B = 10
    ENC_AB = 11
    RISING = 0
    FALLING = 2
    BOTH = 10

    def __init__(self, id: int, *, prescaler: int, period: int, mode: int = 0) -> None:
        """Of 16 bits, undivided."""
        if prescaler != 0 or period != _MASK or mode != self.UP:
            raise NotImplementedError("Timer(%d): only 16 bits upwards are emulated" % id)
        for row in TIMERS:
            if row[0] == id:
                self._row = row
                break
        else:
            raise NotImplementedError("Timer(%d) is not emulated" % id)
        self._slot = None
        self._capture = 0
        _BY_NUMBER[id] = self

    def channel(self, channel: int, mode: int, *, polarity: int = 0, pin: object = None) -> None:
        """An input, or the encoder mode of channels 1 and 2."""
        if pin is not None:
            raise NotImplementedError("Timer.channel: pin is not emulated; use Pin(alt=)")
        if polarity != self.RISING:
            raise NotImplementedError("Timer.channel: only rising edges are emulated")
        if channel not in (1, 2):
            raise NotImplementedError("Timer.channel(%d) is not emulated" % channel)
        if mode == self.IC:
            self._capture |= 1 << channel
        elif mode == self.ENC_AB:
            if not self._row[3]:
                raise ValueError("encoder not supported on timer %d" % self._row[0])
            self._count(OP_TIMER_QUADRATURE, self._pad(1) << 8 | self._pad(2) << 16)
        else:
            raise NotImplementedError("Timer.channel: mode %r is not emulated" % mode)

    def follow(self, slave_mode: int) -> None:
        """The slave mode control register was set: the counter follows an input."""
        channel = (slave_mode >> 4 & _MODE_MASK) - _FIRST_INPUT + 1
        known = (_FIRST_INPUT + channel - 1) << 4 | _CLOCKED_BY_PIN
        if channel not in (1, 2) or slave_mode != known:
            raise NotImplementedError("Timer: slave mode %#x is not emulated" % slave_mode)
        if not self._capture >> channel & 1:
            raise ValueError("Timer(%d): channel %d is no input yet" % (self._row[0], channel))
        self._count(OP_TIMER_EDGES, self._pad(channel) << 8)

    def counter(self) -> int:
        """The count now."""
        if self._slot is None:
            raise NotImplementedError("Timer(%d) counts no pin's edges" % self._row[0])
        if _emu.stale_mask:
            _emu.refresh(1 << self._slot)
        return reply[IN_TIMER + self._slot] & _MASK

    def _pad(self, channel: int) -> int:
        """The pad that its alternate function leads to that channel."""
        found = [
            pad
            for pad, timer, its_channel in TIMER_INPUTS
            if (timer, its_channel) == (self._row[0], channel)
            and _stm32_pin.alternates.get(pad) == self._row[2]
        ]
        if len(found) != 1:
            raise ValueError(
                "Timer(%d): %d pins are led to channel %d" % (self._row[0], len(found), channel)
            )
        return found[0]

    def _count(self, code: int, pads: int) -> None:
        if self._slot is None:
            if len(_COUNTERS) == TIMER_COUNT:
                raise NotImplementedError("Timer: more than %d that count" % TIMER_COUNT)
            self._slot = len(_COUNTERS)
            _COUNTERS.append(self)
        operate(code, self._slot | pads)
        _emu.spoil(1 << self._slot)


def by_slave_mode(address: int) -> int | None:
    """The number of the timer whose slave mode control register is there."""
    for number, registers, _, _ in TIMERS:
        if address == registers + SLAVE_MODE:
            return number
    return None


def made(number: int) -> Timer:
    """A timer that runs; ValueError for one that nobody has made: its clock is off."""
    if number not in _BY_NUMBER:
        raise ValueError("stm: timer %d has no clock; make a pyb.Timer first" % number)
    return _BY_NUMBER[number]
