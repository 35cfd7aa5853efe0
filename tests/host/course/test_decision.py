"""Whether a session may begin: the file's and the pump's sessions, and clocks that people move."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from host.course import courses
from host.course.courses import RULES, course, utc
from hypothesis import given, settings
from hypothesis import strategies as st

from evenflow.course import record
from evenflow.course.decision import Decision, DeviceSession, may_begin
from evenflow.course.file import Course
from evenflow.course.moment import DEVICE_EPOCH
from evenflow.errors import NeedsOverride, Refused

pytestmark = pytest.mark.requirement("KET-08")
FIRST = utc("2026-12-01T09:00")
DAY = timedelta(days=1)
ONE = courses.given(course(), FIRST)


def _device_s(at: datetime) -> int:
    return int((at - DEVICE_EPOCH).total_seconds())


def _kept(*starts: datetime, entry: int = 1) -> list[DeviceSession]:
    return [
        DeviceSession(_device_s(start), 35_000_000, entry, count)
        for count, start in enumerate(starts, 1)
    ]


def _codes(decision: Decision) -> tuple[list[str], list[str]]:
    judged = decision.judged
    return [one.code for one in judged.refused], [one.code for one in judged.needs_override]


@pytest.mark.parametrize(
    ("after", "codes"),
    [
        (DAY - timedelta(seconds=1), (["spacing_hard"], [])),
        (DAY, ([], ["spacing_soft"])),
        (2 * DAY - timedelta(seconds=1), ([], ["spacing_soft"])),
        (2 * DAY, ([], [])),
        (-timedelta(seconds=1), (["clock_set_back"], [])),
    ],
)
def test_limits_are_inclusive(after: timedelta, codes: tuple[list[str], list[str]]) -> None:
    decision = may_begin(ONE, FIRST + after, RULES)

    assert _codes(decision) == codes
    assert decision.earliest_hard == FIRST + DAY
    assert decision.earliest_soft == FIRST + 2 * DAY
    assert (decision.is_refused, decision.needs_override) == (bool(codes[0]), bool(codes[1]))


def test_the_second_in_which_it_was_recorded_is_no_clock_set_back() -> None:
    """What is recorded is rounded up to a second."""
    at = FIRST + timedelta(microseconds=100_000)
    own = courses.given(course(), at)

    decision = may_begin(own, at + timedelta(microseconds=300_000), RULES)

    assert _codes(decision) == (["spacing_hard"], [])


def test_its_error_is_what_the_command_ends_with() -> None:
    refused = may_begin(ONE, FIRST, RULES)
    soft = may_begin(ONE, FIRST + DAY, RULES)

    assert isinstance(refused.error("course.toml", "as agreed"), Refused)
    assert isinstance(soft.error("course.toml"), NeedsOverride)
    assert soft.error("course.toml", "as agreed") is None


def test_nothing_stands_against_the_first() -> None:
    decision = may_begin(course(), FIRST, RULES)

    assert _codes(decision) == ([], [])
    assert (decision.earliest_hard, decision.earliest_soft) == (None, None)


def test_a_second_host_without_the_file_is_told_by_the_pump() -> None:
    now = FIRST + timedelta(hours=3)

    decision = may_begin(None, now, RULES, _kept(FIRST), _device_s(now))

    assert _codes(decision) == (["spacing_hard"], [])


def test_a_session_that_the_file_lacks_is_named() -> None:
    now = FIRST + 4 * DAY
    kept = _kept(FIRST, FIRST + DAY)

    decision = may_begin(ONE, now, RULES, kept, _device_s(now))

    assert _codes(decision) == ([], ["device_session_unknown"])
    assert decision.unknown == (kept[1],)
    assert "2 (35 mg, Wed 2026-12-02 10:00 CET by its clock)" in (
        decision.judged.needs_override[0].reason
    )


@pytest.mark.parametrize(
    ("apart", "count", "unknown"),
    [
        (timedelta(minutes=9), None, 0),
        (timedelta(minutes=11), None, 1),
        (timedelta(hours=20), 1, 0),
        (timedelta(hours=25), 1, 1),
        (timedelta(0), 2, 1),
    ],
)
def test_the_same_session_is_known_by_time_or_by_the_pump_s_count(
    apart: timedelta, count: int | None, unknown: int
) -> None:
    given_here = record.Given(FIRST, "35 mg", "complete", device_session=count)
    own = record.added(course(), given_here, FIRST)
    now = FIRST + 5 * DAY

    decision = may_begin(own, now, RULES, _kept(FIRST + apart), _device_s(now))

    assert len(decision.unknown) == unknown


def test_sessions_of_file_and_pump_are_counted_together() -> None:
    two = courses.given(course(), FIRST, FIRST + 2 * DAY)
    now = FIRST + 6 * DAY

    kept = _kept(FIRST, FIRST + 2 * DAY, FIRST + 3 * DAY)
    together = may_begin(two, now, RULES, kept, _device_s(now))

    assert _codes(together) == ([], ["device_session_unknown", "sessions_per_week_soft"])
    assert _codes(may_begin(two, now, RULES)) == ([], [])


def test_the_bench_is_no_session() -> None:
    decision = may_begin(None, FIRST, RULES, _kept(FIRST, entry=0), _device_s(FIRST))

    assert _codes(decision) == ([], [])


def test_a_pump_that_lost_its_time_is_refused() -> None:
    assert _codes(may_begin(None, FIRST, RULES, _kept(FIRST))) == (["device_clock_unknown"], [])
    back = may_begin(None, FIRST, RULES, _kept(FIRST), _device_s(FIRST - DAY))
    assert _codes(back) == (["device_clock_set_back"], [])


def test_clocks_that_differ_are_told() -> None:
    decision = may_begin(course(), FIRST, RULES, (), _device_s(FIRST + DAY))

    assert decision.notes == ("the host's clock is 24 h behind the pump's; the pump's counts",)
    assert may_begin(course(), FIRST, RULES, (), _device_s(FIRST)).notes == ()


def test_after_induction_more_than_weekly_needs_a_reason() -> None:
    starts = [FIRST + index * 3 * DAY for index in range(6)]
    six = courses.given(course(), *starts)

    assert _codes(may_begin(six, starts[-1] + 5 * DAY, RULES)) == ([], ["induction_soft"])
    assert _codes(may_begin(six, starts[-1] + 6 * DAY, RULES)) == ([], [])


ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
EMPTY = {zone: course(zone=zone, sessions=1) for zone in ZONES}
HOUR_US = 3_600_000_000
# real time until the next attempt; often just around the limit
PAUSES = st.one_of(
    st.integers(0, 60 * HOUR_US),
    st.integers(24 * HOUR_US - 3_000_000, 24 * HOUR_US + 3_000_000),
)
# how far the host's clock is off at an attempt
OFFSETS = st.one_of(st.just(0), st.integers(-40 * 24 * 3600, 40 * 24 * 3600))
ATTEMPTS = st.lists(
    st.tuples(PAUSES, OFFSETS, st.integers(0, 1), st.booleans()), min_size=2, max_size=6
)
SPRING, AUTUMN = utc("2027-03-24T00:00"), utc("2027-10-28T00:00")


def _recorded(own: Course, now: datetime, count: int) -> Course:
    """With a session that began now; as it was if the file does not take it."""
    try:
        return record.added(own, record.Given(now, "35 mg", "complete", device_session=count), now)
    except Refused:
        return own


@pytest.mark.timeout(600)
@settings(max_examples=10_000)
@given(
    ATTEMPTS,
    st.sampled_from((SPRING, AUTUMN)),
    st.integers(0, 7 * 24 * HOUR_US),
    st.integers(-1_000_000, 1_000_000),
    st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
)
def test_with_the_pump_s_sessions_no_clock_of_a_host_brings_two_closer_than_a_day(
    attempts: list[tuple[int, int, int, bool]],
    began: datetime,
    into_us: int,
    device_off_s: int,
    zones: tuple[str, str],
) -> None:
    """Two hosts with files of their own, which may be lost; the pump's clock only runs."""
    files = [EMPTY[zone] for zone in zones]
    real = began + timedelta(microseconds=into_us)
    kept: list[DeviceSession] = []
    starts: list[datetime] = []
    for pause_us, host_off_s, host, is_recorded in attempts:
        real += timedelta(microseconds=pause_us)
        host_now = real + timedelta(seconds=host_off_s)
        device_now_s = _device_s(real) + device_off_s
        if may_begin(files[host], host_now, RULES, kept, device_now_s).is_refused:
            continue
        starts.append(real)
        kept.append(DeviceSession(device_now_s, 35_000_000, 1, len(starts)))
        if is_recorded:
            files[host] = _recorded(files[host], host_now, len(starts))

    assert all(later - one >= DAY for one, later in pairwise(starts))


@settings(max_examples=1_000)
@given(ATTEMPTS, st.sampled_from((SPRING, AUTUMN)), st.sampled_from(ZONES))
def test_without_a_pump_a_true_clock_and_one_file_suffice(
    attempts: list[tuple[int, int, int, bool]], began: datetime, zone: str
) -> None:
    own, real, starts = EMPTY[zone], began, []
    for pause_us, *_ in attempts:
        real += timedelta(microseconds=pause_us)
        if not may_begin(own, real.astimezone(UTC), RULES).is_refused:
            starts.append(real)
            own = _recorded(own, real, len(starts))
            assert len(own.history) == len(starts)

    assert all(later - one >= DAY for one, later in pairwise(starts))
