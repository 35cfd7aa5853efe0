"""What a scenario may do to the controller itself: on a whole RP2040, nothing.

Faults of pins, clock and firmware are made inside the lock step; here there is none to make them
in. Scenarios that ask for one are refused before they run; this is the last word for others.
"""

from typing import NoReturn

from evenflow.errors import Refused


class NoFaults:
    """The handle of a chip's controller: it tells the last reset's cause, and refuses the rest."""

    def __init__(self, reset_cause: int) -> None:
        """`reset_cause` as the layout of the lock step numbers them."""
        self.reset_cause = reset_cause

    def tell_fault(self, kind: int, name: str) -> None:
        """Refused."""
        refuse(f"a fault of the firmware ({kind} {name})")

    def skew(self, percent: float) -> None:
        """Refused."""
        refuse(f"clock_skew of {percent} %")

    def break_step_pin(self, fault: object) -> None:
        """Refused."""
        refuse(f"a fault of STEP ({type(fault).__name__})")

    def flip_direction(self) -> None:
        """Refused."""
        refuse("dir_flip")

    def charge_tick(self, cost_us: int) -> None:
        """Refused: a tick costs what its instructions take."""
        refuse(f"tick_cost of {cost_us} us")


def refuse(what: str) -> NoReturn:
    """Raise Refused, with what was asked for."""
    raise Refused(
        "chip_stimulus",
        f"{what} cannot be had on an emulated RP2040",
        "run the scenario without --uf2",
    )
