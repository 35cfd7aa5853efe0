"""Emulated boards: the real firmware on a real MicroPython, wired to a plant in virtual time.

`Board` is the synchronous core, `EmulatedBoard` puts it behind a serial port, `AutoOperator`
presses its keys. Heavy parts are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenflow.emulator.board import Board
    from evenflow.emulator.controller.errors import EmulationError
    from evenflow.emulator.emulated import EmulatedBoard
    from evenflow.emulator.image import FlashImage
    from evenflow.emulator.operator import AutoOperator
    from evenflow.emulator.plant import Plant, PlantConfig

__all__ = [
    "AutoOperator",
    "Board",
    "EmulatedBoard",
    "EmulationError",
    "FlashImage",
    "Plant",
    "PlantConfig",
]

_HOMES = {
    "AutoOperator": "evenflow.emulator.operator",
    "Board": "evenflow.emulator.board",
    "EmulatedBoard": "evenflow.emulator.emulated",
    "EmulationError": "evenflow.emulator.controller.errors",
    "FlashImage": "evenflow.emulator.image",
    "Plant": "evenflow.emulator.plant",
    "PlantConfig": "evenflow.emulator.plant",
}


def __getattr__(name: str) -> object:
    """A public name, from its module on first use."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'evenflow.emulator' has no attribute {name!r}")
