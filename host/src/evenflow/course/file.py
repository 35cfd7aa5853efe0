"""The course file, TOML, schema 1: read strictly, chain and all; written whole or not at all.

A file is refused as a whole, with all of its problems at once. It is written beside itself first
and then renamed, so that a power cut leaves the old one or the new one.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from evenflow import bounded
from evenflow.course import chain, moment
from evenflow.course.item import CourseFile, End, Head, Item, Planned
from evenflow.dose.dimension import DRUG_MASS
from evenflow.dose.quantity import InvalidQuantity, parse
from evenflow.errors import Problem, Refused, in_file
from pumpcore.session_ledger import MAX_SESSION_S

SCHEMA = 1
MAX_FILE_BYTES = 262_144
# As long after its start the rest of a session still belongs to it, on the pump too.
LONGEST_SESSION = timedelta(seconds=MAX_SESSION_S)
_TITLE = (
    "# A course of sessions, written by `evenflow course`. NOT FOR USE ON PEOPLE.\n"
    "# What was given is chained by hashes: add to it with `evenflow course add`.\n"
)


@dataclass(frozen=True, slots=True)
class Course:
    """A sound course: its head, the calendar, and what was given, in the order it was recorded."""

    name: str
    head: Head
    zone: ZoneInfo
    planned: tuple[Planned, ...]
    history: tuple[Item, ...]

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When the recorded sessions began, in UTC."""
        return tuple(item.at_utc for item in self.history if item.rest_of is None)


def load(path: str | Path) -> Course:
    """Reads a course; Refused with every problem, WrongUsage if there is no such file."""
    name = str(path)
    raw = bounded.content(path, "a course", MAX_FILE_BYTES)
    return _of(bounded.tables(raw, name), name)


def head_hash(head: Head, planned: tuple[Planned, ...]) -> str:
    """Of the whole plan, less the hash itself."""
    return chain.digest(
        {
            "course": head.model_dump(exclude={"hash"}, exclude_none=True),
            "session": [one.model_dump() for one in planned],
        }
    )


def save(course: Course, path: str | Path) -> None:
    """Writes the file, beside itself and then in its place."""
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as stream:
            stream.write(text(course))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def text(course: Course) -> str:
    """The file's text."""
    last = course.history[-1].hash if course.history else course.head.hash
    end = End(count=len(course.history), hash=last)
    tables: list[tuple[str, Mapping[str, object]]] = [
        ("[course]", course.head.model_dump(exclude_none=True)),
        *(("[[session]]", one.model_dump()) for one in course.planned),
        *(("[[history]]", one.model_dump(exclude_none=True)) for one in course.history),
        ("[end]", end.model_dump()),
    ]
    return f"{_TITLE}schema = {SCHEMA}\n" + "".join(_lines(tables))


def _lines(tables: list[tuple[str, Mapping[str, object]]]) -> Iterator[str]:
    for title, table in tables:
        yield f"\n{title}\n"
        for key, value in table.items():
            # What JSON escapes, TOML escapes alike; characters that need it are refused anyway.
            written = json.dumps(value, ensure_ascii=False)
            yield f"{key} = {written}\n"


def _of(content: dict[str, object], name: str) -> Course:
    try:
        file = CourseFile.model_validate(content)
    except ValidationError as invalid:
        raise in_file(Refused, name, _shape_problems(invalid)) from invalid
    planned, history = tuple(file.session), tuple(file.history)
    head = file.course
    problems = [*_numbering(planned), *_given(history)]
    zone = ZoneInfo("UTC")
    try:
        zone = moment.zone_of(head.zone, "course.zone")
    except moment.InvalidMoment as invalid:
        problems.append(invalid.problem)
    written = head_hash(head, planned)
    problems.extend(chain.problems(written, head.hash, history, file.end.count, file.end.hash))
    if problems:
        raise in_file(Refused, name, problems)
    return Course(name, head, zone, planned, history)


def _numbering(planned: tuple[Planned, ...]) -> Iterator[Problem]:
    for place, one in enumerate(planned, 1):
        if one.number != place:
            reason = f"session {one.number} stands in place {place}"
            yield Problem(f"session.{place}", "session_order", reason, "plan a course anew")


def _given(history: tuple[Item, ...]) -> Iterator[Problem]:
    for place, item in enumerate(history, 1):
        try:
            parse(item.given, f"history.{place}.given", DRUG_MASS)
        except InvalidQuantity as invalid:
            yield invalid.problem
        if item.rest_of is not None:
            problem = rest_problem(history[: place - 1], item.rest_of, item.at_utc)
            if problem is not None:
                yield replace(problem, where=f"history.{place}.{problem.where}")


def rest_problem(before: Sequence[Item], rest_of: int, at: datetime) -> Problem | None:
    """Why an item after those, which began at that moment, cannot be the rest of that one."""
    place = next((n for n, one in enumerate(before) if one.count == rest_of), None)
    sessions = [n for n, one in enumerate(before) if one.rest_of is None]
    if place is None or sessions[-1:] != [place]:
        reason = f"item {rest_of} is not the last session: it has no rest"
        return Problem(
            "rest_of", "rest_of", reason, "name the last session, one that was cut short"
        )
    if any(one.outcome == "complete" for one in before[place:]):
        reason = f"item {rest_of} is complete, or a rest of it is: it has no rest"
        return Problem("rest_of", "rest_of", reason, "leave it out: what was given is a session")
    since = at - before[place].at_utc
    if since > LONGEST_SESSION:
        most = moment.span(LONGEST_SESSION)
        reason = f"item {rest_of} began {moment.span(since)} before: a rest begins within {most}"
        return Problem("rest_of", "rest_late", reason, "leave it out: what was given is a session")
    return None


def _shape_problems(invalid: ValidationError) -> list[Problem]:
    remedy = "correct it, or plan a course anew"
    return [
        Problem(".".join(map(str, one["loc"])), one["type"], one["msg"].lower(), remedy)
        for one in invalid.errors(include_url=False, include_input=False)
    ]


def now() -> datetime:
    """The host's clock, in UTC and whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
