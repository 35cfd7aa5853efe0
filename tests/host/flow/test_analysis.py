"""What is made of a measurement, and what is left out with its reason."""

import json

import numpy as np
import pytest

from evenflow.flow import FlowError
from evenflow.flow.analysis import Analysis, Wish, analyse
from evenflow.flow.analysis_json import content
from evenflow.flow.measured import Measured

pytestmark = pytest.mark.requirement("FLO-01", "FLO-02", "FLO-06")


def measured(
    share: float = 1.0, until_s: float = 7200.0, rate: float | None = 5.0, **more: object
) -> Measured:
    time_s = np.arange(0.0, until_s + 10.0, 10.0)
    volume_ml = 5.0 * share * time_s / 3600
    return Measured("a test", "made", time_s, volume_ml, rate, **more)  # type: ignore[arg-type]


def test_two_hours_have_a_trumpet_and_a_start() -> None:
    found = analyse(measured(1.01))

    assert found.mean_error_percent == pytest.approx(1.0)
    assert found.trumpet is not None
    assert found.trumpet[31].worst_positive_percent == pytest.approx(1.0)
    assert found.time_to_90_percent_s == 0.0
    assert found.resolution_s == 30.0
    assert found.therapy == ()
    assert list(found.left_out) == ["therapy"]


def test_a_therapy_has_marks_and_no_second_hour() -> None:
    found = analyse(measured(0.99, infused_s=2399.98))

    assert found.trumpet is None
    assert "40.0 min" in found.left_out["trumpet"]
    assert len(found.therapy) == 8
    assert found.mean_error_percent == pytest.approx(-1.0)
    assert found.startup is not None
    assert found.startup.until_s == 2370.0


def test_a_span_of_ones_own_is_analysed_as_asked() -> None:
    wish = Wish(from_s=600.0, to_s=1800.0, windows_min=(1, 4), therapy_s=1800.0)
    found = analyse(measured(until_s=1800.0), wish)

    assert found.trumpet is not None
    assert (found.trumpet.from_s, found.trumpet.to_s) == (600.0, 1800.0)
    assert [row.window_min for row in found.trumpet] == [1, 4]
    assert len(found.therapy) == 6


def test_dense_readings_time_the_start_by_the_second() -> None:
    time_s = np.arange(0, 72001) / 10
    volume_ml = 5.0 * np.maximum(time_s - 12.0, 0.0) / 3600
    found = analyse(Measured("a test", "made", time_s, volume_ml, 5.0))

    assert (found.time_to_90_percent_s, found.resolution_s) == (12.0, 1.0)


def occluded() -> Analysis:
    time_s = np.arange(0.0, 1000.0)
    volume_ml = 5.0 * np.minimum(time_s, 500.0) / 3600
    alarms = tuple("occlusion_downstream" if one >= 900 else "" for one in time_s)
    return analyse(
        Measured(
            "a test",
            "made",
            time_s,
            volume_ml,
            5.0,
            pressure_mmhg=np.maximum(time_s - 500.0, 0.0),
            alarms=alarms,
            states=tuple("infusing" if one < 900 else "held" for one in time_s),
            infused_s=900.0,
        )
    )


def test_an_occlusion_is_told_and_its_stillness_is_no_start_up() -> None:
    found = occluded()
    (one,) = found.occlusions

    assert one.time_to_alarm_s == pytest.approx(399.0, abs=2.0)
    assert "occlusion" in found.left_out["therapy"]
    assert found.startup is not None
    assert found.startup.until_s == 480.0
    assert found.startup.lag_volume_ml == pytest.approx(0.0, abs=1e-9)


def test_a_series_of_boluses_is_analysed_alone() -> None:
    time_s = np.arange(0.0, 26 * 60.0)
    volume_ml = np.floor(time_s / 60.0)
    made = Measured("a test", "made", time_s, volume_ml, None)
    found = analyse(made, Wish(bolus_ml=1.0))

    assert found.boluses is not None
    assert found.boluses.count == 25
    assert found.trumpet is None
    assert content(found)["boluses"]["mean_percent"] == pytest.approx(0.0)


def test_without_a_rate_there_is_no_error() -> None:
    with pytest.raises(FlowError) as refused:
        analyse(measured(rate=None))

    assert refused.value.code == "no_rate"
    assert "--rate" in refused.value.hint


def test_one_reading_is_no_flow() -> None:
    one = Measured("a test", "made", np.array([0.0]), np.array([0.0]), 5.0)
    with pytest.raises(FlowError) as refused:
        analyse(one)

    assert refused.value.code == "series_short"


@pytest.mark.parametrize("found", [analyse(measured()), occluded()])
def test_an_analysis_is_plain_json(found: Analysis) -> None:
    object_ = content(found)

    assert json.loads(json.dumps(object_, allow_nan=False)) == object_
    assert {one["grade"] for one in object_["commercial"]} == {"read", "remembered"}
