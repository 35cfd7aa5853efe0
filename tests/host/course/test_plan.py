"""Calendars: local times through changes of the clocks, and the spacing of the library."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from host.course.courses import RULES, course, judged, utc
from hypothesis import event, given
from hypothesis import strategies as st

from evenflow.course import moment
from evenflow.course.pattern import PATTERNS, read_maintenance
from evenflow.course.spacing import earliest, judge
from evenflow.errors import EvenflowError, Refused

pytestmark = pytest.mark.requirement("KET-08")
BERLIN = ZoneInfo("Europe/Berlin")


def _days(**changes: object) -> list[str]:
    return [one.at[5:16] for one in course(**changes).planned]


def test_twice_a_week_then_fortnightly() -> None:
    planned = course(maintenance="2 weeks x 2, monthly x 2, as needed").planned

    assert [(one.number, one.phase[:3], one.at) for one in planned] == [
        (1, "ind", "2026-12-01T10:00:00+01:00"),
        (2, "ind", "2026-12-04T10:00:00+01:00"),
        (3, "ind", "2026-12-08T10:00:00+01:00"),
        (4, "ind", "2026-12-11T10:00:00+01:00"),
        (5, "ind", "2026-12-15T10:00:00+01:00"),
        (6, "ind", "2026-12-18T10:00:00+01:00"),
        (7, "mai", "2027-01-01T10:00:00+01:00"),
        (8, "mai", "2027-01-15T10:00:00+01:00"),
        (9, "mai", "2027-02-15T10:00:00+01:00"),
        (10, "mai", "2027-03-15T10:00:00+01:00"),
    ]


@pytest.mark.parametrize(
    ("pattern", "days"),
    [
        ("three-a-week", ["12-01", "12-03", "12-05", "12-08"]),
        ("every-other-day", ["12-01", "12-03", "12-05", "12-07"]),
        ("daily", ["12-01", "12-02", "12-03", "12-04"]),
        ("weekly", ["12-01", "12-08", "12-15", "12-22"]),
    ],
)
def test_patterns(pattern: str, days: list[str]) -> None:
    assert [one[:5] for one in _days(pattern=pattern, sessions=4)] == days


@pytest.mark.parametrize("pattern", ["twice-a-week", "three-a-week", "weekly"])
def test_the_usual_patterns_need_no_override(pattern: str) -> None:
    found = judged(pattern=pattern, maintenance="weekly x 4, monthly x 3")[1]

    assert (found.refused, found.needs_override) == ((), ())


def test_23_hours_by_a_spring_change_are_refused_by_name() -> None:
    found = judged(pattern="daily", sessions=2, start="2027-03-27T10:00")[1]

    (problem,) = found.refused
    assert (problem.where, problem.code) == ("session 2", "spacing_hard")
    assert "23 h after the start of Sat 2027-03-27 10:00 CET" in problem.reason
    assert "the clocks change in between" in problem.reason
    assert "Sun 2027-03-28 11:00 CEST" in problem.hint


def test_25_hours_by_an_autumn_change_are_not() -> None:
    found = judged(pattern="daily", sessions=2, start="2027-10-30T10:00")[1]

    assert found.refused == ()
    assert [one.code for one in found.needs_override] == ["spacing_soft"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"pattern": "daily", "sessions": 4}, {"spacing_soft", "sessions_per_week_soft"}),
        ({"pattern": "every-other-day", "sessions": 4}, {"sessions_per_week_soft"}),
        ({"sessions": 7}, {"induction_soft"}),
        # Three a week over a spring change: Monday to Monday is 167 hours.
        (
            {"pattern": "three-a-week", "sessions": 4, "start": "2027-03-22T10:00"},
            {"sessions_per_week_soft"},
        ),
    ],
)
def test_soft_rules(changes: dict[str, object], codes: set[str]) -> None:
    made, found = judged(**changes, override="as agreed")

    assert found.refused == ()
    assert {one.code for one in found.needs_override} == codes
    assert made.head.override == "as agreed"


def test_an_override_that_is_not_needed_is_not_kept() -> None:
    assert course(override="just in case").head.override is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"zone": "Europe/Berlino"}, "unknown_zone"),
        ({"zone": "../../etc/passwd"}, "unknown_zone"),
        ({"start": "2026-12-01"}, "no_moment"),
        ({"start": "01.12.2026 10:00"}, "no_moment"),
        ({"start": "2026-02-30T10:00"}, "no_moment"),
        ({"start": "2026-12-01T10:00:00.5"}, "too_fine"),
        ({"start": "1926-12-01T10:00"}, "year_range"),
        ({"start": "2027-03-28T02:30"}, "time_skipped"),
        ({"start": "2027-10-31T02:30"}, "time_twice"),
        ({"start": "2027-03-25T02:30"}, "time_skipped"),
        ({"sessions": 0}, "sessions"),
        ({"sessions": 13}, "sessions"),
        ({"maintenance": "weekly x 95"}, "sessions"),
        ({"maintenance": "2 weeks"}, "maintenance"),
        ({"maintenance": "as needed, weekly x 2"}, "maintenance"),
        ({"maintenance": "0 weeks x 2"}, "maintenance"),
        ({"start": "2027-01-31T10:00", "pattern": "weekly", "sessions": 1,
          "maintenance": "monthly x 1"}, "no_such_day"),
        ({"pattern": "hourly"}, "pattern"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_by_name(changes: dict[str, object], code: str) -> None:
    with pytest.raises(EvenflowError) as refused:
        judged(**changes)

    assert refused.value.code == code


def test_a_time_that_comes_twice_is_settled_by_its_offset() -> None:
    made = course(start="2027-10-31T02:30+01:00", sessions=1)

    assert made.planned[0].at == "2027-10-31T02:30:00+01:00"


@pytest.mark.parametrize("text", ["weekly x 1", "12 months x 2", "as needed"])
def test_maintenance_keeps_its_words(text: str) -> None:
    assert read_maintenance(text).text == text


@given(
    st.sampled_from(sorted(PATTERNS)),
    st.datetimes(utc("2026-01-01").replace(tzinfo=None), utc("2030-01-01").replace(tzinfo=None)),
    st.sampled_from(("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")),
    st.integers(2, 12),
)
def test_local_times_stay_and_the_judge_knows_every_span(
    pattern: str, start: object, zone: str, sessions: int
) -> None:
    text = str(start)[:16].replace(" ", "T")
    try:
        made, found = judged(pattern=pattern, start=text, zone=zone, sessions=sessions)
    except Refused as refused:
        event(refused.code)
        return

    assert {one.at[11:16] for one in made.planned} == {text[11:]}
    starts = [one.at_utc for one in made.planned]
    short = {
        f"session {number}"
        for number in range(2, sessions + 1)
        if starts[number - 1] - starts[number - 2] < timedelta(hours=24)
    }
    assert {one.where for one in found.refused} == short


@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=12), st.integers(0, 700_000))
def test_from_the_earliest_moment_on_nothing_stands_against_a_session(
    seconds: list[int], later: int
) -> None:
    starts = [utc("2027-03-20T08:00") + timedelta(seconds=one) for one in seconds]

    hard, soft = earliest(starts, RULES)

    assert hard is not None
    assert soft is not None
    assert judge(starts, hard, RULES, BERLIN).refused == ()
    assert judge(starts, hard - timedelta(seconds=1), RULES, BERLIN).refused != ()
    after = judge(starts, soft + timedelta(seconds=later), RULES, BERLIN)
    assert (after.refused, after.needs_override) == ((), ())
    before = judge(starts, soft - timedelta(seconds=1), RULES, BERLIN)
    assert (*before.refused, *before.needs_override) != ()


def test_spans_are_said_to_the_second() -> None:
    assert moment.span(timedelta(days=1, seconds=-1)) == "23 h 59 min 59 s"
    assert moment.span(timedelta(0)) == "0 s"
