"""Pins: digital, PWM and ADC."""

import _emu
from _emu import operate, operate_with, reply
from _layout import (
    ADC_TEMPERATURE,
    IN_ADC,
    IN_ADC_TEMPERATURE,
    OP_ADC,
    OP_PIN_IN,
    OP_PIN_OUT,
    OP_PWM,
)
from _pads import CORE_TEMP, analogue, name, pad
from micropython import const

# Folded into the bytecode; a test holds it to the layout.
_IN_LEVELS = const(3)
_FIRST_ADC_PAD = 26
_LAST_ADC_PAD = 29


def gpio(pin: object) -> int:
    """The pad of a Pin, or of what names one; ValueError if the controller has none such."""
    return pin.number if isinstance(pin, Pin) else pad(pin)


class Pin:
    """One GPIO. Without a mode its function stays what it is; `value` then reads the pad.

    `number` is that of its pad.
    """

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(
        self, id: object, mode: int | None = None, pull: int | None = None, value: object = None
    ) -> None:
        """As documented; alternate functions are refused."""
        self.number = gpio(id)
        self._level = 0
        self._is_output = False
        self._watch = None
        self.init(mode, pull, value=value)

    def init(
        self, mode: int | None = None, pull: int | None = None, *, value: object = None
    ) -> None:
        """Set direction and pull, or leave both as they are."""
        if mode is None:
            return
        _emu.release(1 << self.number)
        if mode == self.OUT:
            self._level = 1 if value else 0
            self._is_output = True
            operate(OP_PIN_OUT, self.number | self._level << 8)
        elif mode == self.IN:
            self._is_output = False
            operate(OP_PIN_IN, self.number | (pull or 0) << 8)
            _emu.spoil(_emu.PINS_STALE)
        else:
            raise ValueError("Pin mode %r is not emulated; use IN or OUT" % mode)

    def value(self, level: object = None) -> int | None:
        """The level, or set it; an output that has the level already is left alone."""
        if level is None:
            if self._is_output and not _emu.pio_mask >> self.number & 1:
                return self._level
            if _emu.stale_mask:
                _emu.refresh(_emu.PINS_STALE)
            return reply[_IN_LEVELS] >> self.number & 1
        level = 1 if level else 0
        if level != self._level:
            self._level = level
            if self._is_output:
                operate(OP_PIN_OUT, self.number | level << 8)
        return None

    __call__ = value

    def on(self) -> None:
        """Drive high."""
        self.value(1)

    def off(self) -> None:
        """Drive low."""
        self.value(0)

    high = on
    low = off

    def toggle(self) -> None:
        """Drive the other level."""
        self.value(1 - self._level)

    def irq(self, handler: object = None, trigger: int = 12, *, hard: bool = False) -> object:
        """Call `handler(pin)` on these edges, seen at most a millisecond late; None ends it."""
        from _timer import Watch

        if self._watch is not None:
            self._watch.end()
        self._watch = Watch(self, handler, trigger)
        if handler is None:
            self._watch.end()
        return self._watch


class PWM:
    """Square wave on a pin."""

    def __init__(self, dest: object, *, freq: int = 0, duty_u16: int = 0) -> None:
        """Start with that frequency (Hz) and duty (0 to 65535)."""
        self._number = gpio(dest)
        self._freq_hz = 0
        self._duty_u16 = 0
        self._set(freq, duty_u16)

    def _set(self, freq_hz: int, duty_u16: int) -> None:
        if freq_hz and not 8 <= freq_hz <= 62_500_000:
            raise ValueError("freq %d is outside 8 to 62500000 Hz" % freq_hz)
        if not 0 <= duty_u16 <= 65535:
            raise ValueError("duty_u16 %d is outside 0 to 65535" % duty_u16)
        if freq_hz != self._freq_hz or duty_u16 != self._duty_u16:
            self._freq_hz = freq_hz
            self._duty_u16 = duty_u16
            operate_with(OP_PWM, self._number, freq_hz, duty_u16)

    def init(self, *, freq: int = 0, duty_u16: int = 0) -> None:
        """Start again with that frequency and duty."""
        self._set(freq, duty_u16)

    def freq(self, value: int | None = None) -> int | None:
        """The frequency in Hz, or set it."""
        if value is None:
            return self._freq_hz
        self._set(value, self._duty_u16)
        return None

    def duty_u16(self, value: int | None = None) -> int | None:
        """The duty, 0 to 65535, or set it."""
        if value is None:
            return self._duty_u16
        self._set(self._freq_hz, value)
        return None

    def deinit(self) -> None:
        """Release the pin."""
        self._set(0, 0)


class ADC:
    """Analogue input, or the controller's own temperature."""

    CORE_TEMP = CORE_TEMP

    def __init__(self, pin: object) -> None:
        """The board samples that pin, or input of the converter, from now on."""
        number = pin.number if isinstance(pin, Pin) else analogue(pin)
        if number == ADC_TEMPERATURE:
            self._word = IN_ADC_TEMPERATURE
        elif _FIRST_ADC_PAD <= number <= _LAST_ADC_PAD:
            self._word = IN_ADC + number - _FIRST_ADC_PAD
        else:
            raise ValueError("pin %r has no ADC; take an analogue input" % (name(number),))
        operate(OP_ADC, number)
        _emu.spoil(_emu.PINS_STALE)

    def read_u16(self) -> int:
        """The level now, 0 to 65535; twelve bits wide, as rp2 scales them."""
        if _emu.stale_mask:
            _emu.refresh(_emu.PINS_STALE)
        return reply[self._word]
