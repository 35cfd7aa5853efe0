"""Courses for tests: six sessions, twice a week, and what a test wants changed."""

from dataclasses import replace
from datetime import UTC, datetime

from evenflow.course import plan, record
from evenflow.course.file import Course
from evenflow.course.spacing import Judgement, Rules

RULES = plan.rules("mood-clinic", "ketamine")
PLANNED = datetime(2026, 11, 23, 12, tzinfo=UTC)
_WANTED = plan.Wanted(
    patient="demo-0001",
    start="2026-12-01T10:00",
    zone="Europe/Berlin",
    pattern="twice-a-week",
    sessions=6,
    care_area="mood-clinic",
    drug="ketamine",
)


def judged(rules: Rules = RULES, **changes: object) -> tuple[Course, Judgement]:
    """The course of that plan, and what stands against it."""
    return plan.course(replace(_WANTED, **changes), "course.toml", PLANNED, rules)


def course(**changes: object) -> Course:
    """The course alone."""
    return judged(**changes)[0]


def given(of: Course, *starts: datetime, outcome: str = "complete") -> Course:
    """With sessions that began then, each recorded at its start."""
    for start in starts:
        of = record.added(of, record.Given(start, "35 mg", outcome), start)
    return of


def utc(text: str) -> datetime:
    """An instant in UTC, such as 2026-12-01T09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
