"""Occlusions in a record: when the flow ended, when it was told, and what came out again."""

import pytest

from evenflow.flow import FlowError, occlusions

pytestmark = pytest.mark.requirement("OCC-01", "OCC-03")

# Blocked at 60 s, told at 100 s, opened at 120 s, infusing again at 140 s.
TIME_S = [float(number) for number in range(200)]


def record() -> tuple[list[float], list[float], list[str], list[str]]:
    volume_ml, pressure, alarms, states = [], [], [], []
    for second in TIME_S:
        ml = min(second, 60.0) * 0.01 + 0.15 * min(max(second - 120, 0.0) / 10, 1.0)
        volume_ml.append(ml + max(second - 140, 0.0) * 0.01)
        pressure.append(min(max(second - 60, 0.0), 42.0) * 7.5 if second < 120 else 0.0)
        alarms.append("near_end;occlusion_downstream" if 100 <= second < 130 else "near_end")
        states.append("held" if 100 <= second < 140 else "infusing")
    return volume_ml, pressure, alarms, states


def test_an_occlusion_is_timed_and_its_release_measured() -> None:
    volume_ml, pressure, alarms, states = record()
    (found,) = occlusions(TIME_S, volume_ml, pressure, alarms, states)

    assert found.flow_ended_s == 60.0
    assert found.alarm_s == 100.0
    assert found.time_to_alarm_s == 40.0
    assert found.alarm_pressure_mmhg == 300.0
    assert found.peak_pressure_mmhg == 315.0
    assert found.released_ml == pytest.approx(0.15)


def test_a_state_that_follows_its_alarm_by_a_row_changes_nothing() -> None:
    volume_ml, pressure, alarms, states = record()
    states[100] = "infusing"
    (found,) = occlusions(TIME_S, volume_ml, pressure, alarms, states)

    assert found.released_ml == pytest.approx(0.15)


def test_two_occlusions_are_two() -> None:
    volume_ml, pressure, alarms, states = record()
    alarms[180:] = ["occlusion_downstream"] * 20
    states[180:] = ["held"] * 20
    found = occlusions(TIME_S, volume_ml, pressure, alarms, states)

    assert [one.alarm_s for one in found] == [100.0, 180.0]
    assert found[0].released_ml == pytest.approx(0.15)


def test_without_the_alarm_there_is_none() -> None:
    volume_ml, pressure, _, _ = record()

    assert occlusions(TIME_S, volume_ml, pressure, [""] * 200) == ()


def test_rows_without_their_alarms_are_refused() -> None:
    volume_ml, pressure, alarms, _ = record()
    with pytest.raises(FlowError) as refused:
        occlusions(TIME_S, volume_ml, pressure, alarms[:-1])

    assert refused.value.code == "length_differs"
