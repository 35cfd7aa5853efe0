"""Why the controller has started, from the registers of the RP2040."""

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

    board = driver("board").Rp2Board(profile())

    assert RESET_CAUSES[board.reset_cause] == name
    assert board.was_watchdog_reset == (name == "watchdog")
