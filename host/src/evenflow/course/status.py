"""Where a course is: of each planned session whether it was given, missed, is due or to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from evenflow import NOT_FOR_USE
from evenflow.course import moment
from evenflow.course.decision import Decision, may_begin
from evenflow.course.file import Course
from evenflow.course.item import Item, Planned
from evenflow.course.spacing import Rules

SCHEMA = 1
# What began further from every planned session than this was not planned.
BELONGS = timedelta(days=3)

GIVEN, MISSED, DUE, AHEAD = "given", "missed", "due", "ahead"


@dataclass(frozen=True, slots=True)
class Line:
    """A planned session, what became of it, and what was given for it."""

    planned: Planned
    state: str
    item: Item | None
    # Programmes that gave what was left of it.
    rests: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The course at a moment; `unplanned` was given beside the calendar."""

    course: Course
    now: datetime
    lines: tuple[Line, ...]
    unplanned: tuple[Item, ...]
    decision: Decision

    @property
    def next(self) -> Planned | None:
        """The first session that is due or to come."""
        return next((one.planned for one in self.lines if one.state in (DUE, AHEAD)), None)


def status(course: Course, now: datetime, rules: Rules) -> Status:
    """A recorded session belongs to the planned one that is nearest in time and has none yet.

    Due is what is planned for this day, in the course's zone; missed what was planned before it.
    """
    taken: dict[int, Item] = {}
    unplanned = []
    rests = [item for item in course.history if item.rest_of is not None]
    for item in course.history:
        if item.rest_of is not None:
            continue
        free = [one for one in course.planned if one.number not in taken]
        nearest = min(free, key=lambda one: abs(one.at_utc - item.at_utc), default=None)
        if nearest is None or abs(nearest.at_utc - item.at_utc) > BELONGS:
            unplanned.append(item)
        else:
            taken[nearest.number] = item
    lines = tuple(_line(course, one, now, taken.get(one.number), rests) for one in course.planned)
    return Status(course, now, lines, tuple(unplanned), may_begin(course, now, rules))


def _line(
    course: Course, planned: Planned, now: datetime, item: Item | None, rests: list[Item]
) -> Line:
    state = _state(course, planned, now, given=item is not None)
    of_it = () if item is None else tuple(one for one in rests if one.rest_of == item.count)
    return Line(planned, state, item, of_it)


def as_json(found: Status) -> dict[str, Any]:
    """The object that `evenflow course status --json` prints."""
    course, decision = found.course, found.decision
    after = found.next
    return {
        "schema": SCHEMA,
        "notice": NOT_FOR_USE,
        "course": course.name,
        "patient_id": course.head.patient,
        "care_area": course.head.care_area,
        "drug": course.head.drug,
        "zone": course.head.zone,
        "override": course.head.override,
        "now": _both(course, found.now),
        "sessions": [
            {
                "number": line.planned.number,
                "phase": line.planned.phase,
                **_moments(course, line.planned.at_utc),
                "state": line.state,
                "given": None if line.item is None else _item(course, line.item),
                "rests": [_item(course, one) for one in line.rests],
            }
            for line in found.lines
        ],
        "unplanned": [_item(course, one) for one in found.unplanned],
        "history_count": len(course.history),
        "next": None
        if after is None
        else {"number": after.number, **_moments(course, after.at_utc)},
        "earliest_hard": _both(course, decision.earliest_hard),
        "earliest_soft": _both(course, decision.earliest_soft),
        "refused": [one.code for one in decision.judged.refused],
        "needs_override": [one.code for one in decision.judged.needs_override],
    }


def _state(course: Course, planned: Planned, now: datetime, *, given: bool) -> str:
    if given:
        return GIVEN
    day = planned.at_utc.astimezone(course.zone).date()
    today = now.astimezone(course.zone).date()
    return DUE if day == today else MISSED if day < today else AHEAD


def _item(course: Course, item: Item) -> dict[str, Any]:
    return {
        "count": item.count,
        **_moments(course, item.at_utc),
        "given": item.given,
        "outcome": item.outcome,
        "session": item.session,
        "device_session": item.device_session,
        "override": item.override,
        "recorded_utc": moment.utc(item.recorded_utc),
    }


def _both(course: Course, at: datetime | None) -> dict[str, str] | None:
    return None if at is None else _moments(course, at)


def _moments(course: Course, at: datetime) -> dict[str, str]:
    return {"local": moment.local(at, course.zone), "utc": moment.utc(at)}
