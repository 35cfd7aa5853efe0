"""What a test may rely on, whatever rig it runs on; and the needs by which it says what it wants.

A rig is first described, from its file alone, then opened. What it lacks is known before anything
is touched, so that a test on it can be skipped with a reason.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from evenflow.client.pump import Pump
from evenflow.instruments.instrument import (
    Balance,
    InjectedSensors,
    LogicCapture,
    Panel,
    PressureGauge,
    Supply,
    SyringeFixture,
)
from evenflow.link import Line

# What a test may need, and what is missing on a rig that has none.
NEEDS = {
    "balance": "no balance weighs what the line gives",
    "pressure": "no gauge measures the pressure in the line",
    "supply": "no supply or relay takes the pump's power away",
    "capture": "nothing captures STEP, DIR and ENABLE",
    "panel": "nothing presses the pump's keys",
    "occlude": "nothing shuts the line",
    "seat": "nothing opens plunger grip or barrel clamp",
    "back_pressure": "nothing sets the pressure at the line's end",
    "force": "nothing plays a force signal to the pump",
    "plant": "only an emulated rig can be built with a planted error",
}


@dataclass(frozen=True, slots=True)
class Mounted:
    """The syringe that is mounted; what is in it, the pump's own carriage knows."""

    model: str
    fill_ml: float


class Rig(Protocol):
    """One pump under test with its instruments, open; None for an instrument that is not there.

    All moments are of one clock, `clock_s`.
    """

    @property
    def name(self) -> str:
        """As the rig file or the command calls it."""

    @property
    def is_emulated(self) -> bool:
        """Whether its time is virtual."""

    @property
    def mounted(self) -> Mounted:
        """Syringe and fill, as the rig was made or its file says."""

    @property
    def balance(self) -> Balance | None:
        """Under the line's end."""

    @property
    def pressure(self) -> PressureGauge | None:
        """In the line."""

    @property
    def supply(self) -> Supply | None:
        """The pump's power."""

    @property
    def capture(self) -> LogicCapture | None:
        """On STEP, DIR and ENABLE."""

    @property
    def panel(self) -> Panel | None:
        """On the pump's keys."""

    @property
    def syringe(self) -> SyringeFixture | None:
        """Around syringe and line."""

    @property
    def sensors(self) -> InjectedSensors | None:
        """In place of the pump's sensors."""

    def clock_s(self) -> float:
        """The rig's time: virtual on an emulated one, monotonic on a bench."""
        ...

    async def open_line(self) -> Line:
        """The pump's line, one at a time; LinkError if it cannot be had."""
        ...

    async def connect(self) -> Pump:
        """A pump that has said hello over that line; LinkError if there is none."""
        ...

    async def pause(self, span_s: float) -> None:
        """Let time pass while no pump is connected."""

    async def collect(self) -> None:
        """From now on what the line gives is weighed, and counts as the patient's."""

    async def identities(self) -> dict[str, str]:
        """Each instrument by its own word, for the report."""
        ...


class Described(Protocol):
    """What `--rig` names, known before anything is opened."""

    @property
    def name(self) -> str:
        """For folders and people."""

    @property
    def is_emulated(self) -> bool:
        """Whether its time is virtual."""

    def lacks(self, need: str) -> str:
        """Why the rig cannot do what `need` (of NEEDS) says; empty if it can."""
        ...

    def open(self, world: Mapping[str, object]) -> AbstractAsyncContextManager[Rig]:
        """The rig; `world` has fields of PlantConfig, where a rig can be built at will."""
        ...
