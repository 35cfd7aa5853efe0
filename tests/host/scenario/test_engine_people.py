"""Operators of a run: by hand, refusals, latencies, expectations."""

from collections.abc import Callable

import pytest
from host.scenario.ran import BY_HAND, Ran, event

from evenflow.scenario import result

pytestmark = pytest.mark.requirement("DES-09")


def test_a_person_does_it_all_by_hand(run: Callable[..., Ran]) -> None:
    ran = run(
        "4 s",
        event('when = "state:staged"\nafter = "1 s"', "operator.confirm")
        + event('at_power = "3 s"', "operator.prime_hold", s=3)
        + event('at_power = "7 s"', "operator.purge_confirm")
        + event('at_power = "15 s"', "operator.patient_connected")
        + event('at_power = "25 s"', "operator.start"),
        BY_HAND,
    )

    assert ran.states[-2:] == ["confirmed", "infusing"]
    assert ran.refused == []
    assert ran.result["t0_s"] > 20
    assert ran.result["final"]["patient_volume_ml"] > 0.01


def test_a_person_listens_to_the_alarm_test_before_hearing_it(run: Callable[..., Ran]) -> None:
    ran = run(
        "3 s",
        event('when = "state:staged"', "operator.confirm")
        + event('when = "state:confirmed"', "operator.prime_hold", s=3)
        + event('when = "event:operator.prime_hold"', "operator.purge_confirm")
        + event('when = "event:operator.prime_hold"', "operator.patient_connected")
        + event('when = "event:operator.prime_hold"', "operator.start"),
        BY_HAND,
    )

    assert ran.refused == []
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.requirement("OVR-11")
def test_without_a_confirmation_start_is_refused_by_name(run: Callable[..., Ran]) -> None:
    ran = run("8 s", event('at_power = "3 s"', "operator.start"), BY_HAND)

    assert ran.result["t0_s"] is None
    assert ran.result["virtual_s"] == 8
    assert ran.refused == [("operator.start", "not_confirmed")]
    assert ran.result["refusals"][0]["reason"]
    assert ran.result["final"]["patient_volume_ml"] == 0


def test_checks_that_the_pump_does_not_ask_for_are_refused(run: Callable[..., Ran]) -> None:
    ran = run(
        "12 s",
        event('when = "state:staged"', "operator.confirm")
        + event('at_power = "3 s"', "operator.test_heard")
        + event('at_power = "4 s"', "operator.patient_connected")
        + event('at_power = "5 s"', "operator.purge_confirm")
        + event('at_power = "7 s"', "operator.start"),
        BY_HAND,
    )

    assert ran.refused == [
        ("operator.test_heard", "not_asked"),
        ("operator.patient_connected", "not_asked"),
        ("operator.purge_confirm", "purge_first"),
        ("operator.start", "checklist"),
    ]


@pytest.mark.requirement("SEC-10")
def test_a_stop_by_key_and_by_host_has_its_latency(run: Callable[..., Ran]) -> None:
    ran = run(
        "10 s",
        event('at = "3 s"', "operator.stop")
        + event('at = "4 s"', "operator.resume")
        + event('at = "8 s"', "host.request", command='"stop"'),
    )

    key_ms, host_ms = ran.result["latency_ms"]["stop"]
    assert 0 <= key_ms <= 105  # debounce, a tick, and its steps
    assert 0 <= host_ms <= 65
    assert ran.states[-3:] == ["paused", "infusing", "paused"]
    assert ran.refused == []


@pytest.mark.requirement("OVR-11")
def test_one_press_where_two_are_needed_is_a_refusal(run: Callable[..., Ran]) -> None:
    ran = run("8 s", event('at = "3 s"', "operator.stop") + event('at = "5 s"', "operator.start"))

    assert ran.refused == [("operator.start", "press_again")]


def test_a_resume_that_is_refused_is_told_once(run: Callable[..., Ran]) -> None:
    ran = run(
        "8 s", event('at = "3 s"', "plant.open_barrel") + event('at = "5 s"', "operator.resume")
    )

    assert ran.refused == [("operator.resume", "alarm_active")]


@pytest.mark.requirement("LIB-08")
def test_a_bouncing_key_is_one_press(run: Callable[..., Ran]) -> None:
    ran = run(
        "10 s",
        event('at = "2 s"', "operator.stop")
        + event('at = "5 s"', "operator.press", button='"start"', bounce_ms=30),
    )

    assert ran.refused == [("operator.press", "press_again")]
    assert ran.result["final"]["state"] == "paused"


def test_a_condition_that_never_came_fails_the_scenario(run: Callable[..., Ran]) -> None:
    ran = run(
        "3 s",
        event('when = "alarm:motor_stall"', "plant.release_stall")
        + event('when = "state:infusing"\nafter = "60 s"', "plant.occlude")
        + event('when = "alarm:link_lost"\nevery = true', "operator.acknowledge"),
    )

    assert ran.result["passed"] is False
    assert [(one["where"], one["is_late"]) for one in ran.result["undone"]] == [
        ("event 1 (plant.release_stall)", False),
        ("event 2 (plant.occlude)", True),
    ]
    assert [one["where"] for one in result.never_came(ran.result)] == [
        "event 1 (plant.release_stall)"
    ]


def test_an_expectation_is_judged_on_the_result(run: Callable[..., Ran]) -> None:
    body = '[[expect]]\nthat = "final.state"\nequals = "{}"\n'

    assert run("2 s", body.format("infusing")).result["passed"] is True
    failed = run("2 s", body.format("paused")).result
    assert failed["passed"] is False
    assert failed["expect"] == [
        {"that": "final.state", "equals": "paused", "value": "infusing", "ok": False}
    ]
