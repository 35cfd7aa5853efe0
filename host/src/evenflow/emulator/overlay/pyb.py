"""MicroPython's `pyb` as an encoder's counter needs it: timers.

Shapes and meanings are those of MicroPython's documentation. It is there on an STM32 alone.
"""

from _emu import reply
from _layout_stm32 import IN_KIND, KIND_STM32

if reply[IN_KIND] != KIND_STM32:
    raise ImportError("no module named 'pyb'")

from _timers_stm32 import Timer

__all__ = ["Timer"]
