"""A value in two slots, written in turn: the power may fail at any byte and one of them holds.

Each slot starts with the layout's version and a generation that counts writes, and ends with the
CRC-32 of what is before it. The newest slot that is whole is the value.
"""

from pumpcore._compat import const
from pumpcore.memory import Memory, get, is_blank, put
from pumpcore.wire.frame import write_crc

VERSION = const(1)
# Where the content begins: after version and generation.
CONTENT = const(5)
_CRC_BYTES = const(4)
# What 32-bit small integers hold; at a write a second this lasts 34 years.
MAX_GENERATION = const(0x3FFFFFFF)


class TwinSlot:
    """`buffer[CONTENT:-4]` is the content; `generation` is 0 until something was written."""

    def __init__(self, memory: Memory, address: int, slot_bytes: int, content_bytes: int) -> None:
        """The slots are `slot_bytes` apart, the first at `address`."""
        self.buffer = bytearray(CONTENT + content_bytes + _CRC_BYTES)
        self.generation = 0
        # No slot is whole, and one was never written.
        self.is_blank = False
        self._memory = memory
        self._address = address
        self._slot_bytes = slot_bytes

    def load(self) -> bool:
        """Read the newest whole slot into `buffer`; False if there is none."""
        first = self._read(0)
        second = self._read(1)
        self.generation = max(first, second, 0)
        self.is_blank = self.generation == 0 and (first < 0 or second < 0)
        if self.generation == 0:
            for index in range(len(self.buffer)):
                self.buffer[index] = 0
            return False
        return self._read(self.generation & 1) > 0

    def store(self) -> None:
        """Write `buffer` over the older slot; OSError leaves the newer one the value."""
        buffer = self.buffer
        generation = self.generation + 1
        end = len(buffer) - _CRC_BYTES
        buffer[0] = VERSION
        put(buffer, 1, generation, 4)
        write_crc(buffer, 0, end, end)
        self._memory.write(self._address + (generation & 1) * self._slot_bytes, buffer)
        self.generation = generation

    def _read(self, slot: int) -> int:
        """The slot's generation; 0 if it is not whole or in the other's place, -1 if blank."""
        buffer = self.buffer
        self._memory.read_into(self._address + slot * self._slot_bytes, buffer)
        if is_blank(buffer):
            return -1
        end = len(buffer) - _CRC_BYTES
        check = bytes(buffer[end:])
        write_crc(buffer, 0, end, end)
        if buffer[0] != VERSION or buffer[end:] != check:
            return 0
        generation = get(buffer, 1, 4)
        return generation if generation & 1 == slot and generation <= MAX_GENERATION else 0
