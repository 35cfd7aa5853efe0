"""Watchdog, resets, crashes and endless loops: the hardware's view of a failing processor."""

from collections.abc import Callable

import pytest

from evenflow.emulator import Board
from evenflow.emulator.overlay._layout import SELF_RESET

Powered = Callable[..., Board]


@pytest.mark.requirement("TST-06")
@pytest.mark.parametrize("trouble", ["spin", "raise", "end"])
def test_the_watchdog_resets_a_controller_that_no_longer_feeds_it(
    powered: Powered, trouble: str
) -> None:
    board = powered("unruly", do=trouble)
    board.run_for(600_000)
    assert board.plant.buzzer.is_on
    assert board.reset_count == 0

    board.run_for(950_000)
    assert board.reset_count == 1
    board.run_for(2_000_000)
    assert "started by power-on 0" in board.console_text
    assert "started by watchdog 0" in board.console_text
    assert board.is_running


@pytest.mark.requirement("TST-06")
def test_the_watchdog_fires_at_its_virtual_due(powered: Powered) -> None:
    board = powered("unruly", do="raise")
    while board.reset_count == 0:
        board.step(1000)

    # last fed after 25 ticks of 20 ms
    assert board.now_us == 1_500_000
    assert not board.plant.buzzer.is_on


def test_a_reset_by_the_firmware_is_told_from_the_others(powered: Powered) -> None:
    board = powered("unruly", do="reset")
    board.run_for(1_000_000)

    assert board.reset_count == 1
    assert board.controller.reset_cause == SELF_RESET
    # rp2 resets itself by its watchdog, and cannot tell.
    assert "started by watchdog 0" in board.console_text


def test_a_hung_firmware_is_reset_by_the_watchdog(powered: Powered) -> None:
    board = powered("unruly", do="nothing")
    board.run_for(2_000_000)
    board.hang()
    assert not board.is_running

    # What it did since its last exchange is not seen any more, its last feed included.
    board.run_for(970_000)
    assert board.reset_count == 0
    board.run_for(40_000)
    assert board.reset_count == 1
    board.run_for(1_000_000)
    assert board.is_running


def test_what_ended_the_firmware_is_on_the_console(powered: Powered) -> None:
    board = powered("unruly", do="raise")
    board.run_for(800_000)

    assert "ValueError: as told" in board.console_text


def test_power_off_and_on_is_a_power_on_reset(powered: Powered) -> None:
    board = powered("unruly", do="nothing")
    board.run_for(1_000_000)
    board.power_off()
    assert not board.plant.buzzer.is_on
    board.coast(1_000_000)
    board.power_on()
    board.run_for(600_000)

    assert board.console_text.count("started by power-on 0") == 2
    assert board.now_us == 2_600_000


def test_a_brown_out_is_counted_apart_from_the_watchdog_s_resets(powered: Powered) -> None:
    board = powered("unruly", do="nothing")
    board.run_for(1_000_000)
    board.plant.brownout(50)
    board.run_for(20_000)
    assert not board.is_running
    board.run_for(1_000_000)

    # An RP2040 does not tell a brown-out from a power-on.
    assert board.console_text.count("started by power-on 0") == 2
    assert board.plant.supply.brownout_count == 1
    assert board.reset_count == 0
