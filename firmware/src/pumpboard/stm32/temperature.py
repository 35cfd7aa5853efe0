"""The controller's own sensor, told as an RP2040 would tell it.

An STM32F767 keeps two readings of its own at 3.3 V, taken at 30 and at 110 degrees when it was
made (DS11532, 6.3.25); the offset of the sensor differs by up to 45 degrees from one chip to the
next. On the RP2040's scale (its datasheet, 4.9.5: 0.706 V at 27 degrees, -1.721 mV a degree) that
is from 13,918 down by 2,734 of 65,536 parts of 3.3 V.
"""

import stm
from machine import ADC

from pumpcore._compat import const

_AT_30_DEGREES = const(0x1FF0F44C)
_AT_110_DEGREES = const(0x1FF0F44E)
_TOLD_AT_30_DEGREES = const(13_918)
_TOLD_SPAN = const(2_734)
# It converts with twelve bits.
_SHIFT = const(4)


class CoreTemperature:
    """Its two readings are looked at once."""

    def __init__(self) -> None:
        """ValueError if the chip has lost what it was given when it was made."""
        self._adc = ADC(ADC.CORE_TEMP)
        self._low = stm.mem16[_AT_30_DEGREES]
        self._span = stm.mem16[_AT_110_DEGREES] - self._low
        if self._span <= 0:
            raise ValueError("temperature: the chip's own calibration is spoilt")

    def read_u16(self) -> int:
        """On the scale of the RP2040's sensor."""
        above = (self._adc.read_u16() >> _SHIFT) - self._low
        return _TOLD_AT_30_DEGREES - above * _TOLD_SPAN // self._span
