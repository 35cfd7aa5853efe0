"""Steps of a toy firmware at the pins: exact, starved, gated, and never without a heartbeat."""

import hashlib
import json
import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evenflow import boards
from evenflow.emulator import Board
from evenflow.emulator import board as board_module
from evenflow.emulator.controller.core import Controller
from evenflow.emulator.controller.operations import apply
from evenflow.emulator.overlay._layout import OUT_SEQUENCE

if TYPE_CHECKING:
    from array import array

Powered = Callable[..., Board]

CYCLE_NS = 80
# 24 ms: 41.7 steps a second, 26.25 mL/h
USUAL = {"period_cycles": 300_000, "tops_up": False, "periods": 1, "limiter_loops": 10_000}
# 0.4 ms: 2500 steps a second, 60 ms queued
FAST = {"period_cycles": 5_000, "tops_up": True, "periods": 140, "limiter_loops": 2_000}
REPORT_BYTES = 40
MOVER = Path(__file__).parent / "toys" / "mover"


def last_report(board: Board) -> tuple[int, ...]:
    sent = board.read()
    return struct.unpack("<10i", sent[-REPORT_BYTES:])


@pytest.mark.parametrize("settings", [USUAL, FAST], ids=["usual", "fast"])
def test_steps_are_exactly_a_period_apart(powered: Powered, settings: dict[str, int]) -> None:
    board = powered("mover", **settings)
    board.plant.records_steps = True
    board.run_for(3_000_000)

    moments = [at_ns for at_ns, _, _ in board.plant.step_times]
    spans = {after - before for before, after in pairwise(moments)}
    assert spans == {settings["period_cycles"] * CYCLE_NS}
    assert all(enabled and direction == 1 for _, direction, enabled in board.plant.step_times)


def test_the_firmware_reads_what_the_plant_does(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.run_for(10_000_000)
    board.plant.unseat_plunger()
    board.plant.hold("start")
    board.run_for(1_000_000)

    report = last_report(board)
    plant = board.plant
    # The report is of the tick before.
    assert report[1] == pytest.approx(plant.step_count, abs=1)
    assert report[2] == pytest.approx(plant.encoder_count, abs=1)
    assert report[3] == pytest.approx(1024 * 11, abs=25)
    assert report[5] == pytest.approx(plant.raw_position, abs=32)
    assert (report[6], report[7]) == (1, 0)
    assert abs(report[4] - (1 << 24) if report[4] >> 23 else report[4]) < 10_000


def test_the_two_halves_of_the_encoder_make_one_exact_count(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    while board.plant.encoder_count < 3:
        board.step()
    for _ in range(9):
        board.plant.stall()
        board.run_for(60_000)
        assert last_report(board)[2] == board.plant.encoder_count
        board.plant.release_stall()
        board.run_for(100_000)

    assert board.plant.encoder_count > 6


def test_a_dead_processor_leaves_the_queue_to_run_dry(powered: Powered) -> None:
    board = powered("mover", **FAST)
    board.run_for(1_000_000)
    board.plant.records_steps = True
    board.kill()
    killed_at_ns = board.plant.now_ns
    board.coast(500_000)

    last_ns = board.plant.step_times[-1][0]
    assert 0 < last_ns - killed_at_ns <= 80_000_000
    assert not board.plant.motor_enabled


@pytest.mark.requirement("OVR-09")
def test_enable_drops_five_ms_after_the_last_heartbeat(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.run_for(1_000_000)
    board.kill()
    last_edge_ns = board.plant.enable.last_edge_at_ns
    assert last_edge_ns > board.plant.now_ns
    while board.plant.now_ns < last_edge_ns + 4_900_000:
        assert board.plant.motor_enabled
        board.coast(100)

    board.coast(200)
    assert not board.plant.motor_enabled


def test_steps_without_enable_move_nothing(powered: Powered) -> None:
    board = powered("mover", **FAST)
    board.run_for(1_000_000)
    board.plant.enable.hold_ns = -1_000_000_000
    before = (board.plant.step_count, board.controller.step_edge_count)
    board.run_for(500_000)

    assert board.plant.step_count == before[0]
    assert board.controller.step_edge_count > before[1] + 1000


@pytest.mark.requirement("DES-10")
def test_steps_that_come_too_fast_shut_the_gate_for_good(powered: Powered) -> None:
    # 5000 cycles a step, 2 * 2490 + 28 guarded
    board = powered("mover", **(FAST | {"limiter_loops": 2_490}))
    board.plant.records_steps = True
    board.run_for(1_000_000)

    assert board.plant.step_count == 2
    assert not board.plant.motor_enabled
    assert [enabled for _, _, enabled in board.plant.step_times[:4]] == [True, True, False, False]


def test_the_overlay_leaves_no_litter_on_the_heap(powered: Powered, runtime: str) -> None:
    board = powered("mover", **USUAL)
    board.run_for(201_000_000)

    if runtime == "micropython":
        growth = int(board.console_text.split("heap growth")[1])
        # What the measurement itself takes; a byte a tick would be 10,000.
        assert growth <= 64


def test_an_exchange_a_tick_is_enough(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.run_for(1_000_000)
    before = board.exchange_count
    board.run_for(2_000_000)

    assert board.exchange_count - before == 100


def _requests(runtime: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[str, bytes]:
    digest = hashlib.sha256()

    def recorded(controller: Controller, request: "array[int]", end: int) -> None:
        # The first one tells the interpreter's version.
        if request[OUT_SEQUENCE] > 1:
            digest.update(request[:end].tobytes())
        apply(controller, request, end)

    with monkeypatch.context() as patch:
        patch.setattr(board_module, "apply", recorded)
        board = Board(
            boards.load("pico"),
            json.dumps(USUAL).encode(),
            runtime=runtime,
            seed=seed,
            firmware=MOVER,
        )
        with board:
            board.run_for(20_000_000)
            sent = board.read()
    return digest.hexdigest(), sent


def test_the_same_seed_gives_the_same_exchanges_to_the_byte(
    runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _requests(runtime, 4, monkeypatch)

    assert first == _requests(runtime, 4, monkeypatch)
    assert first != _requests(runtime, 5, monkeypatch)


def test_both_interpreters_make_the_same_exchanges(
    runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if runtime == "cpython":
        return
    assert _requests("micropython", 4, monkeypatch) == _requests("cpython", 4, monkeypatch)


def test_a_program_without_a_model_is_refused_by_name(powered: Powered) -> None:
    board = powered("stranger")
    board.run_for(100_000)

    assert "PIO program 'blink' has no model" in board.console_text
    assert not board.is_running
