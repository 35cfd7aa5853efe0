"""The supply and the reset line of the board."""

from evenflow.emulator.drivable import Drivable
from evenflow.scenario.agenda import Agenda
from evenflow.scenario.log import Log

_OFF_US = 2_000_000


class Power:
    """Cuts and restores the supply; what is off stays off until somebody restores it."""

    def __init__(self, board: Drivable, agenda: Agenda, log: Log) -> None:
        """As the plant's supply is, and told of its changes."""
        # Set whenever power comes or goes, for whoever looks after it.
        self.has_changed = False
        self._board = board
        self._supply = board.plant.supply
        self._agenda = agenda
        self._log = log
        self._supply.on_change = self._follow

    @property
    def is_on(self) -> bool:
        """Whether the pump has power."""
        return self._supply.is_on

    @property
    def cause(self) -> str:
        """Why the controller has just been reset, if the supply was it."""
        if self.is_on:
            return "power-on"
        if self._supply.is_cut:
            return "power cut"
        return "brown-out" if self._supply.is_down else "battery exhausted"

    def cut(self) -> None:
        """Nothing has power any more; harmless when it is off."""
        self._supply.cut()

    def restore(self) -> None:
        """Power is back: the controller starts as at power-on; harmless when it is on."""
        self._supply.restore()

    def cycle(self) -> None:
        """Off, and on again two seconds later."""
        self.cut()
        self._agenda.add(self._board.now_us + _OFF_US, self.restore)

    def reset(self) -> None:
        """The reset line is pulled."""
        if self.is_on:
            self._board.reset()
            return
        self._log.refusal(self._board.now_us, "controller.reset", "power_off", "the power is off")

    def _follow(self) -> None:
        self.has_changed = True
        self._board.follow_supply()
