"""The start-up curve: flow by interval, the time to 90 % and the lag."""

import math

import numpy as np
import pytest

from evenflow.flow import FlowError, startup

pytestmark = pytest.mark.requirement("FLO-07")

EVEN_S = [30.0 * number for number in range(241)]


def test_a_flow_that_is_there_at_once_has_no_lag() -> None:
    found = startup(EVEN_S, [5.0 * one / 3600 for one in EVEN_S], 5.0)

    assert found.flow_ml_per_h == pytest.approx(np.full(240, 5.0))
    assert found.time_s.tolist() == EVEN_S[:-1]
    assert found.time_to_90_percent_s == 0.0
    assert found.lag_volume_ml == pytest.approx(0.0, abs=1e-9)
    assert found.until_s == 7200.0


def test_a_flow_that_comes_late_lags_by_what_it_missed() -> None:
    found = startup(EVEN_S, [5.0 * max(0.0, one - 600) / 3600 for one in EVEN_S], 5.0)

    assert found.time_to_90_percent_s == 600.0
    assert found.lag_volume_ml == pytest.approx(5.0 * 600 / 3600)


def test_a_flow_that_rises_is_found_within_a_sample() -> None:
    lag_s = 200.0
    time_s = [10.0 * number for number in range(721)]
    volume_ml = [5.0 / 3600 * (one - lag_s * (1 - math.exp(-one / lag_s))) for one in time_s]
    found = startup(time_s, volume_ml, 5.0, sample_s=10.0)

    assert found.time_to_90_percent_s == pytest.approx(lag_s * math.log(10), abs=10.0)
    assert found.lag_volume_ml == pytest.approx(5.0 / 3600 * lag_s, rel=1e-3)


def test_a_shorter_record_gives_a_shorter_curve() -> None:
    time_s = EVEN_S[:81]
    found = startup(time_s, [2.0 * one / 3600 for one in time_s], 5.0)

    assert found.until_s == 2400.0
    assert found.time_to_90_percent_s is None
    assert found.lag_volume_ml == pytest.approx(3.0 * 2400 / 3600)


@pytest.mark.parametrize(
    ("begin_s", "until_s", "code"),
    [(30.0, 7200.0, "series_short"), (0.0, 0.0, "span_range"), (0.0, 100.0, "span_range")],
)
def test_what_has_no_start_is_refused(begin_s: float, until_s: float, code: str) -> None:
    with pytest.raises(FlowError) as refused:
        startup([begin_s + one for one in EVEN_S], EVEN_S, 5.0, until_s=until_s)

    assert refused.value.code == code
