"""Faults of the pump itself: told, final where they must be, never a way to go on."""

import pytest
from core import pico
from core.pico import SHORT, assert_sounds_high, assert_stands, in_state, press

from pumpcore import alarms, panel, stop_reason
from pumpcore.interlock import STATES


@pytest.mark.requirement("TST-13")
def test_a_software_fault_stops_for_good_and_stays_visible() -> None:
    """Acknowledging silences, only a power cycle ends it."""
    bench = in_state("infusing")
    bench.kernel.fail()
    bench.tick()
    assert_stands(bench)
    assert_sounds_high(bench)
    assert bench.state() == "fault"
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "software_fault"
    for key in (panel.KEY_ACKNOWLEDGE, panel.KEY_START, panel.KEY_START, panel.KEY_PRIME):
        bench.press(key)
        assert_stands(bench)
        assert bench.outputs.alarms_low == alarms.SOFTWARE_FAULT
    assert bench.outputs.sounder == 0
    assert panel.LED_PATTERNS[bench.outputs.led] == "red_flash"
    assert bench.state() == "fault"


@pytest.mark.requirement("TST-13")
@pytest.mark.parametrize("state", STATES)
def test_a_software_fault_is_possible_in_every_state(state: str) -> None:
    bench = in_state(state)
    reason = bench.outputs.stop_reason
    bench.kernel.fail()
    bench.kernel.fail()
    bench.tick()

    assert bench.state() == "fault"
    if state not in ("infusing", "kvo"):
        assert bench.outputs.stop_reason == reason
    assert_stands(bench)


@pytest.mark.requirement("TST-02", "TST-13")
def test_a_second_fault_does_not_hide_the_first() -> None:
    bench = in_state("fault")
    bench.kernel.fail()
    bench.tick()

    assert bench.outputs.alarms_low == alarms.SELF_TEST_FAILED | alarms.SOFTWARE_FAULT


@pytest.mark.requirement("TST-02")
def test_a_failed_self_test_stays_visible_after_it_was_acknowledged() -> None:
    bench = in_state("fault")
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.tick(100)

    assert bench.outputs.alarms_low == alarms.SELF_TEST_FAILED
    assert bench.kernel.self_test_failures == 1


@pytest.mark.requirement("TST-09")
def test_a_watchdog_reset_is_told_and_bars_the_next_start_until_acknowledged() -> None:
    """It never resumes by itself."""
    bench = pico.bench()
    bench.kernel.boot(0, True)
    bench.tick(30)
    assert bench.state() == "idle"
    assert bench.outputs.alarms_low == alarms.WATCHDOG_RESET
    assert_sounds_high(bench)
    bench.stage()
    assert press(bench, panel.KEY_PRIME) == "alarm_active"
    bench.press(panel.KEY_ACKNOWLEDGE)

    assert bench.outputs.alarms_low == 0
    assert press(bench, panel.KEY_PRIME) == "press_again"


@pytest.mark.requirement("TST-09")
def test_a_programme_that_was_cut_short_is_told_until_a_person_has_seen_it() -> None:
    bench = pico.bench()
    bench.kernel.tell_cut_short()
    bench.boot()
    bench.tick(100)
    assert bench.outputs.alarms_high == alarms.SUPPLY_DIP_UPPER
    bench.press(panel.KEY_ACKNOWLEDGE)

    assert bench.outputs.alarms_high == 0
    assert bench.state() == "idle"


@pytest.mark.requirement("OVR-04")
def test_a_lost_step_at_the_very_end_is_a_fault_not_a_silence() -> None:
    bench = pico.bench()
    bench.infuse(SHORT)
    bench.tick(100)
    bench.kernel.motion.delivered_steps -= 1
    bench.kernel.motion.moved_steps -= 1
    bench.kernel.motion._seal()
    bench.tick(100)

    assert bench.state() == "held"
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "motor_fault"
