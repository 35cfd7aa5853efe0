"""Chips that run small programs; all of it needs the extra `rp2040`."""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from host.emulator.rp2040.thumb import Program, pack

from evenflow import boards
from evenflow.emulator.rp2040 import uf2

if TYPE_CHECKING:
    from evenflow.emulator.rp2040.board import ChipBoard
    from evenflow.emulator.rp2040.chip import Chip

BAUD = 460_800


@pytest.fixture(scope="session")
def emulator() -> None:
    """Skips where there is no emulator of the chip."""
    if find_spec("rp2040py") is None:
        pytest.skip("rp2040py is not installed")


@pytest.fixture(scope="session")
def profile() -> Mapping[str, object]:
    """The Pico's flat profile."""
    return boards.load("pico")


@pytest.fixture
def make_chip(emulator: None) -> Callable[[Program], "Chip"]:
    """A chip with a program in its flash, off."""
    chip = import_module("evenflow.emulator.rp2040.chip")
    return lambda program: chip.Chip(uf2.parse(pack(program.code()), "x.uf2").content, 0, BAUD)


@pytest.fixture
def make_board(emulator: None, profile: Mapping[str, object]) -> Callable[[Program], "ChipBoard"]:
    """A board whose chip has a program in its flash, off."""
    board = import_module("evenflow.emulator.rp2040.board")

    def make(program: Program) -> "ChipBoard":
        image = uf2.parse(pack(program.code()), "x.uf2")
        return board.ChipBoard(profile, b"", image, flash=image.content)

    return make
