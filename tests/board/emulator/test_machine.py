"""Parts of `machine` that the pump does not use, and what must be the same from the same seed."""

from collections.abc import Callable

import pytest

from evenflow.emulator import Board
from evenflow.emulator.overlay import _layout as words

Powered = Callable[..., Board]


def told(board: Board, name: str) -> list[str]:
    return [
        line.partition(" ")[2]
        for line in board.console_text.splitlines()
        if line.startswith(name + " ")
    ]


def test_timers_fire_at_their_moments(powered: Powered) -> None:
    board = powered("parts")
    board.run_for(700_000)

    # 7 ms periodic for 30 ms, once after 12 ms, and 250 Hz for 10 ms.
    assert told(board, "periodic") == ["7000", "14000", "21000", "28000"]
    assert told(board, "once") == ["12000"]
    assert told(board, "fast") == ["4000", "8000"]


def test_a_pin_s_edges_call_its_handler_within_a_millisecond(powered: Powered) -> None:
    board = powered("parts")
    board.run_for(204_500)
    board.plant.press("start", ms=20.3)
    board.run_for(500_000)

    (fell_us, fell), (rose_us, rose) = (line.split() for line in told(board, "edge"))
    assert (fell, rose) == ("0", "1")
    assert 204_500 <= int(fell_us) <= 205_500
    assert 224_800 <= int(rose_us) <= 225_800


def test_a_bus_with_nothing_on_it_reads_zero_and_takes_its_time(powered: Powered) -> None:
    board = powered("parts")
    board.run_for(700_000)

    # 10 bytes at 1 Mbit/s
    assert told(board, "spi") == ["0 80"]


def test_the_calendar_starts_in_2021_and_can_be_set(powered: Powered) -> None:
    board = powered("parts")
    board.run_for(2_100_000)

    assert told(board, "calendar") == [
        "(2021, 1, 1, 4, 0, 0, 0, 0)",
        "(2024, 2, 29, 3, 23, 59, 59, 0)",
        "(2024, 3, 1, 4, 0, 0, 1, 0)",
    ]


def test_what_a_pump_must_not_do_is_refused_with_its_reason(powered: Powered) -> None:
    board = powered("parts")
    board.run_for(700_000)

    assert told(board, "refused") == [
        "machine.lightsleep is not emulated; a pump does not sleep",
        "machine.deepsleep is not emulated; a pump does not sleep",
        "Timer 0: this controller has software timers only, -1",
        "UART: only 8N1 with timeout=0 is emulated",
    ]


def test_chance_and_identity_are_the_seed_s(powered: Powered) -> None:
    def all_told(seed: int) -> list[list[str]]:
        board = powered("parts", seed=seed)
        board.run_for(700_000)
        board.reset()
        board.run_for(700_000)
        return [told(board, name) for name in ("chance", "identity")]

    first, identity = all_told(1)
    assert [first, identity] == all_told(1)
    other, other_identity = all_told(2)
    # Each start has its own chance, the controller one name.
    assert len({*first, *other}) == 4
    assert len({*identity, *other_identity}) == 2


def test_chance_is_the_same_on_both_interpreters(powered: Powered, runtime: str) -> None:
    board = powered("parts", seed=5)
    board.run_for(700_000)

    assert told(board, "chance") == ["8c14bbd6 9 55 0.5492 804d00f0242f"], runtime


@pytest.mark.parametrize(
    ("cause", "register", "chip_reset", "reason"),
    [
        (words.PWRON_RESET, "power-on", words.HAD_POR, 0),
        (words.LINE_RESET, "power-on", words.HAD_RUN, 0),
        # The chip-level reset was the power-on before.
        (words.WDT_RESET, "watchdog", words.HAD_POR, words.REASON_TIMER),
        (words.SELF_RESET, "watchdog", words.HAD_POR, words.REASON_FORCE),
    ],
)
def test_registers_tell_reset_causes_of_which_machine_knows_two(
    powered: Powered, cause: int, register: str, chip_reset: int, reason: int
) -> None:
    board = powered("unruly", do="nothing")
    board.run_for(100_000)
    board.reset(cause)
    board.run_for(100_000)

    assert board.controller.reset_cause == cause
    registers, started = board.console_text.splitlines()[-2:]
    assert registers == f"registers {chip_reset} {reason}"
    assert f"started by {register} 0" in started
