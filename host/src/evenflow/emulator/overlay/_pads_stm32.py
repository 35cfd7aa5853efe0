"""Pads of an STM32: those that its board file names, and its own sensor by a number."""

from _layout import ADC_TEMPERATURE
from _pads_wired import name, pad

__all__ = ["CORE_TEMP", "analogue", "name", "pad"]

# MicroPython's number of it, ports/stm32/machine_adc.c.
CORE_TEMP = 257


def analogue(source: object) -> int:
    """The pad of what an ADC is made of: a pin, or the controller's own sensor."""
    return ADC_TEMPERATURE if source == CORE_TEMP else pad(source)
