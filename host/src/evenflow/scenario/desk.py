"""What the host of a scenario plans with: its orders, a drug library, and a clock of its own.

The clock is the host's alone. No message carries it: the pump goes by its own, and so does its
ledger of sessions. By the host's clock a library has ended, or not yet.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from evenflow.dose.library import Library, shipped
from evenflow.dose.plan import Plan, plan
from evenflow.errors import EvenflowError, Refused
from evenflow.formulary.source import Source
from evenflow.scenario.moment import US_PER_S


class Desk:
    """Starts with the shipped library, as the pump does, and with a clock that is right."""

    def __init__(
        self,
        orders: Mapping[str, Plan],
        libraries: Mapping[str, Source | EvenflowError],
        began_unix_s: int,
    ) -> None:
        """Orders and library files by their text in the scenario; what is wrong with a file.

        `began_unix_s` is the true time at power-on.
        """
        self.orders = orders
        self.library: Library = shipped()
        # What the host's clock is ahead of the true time.
        self.offset_s = 0.0
        self._libraries = libraries
        self._began_unix_s = began_unix_s

    def today(self, now_us: int) -> date:
        """The day by the host's clock; `now_us` counts from power-on."""
        unix_s = self._began_unix_s + now_us // US_PER_S + self.offset_s
        return datetime.fromtimestamp(unix_s, UTC).date()

    def file(self, name: str, now_us: int) -> Source:
        """A library file of the scenario; Refused if it is unsound, or past its last day."""
        found = self._libraries[name]
        if isinstance(found, EvenflowError):
            raise found
        _require_valid(name, found.library, self.today(now_us))
        return found

    def planned(self, planned: Plan, now_us: int) -> Plan:
        """The same order with the library that the host has now; Refused if it may not be sent."""
        if planned.entry is not None:
            _require_valid(planned.order.name, self.library, self.today(now_us))
        if planned.library.digest == self.library.digest:
            return planned
        anew = plan(planned.order, planned.override, self.library)
        error = anew.error()
        if error is not None:
            raise error
        return anew


def _require_valid(name: str, library: Library, today: date) -> None:
    if library.is_expired(today):
        reason = f"{name}: the library's last day was {library.valid_until}, and this is {today}"
        raise Refused("expired", reason, "have it reviewed, and move valid_until")
