"""MicroPython's `rp2` at the level of FIFO words, as the firmware uses it.

Shapes and meanings are those of MicroPython's documentation. What an emulated board cannot do is
refused by name, never ignored.
"""

from _dma import DMA
from _pio import PIO, asm_pio, asm_pio_encode
from _state_machine import StateMachine

__all__ = ["DMA", "PIO", "StateMachine", "asm_pio", "asm_pio_encode"]
