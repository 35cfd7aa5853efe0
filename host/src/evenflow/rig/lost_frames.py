"""Counts what a line lost of a pump's telemetry, which has one frame a tick, without a gap."""

from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.pump import Pump
from evenflow.client.stream import Item
from evenflow.errors import CheckFailed


class LostFrames:
    """From its making on."""

    def __init__(self, pump: Pump) -> None:
        """Listen to that pump."""
        self.missing_count = 0
        self._stream = pump.stream
        self._spoilt_before = pump.stream.error_count
        self._last: int | None = None
        self._undo = pump.listen(self._take)

    @property
    def spoilt_count(self) -> int:
        """Frames that came and were none."""
        return self._stream.error_count - self._spoilt_before

    def forgive(self) -> None:
        """The pump restarted, or the test itself cut the line: count from here."""
        self._last = None
        self.missing_count = 0
        self._spoilt_before = self._stream.error_count

    def require_none(self) -> None:
        """CheckFailed if any frame was lost or spoilt."""
        if self.missing_count or self.spoilt_count:
            reason = f"{self.missing_count} frames of telemetry lost, {self.spoilt_count} spoilt"
            raise CheckFailed("frames_lost", reason, "check cable, hub and baud rate")

    def _take(self, item: Item | Sent) -> None:
        if not isinstance(item, Batch):
            return
        first, last = item.tick_count(0), item.tick_count(len(item) - 1)
        expected = last - (first - 1 if self._last is None else self._last)
        self.missing_count += max(expected - len(item), 0)
        self._last = last
