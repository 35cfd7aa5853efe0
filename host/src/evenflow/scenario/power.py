"""The supply and the reset line of the board."""

from evenflow.emulator.board import Board
from evenflow.scenario.agenda import Agenda
from evenflow.scenario.log import Log

_OFF_US = 2_000_000


class Power:
    """Cuts and restores the supply; what is off stays off until somebody restores it."""

    def __init__(self, board: Board, agenda: Agenda, log: Log) -> None:
        """On."""
        self.is_on = True
        # Set by each cut and restore, for whoever looks after it.
        self.has_changed = False
        self._board = board
        self._agenda = agenda
        self._log = log

    def cut(self) -> None:
        """Nothing has power any more; harmless when it is off."""
        if self.is_on:
            self.is_on = False
            self.has_changed = True
            self._board.power_off()

    def restore(self) -> None:
        """Power is back: the controller starts as at power-on; harmless when it is on."""
        if not self.is_on:
            self.is_on = True
            self.has_changed = True
            self._board.power_on()

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
