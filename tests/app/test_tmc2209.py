"""A pump with a TMC2209: it infuses, and whatever its driver loses stops it by name."""

from collections.abc import Callable, Iterator

import pytest
from app.rig import Rig, bench_order
from core.board.mistakes import TMC2209

from evenflow import boards
from evenflow.emulator.plant.tmc2209 import OT

RATE_UL_PER_H = 120_000
# A round of 80 ms, the reply's tick, debouncing, and a look each 100 ms.
ALARM_S = 0.26
PROFILE = {**boards.load("pico"), **TMC2209}


@pytest.fixture(params=["cpython", "micropython"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with Rig(bench_order(RATE_UL_PER_H, 10_000_000), request.param, profile=PROFILE) as made:
        made.start()
        yield made


@pytest.mark.requirement("FLO-06")
def test_it_gives_what_was_ordered_and_the_chip_is_set_as_the_board_file_says(rig: Rig) -> None:
    chip = rig.plant.motor_driver
    # Until the line is filled.
    rig.run_for(10)
    before_ml = rig.plant.patient_volume_ml
    rig.run_for(30)

    assert rig.plant.patient_volume_ml - before_ml == pytest.approx(1.0, rel=0.02)
    assert chip is not None
    assert (chip.microsteps, chip.is_sensitive, chip.current_scale) == (64, True, 12)
    assert rig.alarms == set()
    assert "motor driver" not in rig.board.console_text
    assert rig.board.reset_count == 0


def _reset(rig: Rig) -> None:
    assert rig.plant.motor_driver is not None
    rig.plant.motor_driver.lose_power()


def _mute(rig: Rig) -> None:
    assert rig.plant.motor_driver is not None
    rig.plant.motor_driver.is_mute = True


def _hot(rig: Rig) -> None:
    assert rig.plant.motor_driver is not None
    rig.plant.motor_driver.fail(OT)


def _short(rig: Rig) -> None:
    rig.plant.motor_fault()


@pytest.mark.requirement("OVR-10", "TST-16", "OVR-01")
@pytest.mark.parametrize("spoil", [_reset, _mute, _hot, _short])
def test_a_driver_that_fails_stops_the_infusion(rig: Rig, spoil: Callable[[Rig], None]) -> None:
    rig.run_for(3)
    before_ml = rig.plant.drawn_volume_ml
    spoilt_at_us = rig.now_us
    spoil(rig)
    rig.run_until(lambda: rig.state == "held", 1)

    assert rig.now_us - spoilt_at_us <= ALARM_S * 1_000_000
    # One that has reset may be seen by how far it turns before it is asked again.
    assert "motor_fault" in rig.alarms
    assert rig.alarms <= {"motor_fault", "over_delivery"}
    # One that has reset turns eight times as far at each edge: it is strapped to 1/8.
    due_ml = RATE_UL_PER_H / 3.6e6 * ALARM_S
    assert rig.plant.drawn_volume_ml - before_ml <= 8 * due_ml
    rig.plant.press("acknowledge")
    rig.resume()
    assert rig.state == "held"


def _spread_pin_high(rig: Rig) -> None:
    assert rig.plant.motor_driver is not None
    rig.plant.motor_driver.is_spread_high = True


@pytest.mark.requirement("TST-01", "TST-02")
@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_mute, "self-test: the motor driver does not answer"),
        (_spread_pin_high, "self-test: the motor driver shows register 0x6f as"),
    ],
)
def test_a_driver_that_cannot_be_set_up_fails_the_self_test(
    spoil: Callable[[Rig], None], told: str
) -> None:
    rig = Rig(bench_order(RATE_UL_PER_H, 10_000_000), "cpython", profile=PROFILE)
    rig.plant.records_steps = True
    spoil(rig)
    with rig:
        rig.run_until(lambda: rig.state == "fault", 10)

        assert told in rig.board.console_text
        assert "self_test_failed" in rig.alarms
        assert rig.plant.step_times == []


@pytest.mark.requirement("TST-01")
def test_a_controller_that_is_reset_finds_the_driver_and_sets_it_up_again(rig: Rig) -> None:
    rig.board.reset()
    rig.run_for(0.05)
    rig.run_until(lambda: rig.state == "idle", 10)

    assert "motor driver" not in rig.board.console_text
