"""From a pattern to local times: induction by days of the week, then maintenance by intervals.

Local times stay through changes of the clocks; whether that leaves enough hours is judged after.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from evenflow.errors import Refused

Phase = Literal["induction", "maintenance"]
INDUCTION: Final = "induction"
MAINTENANCE: Final = "maintenance"
AS_NEEDED = "as needed"
# Days after the start, and after how many days they come again.
PATTERNS = {
    "twice-a-week": ((0, 3), 7),
    "three-a-week": ((0, 2, 4), 7),
    "every-other-day": ((0,), 2),
    "daily": ((0,), 1),
    "weekly": ((0,), 7),
}
MAX_SESSIONS = 100
MAX_INDUCTION = 12
_MAX_INTERVAL = 12
_WORDS = {"weekly": "1 week", "fortnightly": "2 weeks", "monthly": "1 month"}
_PART = re.compile(r"(\d{1,2}) (week|month)s? x (\d{1,3})")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Interval:
    """So many sessions, each so many weeks or months after the one before."""

    count: int
    weeks: int
    months: int


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What follows induction: intervals, and whether more may be asked for after them."""

    text: str
    intervals: tuple[Interval, ...]


def read_maintenance(text: str) -> Maintenance:
    """Of "2 weeks x 4", "as needed", or several such parts with commas; or Refused."""
    intervals = []
    parts = [part.strip() for part in text.split(",")]
    for index, part in enumerate(parts):
        if part == AS_NEEDED and index == len(parts) - 1:
            continue
        word, times, count = part.partition(" x ")
        found = _PART.fullmatch(_WORDS.get(word, word) + times + count)
        if found is None:
            reason = f"maintenance {part!r} is not understood"
            hint = (
                'write "2 weeks x 4", "monthly x 6" or "as needed", several with commas; '
                '"as needed" comes last'
            )
            raise Refused("maintenance", reason, hint)
        every, unit, sessions = int(found[1]), found[2], int(found[3])
        if not (1 <= every <= _MAX_INTERVAL and 1 <= sessions <= MAX_SESSIONS):
            reason = f"maintenance {part!r} is outside 1 to {_MAX_INTERVAL} {unit}s"
            hint = f"and outside 1 to {MAX_SESSIONS} sessions; correct it"
            raise Refused("maintenance", reason, hint)
        is_week = unit == "week"
        intervals.append(Interval(sessions, every * is_week, every * (not is_week)))
    return Maintenance(text, tuple(intervals))


def local_times(
    start: datetime, pattern: str, sessions: int, maintenance: Maintenance
) -> Iterator[tuple[Phase, datetime]]:
    """Phase and naive local time of each session, in their order; Refused if it cannot be."""
    if not 1 <= sessions <= MAX_INDUCTION:
        reason = f"{sessions} sessions of induction are outside 1 to {MAX_INDUCTION}"
        raise Refused("sessions", reason, "four to eight are usual")
    total = sessions + sum(one.count for one in maintenance.intervals)
    if total > MAX_SESSIONS:
        reason = f"{total} sessions are more than a course has ({MAX_SESSIONS})"
        raise Refused("sessions", reason, "plan the next course when this one ends")
    offsets, period = PATTERNS[pattern]
    last = start
    for index in range(sessions):
        rounds, place = divmod(index, len(offsets))
        last = start + timedelta(days=rounds * period + offsets[place])
        yield INDUCTION, last
    for interval in maintenance.intervals:
        base = last
        for index in range(1, interval.count + 1):
            last = _months_after(base, index * interval.months)
            last += timedelta(weeks=index * interval.weeks)
            yield MAINTENANCE, last


def _months_after(base: datetime, months: int) -> datetime:
    years, month = divmod(base.month - 1 + months, _MONTHS)
    try:
        return base.replace(year=base.year + years, month=month + 1)
    except ValueError as none_such:
        reason = f"a month has no day {base.day}: maintenance by months from {base.date()}"
        hint = "choose another start, or intervals of four weeks"
        raise Refused("no_such_day", reason, hint) from none_such
