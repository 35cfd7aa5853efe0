"""The automatic operator of a scenario: acts once, and never again after an alarm or a reset."""

from collections.abc import Callable

from evenflow.emulator.drivable import Drivable
from evenflow.emulator.operator import AutoOperator
from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.log import Log
from evenflow.scenario.operator import Operator, Press
from pumpcore.panel import HEARD, PURGED

_CHECK = "check"
_KEYS = ("prime", _CHECK, "start")


class Auto:
    """Follows the emulator's AutoOperator and tells which stimulus each of its presses is."""

    def __init__(
        self,
        board: Drivable,
        view: DeviceView,
        operator: Operator,
        log: Log,
        happened: Callable[[str], None],
    ) -> None:
        """`happened` is told the name of each stimulus as it is done."""
        self._board = board
        self._plant = board.plant
        self._view = view
        self._operator = operator
        self._log = log
        self._happened = happened
        self._person: AutoOperator | None = AutoOperator(board)
        self._has_seated = False
        self._has_armed = False
        self._pressed: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """Whether START is still to come."""
        return self._person is not None

    def tick(self) -> None:
        """Do what is due."""
        person = self._person
        if person is None:
            return
        if self._view.state == "confirmed" and not self._has_seated:
            self._seat()
        person.step(self._view.state, self._view)
        self._tell()
        if person.is_done:
            self._person = None
            if person.problem:
                now_us = self._board.now_us
                self._log.refusal(now_us, "operator.auto", "gave_up", person.problem)

    def give_up(self) -> None:
        """An alarm, a hold, a reset or a power cut: hands off."""
        if self._person is not None:
            self._person = None
            self._plant.release("prime")

    def _seat(self) -> None:
        self._has_seated = True
        switches = self._plant.switches
        if not switches.is_closed("barrel"):
            self._plant.close_barrel()
        if not switches.is_closed("plunger"):
            self._plant.seat_plunger()

    def _tell(self) -> None:
        closed = {key for key in _KEYS if self._plant.switches.is_closed(key)}
        for key in sorted(closed - self._pressed):
            self._pressed_now(key)
        self._pressed = closed

    def _pressed_now(self, key: str) -> None:
        name = self._name(key)
        is_first = key == "prime" and not self._has_armed
        self._operator.presses.append(Press(self._board.now_us, key, name, is_first))
        if is_first:
            self._has_armed = True
        else:
            self._happened(name)

    def _name(self, key: str) -> str:
        if key != _CHECK:
            return "operator.prime_hold" if key == "prime" else "operator.start"
        if not self._view.checklist & PURGED:
            return "operator.purge_confirm"
        return (
            "operator.patient_connected" if self._view.checklist & HEARD else "operator.test_heard"
        )
