"""Reminders, the end of a programme that nobody starts, long pauses, repeated occlusions."""

import pytest
from core import pico
from core.pico import in_state, press
from core.pump_bench import PumpBench

from pumpcore import alarms, limits, panel, report, stop_reason

TICK_MS = limits.TICK_US // 1_000
REMINDER_TICKS = limits.REMINDER_MS // TICK_MS
# Half a minute at once: what counts here are clocks, not motion.
LONG_US = 30_000_000


def seconds(bench: PumpBench, count: int) -> None:
    """Let so many seconds pass, half a minute at a time."""
    for _ in range(count // 30):
        bench.tick(1, LONG_US)
    bench.tick(50 * (count % 30))


def occlude(bench: PumpBench) -> None:
    """One occlusion, freed and acknowledged again."""
    bench.force_mn = 30_000
    bench.tick(3)
    assert bench.outputs.alarms_low & alarms.OCCLUSION_DOWNSTREAM
    bench.force_mn = 3_000
    bench.tick(3)
    press(bench, panel.KEY_ACKNOWLEDGE)
    bench.tick()


def resume(bench: PumpBench) -> str:
    """START pressed twice; the answer to the second press, or the refusal of the first."""
    answer = press(bench, panel.KEY_START)
    return press(bench, panel.KEY_START) if answer == "press_again" else answer


def infusing() -> PumpBench:
    bench = pico.bench()
    bench.force_mn = 3_000
    bench.infuse(pico.bench_order(1_200_000))
    bench.tick(50)
    return bench


@pytest.mark.requirement("ALM-18", "ALM-19")
@pytest.mark.parametrize(
    ("state", "bit"),
    [
        ("staged", alarms.PROGRAMME_WAITING),
        ("confirmed", alarms.PROGRAMME_WAITING),
        ("paused", alarms.PAUSE_REMINDER),
        ("held", alarms.PAUSE_REMINDER),
    ],
)
def test_who_keeps_the_pump_waiting_is_reminded_and_reminded_again(state: str, bit: int) -> None:
    bench = in_state(state)
    bench.kernel.acknowledge()
    bench.tick(REMINDER_TICKS - 50)
    assert not bench.outputs.alarms_low & bit
    bench.tick(60)
    assert bench.outputs.alarms_low & bit
    bench.kernel.acknowledge()
    bench.tick()
    assert not bench.kernel.occurrences.sound_priority()
    bench.tick(REMINDER_TICKS + 10)

    assert bench.outputs.alarms_low & bit
    assert bench.kernel.occurrences.sound_priority() == alarms.LOW


def test_an_alarm_that_sounds_needs_no_reminder() -> None:
    bench = in_state("held")
    bench.tick(REMINDER_TICKS + 10)
    assert not bench.outputs.alarms_low & alarms.PAUSE_REMINDER
    press(bench, panel.KEY_ACKNOWLEDGE)
    bench.tick(REMINDER_TICKS - 50)
    assert not bench.outputs.alarms_low & alarms.PAUSE_REMINDER
    bench.tick(60)

    assert bench.outputs.alarms_low & alarms.PAUSE_REMINDER


@pytest.mark.requirement("ALM-19")
@pytest.mark.parametrize("state", ["idle", "infusing", "complete"])
def test_nobody_is_reminded_of_what_does_not_wait(state: str) -> None:
    bench = in_state(state)
    bench.link_frame_count = 1
    for _ in range(REMINDER_TICKS + 10):
        bench.tick()
        assert not bench.outputs.alarms_low & (alarms.PROGRAMME_WAITING | alarms.PAUSE_REMINDER)
        if bench.state() != state:
            break


def test_a_key_or_a_confirmation_is_no_waiting() -> None:
    bench = in_state("staged")
    bench.tick(REMINDER_TICKS - 50)
    bench.confirm()
    bench.tick(REMINDER_TICKS - 50)
    press(bench, panel.KEY_AUDIO_PAUSE)
    bench.tick(REMINDER_TICKS - 50)

    assert bench.outputs.alarms_low == 0


@pytest.mark.requirement("ALM-18")
@pytest.mark.parametrize("state", ["staged", "confirmed"])
def test_a_programme_that_nobody_starts_is_dropped_after_ten_minutes(state: str) -> None:
    bench = in_state(state)
    seconds(bench, 599)
    assert bench.state() == state
    seconds(bench, 2)

    assert bench.state() == "idle"
    assert bench.outputs.programme_number == 0
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "waited_too_long"
    bench.tick(10)
    assert bench.outputs.alarms_low == 0


@pytest.mark.requirement("KET-14")
@pytest.mark.parametrize("state", ["paused", "held"])
def test_a_dose_that_was_interrupted_for_half_an_hour_is_not_resumed(state: str) -> None:
    bench = in_state(state)
    press(bench, panel.KEY_ACKNOWLEDGE)
    seconds(bench, 1_790)
    assert not bench.outputs.alarms_low & alarms.PAUSE_TOO_LONG
    seconds(bench, 11)

    assert bench.outputs.alarms_low & alarms.PAUSE_TOO_LONG
    moved = bench.outputs.delivered_microsteps
    assert press(bench, panel.KEY_START) == "pause_too_long"
    assert press(bench, panel.KEY_START) == "pause_too_long"
    bench.tick(100)
    assert bench.state() == state
    assert bench.outputs.delivered_microsteps == moved


@pytest.mark.requirement("KET-14")
def test_a_pause_counts_from_its_own_beginning() -> None:
    bench = in_state("paused")
    seconds(bench, 1_700)
    assert resume(bench) == "none"
    bench.tick(5)
    assert bench.state() == "infusing"
    press(bench, panel.KEY_STOP)
    seconds(bench, 1_700)

    assert resume(bench) == "none"


@pytest.mark.requirement("OCC-07")
def test_the_third_occlusion_in_ten_minutes_locks_the_programme() -> None:
    bench = infusing()
    for _ in range(2):
        occlude(bench)
        assert resume(bench) == "none"
        bench.tick(20)
        assert bench.state() == "infusing"
    occlude(bench)

    assert bench.state() == "held"
    assert bench.outputs.alarms_low & alarms.REPEATED_ALARM_LOCK
    seconds(bench, 6)
    moved = bench.outputs.delivered_microsteps
    for _ in range(3):
        press(bench, panel.KEY_ACKNOWLEDGE)
        assert resume(bench) == "alarm_active"
    bench.tick(100)
    assert bench.outputs.delivered_microsteps == moved
    number = bench.outputs.programme_number
    assert bench.kernel.cancel(number) == 0
    bench.tick()
    press(bench, panel.KEY_ACKNOWLEDGE)
    bench.tick()
    assert (bench.state(), bench.outputs.alarms_low) == ("idle", 0)


@pytest.mark.requirement("OCC-07")
def test_three_occlusions_over_more_than_ten_minutes_do_not_lock() -> None:
    bench = infusing()
    for _ in range(3):
        occlude(bench)
        seconds(bench, 300)
        press(bench, panel.KEY_ACKNOWLEDGE)
        assert resume(bench) == "none"
        bench.tick(20)

    assert bench.state() == "infusing"


@pytest.mark.requirement("TST-12")
@pytest.mark.parametrize("key", [panel.KEY_START, panel.KEY_ACKNOWLEDGE, panel.KEY_STOP])
def test_a_key_that_is_held_for_a_minute_is_stuck_and_stop_still_stops(key: int) -> None:
    bench = in_state("infusing")
    if key == panel.KEY_STOP:
        bench = in_state("idle")
    bench.link_frame_count = 1
    bench.keys = key
    bench.tick(2_990)
    assert not bench.outputs.alarms_low & alarms.KEY_STUCK
    bench.tick(20)
    assert bench.outputs.alarms_low & alarms.KEY_STUCK
    if key != panel.KEY_STOP:
        bench.keys |= panel.KEY_STOP
        bench.tick(2)
        assert bench.outputs.word_count == 0
    bench.keys = 0
    bench.tick(3)

    assert not bench.outputs.alarms_low & alarms.KEY_STUCK


@pytest.mark.requirement("TST-12")
def test_a_long_purge_is_no_stuck_key() -> None:
    bench = in_state("confirmed")
    press(bench, panel.KEY_PRIME)
    bench.keys = panel.KEY_PRIME
    bench.tick(3_010)

    assert bench.outputs.motion & report.MOTION_PURGE
    assert not bench.outputs.alarms_low & alarms.KEY_STUCK
