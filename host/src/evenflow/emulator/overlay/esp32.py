"""MicroPython's `esp32` as a pump needs it: PCNT, RMT and the chip's temperature.

Shapes and meanings are those of MicroPython's documentation. It is there on an esp32 alone.
"""

import _emu
from _emu import operate, reply
from _layout import ADC_TEMPERATURE, IN_ADC_TEMPERATURE, OP_ADC
from _layout_esp32 import IN_KIND, KIND_ESP32
from _pcnt import PCNT
from _rmt import RMT

__all__ = ["PCNT", "RMT", "mcu_temperature"]

if reply[IN_KIND] != KIND_ESP32:
    raise ImportError("no module named 'esp32'")

_is_sampled = False


def mcu_temperature() -> int:
    """Of the chip, in whole degrees Celsius."""
    global _is_sampled
    if not _is_sampled:
        _is_sampled = True
        operate(OP_ADC, ADC_TEMPERATURE)
        _emu.spoil(_emu.PINS_STALE)
    if _emu.stale_mask:
        _emu.refresh(_emu.PINS_STALE)
    celsius = reply[IN_ADC_TEMPERATURE]
    return celsius - (celsius >> 31 << 32)
