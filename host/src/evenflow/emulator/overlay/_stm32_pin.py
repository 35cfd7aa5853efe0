"""Pins of an STM32: alternate functions, and a temperature on a scale of its own."""

import _pin
from _layout import IN_ADC_TEMPERATURE
from _layout_stm32 import AT_30_DEGREES, AT_110_DEGREES, TOLD_AT_30_DEGREES, TOLD_SPAN

_MOST_FUNCTIONS = 15
# Alternate function of each pad that has one.
alternates = {}


class Pin(_pin.Pin):
    """As any, and one that a block of the controller takes."""

    ALT = 2
    OPEN_DRAIN = 17

    def __init__(
        self,
        id: object,
        mode: int | None = None,
        pull: int | None = None,
        *,
        value: object = None,
        alt: int = -1,
    ) -> None:
        """As documented; `alt` is the number of the function."""
        super().__init__(id)
        self.init(mode, pull, value=value, alt=alt)

    def init(
        self,
        mode: int | None = None,
        pull: int | None = None,
        *,
        value: object = None,
        alt: int = -1,
    ) -> None:
        """Set direction or function and pull, or leave all as it is."""
        if mode is None:
            return
        alternates.pop(self.number, None)
        if mode != self.ALT:
            super().init(mode, pull, value=value)
            return
        if not 0 <= alt <= _MOST_FUNCTIONS:
            raise ValueError("Pin: alt %r is outside 0 to %d" % (alt, _MOST_FUNCTIONS))
        super().init(self.IN, pull)
        alternates[self.number] = alt


class ADC(_pin.ADC):
    """Analogue input, or the controller's own temperature."""

    def read_u16(self) -> int:
        """The level now, 0 to 65535; twelve bits wide, repeated in the lowest four."""
        told = super().read_u16()
        if self._word != IN_ADC_TEMPERATURE:
            return told
        span = AT_110_DEGREES - AT_30_DEGREES
        raw = AT_30_DEGREES + (TOLD_AT_30_DEGREES - told) * span // TOLD_SPAN
        return raw << 4 | raw >> 8
