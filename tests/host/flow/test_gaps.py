"""A gap is no even flow: windows that may hold fewer than two readings are not computed."""

import numpy as np
import pytest

from evenflow.flow import FlowError, trumpet
from evenflow.flow.analysis import Wish, analyse
from evenflow.flow.analysis_json import content
from evenflow.flow.measured import Measured

pytestmark = pytest.mark.requirement("FLO-01", "FLO-02", "FLO-07")

WINDOWS = ("window of 2 min", "window of 5 min", "window of 11 min", "window of 19 min")


def flow(time_s: np.ndarray) -> Measured:
    return Measured("a test", "made", time_s, 5.0 * time_s / 3600, 5.0)


def every(step_s: float, gap_from_s: float = 0.0, gap_to_s: float = 0.0) -> np.ndarray:
    time_s = np.arange(0.0, 7200.0 + step_s / 2, step_s)
    return time_s[(time_s <= gap_from_s) | (time_s >= gap_to_s)]


@pytest.mark.parametrize(
    ("time_s", "windows_min", "code"),
    [
        # Two readings, two hours apart.
        (np.array([0.0, 7200.0]), (31,), "series_sparse"),
        (every(10.0, 3900.0, 6960.0), (2, 5, 11, 19, 31), "series_sparse"),
        (every(600.0), (19,), "series_sparse"),
        (every(600.0), (20, 31), None),
        # Twice the gap holds two readings wherever it lies; a little less does not.
        (every(10.0, 4000.0, 4060.0), (2,), None),
        (every(10.0, 4000.0, 4070.0), (2,), "series_sparse"),
        (every(10.0, 4000.0, 4070.0), (2.5, 5), None),
        # A gap that only reaches into the span, on either side, and one before it.
        (every(10.0, 3000.0, 3610.0), (5,), "series_sparse"),
        (every(10.0, 7100.0, 7200.0), (2,), "series_sparse"),
        (every(10.0, 1000.0, 3600.0), (2,), None),
        # The standard's samples, and windows between one reading and the next.
        (every(30.0), (2, 5, 11, 19, 31), None),
        (every(30.0), (0.5,), None),
        (every(60.0), (2,), None),
    ],
)
def test_a_window_holds_two_readings_or_is_refused(
    time_s: np.ndarray, windows_min: tuple[float, ...], code: str | None
) -> None:
    volume_ml = 5.0 * time_s / 3600
    if code is None:
        assert len(trumpet(time_s, volume_ml, 5.0, windows_min=windows_min)) == len(windows_min)
        return
    with pytest.raises(FlowError) as refused:
        trumpet(time_s, volume_ml, 5.0, windows_min=windows_min)

    assert refused.value.code == code
    assert "without a reading" in refused.value.reason


def test_what_the_gaps_forbid_is_left_out_of_an_analysis_with_a_note() -> None:
    found = analyse(flow(every(600.0)))

    assert found.trumpet is not None
    assert [row.window_min for row in found.trumpet] == [31]
    assert set(WINDOWS) <= set(found.left_out)
    assert content(found)["trumpet"]["largest_gap_s"] == 600.0
    assert content(found)["source"]["largest_gap_s"] == 600.0


def test_a_gap_longer_than_all_windows_leaves_no_trumpet() -> None:
    found = analyse(flow(every(10.0, 3900.0, 6960.0)))

    assert found.trumpet is None
    assert "3060 s without a reading" in found.left_out["trumpet"]
    assert found.mean_error_percent is None


def test_a_window_that_was_asked_for_is_refused() -> None:
    with pytest.raises(FlowError) as refused:
        analyse(flow(every(600.0)), Wish(windows_min=(2, 31)))

    assert refused.value.code == "series_sparse"


def test_the_start_is_known_to_the_gap() -> None:
    assert analyse(flow(every(600.0))).resolution_s == 600.0
    assert analyse(flow(every(10.0, 20.0, 100.0))).resolution_s == 80.0
    # What is missing later does not blur the start.
    assert analyse(flow(every(10.0, 3900.0, 6960.0))).resolution_s == 30.0


def test_windows_that_do_not_fit_a_span_are_left_out_unless_asked_for() -> None:
    found = analyse(flow(every(10.0)), Wish(from_s=600.0, to_s=2400.0))

    assert found.trumpet is not None
    assert [row.window_min for row in found.trumpet] == [2, 5, 11, 19]
    assert "span of 1800 s" in found.left_out["window of 31 min"]
    with pytest.raises(FlowError) as refused:
        analyse(flow(every(10.0)), Wish(from_s=600.0, to_s=2400.0, windows_min=(2, 31)))
    assert refused.value.code == "series_short"
