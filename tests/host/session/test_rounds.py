"""When vital signs are due, asked for, reminded of and overdue: the state machine, in its time."""

import pytest

from evenflow.dose.library import shipped
from evenflow.session.rounds import (
    ASKED,
    BASELINE,
    DISCHARGE,
    INFUSION,
    MISSED,
    OBSERVATION,
    OVERDUE,
    REMINDED,
    Rounds,
    rounds_of,
)

pytestmark = pytest.mark.requirement("KET-09")

S = 1_000_000
MIN = 60 * S


def ketamine() -> Rounds:
    return rounds_of(shipped().entry("mood-clinic", "ketamine").vital_signs, 120 * MIN)


def through(
    rounds: Rounds, until_min: float, since_min: float = 0, *, step_s: int = 1
) -> list[tuple[str, float]]:
    """What is said, and at how many minutes, looked at once a second."""
    said = []
    for now_us in range(int(since_min * MIN), int(until_min * MIN), step_s * S):
        said += [(one.name, now_us / MIN) for one in rounds.step(now_us)]
    return said


def started() -> Rounds:
    """At 0, with the baseline entered."""
    rounds = ketamine()
    rounds.begin(-MIN)
    rounds.answer(-MIN // 2)
    rounds.start(0)
    return rounds


def test_the_baseline_is_asked_for_once_and_never_overdue() -> None:
    rounds = ketamine()

    said = [one.name for one in rounds.begin(0)] + [name for name, _ in through(rounds, 30)]

    assert said == [ASKED]
    assert rounds.phase == BASELINE
    assert not rounds.is_overdue


def test_a_start_without_a_baseline_leaves_it_missed() -> None:
    rounds = ketamine()
    rounds.begin(0)

    assert [one.name for one in rounds.start(MIN)] == [MISSED]
    assert rounds.open is None
    assert rounds.all[0].is_late


def test_signs_are_due_every_ten_minutes_then_every_fifteen_to_the_end() -> None:
    rounds = started()
    asked = []
    for now_us in range(0, 120 * MIN, S):
        notices = rounds.observe(now_us) if now_us == 40 * MIN + 5 * S else []
        for one in notices + rounds.step(now_us):
            asked.append((one.name, one.round.phase, now_us / MIN))
            rounds.answer(now_us)

    infusion = [(ASKED, INFUSION, due) for due in (10, 20, 30, 40)]
    assert asked == infusion + [(ASKED, OBSERVATION, due) for due in (55, 70, 85, 100, 115)]
    assert [one.is_late for one in rounds.all] == [False] * 10
    assert rounds.end() == []
    assert rounds.phase == DISCHARGE


@pytest.mark.parametrize(
    ("end_min", "asked_min"),
    [
        (39.99, [39.99, 54.99, 69.99, 84.99, 99.99, 114.99]),
        (38, [38, 53, 68, 83, 98, 113]),
        (37, [45, 60, 75, 90, 105]),
        (31, [45, 60, 75, 90, 105]),
    ],
)
def test_no_gap_is_longer_than_an_interval_and_none_is_due_at_the_end(
    end_min: float, asked_min: list[float]
) -> None:
    rounds = started()
    through(rounds, 31)
    rounds.answer(31 * MIN)

    rounds.observe(round(end_min * MIN))

    through(rounds, 121, end_min)
    due = [one.due_us / MIN for one in rounds.all if one.due_us > 31 * MIN]
    assert due == pytest.approx(asked_min, abs=0.02)


def test_what_is_not_entered_is_reminded_after_two_minutes_and_alarmed_after_five() -> None:
    rounds = started()

    said = through(rounds, 19)

    assert said == [(ASKED, 10), (REMINDED, 12), (OVERDUE, 15)]
    assert rounds.is_overdue


def test_an_entry_ends_the_alarm_and_is_late() -> None:
    rounds = started()
    through(rounds, 16)

    answered = rounds.answer(16 * MIN)

    assert answered is not None
    assert answered.is_late
    assert not rounds.is_overdue
    assert through(rounds, 20, 16) == []


def test_a_round_that_is_still_open_at_the_next_is_missed() -> None:
    rounds = started()

    said = through(rounds, 21)

    assert said[3:] == [(MISSED, 20), (ASKED, 20)]
    assert not rounds.is_overdue


def test_an_entry_up_to_two_minutes_early_is_that_of_the_round_ahead() -> None:
    rounds = started()

    assert rounds.answer(7 * MIN) is None
    ahead = rounds.answer(8 * MIN)

    assert ahead is not None
    assert ahead.due_us == 10 * MIN
    assert through(rounds, 20) == []
    assert through(rounds, 21, 20) == [(ASKED, 20)]


def test_a_look_that_comes_late_says_everything_that_is_due() -> None:
    rounds = started()

    assert [one.name for one in rounds.step(16 * MIN)] == [ASKED, REMINDED, OVERDUE]


def test_an_end_that_is_told_late_leaves_what_was_due_before_it() -> None:
    rounds = started()
    through(rounds, 31)
    rounds.answer(31 * MIN)

    said = rounds.observe(41 * MIN)

    assert [(one.name, one.round.phase, one.round.due_us) for one in said] == [
        (ASKED, INFUSION, 40 * MIN)
    ]
    assert through(rounds, 56, 42)[-1] == (ASKED, 55)


def test_a_prompt_comes_within_five_seconds_when_looked_at_once_a_second() -> None:
    rounds = started()

    assert through(rounds, 11, 0.004, step_s=1)[0][1] == pytest.approx(10, abs=5 / 60)


def test_an_entry_without_intervals_asks_for_nothing() -> None:
    rounds = rounds_of(shipped().entry("bench-trial", "ketamine").vital_signs)
    rounds.start(0)

    assert through(rounds, 120, step_s=10) == []
    assert rounds.answer(MIN) is None
