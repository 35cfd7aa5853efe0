"""Which pad each pin of a board is, to both ends of the exchange, which knows 32 by number.

Of an RP2040 and its successors a pad has its pin's number. Other controllers have more pins, or
names instead of numbers: there the pins that a board file names are the pads, in the order of the
table of keys. The four analogue inputs take the places of the RP2040's, so that all that is known
of pads by number is the same everywhere.
"""

from collections.abc import Mapping

from evenflow.errors import WrongUsage
from pumpcore.board.keys import KEYS

FIRST_ANALOGUE = 26
# Of pins that a block of the controller takes and nothing is wired to: nobody follows them.
UNCONNECTED = 30
_ANALOGUE_COUNT = 4
_NUMBERED = ("rp2040", "rp2350")


class Pads:
    """The pads of one board."""

    def __init__(self, profile: Mapping[str, object]) -> None:
        """Of a flat board profile."""
        self._profile = profile
        is_numbered = profile["board.controller"] in _NUMBERED
        # Pin as the board file names it, and pad; None where they are the same.
        self.table = None if is_numbered else _table(profile)

    def of(self, key: str) -> int:
        """The pad of the pin at that key; WrongUsage if it is missing or no pin."""
        pin = self._profile.get(key)
        if self.table is not None:
            if isinstance(pin, int | str) and pin in self.table:
                return self.table[pin]
        elif isinstance(pin, int):
            return pin
        raise WrongUsage("board_file", f"{key}: {pin!r} is not a pin", "correct it")

    def pin(self, pad: int) -> int | str:
        """What the board file calls a pad."""
        if self.table is not None:
            for pin, number in self.table.items():
                if number == pad:
                    return pin
        return pad


def _table(profile: Mapping[str, object]) -> dict[int | str, int]:
    table: dict[int | str, int] = {}
    free = list(range(FIRST_ANALOGUE))
    analogue = list(range(FIRST_ANALOGUE, FIRST_ANALOGUE + _ANALOGUE_COUNT))
    for key in KEYS:
        pin = profile.get(key.name)
        if not key.kind.startswith("pin") or not isinstance(pin, int | str):
            continue
        if key.kind == "pin_idle":
            table[pin] = UNCONNECTED
            continue
        places = analogue if key.kind == "pin_adc" else free
        if not places:
            raise WrongUsage(
                "board_file",
                f"{key.name}: the emulated board has no pad left for pin {pin}",
                f"it has {FIRST_ANALOGUE} for signals and {_ANALOGUE_COUNT} analogue ones",
            )
        table[pin] = places.pop(0)
    return table
