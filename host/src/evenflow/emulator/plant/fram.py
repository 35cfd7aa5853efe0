"""MB85RC256V: a ferroelectric memory on I2C, which keeps each byte from its acknowledge on.

A write is two bytes of place, then bytes; a read goes on behind the last one, and behind the end
comes the beginning (data sheet MB85RC256V, "Byte Write", "Sequential Read"). There are no pages,
no erasure, no time to wait, and 10^12 cycles. A cut of power in the middle of a write keeps what
was acknowledged until then. Exact to the byte.
"""

from collections.abc import Callable

_PLACE_BYTES = 2
# The bus's address comes before the place.
_HEAD_BYTES = _PLACE_BYTES + 1


class Fram:
    """Its bytes, through every reset and cut; and how much was ever written."""

    def __init__(self, size_bytes: int, cut_after: Callable[[int], None]) -> None:
        """Zeros, as from the factory; `cut_after` cuts the pump's power after so many ns."""
        self.content = bytearray(size_bytes)
        # Transfers, and bytes in them.
        self.write_count = 0
        self.written_byte_count = 0
        self._cut_after = cut_after
        self._cut_at_byte: int | None = None
        self._place = 0
        # The last write: when its first byte was kept, a byte's time, place, and what was there.
        self._last: tuple[int, int, int, bytes] = (0, 0, 0, b"")

    def cut_power_in(self, byte_number: int) -> None:
        """Cut the pump's power as a byte to come is acknowledged, which is kept: 1 is the next."""
        self._cut_at_byte = self.written_byte_count + byte_number

    def take(self, values: bytes, now_ns: int, byte_ns: int) -> None:
        """A write."""
        size = len(self.content)
        self._place = int.from_bytes(values[:_PLACE_BYTES], "big") % size
        written = values[_PLACE_BYTES:]
        if not written:
            return
        places = [(self._place + index) % size for index in range(len(written))]
        before = bytes(self.content[place] for place in places)
        head_ns = (_HEAD_BYTES + 1) * byte_ns
        self._last = (now_ns + head_ns, byte_ns, self._place, before)
        for place, value in zip(places, written, strict=True):
            self.content[place] = value
        self._place = (self._place + len(written)) % size
        cut_at = self._cut_at_byte
        if cut_at is not None and cut_at <= self.written_byte_count + len(written):
            self._cut_at_byte = None
            self._cut_after(head_ns + (cut_at - self.written_byte_count - 1) * byte_ns)
        self.write_count += 1
        self.written_byte_count += len(written)

    def give(self, count: int, _now_ns: int) -> bytes:
        """A read."""
        size = len(self.content)
        given = bytes(self.content[(self._place + index) % size] for index in range(count))
        self._place = (self._place + count) % size
        return given

    def lose_power(self, now_ns: int) -> None:
        """What of the last write was not acknowledged by now was never written."""
        first_ns, byte_ns, place, before = self._last
        size = len(self.content)
        for index, value in enumerate(before):
            if first_ns + index * byte_ns > now_ns:
                self.content[(place + index) % size] = value
        self._last = (0, 0, 0, b"")
