"""Which stamps the host is told, in messages of up to forty."""

from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.fixture.endpoint import STAMPS_AT, FixtureEndpoint
from pumpcore.fixture.messages import STAMP_WORDS

if TYPE_CHECKING:
    from pumpboard.rp2.fixture_board import FixtureBoard

_WORD_BYTES = const(4)
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

    def write(self, endpoint: FixtureEndpoint) -> int:
        """Put the next message into the endpoint's `outgoing`; its length, 0 if none is due."""
        capture = self._capture
        end = capture.made_count if self.is_capturing else self._end
        oldest = min(capture.oldest(), end)
        if oldest > self._next:
            self.lost_count += oldest - self._next
            self._next = oldest
        waiting = end - self._next
        if not waiting:
            self._passes = 0
            return 0
        self._passes += 1
        if waiting < STAMP_WORDS and self.is_capturing and self._passes < _MOST_PASSES:
            return 0
        self._passes = 0
        count = min(waiting, STAMP_WORDS)
        self._copy(endpoint.outgoing, _WORD_BYTES * count)
        first_index = self._next - self._first
        self._next += count
        return endpoint.write_stamps(first_index, count)

    def _copy(self, target: bytearray, count: int) -> None:
        """So many bytes of the ring, which may go on at its beginning."""
        ring = self._capture.ring
        start = _WORD_BYTES * self._next & len(ring) - 1
        here = min(count, len(ring) - start)
        target[STAMPS_AT : STAMPS_AT + here] = ring[start : start + here]
        if here < count:
            target[STAMPS_AT + here : STAMPS_AT + count] = ring[: count - here]
