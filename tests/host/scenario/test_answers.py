"""Vital signs in a scenario: entered in time by who answers, and passed with an override."""

from collections.abc import Callable
from pathlib import Path

import pytest
from host.scenario.ran import AUTO, Ran, event

pytestmark = [pytest.mark.requirement("DES-09", "KET-09")]

HOLD = AUTO.replace("ketamine-70kg.toml", "hold.toml")
NOBODY = HOLD + "[operator]\nanswers = false\n"
SILENT_BY_HAND = HOLD + "[operator]\nauto = false\nanswers = false\n"
BY_HAND = (
    event('when = "state:staged"\nafter = "1 s"', "operator.confirm")
    + event('at_power = "3 s"', "operator.prime_hold", s=3)
    + event('at_power = "7 s"', "operator.purge_confirm")
    + event('at_power = "15 s"', "operator.patient_connected")
    + event('at_power = "25 s"', "operator.start")
)


@pytest.fixture
def hold(folder: Path) -> Path:
    """The reference order, held to vital signs each ten minutes."""
    text = (folder / "ketamine-70kg.toml").read_text(encoding="utf-8")
    path = folder / "hold.toml"
    path.write_text(text.replace("[session]", '[session]\nvitals = "hold"'), encoding="utf-8")
    return path


@pytest.mark.usefixtures("hold")
def test_signs_are_entered_before_start_and_whenever_they_are_due(
    run: Callable[..., Ran],
) -> None:
    ran = run("21 min", "", HOLD)

    baseline_s, *later_s = ran.times("operator", "vitals")
    t0_s = ran.result["t0_s"]
    assert baseline_s < t0_s
    assert [round(at_s - t0_s) for at_s in later_s] == [605, 1210]
    assert ran.refused == []
    assert ran.result["alarms"] == []
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.usefixtures("hold")
def test_signs_that_an_event_enters_begin_the_interval_anew(run: Callable[..., Ran]) -> None:
    ran = run("11 min", event('at = "3 min"', "operator.vitals"), HOLD)

    assert len(ran.times("operator", "vitals")) == 2
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.usefixtures("hold")
def test_a_pause_is_no_part_of_the_interval(run: Callable[..., Ran]) -> None:
    """The pump counts what it gives: 8 min, 5 min of pause, and the other 2 of the ten."""
    paused = event('at = "8 min"', "operator.stop") + event('at = "13 min"', "operator.resume")
    ran = run("16 min", paused, HOLD)

    _, later_s = ran.times("operator", "vitals")
    assert later_s - ran.result["t0_s"] == pytest.approx(15 * 60 + 5, abs=3)
    assert {alarm["id"] for alarm in ran.result["alarms"]} == {"pause_reminder"}
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.usefixtures("hold")
def test_nobody_enters_signs_where_nobody_answers(run: Callable[..., Ran]) -> None:
    ran = run("60 s", "", NOBODY)

    assert ran.times("operator", "vitals") == []
    assert ran.result["t0_s"] is None
    assert ("operator.start", "baseline_missing") in ran.refused


def test_an_order_that_is_not_held_to_signs_is_not_answered_with_any(
    run: Callable[..., Ran],
) -> None:
    assert run("11 min").times("operator", "vitals") == []


@pytest.mark.usefixtures("hold")
@pytest.mark.requirement("KET-11")
def test_an_override_passes_a_soft_baseline_and_stays(run: Callable[..., Ran]) -> None:
    high = {"sbp": 150, "dbp": 95}
    ran = run(
        "20 s",
        BY_HAND
        + event('at_power = "20 s"', "operator.vitals", **high)
        + event('at_power = "30 s"', "operator.override", reason='"anxious"')
        + event('at_power = "32 s"', "operator.vitals", **high)
        + event('at_power = "35 s"', "operator.start"),
        SILENT_BY_HAND,
    )

    assert ran.refused == [("operator.start", "baseline_soft")]
    assert ran.result["t0_s"] > 35
    assert ran.result["final"]["state"] == "infusing"


@pytest.mark.usefixtures("hold")
@pytest.mark.requirement("KET-11")
def test_an_override_alone_sends_the_last_signs_again(run: Callable[..., Ran]) -> None:
    ran = run(
        "5 s",
        BY_HAND
        + event('at_power = "20 s"', "operator.vitals", sbp=150, dbp=95)
        + event('at_power = "22 s"', "operator.override", reason='"anxious"'),
        SILENT_BY_HAND,
    )

    assert ran.refused == []
    assert ran.result["final"]["state"] == "infusing"
