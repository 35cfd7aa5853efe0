"""A ferroelectric memory on I2C: MB85RC256V and the like, 16-bit places.

A byte is kept from its acknowledge on (data sheet MB85RC256V, "Byte Write"): no pages, nothing to
erase, no time to wait. What a cut of power interrupts is a prefix of what was to be written.
Transfers are parts of 32 bytes, 0.8 ms, so that each stays within the bus's timeout.
"""

from pumpboard.generic.i2c import I2cBus
from pumpcore._compat import const

PART_BYTES = const(32)
_PLACE_BYTES = const(2)
_PLACE_BITS = const(16)


class Fram:
    """Bytes at places from 0 to `size_bytes`; takes nothing from the heap once it is made."""

    def __init__(self, bus: I2cBus, address: int, size_bytes: int) -> None:
        """Read a byte; `is_alive` tells whether the chip answered to the last transfer."""
        self.size_bytes = size_bytes
        self.is_alive = False
        self._bus = bus
        self._address = address
        # Place, then bytes: a transfer is one buffer.
        self._part = bytearray(_PLACE_BYTES + PART_BYTES)
        whole = memoryview(self._part)
        # One view for each count of bytes; made once, because a slice allocates.
        self._reads = [whole[_PLACE_BYTES : _PLACE_BYTES + n] for n in range(PART_BYTES + 1)]
        self._writes = [whole[: _PLACE_BYTES + n] for n in range(PART_BYTES + 1)]
        try:
            self.read_into(0, bytearray(1))
        except OSError:
            self.is_alive = False

    def read_into(self, address: int, buffer: bytearray) -> None:
        """Fill the buffer from a place on; OSError if the chip does not answer."""
        count = len(buffer)
        self._require(address, count)
        self.is_alive = False
        at = 0
        while at < count:
            view = self._reads[min(PART_BYTES, count - at)]
            self._bus.readfrom_mem_into(self._address, address + at, view, addrsize=_PLACE_BITS)
            for index in range(len(view)):
                buffer[at + index] = view[index]
            at += len(view)
        self.is_alive = True

    def write(self, address: int, buffer: bytearray) -> None:
        """Write the buffer from a place on; OSError if the chip does not answer."""
        count = len(buffer)
        self._require(address, count)
        self.is_alive = False
        part = self._part
        at = 0
        while at < count:
            size = min(PART_BYTES, count - at)
            part[0] = (address + at) >> 8
            part[1] = (address + at) & 0xFF
            for index in range(size):
                part[_PLACE_BYTES + index] = buffer[at + index]
            self._bus.writeto(self._address, self._writes[size])
            at += size
        self.is_alive = True

    def _require(self, address: int, count: int) -> None:
        # The chip would go on at its first byte.
        if address < 0 or address + count > self.size_bytes:
            raise ValueError(
                "memory: %d bytes at %d, but it has %d" % (count, address, self.size_bytes)
            )
