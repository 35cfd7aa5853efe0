"""The one DMA channel of a fixture: from the RX FIFO of `step_stamp` into a ring, for ever.

On the chip it carries words by itself. Here they wait at the board and come with the replies, as
many as fit at a time, whenever the firmware looks how far the channel is; the ring is written in
order, so that what it holds then is what the chip's would.
"""

import struct

import _emu
from _emu import reply, request
from _layout import IN_I2C, IN_RX_COUNT, OUT_RX_TAKEN
from _state_machine import StateMachine

# The window of the I2C bus, which a fixture has not.
_WINDOW_WORDS = 14
_FIELDS = ("inc_read", "inc_write", "ring_sel", "ring_size", "treq_sel")


class DMA:
    """A channel."""

    def __init__(self) -> None:
        """Not configured."""
        self._machine = None
        self._ring = None
        self._left = 0
        self._at = 0
        self._fields = {}

    def pack_ctrl(self, **fields: int) -> int:
        """Notes the fields; a fixture has one channel and one way to use it."""
        for name in fields:
            if name not in _FIELDS:
                raise TypeError("DMA.pack_ctrl: %s is not emulated on a fixture" % name)
        self._fields = fields
        return 0

    def config(self, *, read: object, write: object, count: int, ctrl: int, trigger: bool) -> None:
        """Begin; ValueError for anything but a whole ring that a state machine fills."""
        if not isinstance(read, StateMachine) or not trigger:
            raise ValueError("DMA: reads a state machine here, from now on")
        fields = self._fields
        request_number = (read.number >> 2) * 8 + (read.number & 3) + 4
        if fields.get("treq_sel") != request_number:
            raise ValueError("DMA: treq_sel is %d for this machine" % request_number)
        if fields.get("inc_read") or not fields.get("inc_write") or not fields.get("ring_sel"):
            raise ValueError("DMA: needs inc_read=False, inc_write=True, ring_sel=True")
        if 1 << fields.get("ring_size", 0) != len(write):
            raise ValueError("DMA: ring_size is not the buffer's")
        self._machine = read
        self._ring = write
        self._left = count

    @property
    def count(self) -> int:
        """Transfers left."""
        machine = self._machine
        shift = machine.number << 2
        slot = IN_RX_COUNT + machine.number
        while machine.rx_fifo() > 0:
            taken = request[OUT_RX_TAKEN] >> shift & 15
            waiting = reply[slot]
            while taken < waiting:
                struct.pack_into("<I", self._ring, self._at, reply[IN_I2C + taken])
                self._at = (self._at + 4) % len(self._ring)
                taken += 1
                self._left -= 1
            request[OUT_RX_TAKEN] = request[OUT_RX_TAKEN] & ~(15 << shift) | taken << shift
            if waiting == _WINDOW_WORDS:
                # There may be more than one reply holds.
                _emu.exchange(0)
        return self._left
