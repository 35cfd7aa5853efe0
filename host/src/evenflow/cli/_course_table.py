"""A course for people: its calendar, what was given of it, and when the next may begin."""

from datetime import datetime

from rich.table import Table
from rich.text import Text

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.course import moment
from evenflow.course.file import Course
from evenflow.course.item import Item
from evenflow.course.spacing import Judgement
from evenflow.course.status import Line, Status

_STYLES = {"given": "green", "missed": "red", "due": "yellow", "ahead": ""}


def show_plan(course: Course, judged: Judgement) -> None:
    """The calendar, each session with what stands against it."""
    said: dict[str, list[str]] = {}
    for kind, problems in (("refused", judged.refused), ("soft", judged.needs_override)):
        for one in problems:
            said.setdefault(one.where, []).append(f"{kind}: {one.reason}")
    table = Table("", "phase", "begins", "UTC", "", title=_title(course), title_justify="left")
    for planned in course.planned:
        against = "\n".join(said.get(f"session {planned.number}", []))
        at = planned.at_utc
        table.add_row(
            str(planned.number), planned.phase, *_moments(course, at), Text(against, "yellow")
        )
    console = _output.console()
    console.print(table)
    if course.head.override is not None:
        console.print(f"override: {course.head.override}", markup=False)
    console.print(NOT_FOR_USE, markup=False)


def show_status(found: Status) -> None:
    """The calendar with what became of it, then what may come next."""
    course = found.course
    table = Table(
        "", "phase", "planned", "state", "given", title=_title(course), title_justify="left"
    )
    for line in found.lines:
        table.add_row(
            str(line.planned.number),
            line.planned.phase,
            moment.words(line.planned.at_utc, course.zone),
            Text(line.state, _STYLES[line.state]),
            Text("; rest: ".join(_given(course, one) for one in _items(line))),
        )
    for item in found.unplanned:
        table.add_row("", "", "not planned", Text("given", "yellow"), Text(_given(course, item)))
    console = _output.console()
    console.print(table)
    for what, text in _after(found):
        console.print(f"{what}: {text}", markup=False)
    console.print(NOT_FOR_USE, markup=False)


def _items(line: Line) -> tuple[Item, ...]:
    return () if line.item is None else (line.item, *line.rests)


def _after(found: Status) -> list[tuple[str, str]]:
    course, decision = found.course, found.decision
    after = found.next
    lines = [("now", _in_both(course, found.now))]
    if after is not None:
        lines.append((f"next, session {after.number}", _in_both(course, after.at_utc)))
    for what, at in (
        ("not before (hard limit)", decision.earliest_hard),
        ("without a reason not before (soft limits)", decision.earliest_soft),
    ):
        lines.append((what, "at any time" if at is None else _in_both(course, at)))
    if course.head.override is not None:
        lines.append(("override of the plan", course.head.override))
    judged = decision.judged
    lines.extend(("now refused", one.reason) for one in judged.refused)
    lines.extend(("now needs a reason", one.reason) for one in judged.needs_override)
    return lines


def _title(course: Course) -> str:
    head = course.head
    return f"{course.name}: patient {head.patient}, {head.drug}, {head.care_area}, {head.zone}"


def _given(course: Course, item: Item) -> str:
    words = f"{item.given} {item.outcome}, {moment.words(item.at_utc, course.zone)}"
    return words if item.override is None else f"{words}; override: {item.override}"


def _in_both(course: Course, at: datetime) -> str:
    return " = ".join(_moments(course, at))


def _moments(course: Course, at: datetime) -> tuple[str, str]:
    return moment.words(at, course.zone), moment.utc(at)
