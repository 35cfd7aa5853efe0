"""How close sessions may follow each other: the drug library's rules, judged from start to start.

Judged on instants, never on local times: a session at ten o'clock on the day after the clocks were
set forward is 23 hours after the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from evenflow.course import moment
from evenflow.dose.entry import Entry, Number
from evenflow.errors import Problem

WEEK = timedelta(days=7)
# After induction comes weekly at the closest; a day less, for the hour of a week ago is no slip.
MAINTENANCE = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules between the sessions of one patient, all inclusive; None where there is none."""

    spacing_hard_low: timedelta | None
    spacing_soft_low: timedelta | None
    sessions_per_week_soft_high: int | None
    induction_sessions: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What stands against a session: what forbids it, and what needs a person's reason."""

    refused: tuple[Problem, ...] = ()
    needs_override: tuple[Problem, ...] = ()

    def __add__(self, other: "Judgement") -> "Judgement":
        """Both; of what is said twice of one place, the first."""
        return Judgement(
            _once(self.refused + other.refused),
            _once(self.needs_override + other.needs_override),
        )


def rules_of(entry: Entry) -> Rules:
    """The rules of an entry of the drug library."""
    course = entry.course
    return Rules(
        _span(course.spacing_hard_low),
        _span(course.spacing_soft_low),
        _count(course.sessions_per_week_soft_high),
        _count(course.induction_sessions),
    )


def judge(
    starts: Sequence[datetime],
    at: datetime,
    rules: Rules,
    zone: ZoneInfo,
    where: str = "",
    *,
    is_induction: bool = False,
) -> Judgement:
    """A session at that instant, after sessions that began at these, in any order.

    `is_induction`: a plan says of itself which sessions are; else the rest follows from the count.
    """
    earlier = sorted(one for one in starts if one <= at)
    if not earlier:
        return Judgement()
    refused, soft = [], []
    since = at - earlier[-1]
    hard_low, soft_low = rules.spacing_hard_low, rules.spacing_soft_low
    if hard_low is not None and since < hard_low:
        reason = _too_close(earlier[-1], at, "hard", hard_low, zone)
        hint = f"begin at {moment.words(earlier[-1] + hard_low, zone)} or later"
        refused.append(Problem(where, "spacing_hard", reason, hint))
    elif soft_low is not None and since < soft_low:
        reason = _too_close(earlier[-1], at, "soft", soft_low, zone)
        hint = f"wait until {moment.words(earlier[-1] + soft_low, zone)}"
        soft.append(Problem(where, "spacing_soft", reason, hint))
    most = rules.sessions_per_week_soft_high
    in_a_week = 1 + sum(at - one < WEEK for one in earlier)
    if most is not None and in_a_week > most:
        reason = f"{in_a_week} sessions in 7 days (168 h) are above the soft limit of {most}"
        hint = f"wait until {moment.words(earlier[-most] + WEEK, zone)}"
        soft.append(Problem(where, "sessions_per_week_soft", reason, hint))
    number = rules.induction_sessions
    if number is not None and len(earlier) >= number and (is_induction or since < MAINTENANCE):
        reason = f"session {len(earlier) + 1}: induction has {number} (soft limit)"
        hint = "go on with maintenance, weekly at the closest"
        soft.append(Problem(where, "induction_soft", reason, hint))
    return Judgement(tuple(refused), tuple(soft))


def earliest(starts: Sequence[datetime], rules: Rules) -> tuple[datetime | None, datetime | None]:
    """When the next may begin by the hard rules, and by all of them; None: at any time."""
    if not starts:
        return None, None
    ordered = sorted(starts)
    hard = None if rules.spacing_hard_low is None else ordered[-1] + rules.spacing_hard_low
    bounds = [] if hard is None else [hard]
    if rules.spacing_soft_low is not None:
        bounds.append(ordered[-1] + rules.spacing_soft_low)
    most = rules.sessions_per_week_soft_high
    if most is not None and len(ordered) >= most:
        bounds.append(ordered[-most] + WEEK)
    if rules.induction_sessions is not None and len(ordered) >= rules.induction_sessions:
        bounds.append(ordered[-1] + MAINTENANCE)
    return hard, max(bounds, default=None)


def _too_close(before: datetime, at: datetime, kind: str, limit: timedelta, zone: ZoneInfo) -> str:
    since = at - before
    by_the_wall = at.astimezone(zone).replace(tzinfo=None) - before.astimezone(zone).replace(
        tzinfo=None
    )
    change = "" if by_the_wall == since else " (the clocks change in between)"
    return (
        f"{moment.span(since)} after the start of {moment.words(before, zone)}{change} is below "
        f"the {kind} limit of {moment.span(limit)}"
    )


def _once(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    found: dict[tuple[str, str], Problem] = {}
    for one in problems:
        found.setdefault((one.where, one.code), one)
    return tuple(found.values())


def _span(number: Number | None) -> timedelta | None:
    return None if number is None else timedelta(milliseconds=number.whole)


def _count(number: Number | None) -> int | None:
    return None if number is None else number.whole
