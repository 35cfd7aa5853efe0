"""The esp32's pulse train: pulses of exact length, sent while the processor does other things."""

from array import array

import _emu
from _emu import operate, operate_with, reply
from _layout import NO_PIN
from _layout_esp32 import (
    IN_RMT,
    OP_RMT_END_LOOP,
    OP_RMT_INIT,
    OP_RMT_LOAD,
    OP_RMT_START,
    RMT_COUNT,
    RMT_LOOPS,
)
from _pin import gpio

_SOURCE_HZ = 80_000_000
_DEFAULT_HZ = 10_000_000
# The divider of a channel has eight bits, where 0 stands for 256.
_MAX_DIVIDER = 256
_MAX_CLOCK_DIV = 255
_MAX_LOOPED = 126
_MAX_UNITS = 32_767
_US_PER_MS = 1_000
_EVER_US = 20_000


class RMT:
    """One of eight channels, for output; a number that is in use is taken over."""

    PULSE_MAX = _MAX_UNITS

    _used = [False] * RMT_COUNT

    def __init__(
        self,
        channel: int | None = None,
        *,
        pin: object = None,
        resolution_hz: int | None = None,
        clock_div: int | None = None,
        idle_level: object = False,
        num_symbols: int = 64,
        tx_carrier: object = None,
    ) -> None:
        """As documented; `num_symbols` has no effect, since no emulated buffer runs dry.

        A resolution that 80 MHz is no multiple of becomes the nearest one, as on the chip.
        """
        if tx_carrier is not None:
            raise NotImplementedError("RMT: tx_carrier is not emulated")
        if resolution_hz is not None and clock_div is not None:
            raise ValueError("RMT: give resolution_hz or clock_div, not both")
        if clock_div is not None and not 1 <= clock_div <= _MAX_CLOCK_DIV:
            raise ValueError("RMT: clock_div %d is outside 1 to %d" % (clock_div, _MAX_CLOCK_DIV))
        self._divider = clock_div or _divider(resolution_hz or _DEFAULT_HZ)
        number = gpio(pin)
        if channel is None:
            channel = RMT._used.index(False) if False in RMT._used else RMT_COUNT
        if not 0 <= channel < RMT_COUNT:
            raise ValueError("RMT %d: there are 0 to %d" % (channel, RMT_COUNT - 1))
        RMT._used[channel] = True
        self._channel = channel
        self._pin_mask = 1 << number
        self._slot = IN_RMT + channel
        self._stale_bit = 1 << channel
        self._loops = False
        _emu.claim(self._pin_mask)
        self._init(number | (256 if idle_level else 0))

    def _init(self, pin_and_level: int) -> None:
        operate_with(OP_RMT_INIT, self._channel, pin_and_level, self._divider)
        _emu.spoil(self._stale_bit | _emu.PINS_STALE)

    @staticmethod
    def source_freq() -> int:
        """80 MHz, in Hz."""
        return _SOURCE_HZ

    def clock_div(self) -> int:
        """What the source clock is divided by."""
        return self._divider

    def loop(self, enable_loop: object) -> None:
        """Repeat what the next `write_pulses` sends; False also ends a loop after its round."""
        self._loops = bool(enable_loop)
        if not enable_loop:
            self._end_loop()

    def active(self, value: object = None) -> bool:
        """Whether pulses are being sent; with False a loop ends after its round."""
        if value is not None and not value:
            self._end_loop()
        return self._left() != 0

    def _end_loop(self) -> None:
        operate(OP_RMT_END_LOOP, self._channel)
        _emu.spoil(self._stale_bit)

    def wait_done(self, *, timeout: int = 0) -> bool:
        """Whether all is sent; waits for it up to `timeout` ms, without end if that is -1."""
        until_us = _emu.now_us + timeout * _US_PER_MS
        while True:
            left = self._left()
            if not left:
                return True
            left_us = _EVER_US if left & RMT_LOOPS else left
            if timeout != -1:
                left_us = min(left_us, until_us - _emu.now_us)
                if left_us <= 0:
                    return False
            _emu.exchange(left_us)

    def write_pulses(self, duration: object, data: object = True) -> None:
        """Send pulses in one of the three documented ways; waits for those before.

        Durations are in units of the resolution, 1 to PULSE_MAX; ValueError outside.
        """
        pulses = _pulses(duration, data)
        if self._loops and len(pulses) > _MAX_LOOPED:
            raise ValueError("RMT: a loop has at most %d pulses" % _MAX_LOOPED)
        left = self._left()
        while left and not left & RMT_LOOPS:
            _emu.exchange(left)
            left = self._left()
        self._load(pulses)
        operate(OP_RMT_START, self._channel | (256 if self._loops else 0))
        _emu.spoil(self._stale_bit)
        if left:
            _emu.exchange(left & ~RMT_LOOPS)

    def _load(self, pulses: object) -> None:
        start = 0
        while start < len(pulses):
            part = min(_emu.room(2) - 1, len(pulses) - start)
            _emu.operate_words(OP_RMT_LOAD, self._channel | part << 8, pulses, start, part)
            start += part

    def deinit(self) -> None:
        """Stop at once and release pin and channel."""
        RMT._used[self._channel] = False
        _emu.release(self._pin_mask)
        self._init(NO_PIN)

    def _left(self) -> int:
        if _emu.stale_mask:
            _emu.refresh(self._stale_bit)
        return reply[self._slot]


def _divider(resolution_hz: int) -> int:
    divider = (_SOURCE_HZ + resolution_hz // 2) // resolution_hz if resolution_hz > 0 else 0
    if not 1 <= divider <= _MAX_DIVIDER:
        raise ValueError(
            "RMT: resolution_hz %d is outside %d to %d"
            % (resolution_hz, _SOURCE_HZ // _MAX_DIVIDER, _SOURCE_HZ)
        )
    return divider


def _pulses(duration: object, data: object) -> object:
    """Words of the pulses: units << 1 | level."""
    if isinstance(duration, int):
        levels = data
        units = [duration] * len(levels)
    else:
        units = duration
        if isinstance(data, (list, tuple)):
            levels = data
        else:
            first = 1 if data else 0
            levels = [(first + index) & 1 for index in range(len(units))]
    if not units or len(units) != len(levels):
        raise ValueError("RMT: %d durations for %d levels" % (len(units), len(levels)))
    pulses = array("I", [0] * len(units))
    for index in range(len(units)):
        if not 1 <= units[index] <= _MAX_UNITS:
            raise ValueError("RMT: %d units is outside 1 to %d" % (units[index], _MAX_UNITS))
        pulses[index] = units[index] << 1 | (1 if levels[index] else 0)
    return pulses
