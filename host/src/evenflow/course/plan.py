"""Makes a course: the calendar of a pattern, each session judged by the drug library's rules."""

from dataclasses import dataclass
from datetime import datetime

from evenflow.course import moment
from evenflow.course.file import Course, head_hash
from evenflow.course.item import Head, Planned
from evenflow.course.pattern import INDUCTION, PATTERNS, local_times, read_maintenance
from evenflow.course.spacing import Judgement, Rules, judge, rules_of
from evenflow.dose.library import Library, shipped
from evenflow.errors import Refused, WrongUsage


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for; `start` is local, as text."""

    patient: str
    start: str
    zone: str
    pattern: str
    sessions: int
    care_area: str
    drug: str
    maintenance: str | None = None
    override: str | None = None


def rules(care_area: str, drug: str, library: Library | None = None) -> Rules:
    """The rules of that drug there; Refused if the library has no such entry."""
    known = shipped() if library is None else library
    entry = known.entry(care_area, drug)
    if entry is None:
        reason = f"{drug} in {care_area} is not in the drug library"
        hint = f"care areas are {', '.join(known.care_areas)}"
        raise Refused("unknown_drug", reason, hint)
    return rules_of(entry)


def course(wanted: Wanted, name: str, now: datetime, by: Rules) -> tuple[Course, Judgement]:
    """The course and what stands against it; Refused if a time or a word is not understood."""
    zone = moment.zone_of(wanted.zone)
    start = moment.read(wanted.start, zone, "start")
    if wanted.pattern not in PATTERNS:
        hint = f"patterns are {', '.join(PATTERNS)}"
        raise WrongUsage("pattern", f"unknown pattern {wanted.pattern!r}", hint)
    maintenance = read_maintenance(wanted.maintenance or "as needed")
    first = start.astimezone(zone).replace(tzinfo=None)
    planned: list[Planned] = []
    judged = Judgement()
    for number, (phase, naive) in enumerate(
        local_times(first, wanted.pattern, wanted.sessions, maintenance), 1
    ):
        where = f"session {number}"
        # An offset that was written settles the first; the others are at its local time.
        at = start if number == 1 else moment.localised(naive, zone, where)
        is_induction = phase == INDUCTION
        earlier = [one.at_utc for one in planned]
        judged += judge(earlier, at, by, zone, where, is_induction=is_induction)
        planned.append(Planned(number=number, phase=phase, at=moment.local(at, zone)))
    head = Head(
        patient=wanted.patient,
        care_area=wanted.care_area,
        drug=wanted.drug,
        zone=wanted.zone,
        pattern=wanted.pattern,
        maintenance=wanted.maintenance,
        override=wanted.override if judged.needs_override else None,
        planned=moment.utc(now),
        hash="0" * 64,
    )
    sessions = tuple(planned)
    sealed = head.model_copy(update={"hash": head_hash(head, sessions)})
    return Course(name, sealed, zone, sessions, ()), judged
