"""A board with an RP2040 or RP2350."""

import machine

from pumpboard.generic.board import PumpBoard, shut_the_prompt
from pumpboard.generic.pinned import open_bus, open_uart
from pumpboard.rp2 import programs, reset
from pumpboard.rp2.plunger import Plunger
from pumpboard.rp2.sensors import sources
from pumpcore.profile import Profile


def make(profile: Profile) -> PumpBoard:
    """Plunger first: its pins are safe before anything else happens.

    ValueError if the system clock does not fit.
    """
    _require_exact_clock(machine.freq())
    shut_the_prompt(profile)
    plunger = Plunger(
        profile["plunger.step_pin"],
        profile["plunger.dir_pin"],
        profile["plunger.enable_pin"],
        profile["plunger.gate_pin"],
    )
    cause = reset.read(profile["board.controller"])
    return PumpBoard(profile, plunger, sources(profile, plunger), open_bus, open_uart, cause)


def _require_exact_clock(system_hz: int) -> None:
    # A divider with a fraction is rounded down, and with it every rate.
    if system_hz % programs.STEPPER_HZ:
        raise ValueError(
            "machine.freq: %d Hz is not a multiple of %d Hz; set 125000000 or 200000000"
            % (system_hz, programs.STEPPER_HZ)
        )
