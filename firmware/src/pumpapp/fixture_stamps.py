"""Which stamps the host is told, in messages of up to forty."""

from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.fixture.messages import STAMP_WORDS

if TYPE_CHECKING:
    from pumpboard.rp2.fixture_board import FixtureBoard

_WORD_BYTES = const(4)
_PART_BYTES = const(64)
# Passes that a few stamps wait for company.
_MOST_PASSES = const(4)


class Teller:
    """Stands between the ring and the line; what the line cannot take in time is lost, counted."""

    def __init__(self, board: "FixtureBoard") -> None:
        """Tells nothing."""
        self.is_capturing = False
        self.lost_count = 0
        self._capture = board.capture
        self._first = 0
        self._next = 0
        self._end = 0
        self._passes = 0
        self._words = bytearray(_WORD_BYTES * STAMP_WORDS)

    @property
    def stamp_count(self) -> int:
        """Stamps of this capture, the last before it began included."""
        return (self._capture.made_count if self.is_capturing else self._end) - self._first

    def set_capturing(self, *, is_on: bool) -> None:
        """Begin with the last stamp that there is, or end with it."""
        if is_on == self.is_capturing:
            return
        self.is_capturing = is_on
        self._capture.update()
        made = self._capture.made_count
        if is_on:
            self._first = self._next = max(0, made - 1)
            self.lost_count = 0
        else:
            self._end = made

    def take(self, values: list) -> bool:
        """Fill in the fields of the next message; False if none is due."""
        capture = self._capture
        end = capture.made_count if self.is_capturing else self._end
        oldest = min(capture.oldest(), end)
        if oldest > self._next:
            self.lost_count += oldest - self._next
            self._next = oldest
        waiting = end - self._next
        if not waiting:
            self._passes = 0
            return False
        self._passes += 1
        if waiting < STAMP_WORDS and self.is_capturing and self._passes < _MOST_PASSES:
            return False
        self._passes = 0
        count = min(waiting, STAMP_WORDS)
        self._copy(count)
        values[0] = self._next - self._first
        values[1] = count
        for part in range(2):
            values[2 + part] = bytes(self._words[_PART_BYTES * part : _PART_BYTES * (part + 1)])
        values[4] = bytes(self._words[2 * _PART_BYTES :])
        self._next += count
        return True

    def _copy(self, count: int) -> None:
        words = self._words
        at = 0
        for index in range(self._next, self._next + count):
            word = self._capture.word(index)
            for _ in range(_WORD_BYTES):
                words[at] = word & 0xFF
                word >>= 8
                at += 1
