"""MicroPython's `esp32` as an encoder's counter and a pulse train need it: PCNT and RMT.

Shapes and meanings are those of MicroPython's documentation. It is there on an esp32 alone.
"""

from _emu import reply
from _layout_esp32 import IN_KIND, KIND_ESP32
from _pcnt import PCNT
from _rmt import RMT

__all__ = ["PCNT", "RMT"]

if reply[IN_KIND] != KIND_ESP32:
    raise ImportError("no module named 'esp32'")
