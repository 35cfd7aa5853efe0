"""Expectations: paths into a result, and bounds on what stands there."""

from typing import TYPE_CHECKING

import pytest

from evenflow.scenario import expectation, result_path
from evenflow.scenario.result_path import UnknownPath, resolve
from pumpcore.alarms import ALARMS

pytestmark = pytest.mark.requirement("DES-09")

if TYPE_CHECKING:
    from evenflow.errors import Problem

RESULT = {
    "scenario": "one",
    "t0_s": 22.5,
    "final": {"state": "held", "patient_volume_ml": 1.5, "active_alarms": ["motor_stall"]},
    "alarms": [
        {"id": "link_lost", "priority": "medium", "raised_t_s": 40.0, "acknowledged_t_s": None},
        {"id": "motor_stall", "priority": "high", "raised_t_s": 50.0},
        {"id": "link_lost", "priority": "medium", "raised_t_s": 60.0},
    ],
    "events": [
        {"t_s": 1.0, "source": "operator", "name": "start", "detail": "auto"},
        {"t_s": 2.0, "source": "device", "name": "state", "detail": "infusing"},
    ],
    "refusals": [{"t_s": 3.0, "what": "operator.resume", "code": "busy", "reason": "…"}],
    "latency_ms": {"stop": [20.0, 30.0], "alarm": []},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("scenario", "one"),
        ("t0_s", 22.5),
        ("final.state", "held"),
        ("final.patient_volume_ml", 1.5),
        ("final.active_alarms", ["motor_stall"]),
        ("alarms.count", 3),
        ("alarms[1].id", "motor_stall"),
        ("alarms.1.id", "motor_stall"),
        ("alarms.link_lost.count", 2),
        ("alarms.link_lost.raised_t_s", 40.0),
        ("alarms.link_lost.acknowledged_t_s", None),
        ("alarms.link_lost[1].raised_t_s", 60.0),
        ("alarms.link_lost.1.raised_t_s", 60.0),
        ("alarms.link_lost[2].raised_t_s", None),
        ("alarms.over_delivery.count", 0),
        ("alarms.mains_lost.count", 0),
        ("alarms.over_delivery.raised_t_s", None),
        ("events.count", 2),
        ("events.operator.start.t_s", 1.0),
        ("events.device.state.detail", "infusing"),
        ("refusals.operator.resume.code", "busy"),
        ("refusals.operator.start.count", 0),
        ("latency_ms.stop.max", 30.0),
        ("latency_ms.stop.min", 20.0),
        ("latency_ms.stop.count", 2),
        ("latency_ms.stop[1]", 30.0),
        ("latency_ms.alarm.max", None),
        ("latency_ms.alarm[0]", None),
    ],
)
def test_a_path_leads_to_a_value(path: str, value: object) -> None:
    assert resolve(RESULT, path) == value


@pytest.mark.parametrize(
    "path",
    [
        "",
        "final",
        "final.volume",
        "patient_volume_ml",
        "alarms",
        "alarms.motor_stall",
        "alarms.motor_stal.count",
        "alarms.motor_stall.raised",
        "alarms[0]",
        "alarms[0].count",
        "alarms[x].id",
        "events.operator.begin.t_s",
        "events.start.t_s",
        "refusals.code.x",
        "latency_ms",
        "latency_ms.stop",
        "latency_ms.start.max",
        "latency_ms.stop.mean",
        "final..state",
        "Final.state",
    ],
)
def test_a_path_that_no_result_has_is_found_before_the_run(path: str) -> None:
    with pytest.raises(UnknownPath):
        resolve(RESULT, path)
    problem = result_path.problem(path, "expect 1")
    assert problem is not None
    assert (problem.where, problem.code) == ("expect 1", "unknown_path")
    assert problem.hint


@pytest.mark.parametrize(
    ("that", "bounds", "ok"),
    [
        ("final.patient_volume_ml", {"within": [1.5, 1.6]}, True),
        ("final.patient_volume_ml", {"within": [1.4, 1.5]}, True),
        ("final.patient_volume_ml", {"within": [1.6, 1.7]}, False),
        ("final.patient_volume_ml", {"at_most": 1.5}, True),
        ("final.patient_volume_ml", {"at_most": 1.4}, False),
        ("final.patient_volume_ml", {"at_least": 1.5}, True),
        ("final.patient_volume_ml", {"at_least": 1.6}, False),
        ("final.patient_volume_ml", {"at_least": 1, "at_most": 1.4}, False),
        ("final.state", {"equals": "held"}, True),
        ("final.state", {"equals": "paused"}, False),
        ("final.state", {"at_least": 0}, False),
        ("final.active_alarms", {"equals": ["motor_stall"]}, True),
        ("final.active_alarms", {"equals": []}, False),
        ("alarms.count", {"equals": 3}, True),
        ("alarms.count", {"equals": True}, False),
        ("alarms.over_delivery.raised_t_s", {"at_least": 0}, False),
        ("alarms.over_delivery.raised_t_s", {"equals": 0}, False),
    ],
)
def test_a_value_keeps_all_of_its_bounds_or_fails(
    that: str,
    bounds: dict[str, object],
    *,
    ok: bool,
) -> None:
    problems: list[Problem] = []
    read = expectation.read(1, {"that": that, **bounds}, problems)

    assert not problems
    assert read is not None
    entry = read.judge(RESULT)
    assert (entry["ok"], entry["value"]) == (ok, resolve(RESULT, that))
    assert entry["that"] == that


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (3, "wrong_type"),
        ({"that": "final.state"}, "no_bound"),
        ({"equals": 3}, "no_path"),
        ({"that": 3, "equals": 3}, "no_path"),
        ({"that": "final.state", "equal": 3, "equals": 3}, "unknown_key"),
        ({"that": "t0_s", "within": [2, 1]}, "no_bound"),
        ({"that": "t0_s", "within": [1]}, "no_bound"),
        ({"that": "t0_s", "within": 1}, "no_bound"),
        ({"that": "t0_s", "within": ["a", "b"]}, "no_bound"),
        ({"that": "t0_s", "at_most": "1"}, "no_bound"),
        ({"that": "t0_s", "at_most": True}, "no_bound"),
        ({"that": "t0_s", "at_least": float("nan")}, "no_bound"),
    ],
)
def test_a_mistake_in_an_expectation_is_refused(row: object, code: str) -> None:
    problems: list[Problem] = []

    assert expectation.read(4, row, problems) is None
    assert [(problem.where, problem.code) for problem in problems] == [("expect 4", code)]


def test_every_alarm_of_the_pump_may_be_expected() -> None:
    counts = {one.name: resolve(RESULT, f"alarms.{one.name}.count") for one in ALARMS}

    assert len(counts) == len(ALARMS)
    assert {name: count for name, count in counts.items() if count} == {
        "link_lost": 2,
        "motor_stall": 1,
    }
