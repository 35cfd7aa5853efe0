"""Firmware on CPython in the plant's own process: what it may not reach, and how it is ended."""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import pumpcore.limits
from evenflow import boards
from evenflow.emulator import Board

TOYS = Path(__file__).parent / "toys"
Made = Callable[..., Board]


@pytest.fixture
def made() -> Iterator[Made]:
    """Makes boards with a toy on CPython, and powers them on."""
    opened: list[Board] = []

    def make(toy: str, name: str = "", *, own_process: bool = False) -> Board:
        settings = json.dumps({"name": name}).encode()
        board = Board(boards.load("pico"), settings, runtime="cpython", firmware=TOYS / toy)
        board.own_process = own_process
        opened.append(board)
        board.power_on()
        return board

    yield make
    for board in opened:
        board.close()


def test_boards_in_one_process_share_no_module_with_each_other_or_the_host(made: Made) -> None:
    first, second = made("neighbour", "first"), made("neighbour", "second")
    for _ in range(3):
        first.run_for(20_000)
        second.run_for(20_000)

    assert "still first True" in first.console_text
    assert "still second True" in second.console_text
    assert not hasattr(pumpcore.limits, "SEEN_BY")
    assert "machine" not in sys.modules
    assert not hasattr(time, "ticks_us")


def test_its_files_and_its_words_stay_its_own(
    made: Made, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    board = made("neighbour", "alone")
    board.run_for(100_000)

    assert (
        "files ['board.json', 'hashes.json', 'library.json', 'main.py', 'written']"
        in board.console_text
    )
    assert "missing No module named 'evenflow'" in board.console_text
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_reset_finds_every_module_as_at_power_on(made: Made) -> None:
    board = made("neighbour", "again")
    board.run_for(100_000)
    first = board.console_text
    board.reset()
    board.run_for(100_000)

    assert board.console_text == first * 2


def test_ctrl_c_is_for_the_host(made: Made) -> None:
    board = made("neighbour", "interrupted")

    with pytest.raises(KeyboardInterrupt):
        board.run_for(100_000)

    assert "caught" not in board.console_text
    board.run_for(100_000)
    assert not board.is_running


def test_firmware_that_catches_everything_is_ended_all_the_same(made: Made) -> None:
    board = made("stubborn")
    # As after the boot, when nothing is compiled any more.
    board._timeout_ms = 100
    board.run_for(2_500_000)

    assert board.reset_count == 1
    assert "caught" not in board.console_text


@pytest.mark.parametrize("own_process", [False, True])
def test_a_board_beside_other_work_has_a_process_of_its_own(
    made: Made, *, own_process: bool
) -> None:
    board = made("neighbour", "placed", own_process=own_process)
    board.run_for(100_000)

    assert (board._processor.pid is not None) == own_process
    assert "still placed True" in board.console_text


def test_what_a_signal_of_the_host_raises_reaches_the_host(made: Made) -> None:
    class TimeUpError(BaseException):
        """Of nobody that the firmware knows."""

    def end(_number: int, _frame: object) -> None:
        raise TimeUpError

    before = signal.signal(signal.SIGINT, end)
    try:
        board = made("neighbour", "interrupted")
        with pytest.raises(TimeUpError):
            board.run_for(100_000)
    finally:
        signal.signal(signal.SIGINT, before)

    assert "TimeUpError" not in board.console_text
