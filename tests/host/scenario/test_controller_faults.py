"""Stimuli of the controller in a scenario: what they do at the pins, and what the pump says."""

from collections.abc import Callable

import pytest
from host.scenario.ran import AUTO, SHORT, Ran, event

from evenflow.errors import Refused
from evenflow.scenario.file import Scenario


def steps_after(ran: Ran, span_s: float) -> int:
    """Microsteps in the run later than so long after t0."""
    from_s = ran.result["t0_s"] + span_s
    counts = [int(row["step_count"]) for row in ran.rows if float(row["t_s"]) >= from_s]
    return counts[-1] - counts[0]


@pytest.mark.requirement("OVR-01", "OVR-06", "TST-05")
@pytest.mark.parametrize(
    ("do", "arguments", "alarm", "state"),
    [
        ("step_source", {"times": 3}, "over_delivery", "held"),
        ("step_source", {"times": 0}, "motor_fault", "held"),
        ("step_pin_stuck", {}, "motor_fault", "held"),
        ("dir_flip", {}, "reverse_motion", "held"),
        ("raise", {"error": '"RuntimeError"'}, "software_fault", "fault"),
        ("hang_task", {"name": '"decide"'}, "watchdog_reset", "idle"),
        ("tick_cost", {"us": 40_000}, "tick_overrun", "held"),
        ("corrupt", {"variable": '"occurrences.lower.active"'}, "memory_fault", "fault"),
    ],
)
def test_a_fault_of_the_controller_ends_in_its_alarm(
    run: Callable[..., Ran], do: str, arguments: dict[str, object], alarm: str, state: str
) -> None:
    ran = run("30 s", event('at = "5 s"', f"controller.{do}", **arguments))

    assert ran.result["final"]["state"] == state
    assert ran.alarm(alarm)["priority"] == "high"
    assert steps_after(ran, 25) == 0


def test_a_fast_crystal_makes_fast_steps_and_short_seconds(run: Callable[..., Ran]) -> None:
    ran = run("17 s", event('at = "5 s"', "controller.clock_skew", percent=1.5))

    from_s = ran.result["t0_s"] + 5.1
    moving = [row for row in ran.rows if from_s <= float(row["t_s"]) <= from_s + 10]
    steps = int(moving[-1]["step_count"]) - int(moving[0]["step_count"])
    span_s = float(moving[-1]["t_s"]) - float(moving[0]["t_s"])
    assert steps == pytest.approx(41.675 * 1.015 * span_s, abs=2)
    assert steps > 41.675 * span_s + 4
    assert ran.result["alarms"] == []


@pytest.mark.requirement("TST-11")
@pytest.mark.parametrize("percent", [5, -5, 60])
def test_a_crystal_that_is_far_off_is_found_by_the_clock_chip(
    run: Callable[..., Ran], percent: int
) -> None:
    ran = run("20 s", event('at = "5 s"', "controller.clock_skew", percent=percent))

    raised_t_s = ran.alarm("clock_mismatch")["raised_t_s"]
    assert raised_t_s - ran.result["t0_s"] - 5 <= 8.5
    assert ran.result["final"]["state"] == "held"


@pytest.mark.requirement("OVR-01", "OVR-03")
def test_a_runaway_that_the_limiter_allows_is_found_by_the_audit(run: Callable[..., Ran]) -> None:
    ran = run("30 s", event('at = "5 s"', "controller.step_source", times=1.2))

    assert ran.alarm("over_delivery")["raised_t_s"] - ran.result["t0_s"] < 6
    assert ran.result["excess_ml"] < 0.005


@pytest.mark.requirement("OVR-10", "TST-02")
def test_after_a_reset_a_runaway_fails_the_self_test(run: Callable[..., Ran]) -> None:
    body = event('at = "5 s"', "controller.step_source", times=3)
    ran = run("20 s", body + event('at = "10 s"', "controller.reset"))

    assert ran.alarm("self_test_failed")["raised_t_s"] > ran.result["t0_s"] + 10
    assert ran.result["final"]["state"] == "fault"


@pytest.mark.parametrize(
    ("do", "given", "known"),
    [
        ("raise", 'error = "Oops"', "ValueError"),
        ("hang_task", 'name = "pace"', "listen"),
        ("corrupt", 'variable = "weather"', "motion.job"),
    ],
)
def test_a_name_that_the_firmware_does_not_have_is_refused_with_those_it_has(
    read: Callable[..., Scenario], do: str, given: str, known: str
) -> None:
    with pytest.raises(Refused, match=known):
        read(f'[[event]]\nat = "1 s"\ndo = "controller.{do}"\n{given}\n', 'until = "9 s"\n' + AUTO)


def test_a_state_that_no_table_has_is_a_fault(run: Callable[..., Ran]) -> None:
    ran = run("12 s", event('at = "10 s"', "controller.corrupt", variable='"state"'), SHORT)

    assert ran.states[-2:] == ["complete", "fault"]
    assert ran.alarm("memory_fault")["priority"] == "high"
