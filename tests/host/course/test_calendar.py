"""The calendar file, read back by a parser of RFC 5545."""

from datetime import UTC, timedelta

import pytest
from host.course.courses import course
from icalendar import Calendar

from evenflow.course.calendar import ics

pytestmark = pytest.mark.requirement("KET-08")
# Over the end of summer time.
MADE = course(start="2027-10-19T10:00", maintenance="monthly x 4")


def test_events_are_the_sessions_with_their_zone() -> None:
    read = Calendar.from_ical(ics(MADE))

    events = read.walk("VEVENT")
    assert [event["dtstart"].dt.astimezone(UTC) for event in events] == [
        planned.at_utc for planned in MADE.planned
    ]
    assert {event["dtstart"].dt.hour for event in events} == {10}
    assert {event["dtstart"].params["TZID"] for event in events} == {"Europe/Berlin"}
    assert {event["duration"].dt for event in events} == {timedelta(hours=2)}
    assert len({event["uid"] for event in events}) == len(MADE.planned)


def test_the_zone_in_the_file_changes_its_clocks_as_the_zone_does() -> None:
    (zone,) = Calendar.from_ical(ics(MADE)).walk("VTIMEZONE")
    by_file = zone.to_tz()

    assert zone["tzid"] == "Europe/Berlin"
    for planned in MADE.planned:
        local = planned.at_utc.astimezone(MADE.zone)
        naive = local.replace(tzinfo=None)
        assert naive.replace(tzinfo=by_file).utcoffset() == local.utcoffset()
    assert len({one.at_utc.astimezone(MADE.zone).utcoffset() for one in MADE.planned}) == 2


def test_titles_name_the_patient_by_the_id_alone() -> None:
    read = Calendar.from_ical(ics(MADE))

    titles = [str(event["summary"]) for event in read.walk("VEVENT")]
    assert titles[0] == "demo-0001: session 1 of 10"
    assert all("NOT FOR USE ON PEOPLE" in event["description"] for event in read.walk("VEVENT"))


def test_lines_are_as_the_standard_wants_them() -> None:
    content = ics(MADE)

    assert content == ics(MADE)
    lines = content.split(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert b"VERSION:2.0" in lines
