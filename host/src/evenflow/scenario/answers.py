"""Somebody who answers the pump's questions in time, for scenarios that say so."""

from collections.abc import Callable

from evenflow.scenario.device_view import DeviceView
from evenflow.scenario.host import Host
from evenflow.scenario.operator import Operator
from pumpcore.panel import PRESENCE_ASKED
from pumpcore.vital_signs import SEDATION, VitalSigns

# A person looks up, and walks to the pump.
_REACTION_US = 5_000_000
_BEFORE_START = ("staged", "confirmed")
_HEALTHY = VitalSigns(120, 75, 70, 98, SEDATION.index("alert"))


class Answers:
    """Says that they are there, and enters healthy vital signs where the order holds to them."""

    def __init__(
        self, view: DeviceView, operator: Operator, host: Host, happened: Callable[[str], None]
    ) -> None:
        """`view` is the device's own display; `happened` is told of signs, before they go."""
        self._view = view
        self._operator = operator
        self._host = host
        self._happened = happened
        self._due_us: int | None = None
        self._last_us = 0
        # What was given since, without pauses, as the pump counts it.
        self._giving_us = 0
        self._counted_from_us = (-1, -1)

    def tick(self, now_us: int) -> None:
        """Do what is due."""
        if not self._view.checklist & PRESENCE_ASKED:
            self._due_us = None
        elif self._due_us is None:
            self._due_us = now_us + _REACTION_US
        elif now_us >= self._due_us:
            self._due_us = now_us + _REACTION_US
            self._operator.presence()
        if self._are_signs_due(now_us):
            self._happened("operator.vitals")
            self._host.vitals(_HEALTHY)

    def _are_signs_due(self, now_us: int) -> bool:
        """Once before START, then each interval of giving, after the last ones or START."""
        host = self._host
        span_us, self._last_us = now_us - self._last_us, now_us
        if self._counted_from_us != (host.signs_at_us, host.staged_at_us):
            self._counted_from_us = (host.signs_at_us, host.staged_at_us)
            self._giving_us = 0
        if not self._view.is_giving:
            is_missing = host.signs_at_us < host.staged_at_us
            is_awaited = is_missing and self._view.state in _BEFORE_START
            is_due = is_awaited and now_us >= host.staged_at_us + _REACTION_US
            return is_due and host.signs_interval_us is not None
        self._giving_us += span_us
        interval_us = host.signs_interval_us
        return interval_us is not None and self._giving_us >= interval_us + _REACTION_US
