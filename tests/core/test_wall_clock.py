"""Seconds by the clock chip."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.wall_clock import WallClock, seconds_of

FIRST = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.requirement("LOG-05")
@given(st.integers(1, 34 * 365 * 86_400))
def test_seconds_are_those_of_the_calendar(seconds: int) -> None:
    moment = FIRST + timedelta(seconds=seconds)

    assert seconds_of(*moment.timetuple()[:6]) == seconds
    assert seconds < 1 << 30


@pytest.mark.requirement("LOG-05")
@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ((2020, 1, 1, 0, 0, 0), 0),
        ((2020, 1, 1, 0, 0, 1), 1),
        ((2020, 3, 1, 0, 0, 0), 60 * 86_400),
        ((2021, 3, 1, 0, 0, 0), (366 + 59) * 86_400),
        ((2024, 2, 29, 23, 59, 59), (4 * 365 + 1 + 60) * 86_400 - 1),
        ((2053, 12, 31, 23, 59, 59), (34 * 365 + 9) * 86_400 - 1),
    ],
)
def test_leap_years_are_counted(moment: tuple[int, ...], seconds: int) -> None:
    assert seconds_of(*moment) == seconds


@pytest.mark.requirement("LOG-05")
@pytest.mark.parametrize(
    "moment",
    [
        (2019, 12, 31, 23, 59, 59),
        (2054, 1, 1, 0, 0, 0),
        (2026, 0, 1, 0, 0, 0),
        (2026, 13, 1, 0, 0, 0),
        (2026, 2, 29, 0, 0, 0),
        (2026, 4, 31, 0, 0, 0),
        (2026, 4, 0, 0, 0, 0),
        (2026, 4, 1, 24, 0, 0),
        (2026, 4, 1, 0, 60, 0),
        (2026, 4, 1, 0, 0, 60),
    ],
)
def test_what_is_no_moment_is_unknown(moment: tuple[int, ...]) -> None:
    assert seconds_of(*moment) == 0


@pytest.mark.requirement("LOG-05", "FLO-10")
def test_the_square_wave_keeps_it_going_across_the_counters_wrap() -> None:
    clock = WallClock(1_000)
    for second in range(0, 200, 40):
        clock.tick((65_000 + second * 1_024) & 0xFFFF)

    assert clock.now_s == 1_160


@pytest.mark.requirement("LOG-05")
def test_parts_of_a_second_add_up_to_whole_ones() -> None:
    clock = WallClock(1_000)
    told = []
    for edges in range(0, 2_049, 512):
        clock.tick(edges)
        told.append(clock.now_s)

    assert told == [1_000, 1_000, 1_001, 1_001, 1_002]


@pytest.mark.requirement("LOG-05")
def test_an_unknown_time_stays_unknown() -> None:
    clock = WallClock(0)
    clock.tick(0)
    clock.tick(2_048)

    assert clock.now_s == 0
