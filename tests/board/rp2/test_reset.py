"""Why the controller has started, from the registers of RP2040 and RP2350."""

import pytest
from board.rp2.driven import driver, profile
from board.rp2.fakes import Chip

from pumpcore.reset_cause import RESET_CAUSES

CHIP_RESET, WATCHDOG_REASON = 0x4006_4008, 0x4005_8008
HAD_POR, HAD_RUN, HAD_PSM_RESTART = 1 << 8, 1 << 16, 1 << 20
TIMER, FORCE = 1, 2


@pytest.mark.parametrize(
    ("chip_reset", "reason", "name"),
    [
        (HAD_POR, 0, "power_on"),
        (HAD_RUN, 0, "reset_line"),
        (HAD_PSM_RESTART, 0, "debug_port"),
        # What came before a reset by the watchdog is still there.
        (HAD_POR, TIMER, "watchdog"),
        (HAD_RUN, TIMER, "watchdog"),
        (HAD_POR, FORCE, "software"),
        (HAD_RUN, FORCE, "software"),
        (0, 0, "unknown"),
    ],
)
def test_each_cause_is_told_and_only_a_time_out_is_the_watchdog_s(
    chip: Chip, chip_reset: int, reason: int, name: str
) -> None:
    chip.registers.update({CHIP_RESET: chip_reset, WATCHDOG_REASON: reason})

    board = driver("board").make(profile())

    assert RESET_CAUSES[board.reset_cause] == name
    assert board.was_watchdog_reset == (name == "watchdog")


@pytest.mark.parametrize(
    ("chip_reset", "reason", "name"),
    [
        (1 << 16, 0, "power_on"),
        # A brown-out.
        (1 << 17, 0, "power_on"),
        (1 << 18, 0, "reset_line"),
        (1 << 19, 0, "debug_port"),
        (1 << 16, TIMER, "watchdog"),
        (1 << 18, FORCE, "software"),
        (0, 0, "unknown"),
    ],
)
def test_an_rp2350_tells_its_cause_in_registers_of_its_own(
    chip: Chip, chip_reset: int, reason: int, name: str
) -> None:
    chip.registers.update({0x4010_002C: chip_reset, 0x400D_8008: reason})

    board = driver("board").make(profile() | {"board.controller": "rp2350"})

    assert RESET_CAUSES[board.reset_cause] == name
