"""Adds what was given to a course; a clock that went back, or a session twice, is refused."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from evenflow.course import chain, moment
from evenflow.course.file import Course, rest_problem
from evenflow.course.item import Item
from evenflow.dose.dimension import DRUG_MASS
from evenflow.dose.quantity import parse, shown
from evenflow.errors import Problem, Refused, in_file
from pumpcore import units

# The clocks of two hosts, or of a host and a pump, may differ by so much.
CLOCKS_AGREE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Given:
    """One session that began, in the words it is recorded in."""

    at: datetime
    given: str
    outcome: str
    session: str | None = None
    device_session: int | None = None
    # The count of the item that this is the rest of.
    rest_of: int | None = None
    override: str | None = None


def added(course: Course, given: Given, now: datetime) -> Course:
    """The course with one item more; Refused, and nothing changed, if it cannot be the next."""
    parse(given.given, "given", DRUG_MASS)
    at, recorded = moment.whole(given.at), moment.whole(now)
    if course.history:
        _check_follows(course, at, recorded)
    if given.rest_of is not None:
        problem = rest_problem(course.history, given.rest_of, at)
        if problem is not None:
            raise in_file(Refused, course.name, [problem])
    item = Item.model_validate(
        {
            "count": 0,
            "at": moment.local(at, course.zone),
            "given": given.given,
            "outcome": given.outcome,
            "session": given.session,
            "device_session": given.device_session,
            "rest_of": given.rest_of,
            "override": given.override,
            "recorded": moment.utc(recorded),
            "previous": "",
            "hash": "",
        }
    )
    chained = chain.chained(item, course.history, course.head.hash)
    return replace(course, history=(*course.history, chained))


def too_much(given: str, highest_ng: Fraction) -> Problem | None:
    """What is recorded may be more than may be ordered; but it is asked about, as a slip."""
    mass_ng = parse(given, "given", DRUG_MASS).value
    if mass_ng <= highest_ng:
        return None
    mg, most = mass_ng / units.NG_PER_MG, highest_ng / units.NG_PER_MG
    reason = f"{shown(mg)} mg is above the hard limit of a session, {shown(most)} mg"
    hint = f"did you mean {shown(mg / 10)} mg?"
    return Problem("given", "mass_hard", reason, hint)


def still_to_come(course: Course, at: datetime, now: datetime) -> Problem | None:
    """A start that lies ahead is asked about: nothing before it could be added any more."""
    if at - now <= CLOCKS_AGREE:
        return None
    reason = (
        f"{moment.words(at, course.zone)} is still to come: by this clock it is "
        f"{moment.words(now, course.zone)}, and nothing earlier can be added afterwards"
    )
    return Problem("at", "still_to_come", reason, "check the date, and this host's clock")


def _check_follows(course: Course, at: datetime, recorded: datetime) -> None:
    last = course.history[-1]
    latest = moment.words(last.at_utc, course.zone)
    if at == last.at_utc:
        reason = f"at: session {last.count} began at that moment, {latest}: it is recorded already"
        raise Refused("already_recorded", reason, "see `evenflow course status`")
    if at < last.at_utc:
        reason = (
            f"at: {moment.words(at, course.zone)} is before session {last.count}, which began "
            f"{latest}: the history only grows"
        )
        hint = "was the clock set back? what was forgotten cannot be put between; plan anew"
        raise Refused("clock_set_back", reason, hint)
    if recorded < last.recorded_utc:
        reason = (
            f"clock: it is {moment.words(recorded, course.zone)}, before session {last.count} was "
            f"recorded, {moment.words(last.recorded_utc, course.zone)}"
        )
        raise Refused("clock_set_back", reason, "was the clock set back? set it right")
