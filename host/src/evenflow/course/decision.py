"""Whether a session may begin: by the course file, by the pump's ledger, the stricter counts.

The file is what people recorded, by the host's clock. The ledger is what the pump kept of its own
starts, by its own clock, which no host sets: a host's clock that was changed, another time zone, a
second host or a patient under another name do not move it. Spans in the ledger are taken between
two readings of the pump's clock, and laid beside the file as that long before now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from evenflow.course import moment
from evenflow.course.file import Course
from evenflow.course.item import Item
from evenflow.course.record import CLOCKS_AGREE
from evenflow.course.spacing import Judgement, Rules, earliest, judge
from evenflow.errors import EvenflowError, NeedsOverride, Problem, Refused, in_file
from pumpcore import units

# A session of the ledger and an item of the file that lie no further apart are the same session.
SAME_SESSION = timedelta(minutes=10)
# Where the item has the pump's count of it: another pump may have come to the same count.
SAME_COUNT = timedelta(days=1)
_OVERRIDE_HINT = '; or go on with --override "REASON", which is recorded'
_BENCH_ENTRY = 0
# Both readings of the pump's clock are cut to the second: the span may be that much shorter.
_CUT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class DeviceSession:
    """One start that the pump has kept: by its own clock, seconds since 2020-01-01 UTC."""

    start_s: int
    mass_ng: int
    entry: int
    count: int


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it may begin, why not, and when it may; moments in UTC, None for at any time.

    `unknown` are sessions of the pump that the file lacks.
    """

    judged: Judgement
    notes: tuple[str, ...]
    unknown: tuple[DeviceSession, ...]
    earliest_hard: datetime | None
    earliest_soft: datetime | None

    @property
    def is_refused(self) -> bool:
        """Whether a hard rule forbids it."""
        return bool(self.judged.refused)

    @property
    def needs_override(self) -> bool:
        """Whether a person's reason is needed, if nothing forbids it."""
        return bool(self.judged.needs_override)

    def error(self, name: str, override: str | None = None) -> EvenflowError | None:
        """Refused, NeedsOverride, or None if the session may begin."""
        if self.judged.refused:
            return in_file(Refused, name, self.judged.refused)
        if self.judged.needs_override and override is None:
            return in_file(NeedsOverride, name, self.judged.needs_override, or_else=_OVERRIDE_HINT)
        return None


def may_begin(
    course: Course | None,
    now: datetime,
    rules: Rules,
    device_sessions: Sequence[DeviceSession] = (),
    device_now_s: int = 0,
) -> Decision:
    """What stands against a session that begins now.

    `course` is None without a course file: then the pump's ledger alone is judged. `now` is the
    host's clock, with a time zone. `device_sessions` are what the pump holds against this patient,
    `device_now_s` its clock at the same moment, 0 if it does not know the time.
    """
    at = now.astimezone(UTC)
    zone = ZoneInfo("UTC") if course is None else course.zone
    own = () if course is None else course.starts
    # A start is recorded as the second after it: one of this very second lies ahead.
    at = max(at, *(start for start in own if start <= moment.whole(at)), at)
    judged, notes = Judgement(), []
    counted = [one for one in device_sessions if one.entry != _BENCH_ENTRY]
    if course is not None:
        # What is recorded was rounded up to a second, and so is this.
        judged += _clock(course, moment.whole(at))
    if counted and device_now_s <= 0:
        reason = "the pump has given before and does not know what time it is"
        hint = "set its clock chip at the service bench; nothing else tells how long ago that was"
        judged += Judgement((Problem("pump", "device_clock_unknown", reason, hint),))
        counted = []
    ahead = [one for one in counted if one.start_s > device_now_s]
    if ahead:
        reason = f"session {ahead[0].count} of the pump began later than its clock says now"
        hint = "its clock was set back: have it looked at before anything is given"
        judged += Judgement((Problem("pump", "device_clock_set_back", reason, hint),))
        counted = [one for one in counted if one.start_s <= device_now_s]
    if device_now_s > 0:
        notes.extend(_difference(at, device_now_s))
    by_device = [
        at - max(timedelta(0), timedelta(seconds=device_now_s - one.start_s) - _CUT)
        for one in counted
    ]
    unknown = _unknown(course, list(zip(counted, by_device, strict=True)))
    if course is not None and unknown:
        judged += Judgement((), (_lacking(unknown, course),))
    beside = zip(counted, by_device, strict=True)
    merged = [*own, *(start for one, start in beside if one in unknown)]
    # Each alone, then both: if a clock was moved, file and pump tell other times of one session.
    for starts in (own, by_device, merged):
        judged += judge(starts, at, rules, zone)
    bounds = [earliest(starts, rules) for starts in (own, by_device, merged)]
    hard = max((one for one, _ in bounds if one is not None), default=None)
    soft = max((one for _, one in bounds if one is not None), default=None)
    return Decision(judged, tuple(notes), tuple(unknown), hard, soft)


def _clock(course: Course, now: datetime) -> Judgement:
    """The host's clock may not lie before what the file has recorded."""
    if not course.history:
        return Judgement()
    began = max(course.history, key=lambda item: item.at_utc)
    recorded = max(course.history, key=lambda item: item.recorded_utc)
    zone = course.zone
    if now < began.at_utc:
        what = f"session {began.count} began ({moment.words(began.at_utc, zone)})"
    elif now < recorded.recorded_utc:
        at = moment.words(recorded.recorded_utc, zone)
        what = f"session {recorded.count} was recorded ({at})"
    else:
        return Judgement()
    reason = f"by this clock it is {moment.words(now, zone)}, before {what}"
    hint = "was the clock set back? set it right; a session was perhaps recorded with a wrong date"
    return Judgement((Problem("clock", "clock_set_back", reason, hint),))


def _difference(now: datetime, device_now_s: int) -> list[str]:
    by_pump = moment.DEVICE_EPOCH + timedelta(seconds=device_now_s)
    apart = abs(now - by_pump)
    if apart <= CLOCKS_AGREE:
        return []
    side = "ahead of" if now > by_pump else "behind"
    return [f"the host's clock is {moment.span(apart)} {side} the pump's; the pump's counts"]


def _unknown(
    course: Course | None, sessions: list[tuple[DeviceSession, datetime]]
) -> list[DeviceSession]:
    """Those that no item of the file is about: by the pump's count, else by time."""
    items = [] if course is None else [one for one in course.history if one.rest_of is None]
    lacking = []
    for session, start in sessions:
        own = [item for item in items if _is_of(item, session, start)]
        if own:
            items.remove(own[0])
        else:
            lacking.append(session)
    return lacking


def _is_of(item: Item, session: DeviceSession, start: datetime) -> bool:
    if item.device_session is None:
        return abs(item.at_utc - start) <= SAME_SESSION
    return item.device_session == session.count and abs(item.at_utc - start) <= SAME_COUNT


def _lacking(unknown: list[DeviceSession], course: Course) -> Problem:
    listed = ", ".join(
        f"{one.count} ({one.mass_ng / units.NG_PER_MG:g} mg, {_by_pump(one, course.zone)})"
        for one in unknown
    )
    reason = f"the pump has given sessions that the file lacks: {listed}"
    hint = (
        "another host, or another name of the patient? if it was this patient, record it with "
        "`evenflow course add`"
    )
    return Problem("pump", "device_session_unknown", reason, hint)


def _by_pump(session: DeviceSession, zone: ZoneInfo) -> str:
    start = moment.DEVICE_EPOCH + timedelta(seconds=session.start_s)
    return f"{moment.words(start, zone)} by its clock"
