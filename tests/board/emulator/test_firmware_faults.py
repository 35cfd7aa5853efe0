"""Faults of the firmware's own, made by the overlay: exceptions, hung tasks, flipped bits."""

from collections.abc import Callable

import pytest
from board.emulator.bench import Bench

from evenflow.emulator import Board
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay._targets import ERRORS, TASKS, VARIABLES
from pumpcore.alarms import SOFTWARE_FAULT, WATCHDOG_RESET

Powered = Callable[..., Board]

ORDER = "ketamine-70kg.toml"
# What the queue and the beats of ENABLE may still do.
LONGEST_RUN_OUT_US = 80_000


@pytest.mark.requirement("TST-13")
@pytest.mark.parametrize("error", ["ValueError", "MemoryError"])
def test_an_exception_in_the_loop_stops_the_plunger_and_keeps_ticking(
    infusing: Bench, error: str
) -> None:
    exchanges = infusing.board.exchange_count
    infusing.board.controller.tell_fault(words.FAULT_RAISE, error)
    infusing.run_for(0.06)
    stands_at = infusing.board.plant.step_count
    infusing.run_for(3)

    assert infusing.state == "fault"
    assert infusing.latest["alarms_low"] & SOFTWARE_FAULT
    assert not infusing.board.plant.motor_enabled
    assert infusing.board.plant.step_count - stands_at <= 1
    assert infusing.board.console_text.count(f"software fault: {error}('fault injected'") == 1
    assert infusing.board.reset_count == 0
    assert infusing.board.exchange_count - exchanges > 150


@pytest.mark.requirement("TST-13", "TST-06")
def test_an_exception_that_nothing_catches_ends_in_the_watchdog(infusing: Bench) -> None:
    infusing.board.controller.tell_fault(words.FAULT_RAISE, "KeyboardInterrupt")
    infusing.run_for(1.1)

    assert infusing.board.reset_count == 1
    assert "KeyboardInterrupt" in infusing.board.console_text


@pytest.mark.requirement("TST-07", "OVR-09")
@pytest.mark.parametrize("task", [row[0] for row in TASKS])
def test_a_hung_task_starves_the_plunger_and_ends_in_the_watchdog(
    infusing: Bench, task: str
) -> None:
    board = infusing.board
    board.controller.tell_fault(words.FAULT_HANG, task)
    board.plant.records_steps = True
    hung_at_us = board.now_us
    infusing.run_for(0.95)
    assert board.reset_count == 0
    infusing.run_for(0.1)

    # Fed last in the tick before, or in this one if only the wait hangs.
    assert board.reset_count == 1
    moved = [at_ns for at_ns, _, is_on in board.plant.step_times if is_on]
    assert moved[-1] // 1000 - hung_at_us <= LONGEST_RUN_OUT_US + 20_000
    infusing.run_until("idle", 3)
    assert infusing.latest["alarms_low"] & WATCHDOG_RESET


@pytest.mark.requirement("TST-07", "OVR-09")
def test_a_hung_plunger_of_an_esp32_s3_starves_and_ends_in_the_watchdog(runtime: str) -> None:
    bench = Bench(runtime, ORDER, "esp32s3")
    with bench.board as board:
        bench.run_until("infusing", 60)
        bench.run_for(2)
        board.controller.tell_fault(words.FAULT_HANG, "act")
        board.plant.records_steps = True
        hung_at_us = board.now_us
        bench.run_for(1.1)

        assert board.reset_count == 1
        moved = [at_ns for at_ns, _, is_on in board.plant.step_times if is_on]
        assert moved[-1] // 1000 - hung_at_us <= LONGEST_RUN_OUT_US + 20_000
        bench.run_until("idle", 3)
        assert bench.latest["alarms_low"] & WATCHDOG_RESET


@pytest.mark.requirement("TST-05", "DES-06")
def test_a_flipped_job_is_no_way_past_the_gate(infusing: Bench) -> None:
    infusing.board.controller.tell_fault(words.FAULT_CORRUPT, "motion.job")
    infusing.run_for(0.1)
    stands_at = infusing.board.plant.step_count
    infusing.run_for(5)

    assert infusing.board.plant.step_count == stands_at
    assert not infusing.board.plant.motor_enabled


@pytest.mark.requirement("DES-10", "TST-05")
def test_a_flipped_period_trips_the_limiter(infusing: Bench) -> None:
    before = infusing.board.plant.step_count
    infusing.board.controller.tell_fault(words.FAULT_CORRUPT, "motion.pacer.period_cycles")
    infusing.run_for(2)

    # 41.7 steps a second, and then no more.
    assert infusing.board.plant.step_count - before < 10
    assert not infusing.board.plant.motor_enabled
    assert infusing.state == "held"


@pytest.mark.parametrize(("path", "bit"), VARIABLES)
def test_every_variable_is_there_and_exactly_its_bit_flips(path: str, bit: int) -> None:
    bench = Bench("cpython", ORDER)
    with bench.board:
        bench.run_until("confirmed", 10)
        bench.board.controller.tell_fault(words.FAULT_CORRUPT, path)
        bench.run_for(1)

        assert bench.board.is_running
        assert "software fault" not in bench.board.console_text
    if path == "motion.delivered_steps":
        assert bench.latest["delivered_microsteps"] == 1 << bit


def test_a_firmware_without_that_part_says_so(powered: Powered) -> None:
    board = powered("echo")
    board.run_for(100_000)
    board.controller.tell_fault(words.FAULT_HANG, "listen")
    board.run_for(100_000)

    assert "this firmware has no module pumpapp.loop for a fault" in board.console_text


def test_a_reset_ends_a_fault_that_the_firmware_has_not_met(infusing: Bench) -> None:
    infusing.board.hang()
    infusing.board.controller.tell_fault(words.FAULT_RAISE, "ValueError")
    infusing.run_for(5)

    assert infusing.board.reset_count == 1
    assert infusing.state == "idle"
    assert "ValueError" not in infusing.board.console_text


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_raised_by_that_name(powered: Powered, error: str) -> None:
    board = powered("echo")
    board.run_for(100_000)
    board.controller.tell_fault(words.FAULT_RAISE, error)
    board.run_for(100_000)

    assert not board.is_running
    assert error in board.console_text or error == "SystemExit"
