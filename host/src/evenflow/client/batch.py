"""Telemetry that came in together: cheap to hand on, dressed as records only where asked."""

from collections.abc import Iterator
from operator import itemgetter

from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT, telemetry_record
from evenflow.client.records import Telemetry

Row = tuple[int, ...]

_COLUMNS = LAYOUTS[TELEMETRY_IDENT].columns
_TICK = _COLUMNS["tick_count"]
_ELAPSED = _COLUMNS["elapsed_us"]
_LAST_REQUEST = _COLUMNS["last_request_id"]
# What a person is told of when it changes.
_watched = itemgetter(
    *(
        _COLUMNS[name]
        for name in (
            "state",
            "stop_reason",
            "alarms_low",
            "alarms_high",
            "checklist",
            "programme_number",
        )
    )
)


class Batch:
    """Whole frames as they came, without the zero, and their rows; oldest first."""

    __slots__ = ("frames", "rows")

    def __init__(self) -> None:
        """Empty."""
        self.frames: list[bytes] = []
        self.rows: list[Row] = []

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Telemetry]:
        return (telemetry_record(row) for row in self.rows)

    def record(self, index: int) -> Telemetry:
        """The record at that place; negative counts from the end."""
        return telemetry_record(self.rows[index])

    def tick_count(self, index: int) -> int:
        """The tick at that place; negative counts from the end."""
        return self.rows[index][_TICK]

    def gaps(self, before: Row | None) -> list[tuple[int, int]]:
        """Where ticks are missing: (index, how many); negative where the device counts anew."""
        first = self.rows[0][_TICK]
        last = first - 1 if before is None else before[_TICK]
        if self.rows[-1][_TICK] - last == len(self.rows):
            return []
        places = []
        for index, row in enumerate(self.rows):
            missing = row[_TICK] - last - 1
            if missing:
                places.append((index, missing))
            last = row[_TICK]
        return places

    def elapsed_us(self, start: int = 0, end: int | None = None) -> int:
        """Device time of the rows from `start` to before `end` together."""
        rows = self.rows[start:end]
        low = sum([row[_ELAPSED] for row in rows])
        return low + (sum([row[_ELAPSED + 1] for row in rows]) << 16)

    def has_request(self, request_id: int) -> bool:
        """Whether any row names that request as the last one taken up."""
        return any(row[_LAST_REQUEST] == request_id for row in self.rows)

    def changes(self, before: Row | None) -> list[int]:
        """Where state, stop reason, alarms, checklist or programme differ from the row before.

        `before` is the last row of the batch before; None makes the first row a change.
        """
        last = None if before is None else _watched(before)
        places = []
        for index, row in enumerate(self.rows):
            now = _watched(row)
            if now != last:
                places.append(index)
                last = now
        return places
