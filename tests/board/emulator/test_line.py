"""The serial line, in process and as a port that pyserial opens."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import serial

from evenflow.emulator import Board, EmulatedBoard, EmulationError
from evenflow.errors import WrongUsage

Powered = Callable[..., Board]

ECHO = Path(__file__).parent / "toys" / "echo"
EVERY_BYTE = bytes(range(256))


def test_bytes_come_back_in_order(powered: Powered) -> None:
    board = powered("echo")
    board.run_for(50_000)
    board.write(EVERY_BYTE * 3)
    board.run_for(100_000)

    assert board.read() == EVERY_BYTE * 3


def test_an_answer_takes_the_time_of_the_line(powered: Powered) -> None:
    board = powered("echo")
    board.run_for(50_000)
    board.write(b"x" * 200)
    board.run_for(4_000)
    assert board.read() == b""

    # 4.3 ms there, the next 5 ms tick, 4.3 ms back
    board.run_for(15_000)
    assert board.read() == b"x" * 200


@pytest.mark.parametrize("speed", [1.0, "max"])
def test_pyserial_opens_the_port_like_any_other(runtime: str, speed: float | str) -> None:
    with (
        EmulatedBoard("pico", runtime=runtime, firmware=ECHO, speed=speed) as emulated,
        serial.Serial(emulated.port, 460_800, timeout=20) as port,
    ):
        port.write(EVERY_BYTE)
        assert port.read(256) == EVERY_BYTE
        port.write(b"\x03\x04\r\n")
        assert port.read(4) == b"\x03\x04\r\n"


def test_a_program_that_sets_no_modes_gets_its_bytes_back_unchanged(runtime: str) -> None:
    sent = b"\x03\x04\x11\x13\r\n\x7f"
    with EmulatedBoard("pico", runtime=runtime, firmware=ECHO, speed="max") as emulated:
        port = os.open(emulated.port, os.O_RDWR | os.O_NOCTTY)
        os.write(port, sent)
        received = b""
        while len(received) < len(sent):
            received += os.read(port, 100)
        os.close(port)

    assert received == sent


def test_at_full_speed_others_get_their_turn_between_two_steps(runtime: str) -> None:
    with EmulatedBoard("pico", runtime=runtime, firmware=ECHO, speed="max") as emulated:
        for _ in range(20):
            with emulated.lock:
                before_us = emulated.clock.now_us
                emulated.plant.set_fill(10)
                emulated.plant.press("check", 20)
                assert emulated.clock.now_us == before_us

    assert emulated.plant.syringe_volume_ml == 10.0


async def test_a_port_is_gone_after_the_context(runtime: str) -> None:
    async with EmulatedBoard("pico", runtime=runtime, firmware=ECHO) as emulated:
        serial.Serial(emulated.port).close()
    with pytest.raises(serial.SerialException):
        serial.Serial(emulated.port)


def test_what_ends_the_board_is_told(runtime: str) -> None:
    emulated = EmulatedBoard("pico", runtime=runtime, firmware=ECHO)
    emulated.board.power_on = None
    with pytest.raises(TypeError), emulated:
        pass


@pytest.mark.parametrize("speed", [0, -1, "fast"])
def test_a_speed_that_is_none_is_refused(speed: float | str) -> None:
    with pytest.raises(WrongUsage, match="speed"):
        EmulatedBoard("pico", speed=speed)


def test_a_board_is_powered_on_once(powered: Powered) -> None:
    board = powered("echo")
    with pytest.raises(EmulationError, match="on already"):
        board.power_on()
    assert json.loads(board._library_json) == {}
