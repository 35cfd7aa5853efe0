"""`evenflow course`: plan the sessions of a patient, add what was given, and see what is due."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow.cli import _output
from evenflow.errors import CheckFailed, NeedsOverride, Refused, WrongUsage, in_file

if TYPE_CHECKING:
    from evenflow.course.file import Course
    from evenflow.course.spacing import Judgement
    from evenflow.dose.entry import Entry

_OVERRIDE_HINT = '; or go on with --override "REASON", which is kept in the file'
_FILE = click.argument("file", type=click.Path(path_type=Path))
_OVERRIDE = click.option(
    "--override", metavar="REASON", help="Pass soft limits, for this reason, which is kept."
)


@click.group()
def command() -> None:
    """Plan a course of sessions, add what was given, see what is due."""


@command.command()
@click.option("--patient", required=True, metavar="ID", help="The patient's id; no name.")
@click.option("--start", required=True, metavar="TIME", help="Local: 2026-12-01T10:00.")
@click.option("--zone", required=True, metavar="ZONE", help="Such as Europe/Berlin.")
@click.option(
    "--pattern",
    required=True,
    metavar="PATTERN",
    help="Of induction: twice-a-week, three-a-week, every-other-day, daily or weekly.",
)
@click.option("--sessions", required=True, type=int, help="Sessions of induction.")
@click.option(
    "--maintenance", metavar="INTERVALS", help='"2 weeks x 4", "monthly x 6", "as needed".'
)
@click.option("--care-area", default="mood-clinic", show_default=True)
@click.option("--drug", default="ketamine", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Write the course file there.")
@click.option("--ics", type=click.Path(path_type=Path), help="Write a calendar file there.")
@_OVERRIDE
@_output.json_option
def plan(
    patient: str,
    start: str,
    zone: str,
    pattern: str,
    sessions: int,
    maintenance: str | None,
    care_area: str,
    drug: str,
    out: Path | None,
    ics: Path | None,
    override: str | None,
    as_json: bool,
) -> None:
    """Plan a course: show its calendar, and write it with --out and --ics.

    Spacing is judged by the drug library: 3 if a hard limit is passed, 4 if a soft one is.
    """
    from evenflow.course import file, plan, status

    _check_words(patient=patient, override=override)
    by = plan.rules(care_area, drug)
    wanted = plan.Wanted(
        patient, start, zone, pattern, sessions, care_area, drug, maintenance, override
    )
    made, judged = plan.course(wanted, str(out or "course"), file.now(), by)
    for target in (out, ics):
        if target is not None and target.exists():
            reason = f"{target}: is there already"
            raise Refused("file_exists", reason, "choose another name; nothing was written")
    if not as_json:
        from evenflow.cli import _course_table

        _course_table.show_plan(made, judged)
    _raise_for(judged, made.name, override)
    calendar = None if ics is None else _ics(made)
    if out is not None:
        file.save(made, out)
    if ics is not None and calendar is not None:
        ics.write_bytes(calendar)
    if as_json:
        _output.print_json(status.as_json(status.status(made, file.now(), by)))
    if override is not None and not judged.needs_override:
        click.echo("evenflow: no soft limit is passed, so the override was not needed", err=True)


@command.command()
@_FILE
@click.option("--at", required=True, metavar="TIME", help="When it began; local, or with offset.")
@click.option("--given", required=True, metavar="MASS", help='What was given: "35 mg".')
@click.option("--outcome", required=True, type=click.Choice(("complete", "stopped", "aborted")))
@click.option("--session", metavar="PATH", help="The record of the session.")
@click.option("--device-session", type=int, metavar="COUNT", help="Its count on the pump.")
@click.option("--rest-of", type=int, metavar="COUNT", help="The item that this is the rest of.")
@_OVERRIDE
@_output.json_option
def add(
    file: Path,
    at: str,
    given: str,
    outcome: str,
    session: str | None,
    device_session: int | None,
    rest_of: int | None,
    override: str | None,
    as_json: bool,
) -> None:
    """Add what was given. The history only grows; a time before its last is refused.

    Ends with 4 if it is still to come, or more than a session may have, and no reason is given.
    """
    from evenflow.course import file as course_file
    from evenflow.course import moment, record

    _check_words(session=session, override=override)
    if device_session is not None and device_session < 1:
        raise WrongUsage("device_session", "a session's count begins at 1", "see the pump's")
    course = course_file.load(file)
    began = moment.read(at, course.zone, "at")
    now = course_file.now()
    asked = (
        record.still_to_come(course, began, now),
        record.too_much(given, _entry(course).mass.hard_high.value),
    )
    problems = [one for one in asked if one is not None]
    if problems and override is None:
        raise in_file(NeedsOverride, str(file), problems, or_else=_OVERRIDE_HINT)
    wanted = record.Given(began, given, outcome, session, device_session, rest_of, override)
    longer = record.added(course, wanted, now)
    course_file.save(longer, file)
    item = longer.history[-1]
    if began > now:
        click.echo(f"evenflow: by this clock, {item.at} is still to come", err=True)
    if as_json:
        _output.print_json({"course": str(file), **item.model_dump(exclude_none=True)})
    else:
        words = moment.words(began, course.zone)
        click.echo(f"{file}: item {item.count}: {given} {outcome}, began {words}")


@command.command()
@_FILE
@click.option("--now", "moment_text", metavar="TIME", help="In place of this host's clock.")
@_output.json_option
def status(file: Path, moment_text: str | None, as_json: bool) -> None:
    """Say what is due, given and missed, and when the next session may begin.

    Ends with 3 if the file was edited, reordered or cut, each place named.
    """
    from evenflow.course import file as course_file
    from evenflow.course import moment
    from evenflow.course import status as course_status
    from evenflow.course.spacing import rules_of

    course = course_file.load(file)
    now = course_file.now()
    if moment_text is not None:
        now = moment.read(moment_text, course.zone, "now")
    found = course_status.status(course, now, rules_of(_entry(course)))
    if as_json:
        _output.print_json(course_status.as_json(found))
    else:
        from evenflow.cli import _course_table

        _course_table.show_status(found)


def _check_words(**words: str | None) -> None:
    from evenflow.course.item import MAX_WORDS, is_plain

    for name, text in words.items():
        if text is not None and not (is_plain(text) and len(text) <= MAX_WORDS):
            reason = f"--{name} must have 1 to {MAX_WORDS} printable characters"
            raise WrongUsage("words", reason, "write it plainly, without blanks around it")


def _entry(course: "Course") -> "Entry":
    from evenflow.dose.library import shipped

    head = course.head
    entry = shipped().entry(head.care_area, head.drug)
    if entry is None:
        reason = f"{course.name}: {head.drug} in {head.care_area} is not in the drug library"
        raise Refused("unknown_drug", reason, "plan a course with this version's library")
    return entry


def _ics(course: "Course") -> bytes:
    try:
        from evenflow.course import calendar
    except ModuleNotFoundError as missing:
        reason = "a calendar file needs the package icalendar, which is not installed"
        hint = 'pip install "evenflow[calendar]"; nothing was written'
        raise CheckFailed("not_installed", reason, hint) from missing
    return calendar.ics(course)


def _raise_for(judged: "Judgement", name: str, override: str | None) -> None:
    if judged.refused:
        raise in_file(Refused, name, judged.refused)
    if judged.needs_override and override is None:
        raise in_file(NeedsOverride, name, judged.needs_override, or_else=_OVERRIDE_HINT)
