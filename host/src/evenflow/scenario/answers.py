"""Somebody who answers the pump's questions in time, for scenarios that say so."""

from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.operator import Operator
from pumpcore.panel import PRESENCE_ASKED

# A person looks up, and walks to the pump.
_REACTION_US = 5_000_000


class Answers:
    """Says that they are there, at the panel, each time the pump asks."""

    def __init__(self, view: DeviceView, operator: Operator) -> None:
        """`view` is the device's own display."""
        self._view = view
        self._operator = operator
        self._due_us: int | None = None

    def tick(self, now_us: int) -> None:
        """Do what is due."""
        if not self._view.checklist & PRESENCE_ASKED:
            self._due_us = None
        elif self._due_us is None:
            self._due_us = now_us + _REACTION_US
        elif now_us >= self._due_us:
            self._due_us = now_us + _REACTION_US
            self._operator.presence()
