"""Which scenarios an emulated RP2040 can run, with the firmware on a UF2 that the user brings.

What reaches into the firmware's process or changes the controller's silicon has no handle there,
and is refused by name before anything starts.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from evenflow.emulator import rp2040
from evenflow.emulator.rp2040 import uf2
from evenflow.errors import Problem, Refused, in_file
from evenflow.scenario.engine import library_json
from evenflow.scenario.file import Scenario

if TYPE_CHECKING:
    from evenflow.emulator.rp2040.board import ChipBoard

_ON_CHIP = ("controller.reset",)
_SILICON = ("controller", "monitor")
_WITHOUT = "run the scenario without --uf2"


def check_firmware(firmware: Path) -> None:
    """WrongUsage or Refused if nothing can run from that file here."""
    rp2040.require()
    uf2.load_micropython(firmware)


def check(scenario: Scenario) -> None:
    """Refused, with everything in the scenario that cannot be had on an emulated RP2040."""
    problems = [
        Problem(event.where, "chip_stimulus", "cannot be had on an emulated RP2040", _WITHOUT)
        for event in scenario.events
        if event.stimulus.source in _SILICON and event.stimulus.name not in _ON_CHIP
    ]
    if scenario.runtime == "cpython":
        reason = "cpython is no runtime of an RP2040"
        problems.append(Problem("runtime", "chip_runtime", reason, _WITHOUT))
    if problems:
        raise in_file(Refused, str(scenario.path), problems)


def make_board(scenario: Scenario, firmware: Path) -> "ChipBoard":
    """The board of a scenario on a UF2; WrongUsage or Refused if it cannot be."""
    check(scenario)
    return rp2040.make_board(
        firmware,
        scenario.profile,
        library_json(scenario.plan),
        seed=scenario.seed,
        plant=scenario.plant,
    )
