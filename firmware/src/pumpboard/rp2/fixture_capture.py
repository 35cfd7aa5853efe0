"""Stamps of the pump's signals: a state machine makes them, DMA carries them into a ring.

The ring is filled without the processor, so that a slow pass of the loop costs nothing until it is
full. What was overwritten unread is counted.
"""

import rp2
from machine import Pin, mem32
from uctypes import addressof

from pumpboard.rp2 import fixture_programs
from pumpcore._compat import Any, const

_RING_WORDS = const(2048)
RING_BYTES = const(8192)
# May be overwritten while somebody reads.
_MARGIN_WORDS = const(128)
_RING_BITS = const(13)
# More than comes in two days at the line's rate; a small integer.
_TRANSFERS = const(0x3FFFFFFF)
_MACHINE = const(0)
_DREQ_PIO0_RX0 = const(4)
# PIO 0's FDEBUG: a state machine's RXSTALL is set, too, when a push that does not wait was lost
# (RP2040 datasheet, 3.7).
_FDEBUG = const(0x50200008)
_RX_STALL = const(1)


class Capture:
    """Words of `step_stamp` in the order in which they came."""

    def __init__(self, step_pin: int) -> None:
        """Run from now on, on three pins in a row."""
        for pin in range(step_pin, step_pin + 3):
            # A wire that is off reads low: no step, no power.
            Pin(pin, Pin.IN, Pin.PULL_DOWN)
        # DMA wraps at a multiple of the ring's size.
        room = bytearray(2 * RING_BYTES)
        start = -addressof(room) % RING_BYTES
        # Stamps, little-endian; a stamp's levels are in the upper bits of its last byte.
        self.ring = memoryview(room)[start : start + RING_BYTES]
        self._machine = rp2.StateMachine(
            _MACHINE,
            fixture_programs.step_stamp,
            freq=fixture_programs.STAMP_HZ,
            in_base=Pin(step_pin),
        )
        # The stubs lack its attribute `count`.
        self._dma: Any = rp2.DMA()
        control = self._dma.pack_ctrl(
            inc_read=False,
            inc_write=True,
            ring_sel=True,
            ring_size=_RING_BITS,
            treq_sel=_DREQ_PIO0_RX0 + _MACHINE,
        )
        self._dma.config(
            read=self._machine, write=self.ring, count=_TRANSFERS, ctrl=control, trigger=True
        )
        # Stamps since the start.
        self.made_count = 0

    def start(self) -> None:
        """The clock of the stamps begins."""
        self._machine.active(1)

    def update(self) -> None:
        """See how far the ring is filled."""
        self.made_count = _TRANSFERS - self._dma.count

    def oldest(self) -> int:
        """The number of the oldest stamp that the ring still holds for some time."""
        return max(0, self.made_count - _RING_WORDS + _MARGIN_WORDS)

    def has_stalled(self) -> bool:
        """Whether the state machine itself has ever lost a stamp."""
        return bool(mem32[_FDEBUG] & _RX_STALL)
