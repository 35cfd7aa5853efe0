"""Hears all that a pump says while a test runs: what was lost of it, and which alarms there were.

Telemetry has one frame a tick, without a gap, so that what is missing can be counted. An alarm
that a test did not expect is a finding, though it was acknowledged and is over when the test ends.
"""

from collections.abc import Collection

from evenflow.client.batch import Batch, Row
from evenflow.client.exchange import Sent
from evenflow.client.pump import Pump
from evenflow.client.stream import Item
from evenflow.errors import CheckFailed

# Every infusion that is given to its end has them.
ORDINARY_ALARMS = ("near_end", "end_of_infusion")


class Witness:
    """From its making on."""

    def __init__(self, pump: Pump) -> None:
        """Listen to that pump."""
        self.frame_count = 0
        self.missing_count = 0
        self.alarm_names: set[str] = set()
        self._stream = pump.stream
        self._spoilt_before = pump.stream.error_count
        self._last_tick: int | None = None
        self._last_row: Row | None = None
        self._undo = pump.listen(self._take)

    @property
    def spoilt_count(self) -> int:
        """Frames that came and were none."""
        return self._stream.error_count - self._spoilt_before

    def require_whole(self) -> None:
        """CheckFailed if a frame was lost or spoilt, or if none came at all."""
        if self.missing_count or self.spoilt_count or not self.frame_count:
            reason = (
                f"of {self.frame_count + self.missing_count} frames of telemetry "
                f"{self.missing_count} were lost; {self.spoilt_count} frames were spoilt"
            )
            raise CheckFailed("frames_lost", reason, "check cable, hub and baud rate")

    def require_alarms(self, expected: Collection[str]) -> None:
        """CheckFailed names an alarm that was active and is not one of those."""
        others = sorted(self.alarm_names - {*ORDINARY_ALARMS, *expected})
        if others:
            reason = f"alarms that the test does not expect: {', '.join(others)}"
            raise CheckFailed("unexpected_alarm", reason, "mark the test: alarms(…), or see why")

    def _take(self, item: Item | Sent) -> None:
        if not isinstance(item, Batch):
            return
        first, last = item.tick_count(0), item.tick_count(len(item) - 1)
        expected = last - (first - 1 if self._last_tick is None else self._last_tick)
        self.frame_count += len(item)
        self.missing_count += max(expected - len(item), 0)
        self._last_tick = last
        for index in item.changes(self._last_row):
            self.alarm_names.update(item.record(index).alarm_names)
        self._last_row = item.rows[-1]
