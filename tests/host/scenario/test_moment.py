"""Times of a scenario."""

import pytest

from evenflow.scenario.moment import InvalidMoment, parse_us, shown

pytestmark = pytest.mark.requirement("DES-09")


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("0 s", 0),
        ("15:00", 900_000_000),
        ("0:05", 5_000_000),
        ("90:00", 5_400_000_000),
        ("1:30:00", 5_400_000_000),
        ("900 s", 900_000_000),
        ("15 min", 900_000_000),
        ("2 h", 7_200_000_000),
        ("8 ms", 8_000),
        ("0.000001 s", 1),
        ("2.5s", 2_500_000),
    ],
)
def test_a_time_is_whole_microseconds(text: str, us: int) -> None:
    assert parse_us(text, "at") == us


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-5 s", "negative_time"),
        ("-1:00", "negative_time"),
        (15, "unit_missing"),
        (1.5, "unit_missing"),
        (True, "wrong_type"),
        (None, "wrong_type"),
        ("15", "no_time"),
        ("", "no_time"),
        ("1:60", "no_time"),
        ("1:2", "no_time"),
        ("1:60:00", "no_time"),
        ("5 m", "no_time"),
        ("5 S", "no_time"),
        ("1e3 s", "no_time"),
        ("nan s", "no_time"),
        ("5,5 s", "no_time"),
        ("0.0000001 s", "too_fine"),
        ("9" * 5_000 + " s", "no_time"),
        ("9" * 5_000 + ":00", "no_time"),
    ],
)
def test_what_is_no_time_is_refused_at_its_place(value: object, code: str) -> None:
    with pytest.raises(InvalidMoment) as caught:
        parse_us(value, "event 3: at")

    problem = caught.value.problem
    assert (problem.where, problem.code) == ("event 3: at", code)
    assert problem.hint


@pytest.mark.parametrize(
    ("us", "text"), [(0, "00:00.0"), (61_500_000, "01:01.5"), (3_600_000_000, "1:00:00.0")]
)
def test_a_time_is_shown_as_a_clock_shows_it(us: int, text: str) -> None:
    assert shown(us) == text
