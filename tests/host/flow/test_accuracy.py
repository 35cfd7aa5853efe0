"""The long-run error of a span, and the marks of a therapy."""

import pytest

from evenflow.flow import FlowError, long_run, therapy

pytestmark = pytest.mark.requirement("FLO-01", "FLO-06")

EVEN_S = [30.0 * number for number in range(241)]


def test_the_long_run_error_is_that_of_the_mean_flow() -> None:
    # The first hour does not count.
    volume_ml = [5.0 * 1.02 * max(0.0, one - 3600) / 3600 for one in EVEN_S]

    assert long_run(EVEN_S, volume_ml, 5.0) == pytest.approx(2.0)
    assert long_run(EVEN_S, volume_ml, 5.0, from_s=None, to_s=None) == pytest.approx(-49.0)


def test_a_therapy_is_held_at_every_five_minutes_and_at_its_end() -> None:
    volume_ml = [26.25 * 0.985 * one / 3600 for one in EVEN_S]
    marks = therapy(EVEN_S, volume_ml, 26.25)

    assert [mark.time_s for mark in marks] == [300.0 * number for number in range(1, 9)]
    assert all(mark.error_percent == pytest.approx(-1.5) for mark in marks)
    assert marks[-1].volume_ml == pytest.approx(17.5 * 0.985)
    # 2 % on the way, 1 % at the end.
    assert [mark.is_within for mark in marks] == [True] * 7 + [False]


def test_small_volumes_have_a_bound_in_millilitres() -> None:
    volume_ml = [one / 3600 + 0.019 for one in EVEN_S]
    volume_ml[0] = 0.0
    marks = therapy(EVEN_S, volume_ml, 1.0, duration_s=700.0)

    assert [mark.time_s for mark in marks] == [300.0, 600.0, 700.0]
    assert [mark.bound_ml for mark in marks] == [0.03, 0.03, 0.02]
    assert all(mark.is_within for mark in marks)


def test_a_therapy_that_was_not_recorded_to_its_end_is_refused() -> None:
    for duration_s in (2400.0, 1e15):
        with pytest.raises(FlowError) as refused:
            therapy(EVEN_S[:20], EVEN_S[:20], 5.0, duration_s=duration_s)

        assert refused.value.code == "series_short"
