"""The trumpet is the naive sum, on any series; what it cannot be made of is refused by name."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from host.flow import naive
from hypothesis import given
from hypothesis import strategies as st

from evenflow.errors import EvenflowError
from evenflow.flow import FlowError, trumpet
from evenflow.flow.series import series

pytestmark = pytest.mark.requirement("FLO-01", "FLO-02")

EVEN_S = [30.0 * number for number in range(241)]
EVEN_ML = [5.0 * moment / 3600 for moment in EVEN_S]


@given(
    st.lists(st.floats(-0.5, 2.0), min_size=62, max_size=150),
    st.floats(0.1, 1200.0),
    st.sampled_from([0.1, 1.0, 10.0, 30.0, 60.0]),
    st.floats(-1e4, 1e4),
)
def test_it_is_the_naive_sum(
    shares: list[float], rate: float, sample_s: float, begin_s: float
) -> None:
    time_s = [begin_s + sample_s * number for number in range(len(shares) + 1)]
    volume_ml = np.cumsum([0.0, *(share * rate * sample_s / 3600 for share in shares)]).tolist()
    windows_min = [count * sample_s / 60 for count in (1, 4, 10, 62)]
    expected, whole = naive.trumpet(volume_ml, rate, sample_s, windows_min)

    for times, volumes in ((time_s, volume_ml), (np.array(time_s), tuple(volume_ml))):
        found = trumpet(
            times,
            volumes,
            rate,
            windows_min=windows_min,
            from_s=None,
            to_s=None,
            sample_s=sample_s,
        )
        assert found.long_run_percent == pytest.approx(whole, abs=1e-6)
        assert [row.window_min for row in found] == windows_min
        for window_min, (most, least, count) in expected.items():
            row = found[window_min]
            assert row.worst_positive_percent == pytest.approx(most, abs=1e-6)
            assert row.worst_negative_percent == pytest.approx(least, abs=1e-6)
            assert row.place_count == count


def test_the_second_hour_is_the_standards_case() -> None:
    found = trumpet(EVEN_S, EVEN_ML, 5.0)

    assert [row.place_count for row in found] == [117, 111, 99, 83, 59]
    assert (found.from_s, found.to_s) == (3600.0, 7200.0)
    assert found.long_run_percent == pytest.approx(0.0, abs=1e-9)
    assert all(row.worst_percent < 1e-9 for row in found)


def test_only_its_span_counts() -> None:
    # All comes in the first hour.
    volume_ml = [min(one, 5.0) for one in EVEN_ML]
    found = trumpet(EVEN_S, volume_ml, 5.0)

    assert found.long_run_percent == pytest.approx(-100.0)
    assert found[31].worst_positive_percent == pytest.approx(-100.0)


def test_uneven_samples_are_interpolated() -> None:
    time_s = sorted({*EVEN_S[::3], *(one + 7.3 for one in EVEN_S), 7200.0})
    volume_ml = [5.0 * one / 3600 for one in time_s]
    step = trumpet(time_s, volume_ml, 5.0)

    assert all(row.worst_percent < 1e-9 for row in step)


def test_readings_between_the_samples_change_nothing() -> None:
    fine_s = [0.5 * number for number in range(14401)]
    fine_ml = [5.0 * one / 3600 + 0.002 * math.sin(one / 40) for one in fine_s]
    coarse = trumpet(fine_s[::60], fine_ml[::60], 5.0)
    fine = trumpet(fine_s, fine_ml, 5.0)

    for one, other in zip(coarse, fine, strict=True):
        assert one == pytest.approx(other)


def test_noise_that_runs_backwards_is_a_figure() -> None:
    volume_ml = [one + (0.05 if number % 2 else 0.0) for number, one in enumerate(EVEN_ML)]
    found = trumpet(EVEN_S, volume_ml, 5.0, windows_min=(0.5, 2))

    assert found[0.5].worst_positive_percent == pytest.approx(120.0)
    assert found[0.5].worst_negative_percent == pytest.approx(-120.0)
    assert found[2].worst_percent < 1e-9


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"volume_ml": EVEN_ML[:-1]}, "length_differs"),
        ({"time_s": [1.0], "volume_ml": [1.0]}, "series_short"),
        ({"time_s": [], "volume_ml": []}, "series_short"),
        ({"volume_ml": [*EVEN_ML[:-1], math.nan]}, "not_finite"),
        ({"volume_ml": [*EVEN_ML[:-1], math.inf]}, "not_finite"),
        ({"time_s": [*EVEN_S[:-1], math.nan]}, "not_finite"),
        ({"time_s": [*EVEN_S[:-1], math.inf]}, "not_finite"),
        ({"time_s": [-math.inf, *EVEN_S[1:]]}, "not_finite"),
        ({"time_s": [*EVEN_S[:-1], EVEN_S[-2]]}, "time_order"),
        ({"time_s": EVEN_S[::-1]}, "time_order"),
        ({"time_s": [0.0] * 241}, "time_order"),
        ({"time_s": ["a"] * 241}, "not_numbers"),
        ({"volume_ml": [EVEN_ML] * 241}, "not_numbers"),
        ({"time_s": EVEN_S[:200], "volume_ml": EVEN_ML[:200]}, "series_short"),
        ({"from_s": -30.0}, "series_short"),
        ({"time_s": [3590.0, *(3600.5 + one for one in EVEN_S[1:])], "from_s": 0}, "series_short"),
        ({"to_s": 7230.0}, "series_short"),
        ({"to_s": 3600.0}, "span_range"),
        ({"to_s": 3610.0}, "span_range"),
        ({"from_s": math.nan, "to_s": None}, "span_range"),
        ({"from_s": -math.inf}, "span_range"),
        ({"to_s": math.inf}, "span_range"),
        ({"to_s": "7200"}, "not_numbers"),
        ({"rate_ml_per_h": "5"}, "not_numbers"),
        ({"rate_ml_per_h": None}, "not_numbers"),
        ({"rate_ml_per_h": [5.0]}, "not_numbers"),
        ({"sample_s": "30"}, "not_numbers"),
        ({"windows_min": 2}, "not_numbers"),
        ({"windows_min": "25"}, "not_numbers"),
        ({"windows_min": ("2",)}, "not_numbers"),
        ({"rate_ml_per_h": 0.0}, "rate_range"),
        ({"rate_ml_per_h": -5.0}, "rate_range"),
        ({"rate_ml_per_h": math.nan}, "rate_range"),
        ({"rate_ml_per_h": math.inf}, "rate_range"),
        ({"sample_s": 0.0}, "sample_range"),
        ({"sample_s": 1e-6, "windows_min": (1,), "to_s": None}, "sample_range"),
        ({"windows_min": (0,)}, "window_range"),
        ({"windows_min": ()}, "window_range"),
        ({"windows_min": (2, 2)}, "window_range"),
        ({"windows_min": (0.75,)}, "window_multiple"),
        ({"windows_min": (0.25,)}, "window_multiple"),
        ({"windows_min": (61,)}, "series_short"),
    ],
)
def test_what_it_cannot_be_made_of_is_refused_by_name(changed: dict[str, Any], code: str) -> None:
    asked: dict[str, Any] = {"time_s": EVEN_S, "volume_ml": EVEN_ML, "rate_ml_per_h": 5.0}
    with pytest.raises(FlowError) as refused:
        trumpet(**asked | changed)

    assert refused.value.code == code
    assert refused.value.reason
    assert refused.value.hint
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, EvenflowError)


@pytest.mark.parametrize("count", [2, 1023, 1024, 1025, 4097])
@pytest.mark.parametrize("kind", [list, tuple])
def test_a_row_of_any_length_is_taken_as_it_is(kind: type, count: int) -> None:
    values = [number / 7 for number in range(count)]
    found = series(kind(values), kind(values))

    assert found.time_s.tolist() == values
    assert found.volume_ml.tolist() == values


def test_numbers_of_other_kinds_in_a_list_are_numbers() -> None:
    row = [np.float32(0.5), 1, Fraction(3, 2), np.int64(2), True + 2]

    assert series(row, row).time_s.tolist() == [0.5, 1.0, 1.5, 2.0, 3.0]


def test_a_window_that_was_not_asked_for_is_no_key() -> None:
    with pytest.raises(KeyError):
        trumpet(EVEN_S, EVEN_ML, 5.0)[3]
