"""Which record of the journal is written where, and which is the newest after a reset.

A ring of 32-byte records, the oldest overwritten first: sequence number s lies in slot s modulo
the number of slots. A write that the power cuts short harms the slot of the oldest record only,
which therefore no longer counts once the ring is full.
"""

from pumpcore._compat import const
from pumpcore.journal_record import (
    MAX_SEQUENCE,
    NO_CHAIN,
    RECORD_BYTES,
    Writer,
    decode,
    is_whole,
)
from pumpcore.memory import JOURNAL_ADDRESS, Memory, is_blank

_BLANK = const(-1)
_DAMAGED = const(-2)


class Journal:
    """Room for `capacity_count` records; `oldest_sequence()` to `next_sequence` - 1 are there."""

    def __init__(self, memory: Memory) -> None:
        """Not read yet."""
        self.capacity_count = (memory.size_bytes - JOURNAL_ADDRESS) // RECORD_BYTES
        self.next_sequence = 0
        # Records were found damaged when the newest was looked for.
        self.is_damaged = False
        self._memory = memory
        self._writer = Writer()
        self._probe = bytearray(RECORD_BYTES)

    def open(self) -> None:
        """Find the newest record: 12 reads, or a read of every slot if one of them is damaged."""
        self.is_damaged = False
        newest = self._newest_by_halves()
        if newest == _DAMAGED:
            self.is_damaged = True
            newest = self._newest_of_all()
        self.next_sequence = newest + 1
        if newest >= 0:
            self._sequence_at(newest % self.capacity_count)
            self._writer.continue_from(decode(self._probe).chain)
        else:
            self._writer.continue_from(NO_CHAIN)

    def oldest_sequence(self) -> int:
        """The oldest record that no torn write can have harmed."""
        return max(0, self.next_sequence - self.capacity_count + 1)

    def append(
        self,
        boot_count: int,
        tick_count: int,
        clock_s: int,
        kind: int,
        code: int,
        value: int,
        bound: int,
    ) -> None:
        """Write one record; OSError leaves the journal as it was, and the next try overwrites."""
        writer = self._writer
        sequence = self.next_sequence
        writer.make(sequence, boot_count, tick_count, clock_s, kind, code, value, bound)
        self._memory.write(self._address(sequence % self.capacity_count), writer.buffer)
        writer.advance()
        self.next_sequence = (sequence + 1) & MAX_SEQUENCE

    def read_into(self, sequence: int, buffer: bytearray) -> None:
        """The 32 bytes where that record lies, as they are."""
        self._memory.read_into(self._address(sequence % self.capacity_count), buffer)

    def _address(self, slot: int) -> int:
        return JOURNAL_ADDRESS + slot * RECORD_BYTES

    def _sequence_at(self, slot: int) -> int:
        probe = self._probe
        self._memory.read_into(self._address(slot), probe)
        if is_blank(probe):
            return _BLANK
        if not is_whole(probe):
            return _DAMAGED
        sequence = decode(probe).sequence
        return sequence if sequence % self.capacity_count == slot else _DAMAGED

    def _newest_by_halves(self) -> int:
        """From slot 0 on sequences rise by one up to the newest; what is behind it is older."""
        first = self._sequence_at(0)
        if first < 0:
            return first
        low = 0
        high = self.capacity_count
        while high - low > 1:
            middle = (low + high) // 2
            sequence = self._sequence_at(middle)
            if sequence == _DAMAGED:
                return _DAMAGED
            if sequence == first + middle:
                low = middle
            else:
                high = middle
        return first + low

    def _newest_of_all(self) -> int:
        newest = _BLANK
        for slot in range(self.capacity_count):
            newest = max(newest, self._sequence_at(slot))
        return newest
