"""What every controller's drivers must do, on its emulated board."""

import pytest
from board.contract.conftest import Driven

from evenflow.emulator.overlay import _layout as words
from pumpcore import check_in, panel, reset_cause

SECOND_US = 1_000_000
SWITCHES = {
    "start": "key_start",
    "stop": "key_stop",
    "acknowledge": "key_acknowledge",
    "audio_pause": "key_audio_pause",
    "prime": "key_prime",
    "check": "key_check",
}


def moved(before: int, after: int) -> int:
    """A difference of two counts modulo 2^16."""
    return (after - before + 0x8000 & 0xFFFF) - 0x8000


@pytest.mark.requirement("PRC-05")
def test_a_board_starts_still_and_says_why(driven: Driven) -> None:
    assert len(driven.starts) == 1
    start = driven.starts[0]
    assert start["reset_cause"] == reset_cause.POWER_ON
    assert start["failures"] == 0
    assert len(start["unique_id"]) == 8
    assert any(start["unique_id"])
    assert driven.plant.step_count == 0
    assert not driven.plant.motor_enabled
    assert driven.told.done == (
        check_in.SENSED | check_in.ACTED | check_in.SHOWN | check_in.CARRIED
    )


@pytest.mark.requirement("DES-10")
@pytest.mark.parametrize(("letter", "sign"), [("f", 1), ("b", -1)])
def test_steps_move_the_screw_and_both_counters_see_them(
    driven: Driven, letter: str, sign: int
) -> None:
    before = driven.told
    driven.do(letter, 3 * SECOND_US)
    driven.do("e", SECOND_US)
    after = driven.told

    # 500 a second; the first tick brings two more of ten.
    steps = driven.plant.step_count * sign
    assert steps == pytest.approx(1_520, abs=21)
    assert moved(before.step_count, after.step_count) == steps
    assert moved(before.encoder_count, after.encoder_count) == driven.plant.encoder_count
    assert driven.plant.encoder_count == driven.plant.step_count * 400 // 3_200


@pytest.mark.requirement("TST-08")
def test_a_stop_drops_the_queue_and_enable_in_its_tick(driven: Driven) -> None:
    driven.do("f", SECOND_US)
    assert driven.plant.motor_enabled
    driven.plant.records_steps = True
    driven.plant.step_times.clear()
    driven.board.write(b"s")
    began_ns = driven.plant.now_ns
    driven.run_for(SECOND_US)

    # The letter takes up to a tick to be heard.
    forward = [at_ns for at_ns, _, is_on in driven.plant.step_times if is_on]
    assert not driven.plant.motor_enabled
    assert max(forward, default=began_ns) - began_ns < 25_000_000


@pytest.mark.requirement("OVR-09")
def test_a_queue_without_words_runs_dry(driven: Driven) -> None:
    driven.do("f", SECOND_US)
    driven.plant.records_steps = True
    driven.plant.step_times.clear()
    driven.board.write(b"q")
    began_ns = driven.plant.now_ns
    # The watchdog's second is not over.
    driven.run_for(900_000)

    last_ns = max(at_ns for at_ns, _, is_on in driven.plant.step_times if is_on)
    assert last_ns - began_ns < 100_000_000
    assert not driven.plant.motor_enabled


@pytest.mark.requirement("TST-06")
@pytest.mark.parametrize(
    ("letter", "causes"),
    [
        ("q", (reset_cause.WATCHDOG,)),
        # An STM32 pulls its own reset line.
        ("r", (reset_cause.SOFTWARE, reset_cause.RESET_LINE)),
    ],
)
def test_a_reset_is_told_by_its_cause(
    driven: Driven, letter: str, causes: tuple[int, ...]
) -> None:
    driven.do("f", SECOND_US)
    driven.do(letter, 4 * SECOND_US)

    first, second = [start["reset_cause"] for start in driven.starts]
    assert first == reset_cause.POWER_ON
    assert second in causes
    assert not driven.plant.motor_enabled


def test_a_pulled_reset_line_is_no_watchdog(driven: Driven) -> None:
    driven.board.reset(words.LINE_RESET)
    driven.run_for(2 * SECOND_US)

    cause = driven.starts[-1]["reset_cause"]
    assert len(driven.starts) == 2
    # Not every chip tells it from a power-on.
    assert cause in (reset_cause.RESET_LINE, reset_cause.POWER_ON)


@pytest.mark.parametrize("key", SWITCHES)
def test_every_key_is_its_bit(driven: Driven, key: str) -> None:
    bit = 1 << panel.SWITCHES.index(SWITCHES[key])
    assert not driven.told.switches & bit
    driven.plant.hold(key)
    driven.run_for(100_000)

    assert driven.told.switches & bit


def test_mains_grip_clamp_and_gate_are_their_bits(driven: Driven) -> None:
    seen = driven.told.switches
    assert seen & panel.MAINS_PRESENT
    assert seen & 1 << panel.SWITCHES.index("plunger_seated")
    assert seen & 1 << panel.SWITCHES.index("barrel_closed")
    assert not seen & panel.GATE_INTACT
    driven.plant.unseat_plunger()
    driven.plant.mains_off()
    driven.do("f", 100_000)

    seen = driven.told.switches
    assert not seen & panel.MAINS_PRESENT
    assert not seen & 1 << panel.SWITCHES.index("plunger_seated")
    assert seen & panel.GATE_INTACT


@pytest.mark.requirement("TST-11")
def test_the_clock_chip_s_wave_is_counted(driven: Driven) -> None:
    before = driven.told.reference_count
    driven.run_for(5 * SECOND_US)

    assert moved(before, driven.told.reference_count) == pytest.approx(5 * 1_024, abs=25)


def test_force_position_and_temperature_are_on_the_scales_of_all_boards(driven: Driven) -> None:
    plant = driven.plant
    before = driven.told.force_sample_count
    driven.run_for(SECOND_US)
    told = driven.told

    # 80 a second, of which a driver may fetch one a tick.
    assert 47 <= moved(before, told.force_sample_count) % 256 <= 83
    assert told.raw_force / 10_000 == pytest.approx(plant.force_n, abs=1.5)
    assert told.raw_position == pytest.approx(plant.raw_position, abs=60)
    assert told.raw_temperature == pytest.approx(plant.raw_temperature, abs=25)


def test_sound_and_light_follow_the_outputs(driven: Driven) -> None:
    assert (driven.plant.buzzer.is_on, driven.plant.led) == (False, "off")
    driven.do("f", 300_000)
    assert driven.plant.buzzer.is_on
    driven.do("b", 300_000)

    assert not driven.plant.buzzer.is_on
    assert driven.plant.led != "off"
