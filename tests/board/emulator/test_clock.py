"""Ticks wrap at 2^30 on every interpreter, and can be preset just before."""

from collections.abc import Callable

from evenflow.emulator import Board

Powered = Callable[..., Board]

PERIOD = 1 << 30


def lines(board: Board) -> list[list[int]]:
    return [
        [int(word) for word in line.split()]
        for line in board.console_text.splitlines()
        if line[:1].isdigit() and len(line.split()) == 3
    ]


def test_ticks_start_at_zero(powered: Powered) -> None:
    board = powered("clock")
    board.run_for(2_100_000)

    assert lines(board) == [[n * 500_000, n * 500, 500_000] for n in (1, 2, 3, 4)]


def test_preset_ticks_wrap_and_differences_do_not_care(powered: Powered) -> None:
    board = powered("clock", preset_ticks_ms_before_wrap=750)
    board.run_for(2_100_000)

    start_us = (PERIOD - 750) * 1000
    assert lines(board) == [
        [(start_us + n * 500_000) % PERIOD, (PERIOD - 750 + n * 500) % PERIOD, 500_000]
        for n in (1, 2, 3, 4)
    ]
    assert lines(board)[1][1] == 250


def test_the_clock_chip_answers_and_the_bus_takes_its_time(powered: Powered) -> None:
    board = powered("clock")
    board.run_for(2_100_000)

    # 11 bytes of 9 bits at 100 kHz
    assert "clock ['0x2', '0x0', '0x9', '0x1', '0x5', '0x1', '0x26'] 990" in board.console_text
    assert "nobody 5" in board.console_text
