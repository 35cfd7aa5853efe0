"""The course that a session is part of: whether it may begin now, and what is added of it.

Judged before anything is staged, by the course file if there is one and by what the pump keeps of
its own sessions, the stricter of both. The rest of a session that was cut short, within four hours
and no more than what was left, is no session of its own (requirement KET-14).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evenflow.client.pump import Pump, rows_of
from evenflow.client.records import SessionPage
from evenflow.course import file, record
from evenflow.course.decision import DeviceSession, may_begin
from evenflow.course.file import Course
from evenflow.course.spacing import Rules, rules_of
from evenflow.dose.entry import Entry
from evenflow.dose.plan import Plan, patient_hash
from evenflow.errors import EvenflowError, Problem, Refused, in_file
from evenflow.session.ending import Ending
from evenflow.session.view import Log
from evenflow.telemetry.timeline import Clock, utc_now
from pumpcore.session_ledger import (
    ANY_PATIENT,
    MAX_SESSION_S,
    PATIENT_BYTES,
    SLACK_DIVISOR,
    Row,
)

if TYPE_CHECKING:
    from datetime import datetime

_NO_MEMORY = "no_journal"
_NO_RULES = Rules(None, None, None, None)
_MODULUS = 0xFFFF
_STOPPED = ("stopped", "short", "stopped_by_alarm")
_BY_PUMP = "the pump's ledger"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the pump holds against this patient, the newest first, and its clock."""

    rows: tuple[tuple[int, Row], ...]
    now_s: int
    session_count: int


class CoursePart:
    """Of one session; `path` is the course file, or None."""

    def __init__(self, plan: Plan, path: Path | None, clock: Clock = utc_now) -> None:
        """Refused if the file is no sound course, or one of another patient or drug."""
        self._plan = plan
        self._path = path
        self._clock = clock
        self._started_at: datetime | None = None
        self._course = None if path is None else _checked(file.load(path), plan)
        self._override: str | None = None
        # The pump's count of the session that this is the rest of.
        self._rest_of: int | None = None
        # The item of the file, once it is there.
        self.item_count: int | None = None
        self._count_before = 0

    @property
    def is_overridden(self) -> bool:
        """Whether a soft rule of the course was passed."""
        return self._override is not None

    def as_json(self) -> dict[str, object]:
        """For the summary; `item` is null where none was added."""
        path = None if self._path is None else str(self._path)
        return {"file": path, "item": self.item_count, "is_overridden": self.is_overridden}

    async def judge(self, pump: Pump, log: Log) -> None:
        """Refused or NeedsOverride if the session may not begin now."""
        entry = self._plan.entry
        rules = _NO_RULES if entry is None else rules_of(entry)
        if entry is None or (self._course is None and rules == _NO_RULES):
            return
        kept = await self._kept(pump, entry)
        self._count_before = kept.session_count
        if _is_rest(kept, int(self._plan.figures.mass_ng or 0)):
            self._rest_of = kept.rows[0][0]
            said = f"the rest of session {self._rest_of} of this pump, which was cut short"
            log.note("host", "session_rest", said, device_session=self._rest_of)
            return
        sessions = [
            DeviceSession(row.start_s, row.given_ng or row.ordered_ng, entry.ident, count)
            for count, row in kept.rows
        ]
        decision = may_begin(self._course, self._clock(), rules, sessions, kept.now_s)
        if self._course is not None or sessions:
            for one in decision.notes:
                log.note("host", "course_note", one)
        name = _BY_PUMP if self._path is None else str(self._path)
        error = decision.error(name, self._plan.override)
        if error is not None:
            raise error
        if decision.needs_override:
            self._override = self._plan.override
            passed = ", ".join(one.code for one in decision.judged.needs_override)
            said = f"course: soft limits overridden ({passed}): {self._override}"
            log.note("person", "course_override", said, passed=passed, reason=self._override)

    def start(self) -> None:
        """START, now."""
        self._started_at = self._clock()

    async def add(
        self, pump: Pump, log: Log, session_id: str, mass_mg: float, ended: Ending
    ) -> None:
        """Write a session that began to the course file; what goes wrong with it is told."""
        at = self._started_at
        if self._path is None or at is None:
            return
        given = f"{mass_mg:.3f}".rstrip("0").rstrip(".") + " mg"
        outcome = "stopped" if ended.outcome in _STOPPED else "aborted"
        outcome = "complete" if ended.outcome == "complete" else outcome
        if not mass_mg:
            said = f"{self._path}: not added, since nothing was given ({outcome})"
            log.note("host", "course_not_added", said)
            return
        own_count = await self._own_count(pump)
        try:
            # Somebody may have written to it in these two hours.
            course = file.load(self._path)
            rest_of = _item_of(course, self._rest_of) if self._rest_of else None
            wanted = record.Given(
                at, given, outcome, session_id, own_count, rest_of, self._override
            )
            longer = record.added(course, wanted, self._clock())
            file.save(longer, self._path)
        except (EvenflowError, OSError) as error:
            said = f"{self._path}: NOT ADDED, {given} {outcome}: {error}"
            log.note("host", "course_not_added", said)
            return
        item = longer.history[-1]
        self.item_count = item.count
        said = f"{self._path}: item {item.count} added: {given} {outcome}"
        log.note("host", "course_added", said, **item.model_dump(exclude_none=True))

    async def _kept(self, pump: Pump, entry: Entry) -> _Kept:
        try:
            ledger, page = await pump.ledger(), await pump.session_page()
        except Refused as refused:
            if refused.code != _NO_MEMORY:
                raise
            return _Kept((), 0, 0)
        entries = self._plan.library.entries
        others = {one.ident for one in entries if one.drug != entry.drug}
        own = patient_hash(self._plan.order.patient)[:PATIENT_BYTES]
        rows = tuple(
            (_count(page, row), row)
            for row in rows_of(page)
            if row.entry not in others
            and (_count(page, row) > page.cleared_count or row.patient in (own, ANY_PATIENT))
        )
        return _Kept(rows, ledger.clock_s, page.session_count)

    async def _own_count(self, pump: Pump) -> int | None:
        """The pump's count of this session; None if it cannot be had."""
        try:
            page = await pump.session_page()
        except EvenflowError:
            return None
        is_known = self._rest_of is not None or page.session_count > self._count_before
        return page.session_count if is_known else None


