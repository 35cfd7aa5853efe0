"""Pins of emulated controllers that have more of them than the exchange has pads, or names."""

import json
from collections.abc import Callable, Iterator

import pytest
from board.emulator.conftest import TOYS

from evenflow import boards
from evenflow.emulator import Board

pytestmark = pytest.mark.requirement("PRC-05")
Wired = Callable[[str], Board]


@pytest.fixture
def wired(runtime: str) -> Iterator[Wired]:
    """Powers a board file's board with the toy that uses its pins."""
    opened: list[Board] = []

    def power(name: str) -> Board:
        board = Board(boards.load(name), b"{}", runtime=runtime, firmware=TOYS / "wired")
        opened.append(board)
        board.power_on()
        return board

    yield power
    for board in opened:
        board.close()


def told(board: Board, name: str) -> list[str]:
    lines = board.console_text.splitlines()
    return [line.partition(" ")[2] for line in lines if line.startswith(name + " ")]


@pytest.mark.parametrize("name", ["pico", "esp32s3", "pyboard-d"])
def test_every_board_s_keys_mains_and_clamp_are_at_its_own_pins(wired: Wired, name: str) -> None:
    board = wired(name)
    board.run_for(55_000)
    # The clamp and the grip are shut.
    assert told(board, "levels")[-1].rpartition(" ")[0] == "[0, 0, 1, 1, 1] 1"
    board.plant.hold("stop")
    board.plant.open_barrel()
    board.plant.mains_off()
    board.run_for(55_000)

    assert told(board, "levels")[-1].rpartition(" ")[0] == "[0, 1, 1, 0, 1] 0"


@pytest.mark.parametrize("name", ["pico", "esp32s3", "pyboard-d"])
def test_every_board_s_converter_sees_the_four_voltages(wired: Wired, name: str) -> None:
    board = wired(name)
    plant = board.plant
    board.run_for(55_000)

    expected = [plant.raw_position, plant.raw_barrel, plant.raw_contact, plant.raw_battery]
    assert len(set(expected)) == 4
    if name == "esp32s3":
        # Its converter reads full scale at 3.1 V, and in steps of a millivolt here.
        expected = [pytest.approx(min(raw * 33 / 31, 65_535), abs=50) for raw in expected]
    assert json.loads(told(board, "analogue")[0]) == expected


@pytest.mark.parametrize("name", ["pico", "esp32s3", "pyboard-d"])
def test_every_board_drives_its_sounder_and_its_sign_of_life(wired: Wired, name: str) -> None:
    board = wired(name)
    board.run_for(55_000)
    assert not board.plant.buzzer.is_on
    board.plant.hold("check")
    board.run_for(55_000)

    assert board.plant.buzzer.is_on
    lives = [line.rpartition(" ")[2] for line in told(board, "levels")[-2:]]
    assert sorted(lives) == ["0", "1"]
    board.write(b"hello")
    board.run_for(95_000)
    assert board.read() == b"hello"


def test_a_pin_that_the_board_file_does_not_name_is_refused(wired: Wired) -> None:
    board = wired("pyboard-d")
    board.run_for(55_000)

    assert told(board, "refused") == [
        "pin 'PZ9': the board file names no such pin",
        "pin 'W33' has no ADC; take an analogue input",
    ]
