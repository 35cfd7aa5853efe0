"""Faults between the stepper and the STEP and DIR pins, seen at the pins and by the firmware."""

import struct
from collections.abc import Callable
from itertools import pairwise

import pytest

from evenflow.emulator import Board
from evenflow.emulator.controller.step_pin import RunawayPin, SilentPin
from evenflow.emulator.controller.stepper import Stepper

Powered = Callable[..., Board]

# 24 ms a step
USUAL = {"period_cycles": 300_000, "tops_up": False, "periods": 1, "limiter_loops": 10_000}
# 0.4 ms a step, 56 ms queued
FAST = {"period_cycles": 5_000, "tops_up": True, "periods": 140, "limiter_loops": 100}
REPORT_BYTES = 40
PERIOD_NS = 24_000_000
COUNTS_PER_STEP = 400 / 3200


def counted(board: Board) -> int:
    """What the firmware's audit counter says, of STEP's edges."""
    return struct.unpack("<10i", board.read()[-REPORT_BYTES:])[1]


def moments_after(board: Board, from_ns: int) -> list[int]:
    return [at_ns for at_ns, _, _ in board.plant.step_times if at_ns >= from_ns]


@pytest.mark.parametrize("times", [3, 1, 0.5])
def test_a_runaway_makes_that_many_edges_of_each_queued_one(
    powered: Powered, times: float
) -> None:
    board = powered("mover", **USUAL)
    board.plant.records_steps = True
    board.run_for(1_000_000)
    board.controller.break_step_pin(RunawayPin(times))
    board.run_for(1_000_000)
    from_ns = board.plant.now_ns
    before = counted(board), board.plant.encoder_count
    board.run_for(12_000_000)

    moments = moments_after(board, from_ns)
    assert len(moments) == pytest.approx(500 * times, abs=1)
    spans = {after - ahead for ahead, after in pairwise(moments)}
    assert spans == {PERIOD_NS * 10 // int(times * 10)}
    # The audit counter and the encoder see every one of them; the report is of the tick before.
    assert counted(board) - before[0] == pytest.approx(500 * times, abs=2)
    turned = board.plant.encoder_count - before[1]
    assert turned == pytest.approx(500 * times * COUNTS_PER_STEP, abs=2)


def test_a_runaway_goes_on_with_an_empty_queue_until_enable_drops(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.run_for(1_000_000)
    board.controller.break_step_pin(RunawayPin(2))
    board.run_for(1_000_000)
    board.plant.records_steps = True
    board.kill()
    killed_at_ns = board.plant.now_ns
    before = board.plant.step_count
    board.coast(900_000)

    late = [
        is_on for at_ns, _, is_on in board.plant.step_times if at_ns - killed_at_ns > 80_000_000
    ]
    assert len(late) == pytest.approx(820 / 12, abs=2)
    assert not any(late)
    assert board.plant.step_count - before < 8


@pytest.mark.requirement("DES-10", "OVR-01")
def test_a_runaway_trips_the_limiter_which_cuts_the_motor(powered: Powered) -> None:
    board = powered("mover", **(FAST | {"limiter_loops": 2_000}))
    board.run_for(1_000_000)
    before = board.plant.step_count
    board.controller.break_step_pin(RunawayPin(1.3))
    board.run_for(1_000_000)

    # 2 * 2000 + 28 cycles of 80 ns are guarded: 322 us; 0.4 ms / 1.3 are 308.
    assert board.plant.step_count - before < 100
    assert not board.plant.motor_enabled


def test_a_runaway_of_nothing_is_silence(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.controller.break_step_pin(RunawayPin(0))
    board.run_for(2_000_000)

    assert board.controller.step_edge_count == 0


def test_a_runaway_outlives_a_reset_and_starts_with_the_firmware(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.run_for(1_000_000)
    board.controller.break_step_pin(RunawayPin(10))
    board.run_for(1_000_000)
    board.reset()
    board.run_for(2_000_000)

    board.plant.records_steps = True
    board.run_for(1_000_000)
    assert len(board.plant.step_times) == pytest.approx(1000 / 2.4, abs=1)


def test_the_pace_of_a_runaway_never_makes_edges_of_the_past() -> None:
    stepper = Stepper(12_500_000, 8)
    stepper.begin(0)
    pin = RunawayPin(1)
    pin.connect(stepper)
    # Two steps 0.8 s apart, then two a microsecond apart.
    for cycles in (10_000_000, 10_000_000, 64, 64):
        stepper.put((cycles - 29) << 1 | 1, 0)
    edges: list[int] = []
    for until_ns in range(1_000_000, 2_000_000_000, 1_000_000):
        before = len(edges)
        pin.run(until_ns, edges)
        assert all(at >= until_ns - 1_000_000 for at in edges[before:])


def test_a_stuck_step_pin_consumes_the_queue_and_moves_nothing(powered: Powered) -> None:
    board = powered("mover", **FAST)
    board.run_for(1_000_000)
    board.controller.break_step_pin(SilentPin())
    board.run_for(100_000)
    before = counted(board), board.plant.step_count
    board.run_for(2_000_000)

    assert (counted(board), board.plant.step_count) == before
    assert board.plant.motor_enabled
    board.kill()
    board.coast(100_000)
    assert board.controller.machines[0].reading(0) == 0


def test_a_flipped_dir_turns_the_screw_backwards(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.run_for(1_000_000)
    board.controller.flip_direction()
    before = board.plant.step_count, board.plant.encoder_count
    edges = board.controller.step_edge_count
    board.run_for(2_400_000)

    assert board.plant.step_count - before[0] == -(board.controller.step_edge_count - edges)
    assert board.plant.step_count < before[0] - 95
    turned = board.plant.encoder_count - before[1]
    assert turned == pytest.approx(-98 * COUNTS_PER_STEP, abs=2)