def _item_of(course: Course, device_session: int) -> int:
    """The item of that session of the pump; of none, the last session, which `added` judges."""
    sessions = [one for one in course.history if one.rest_of is None]
    own = [one for one in sessions if one.device_session == device_session]
    found = own or sessions[-1:]
    return found[0].count if found else len(course.history)


def _checked(course: Course, plan: Plan) -> Course:
    head, order = course.head, plan.order
    compared = (
        ("patient", head.patient, order.patient),
        ("care_area", head.care_area, order.care_area),
        ("drug", head.drug, order.drug),
    )
    problems = [
        Problem(
            f"course.{name}",
            "another_course",
            f"the course says {of_course}, the order {of_order}",
            "name the course of this patient and drug",
        )
        for name, of_course, of_order in compared
        if of_course != of_order
    ]
    if problems:
        raise in_file(Refused, course.name, problems)
    return course


def _count(page: SessionPage, row: Row) -> int:
    """The number of a row, which travels modulo 2^16, as it was counted."""
    age: int = (page.session_count - row.number) & _MODULUS
    return page.session_count - age


def _is_rest(kept: _Kept, mass_ng: int) -> bool:
    """As pumpcore.session_ledger judges it."""
    if not kept.rows or not kept.now_s:
        return False
    _, last = kept.rows[0]
    left_ng: int = last.ordered_ng - last.given_ng
    slack_ng: int = last.ordered_ng // SLACK_DIVISOR
    is_soon: bool = 0 <= kept.now_s - last.start_s <= MAX_SESSION_S
    return is_soon and slack_ng < left_ng and mass_ng <= left_ng + slack_ng
