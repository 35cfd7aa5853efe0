"""What a session shows while it runs, and to whom; the command line has two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from evenflow.client.records import Ledger, Staged
from evenflow.dose.plan import Plan
from evenflow.session.comparison import Compared
from evenflow.telemetry.timeline import Moment


@dataclass(frozen=True, slots=True)
class Happening:
    """One event, as the record keeps it and in words; `source` is pump, host, person or link."""

    at: Moment
    source: str
    name: str
    detail: Mapping[str, object]
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the infusion is; times are the device's, `since_start_s` None before START."""

    state_name: str
    t_s: float
    since_start_s: float | None
    observe_s: float | None
    commanded_ul_per_h: int
    delivered_nl: int
    volume_nl: int
    pressure_mmhg: float
    alarm_names: tuple[str, ...]
    is_overridden: bool = False
    # Band across models of what was given, in plasma; never to control the pump.
    predicted_ng_per_ml: tuple[float, float] | None = None

    @property
    def remaining_nl(self) -> int:
        """What the programme has still to give."""
        return max(self.volume_nl - self.delivered_nl, 0)

    @property
    def share(self) -> float:
        """Part of the volume that was given, 0 to 1."""
        return min(self.delivered_nl / self.volume_nl, 1.0) if self.volume_nl else 0.0


class Log(Protocol):
    """Where what happened is recorded, and shown."""

    @property
    def now(self) -> Moment:
        """When it is, by the device."""

    def tell(self, event: Happening) -> None:
        """Something that happened."""

    def note(self, source: str, name: str, words: str, **detail: object) -> None:
        """Something that happened here and now."""


class View(Protocol):
    """Called from the event loop; nothing here may block but the questions, which are awaited."""

    def say(self, words: str) -> None:
        """One line for the person."""

    def happened(self, event: Happening) -> None:
        """Something changed."""

    def progress(self, now: Progress) -> None:
        """Often: after every piece of telemetry. Show as much of it as there is time for."""

    async def patient(self, ledger: Ledger) -> str:
        """Whether it is the patient to whom that was given: `same`, `new`, or nothing."""

    async def agrees(self, plan: Plan, staged: Staged, compared: list[Compared]) -> bool:
        """Whether the person confirms this digest."""
