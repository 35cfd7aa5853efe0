"""What outlives the power: how it is reached, and what lies where in it.

The memory is an FRAM: written by the byte, at bus speed, without erasing, 10^13 times and more
(Fujitsu MB85RC256V, Infineon FM24W256). A write that the power cuts short leaves a prefix of what
was written, and whatever was there before behind it.
"""

from pumpcore._compat import Protocol


class Memory(Protocol):
    """Bytes that stay."""

    size_bytes: int

    def read_into(self, address: int, buffer: bytearray) -> None:
        """Fill the buffer from `address` on; OSError if the chip does not answer."""

    def write(self, address: int, buffer: bytearray) -> None:
        """Write the whole buffer from `address` on; OSError if the chip does not answer."""


# Two slots of the check-point, two of the ledger, two of the sessions, then the journal: 1,001
# records in 32 KiB (requirement LOG-03).
CHECKPOINT_ADDRESS = 0
CHECKPOINT_SLOT_BYTES = 80
LEDGER_ADDRESS = 160
LEDGER_SLOT_BYTES = 104
SESSIONS_ADDRESS = 368
SESSIONS_SLOT_BYTES = 184
JOURNAL_ADDRESS = 736
MIN_SIZE_BYTES = 32_768


def put(buffer: bytearray, offset: int, value: int, size: int) -> int:
    """Write `value` in `size` bytes, little-endian, two's complement; the offset after them."""
    for at in range(offset, offset + size):
        buffer[at] = value & 0xFF
        value >>= 8
    return offset + size


def get(buffer: bytes | bytearray, offset: int, size: int) -> int:
    """The integer of `size` bytes from `offset` on, little-endian, not negative."""
    value = 0
    for at in range(offset + size - 1, offset - 1, -1):
        value = value << 8 | buffer[at]
    return value


def get_signed(buffer: bytes | bytearray, offset: int) -> int:
    """The integer of four bytes, little-endian, two's complement."""
    value = get(buffer, offset, 4)
    return value - 0x100000000 if value & 0x80000000 else value


def is_blank(buffer: bytes | bytearray) -> bool:
    """Never written: all zeros or all ones, as chips are delivered."""
    return not any(buffer) or buffer == b"\xff" * len(buffer)
