"""The calendar of a course as an iCalendar file (RFC 5545), with the rules of its time zone.

Titles name the patient by the id alone. Needs the extra `calendar`.
"""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from icalendar import Calendar, Event

from evenflow import NOT_FOR_USE, __version__
from evenflow.course.file import Course

_SESSION = timedelta(hours=2)
# So much before and after it, the changes of the clocks are listed.
_AROUND = timedelta(days=400)


def ics(course: Course, lasts: timedelta = _SESSION) -> bytes:
    """The file's bytes; the same plan gives the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Evenflow//evenflow {__version__}//EN")
    calendar.add("version", "2.0")
    head = course.head
    stamp = datetime.fromisoformat(head.planned)
    for planned in course.planned:
        event = Event()
        event.add("uid", str(uuid5(NAMESPACE_URL, f"evenflow:{head.hash}:{planned.number}")))
        event.add("dtstamp", stamp)
        start = planned.at_utc.astimezone(course.zone)
        event.add("dtstart", start)
        # An end by the wall would lie an hour off if the clocks change meanwhile.
        event.add("duration", lasts)
        total = len(course.planned)
        event.add("summary", f"{head.patient}: session {planned.number} of {total}")
        event.add("description", f"{planned.phase}, {head.drug}, {head.care_area}\n{NOT_FOR_USE}")
        calendar.add_component(event)
    days = [planned.at_utc.date() for planned in course.planned]
    calendar.add_missing_timezones(first_date=days[0] - _AROUND, last_date=days[-1] + _AROUND)
    content: bytes = calendar.to_ical()
    return content
