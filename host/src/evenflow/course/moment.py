"""Moments: read and shown in the course's time zone, kept and compared as UTC in whole seconds."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from evenflow.errors import Problem, Refused

FIRST_YEAR = 2020
# The pump's clock counts seconds since 2020-01-01 in small integers, which last until 2054.
LAST_YEAR = 2053
# pumpcore.wall_clock counts from here.
DEVICE_EPOCH = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_EXAMPLE = "write it like 2026-12-01T10:00, local in the course's time zone"
_SHORTEST = len("2026-12-01T10:00")


class InvalidMoment(Refused):
    """A text that is no moment, or a local time that does not exist or exists twice."""

    def __init__(self, where: str, code: str, reason: str, hint: str) -> None:
        """One problem, at its place."""
        problem = Problem(where, code, reason, hint)
        super().__init__(code, f"{where}: {reason}", hint, (problem,))
        self.problem = problem


def zone_of(name: str, where: str = "zone") -> ZoneInfo:
    """The zone of the IANA's list by that name, or InvalidMoment."""
    try:
        if name in _names():
            return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        pass
    hint = "name one of the IANA's list, such as Europe/Berlin or UTC"
    raise InvalidMoment(where, "unknown_zone", f"unknown time zone {name!r}", hint)


@cache
def _names() -> set[str]:
    # Asking for them reads the whole list from the disk.
    return available_timezones()


def read(text: str, zone: ZoneInfo, where: str) -> datetime:
    """The instant of an ISO 8601 text, in UTC; without an offset it is local in the zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or len(text) < _SHORTEST or text[10] not in "T ":
        reason = f"{text!r} is no date with a time"
        raise InvalidMoment(where, "no_moment", reason, _EXAMPLE)
    if found.microsecond:
        reason = f"{text!r} has fractions of a second"
        raise InvalidMoment(where, "too_fine", reason, "write whole seconds")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        reason = f"the year {found.year} is outside {FIRST_YEAR} to {LAST_YEAR}"
        raise InvalidMoment(where, "year_range", reason, "check the date")
    if found.tzinfo is None:
        return localised(found, zone, where)
    return found.astimezone(UTC)


def localised(naive: datetime, zone: ZoneInfo, where: str) -> datetime:
    """The instant of a local time, in UTC; one that the clocks skip or repeat is refused."""
    earlier = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    later = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if earlier == later:
        return earlier
    shown = naive.isoformat(sep=" ", timespec="minutes")
    if earlier.astimezone(zone).replace(tzinfo=None) != naive:
        reason = f"{shown} does not exist in {zone.key}: the clocks are set forward over it"
        raise InvalidMoment(where, "time_skipped", reason, "choose another time of that day")
    reason = f"{shown} comes twice in {zone.key}: the clocks are set back over it"
    choices = " or ".join(local(one, zone) for one in (earlier, later))
    raise InvalidMoment(where, "time_twice", reason, f"write {choices}")


def local(instant: datetime, zone: ZoneInfo) -> str:
    """As in files: 2026-12-01T10:00:00+01:00."""
    return instant.astimezone(zone).isoformat(timespec="seconds")


def utc(instant: datetime) -> str:
    """As in files: 2026-12-01T09:00:00Z."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def words(instant: datetime, zone: ZoneInfo) -> str:
    """For people: Tue 2026-12-01 10:00 CET."""
    at = instant.astimezone(zone)
    seconds = "%H:%M:%S" if at.second else "%H:%M"
    return at.strftime(f"%a %Y-%m-%d {seconds} %Z")


def whole(instant: datetime) -> datetime:
    """In UTC, rounded up to the second, so that no spacing from it is ever short."""
    at = instant.astimezone(UTC)
    return at if not at.microsecond else at.replace(microsecond=0) + timedelta(seconds=1)


def span(length: timedelta) -> str:
    """For people: 23 h, 47 h 55 min, 23 h 59 min 59 s."""
    hours, rest = divmod(int(length.total_seconds()), 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
