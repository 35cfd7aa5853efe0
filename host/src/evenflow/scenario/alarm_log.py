"""Every occurrence of every alarm, with the moments that count (us since power-on)."""

from dataclasses import dataclass

from evenflow.scenario.log import seconds
from pumpcore.alarms import ALARMS, PRIORITIES

_PRIORITY = {str(alarm.name): str(PRIORITIES[alarm.priority]) for alarm in ALARMS}


@dataclass(slots=True)
class Occurrence:
    """One alarm from its condition to its end; None for what has not come."""

    name: str
    priority: str
    condition_us: int
    raised_us: int
    sounded_us: int | None = None
    last_step_us: int | None = None
    acknowledged_us: int | None = None
    cleared_us: int | None = None

    def entry(self) -> dict[str, object]:
        """As the result has it."""
        return {
            "id": self.name,
            "priority": self.priority,
            "condition_t_s": seconds(self.condition_us),
            "raised_t_s": seconds(self.raised_us),
            "sounded_t_s": seconds(self.sounded_us),
            "last_step_t_s": seconds(self.last_step_us),
            "acknowledged_t_s": seconds(self.acknowledged_us),
            "cleared_t_s": seconds(self.cleared_us),
        }


class AlarmLog:
    """Occurrences in the order in which they began."""

    def __init__(self, priorities: dict[str, str]) -> None:
        """`priorities` differ from the table's where the programme asks for it."""
        self.occurrences: list[Occurrence] = []
        self._active: dict[str, Occurrence] = {}
        self._priorities = {**_PRIORITY, **priorities}

    @property
    def active_names(self) -> tuple[str, ...]:
        """Alarms that are active."""
        return tuple(self._active)

    def update(
        self, names: tuple[str, ...], at_us: int, conditions_us: dict[str, int]
    ) -> list[Occurrence]:
        """Take the active alarms of a tick; the occurrences that begin with it.

        `conditions_us` says since when a sensor has shown the condition, where that is known.
        """
        for name in [name for name in self._active if name not in names]:
            self._active.pop(name).cleared_us = at_us
        begun = []
        for name in names:
            if name not in self._active:
                condition_us = conditions_us.get(name, at_us)
                priority = self._priorities.get(name, "unknown")
                occurrence = Occurrence(name, priority, condition_us, at_us)
                self._active[name] = occurrence
                self.occurrences.append(occurrence)
                begun.append(occurrence)
        return begun

    def acknowledge(self, at_us: int) -> None:
        """A person has seen all that is active."""
        for occurrence in self._active.values():
            if occurrence.acknowledged_us is None:
                occurrence.acknowledged_us = at_us

    def sounded(self, at_us: int) -> None:
        """The sounder began to sound, or changed its pattern."""
        for occurrence in self._active.values():
            if occurrence.sounded_us is None and occurrence.raised_us <= at_us:
                occurrence.sounded_us = at_us
