"""When the events of a scenario happen: at their time, or when their condition becomes true."""

from collections.abc import Callable, Sequence

from evenflow.scenario.agenda import Agenda
from evenflow.scenario.condition import VOLUME
from evenflow.scenario.event import Event
from evenflow.scenario.moment import US_PER_S

_NL_PER_ML = 1_000_000


class Schedule:
    """Puts events on the agenda as their conditions come; `do` carries one out."""

    def __init__(
        self, events: Sequence[Event], agenda: Agenda, do: Callable[[Event], None]
    ) -> None:
        """Events with a time after power-on are on the agenda at once."""
        self.done_counts: dict[int, int] = {event.number: 0 for event in events}
        # Events whose condition came, though perhaps too late to be done.
        self.met: set[int] = set()
        self._events = tuple(events)
        self._agenda = agenda
        self._do = do
        self._waiting: dict[tuple[str, str], list[Event]] = {}
        self._volumes: list[Event] = []
        for event in events:
            if event.at_power_us is not None:
                self._put(event, event.at_power_us)
            elif event.condition is None:
                continue
            elif event.condition.kind == VOLUME:
                self._volumes.append(event)
            else:
                key = (event.condition.kind, event.condition.subject)
                self._waiting.setdefault(key, []).append(event)

    @property
    def waits_for_volume(self) -> bool:
        """Whether any event still waits for a volume."""
        return bool(self._volumes)

    def start(self, t0_us: int) -> None:
        """The first step of the first infusion was made then."""
        for event in self._events:
            if event.at_us is not None:
                self._put(event, t0_us + event.at_us)

    def notice(self, kind: str, subject: str, at_us: int) -> None:
        """A condition became true: an alarm, a state, or an event that was done."""
        waiting = self._waiting.get((kind, subject))
        if not waiting:
            return
        self._waiting[kind, subject] = [event for event in waiting if event.is_repeated]
        for event in waiting:
            self._put(event, at_us + event.after_us)

    def notice_volume(self, patient_nl: float, at_us: int) -> None:
        """The patient has got so much."""
        for event in list(self._volumes):
            if event.condition and patient_nl >= event.condition.volume_ml * _NL_PER_ML:
                # A volume only grows: it is reached once, whether or not `every` is said.
                self._volumes.remove(event)
                self._put(event, at_us + event.after_us)

    def undone(self) -> list[tuple[Event, bool]]:
        """Events that were never done, and whether their time or condition had come at all.

        What would happen every time may happen no time.
        """
        return [
            (event, event.number in self.met)
            for event in self._events
            if not self.done_counts[event.number] and not event.is_repeated
        ]

    def _put(self, event: Event, at_us: int) -> None:
        if event.condition is not None:
            self.met.add(event.number)
        self._agenda.add(at_us, lambda: self._carry_out(event))

    def _carry_out(self, event: Event) -> None:
        self.done_counts[event.number] += 1
        self._do(event)


def reason_undone(event: Event, *, was_met: bool, end_us: int) -> tuple[str, str]:
    """Why an event was never done, and what to do about it."""
    if was_met:
        reason = f"{event.when} came, but the run ended at {end_us / US_PER_S:.1f} s before it"
        return reason, "raise until, or shorten after"
    if event.condition is None:
        what = "no infusion ever started" if event.at_us is not None else "the run had ended"
        return f"{event.when} never came: {what}", "see events and refusals in the result"
    return (
        f"when = {str(event.condition)!r} never came",
        "correct the condition, or remove the event",
    )
