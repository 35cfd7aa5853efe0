"""What the stimuli of a scenario act on."""

from dataclasses import dataclass

from evenflow.emulator.drivable import Drivable
from evenflow.emulator.plant import Plant
from evenflow.scenario.cable import Cable
from evenflow.scenario.host import Host
from evenflow.scenario.operator import Operator
from evenflow.scenario.power import Power


@dataclass(frozen=True, slots=True)
class Stage:
    """The board and everybody around it."""

    board: Drivable
    power: Power
    operator: Operator
    host: Host
    cable: Cable

    @property
    def plant(self) -> Plant:
        """The physical world of the board."""
        return self.board.plant
