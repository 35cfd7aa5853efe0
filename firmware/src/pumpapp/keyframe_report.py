"""Every ten seconds, and when it is asked for, the kernel's whole state to whoever listens.

It is taken in one tick, and told a part a tick: taking it costs about as much as a tick, and all
of it at once would hold up the line.
"""

from struct import pack_into

from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.kernel import Kernel
from pumpcore.keyframe import Keyframe
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import by_name

if TYPE_CHECKING:
    from pumpcore.keyframe_table import Table

_KEYFRAME = by_name("keyframe")
_SIZE = _KEYFRAME.size_bytes
_LAYOUT = "%ds" % _SIZE
# Ten seconds; the first within the self-test, and none with the therapy's report.
_TICKS = const(500)
_FIRST_TICKS = const(25)
_PART_FIGURES = const(16)
_HEAD_BYTES = const(5)


class KeyframeReport:
    """The state that is being told, and when the next one is due."""

    def __init__(self, kernel: Kernel, table: "Table", layout: int) -> None:
        """None taken."""
        # In this tick; what else takes long waits for another.
        self.is_taken = False
        self._keyframe = Keyframe(kernel, table, layout)
        self._part_count = -(-self._keyframe.count // _PART_FIGURES)
        self._fields = bytearray(_SIZE)
        self._left_ticks = _FIRST_TICKS
        self._tick_count = 0
        self._index = self._part_count

    def ask(self) -> int:
        """Somebody needs one now; they come one after the other. A refusal code, of done."""
        self._left_ticks = 0
        return 0

    def tick(self, tick_count: int, *, is_busy: bool) -> bool:
        """Take the state if it is time and the tick not long already; whether to tell a part."""
        self.is_taken = False
        if self._left_ticks > 0:
            self._left_ticks -= 1
        if self._index < self._part_count:
            return True
        if self._left_ticks > 0 or is_busy:
            return False
        self._keyframe.take()
        self.is_taken = True
        self._left_ticks = _TICKS
        self._tick_count = tick_count
        self._index = 0
        return True

    def write(self, endpoint: Endpoint) -> int:
        """Put the next part into the endpoint's `outgoing`; its length. Makes no objects."""
        fields = self._fields
        pack_into("<IB", fields, 0, self._tick_count, self._index)
        self._pack(self._index * _PART_FIGURES)
        self._index += 1
        return endpoint.write_packed(_KEYFRAME, fields, _LAYOUT)

    def _pack(self, at: int) -> None:
        values = self._keyframe.values
        fields = self._fields
        count = len(values)
        for offset in range(_HEAD_BYTES, _SIZE, 4):
            # As halves: what does not fit is cut. The last part is filled up with zeros.
            value = values[at] if at < count else 0
            at += 1
            pack_into("<HH", fields, offset, value & 0xFFFF, value >> 16 & 0xFFFF)
