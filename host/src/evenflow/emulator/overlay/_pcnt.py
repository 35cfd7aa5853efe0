"""The esp32's pulse counter: two channels of edges a unit, added up in one count."""

import _emu
from _emu import operate, operate_with, reply
from _i2s import driven_pads
from _layout import NO_PIN
from _layout_esp32 import (
    IN_PCNT,
    OP_PCNT_CHANNEL,
    OP_PCNT_DO,
    OP_PCNT_LIMITS,
    PCNT_CLEAR,
    PCNT_COUNT,
    PCNT_FORGET,
    PCNT_START,
    PCNT_STOP,
)
from _pin import gpio

_LOWEST = -32_768
_HIGHEST = 32_767
_MAX_FILTER = 1_023
_NOT_EMULATED = ("threshold0", "threshold1")
_PINS = ("pin", "mode_pin")
_ACTIONS = ("rising", "falling", "mode_low", "mode_high")
_LIMITS = ("min", "max")
_KNOWN = ("channel", "filter", "value") + _PINS + _ACTIONS + _LIMITS


class PCNT:
    """One of eight units; an object made for the same unit later is the same counter."""

    IGNORE = 0
    INCREMENT = 1
    DECREMENT = 2
    NORMAL = 0
    REVERSE = 1
    HOLD = 2

    def __init__(self, id: int, **settings: object) -> None:
        """Stopped at zero, with nothing set, then `init`."""
        if not 0 <= id < PCNT_COUNT:
            raise ValueError("PCNT %r: there are 0 to %d" % (id, PCNT_COUNT - 1))
        self._unit = id
        self._slot = IN_PCNT + id
        self._stale_bit = 1 << id
        self._pins = [None, None]
        self._actions = [0, 0]
        self._lowest = _LOWEST
        self._highest = _HIGHEST
        self._do(PCNT_FORGET)
        self.init(**settings)

    def init(self, **settings: object) -> None:
        """Change what is given, as documented.

        ValueError for what a unit cannot do; `filter` (1 to 1023 ticks of 80 MHz, 0 for none) has
        no effect, since no emulated signal has glitches.
        """
        for name in settings:
            if name in _NOT_EMULATED:
                raise NotImplementedError("PCNT: %s is not emulated; read value()" % name)
            if name not in _KNOWN:
                raise TypeError("PCNT: unknown argument %s" % name)
        if not 0 <= settings.get("filter", 0) <= _MAX_FILTER:
            raise ValueError("PCNT: filter is outside 0 to %d" % _MAX_FILTER)
        if settings.get("value", 0) != 0:
            raise ValueError("PCNT: value can be set to 0 alone")
        self._init_channel(settings)
        if "min" in settings or "max" in settings:
            self._limit(settings.get("min"), settings.get("max"))
        elif "value" in settings:
            self._do(PCNT_CLEAR)

    def _init_channel(self, settings: dict) -> None:
        channel = settings.get("channel", 0)
        if channel not in (0, 1):
            raise ValueError("PCNT: channel %r: there are 0 and 1" % channel)
        is_changed = False
        if "pin" in settings:
            is_changed = True
            self._pins[channel] = _number(settings["pin"]) | _number(settings.get("mode_pin")) << 8
        elif "mode_pin" in settings:
            raise ValueError("PCNT: mode_pin needs pin beside it")
        if any(name in settings for name in _ACTIONS):
            is_changed = True
            actions = 0
            for index in range(4):
                action = settings.get(_ACTIONS[index], 0)
                if action not in (0, 1, 2):
                    raise ValueError("PCNT: %s cannot be %r" % (_ACTIONS[index], action))
                actions |= action << 4 * index
            if self._pins[channel] is None:
                raise ValueError("PCNT: channel %d has no pin" % channel)
            self._actions[channel] = actions
        if is_changed:
            operate_with(
                OP_PCNT_CHANNEL,
                self._unit | channel << 8,
                self._pins[channel],
                self._actions[channel],
            )
            _emu.spoil(self._stale_bit)

    def _limit(self, lowest: int | None, highest: int | None) -> None:
        if lowest is not None:
            if not _LOWEST <= lowest <= 0:
                raise ValueError("PCNT: min %d is outside %d to 0" % (lowest, _LOWEST))
            self._lowest = lowest or _LOWEST
        if highest is not None:
            if not 0 <= highest <= _HIGHEST:
                raise ValueError("PCNT: max %d is outside 0 to %d" % (highest, _HIGHEST))
            self._highest = highest or _HIGHEST
        operate_with(OP_PCNT_LIMITS, self._unit, self._lowest, self._highest)
        _emu.spoil(self._stale_bit)

    def _do(self, action: int) -> None:
        operate(OP_PCNT_DO, self._unit | action << 8)
        _emu.spoil(self._stale_bit)

    def value(self, value: int | None = None) -> int:
        """The count now; with 0 it is zero afterwards."""
        if value is not None and value != 0:
            raise ValueError("PCNT: value can be set to 0 alone")
        if _emu.stale_mask:
            _emu.refresh(self._stale_bit)
        count = reply[self._slot]
        if value is not None:
            self._do(PCNT_CLEAR)
        return count - (count >> 31 << 32)

    def start(self) -> None:
        """Count from now on."""
        self._do(PCNT_START)

    def stop(self) -> None:
        """Count no more; the count stays."""
        self._do(PCNT_STOP)

    def deinit(self) -> None:
        """Stop, and forget count and settings."""
        self._pins = [None, None]
        self._actions = [0, 0]
        self._lowest = _LOWEST
        self._highest = _HIGHEST
        self._do(PCNT_FORGET)

    def irq(self, *arguments: object, **named: object) -> None:
        """Refused: the firmware polls its counters."""
        raise NotImplementedError("PCNT.irq is not emulated; read value()")


def _number(pin: object) -> int:
    if pin is None:
        return NO_PIN
    number = gpio(pin)
    # ESP-IDF makes it an input, and cuts off whatever drives it.
    if number in driven_pads:
        raise ValueError("PCNT: a transmitter drives this pin: make its counter before that")
    return number
