"""An I2S transmitter at STEP: DMA moves parts of its buffer, and silence when there is none.

A bit lasts a microsecond of the controller's own time. Parts follow each other without a gap from
the moment that the transmitter runs, so that what is written to an idle one begins with the next
part.
"""

from collections import deque

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.overlay._layout_stream import FRAME_BYTES

_NS_PER_US = 1_000
_NS_PER_BIT = 1_000
_BITS_A_BYTE = 8
_BITS_A_FRAME = 8 * FRAME_BYTES
# ESP-IDF's channel moves 256 frames (DMA_BUF_LEN_IN_I2S_FRAMES of MicroPython's esp32 port); the
# stm32 port's a half of 256 bytes (SIZEOF_HALF_DMA_BUFFER_IN_BYTES).
PART_BYTES = {"esp32": 1_024, "stm32": 128}
# Whose buffer keeps what it held when it was closed, and is sent once more when it is opened.
KEEPS = {"esp32": False, "stm32": True}
_KEPT_PARTS = 2


class BitStream:
    """What is sent at one pad."""

    def __init__(self, pad: int, buffer_bytes: int, part_bytes: int, now_ns: int) -> None:
        """Silent, from now on."""
        self.pad = pad
        # How often a write found the transmitter idle.
        self.gap_count = 0
        self._buffer_bytes = buffer_bytes
        self._part_bytes = part_bytes
        self._since_ns = now_ns
        self._free_at_ns = now_ns
        self._edges_at_ns: deque[int] = deque()
        self._level = 0
        # Of the last writes, as far as a buffer that is closed could still hold them.
        self._sent_at_ns: deque[int] = deque()

    def keep(self, now_ns: int) -> list[int]:
        """When after its opening the buffer's edges would come again: ns."""
        part_ns = self._part_bytes * _BITS_A_BYTE * _NS_PER_BIT
        begun_ns = now_ns - (now_ns - self._since_ns) % part_ns
        held = (at for at in (*self._sent_at_ns, *self._edges_at_ns))
        return [at - begun_ns for at in held if begun_ns <= at < begun_ns + _KEPT_PARTS * part_ns]

    def repeat(self, spans_ns: list[int]) -> None:
        """Send what an earlier one has left in the buffer."""
        self._edges_at_ns.extend(self._since_ns + span_ns for span_ns in spans_ns)

    @property
    def is_idle(self) -> bool:
        """No edge is to come."""
        return not self._edges_at_ns

    def reading(self, now_ns: int) -> int:
        """What the reply tells: us until all is sent, rounded up."""
        return max(0, -(-(self._free_at_ns - now_ns) // _NS_PER_US))

    def write(self, byte_count: int, frames: list[tuple[int, int]], now_ns: int) -> None:
        """Append bytes; `frames` are those with a one: index, and 32 bits, the first one high."""
        if byte_count % self._part_bytes:
            raise EmulationError(
                f"I2S: {byte_count} bytes were written, which is no multiple of the "
                f"{self._part_bytes} that its DMA moves: what waits in a part may be sent in two",
                "write whole parts",
            )
        if self._free_at_ns < now_ns:
            self.gap_count += 1
            self._level = 0
            part_ns = self._part_bytes * _BITS_A_BYTE * _NS_PER_BIT
            parts = -(-(now_ns - self._since_ns) // part_ns)
            self._free_at_ns = self._since_ns + parts * part_ns
        following = 0
        for index, bits in frames:
            if index != following:
                self._level = 0
            following = index + 1
            self._lay(self._free_at_ns + index * _BITS_A_FRAME * _NS_PER_BIT, bits)
        if following * FRAME_BYTES != byte_count:
            self._level = 0
        self._free_at_ns += byte_count * _BITS_A_BYTE * _NS_PER_BIT

    def run(self, until_ns: int, edges_at_ns: list[int]) -> None:
        """Append the moments before `until_ns` at which the pad rises."""
        pending = self._edges_at_ns
        while pending and pending[0] < until_ns:
            at_ns = pending.popleft()
            self._sent_at_ns.append(at_ns)
            edges_at_ns.append(at_ns)
        part_ns = self._part_bytes * _BITS_A_BYTE * _NS_PER_BIT
        while self._sent_at_ns and self._sent_at_ns[0] < until_ns - _KEPT_PARTS * part_ns:
            self._sent_at_ns.popleft()

    def _lay(self, at_ns: int, bits: int) -> None:
        for place in range(_BITS_A_FRAME):
            level = bits >> (_BITS_A_FRAME - 1 - place) & 1
            if level and not self._level:
                self._edges_at_ns.append(at_ns + place * _NS_PER_BIT)
            self._level = level
