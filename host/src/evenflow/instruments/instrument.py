"""What a rig asks of its instruments: one small Protocol a kind, integers with units in names.

Moments are of the rig's clock, in seconds: virtual on an emulated rig, monotonic on a bench. A
method raises InstrumentError by name for whatever keeps it from an answer that can be believed; it
never gives a number instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evenflow.errors import EvenflowError


class InstrumentError(EvenflowError):
    """An instrument gave no answer, or none to be believed.

    `code` is one of: instrument_missing (cannot be opened), instrument_silent, instrument_answer
    (not in its language), instrument_refused (it said no), instrument_unit (not the unit that was
    asked for), instrument_overload, instrument_underload, instrument_unstable, instrument_drift,
    instrument_limit (beyond what the rig file allows), instrument_lost (edges or bytes).
    """

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an instrument says that it is; an empty string where it does not."""

    maker: str
    model: str
    serial_number: str
    version: str


@dataclass(frozen=True, slots=True)
class Weight:
    """One reading of a balance, as it showed it: no correction of any kind."""

    at_s: float
    mass_ug: int
    is_stable: bool


@dataclass(frozen=True, slots=True)
class PowerReading:
    """What a supply gives now; None for what it does not measure."""

    voltage_mv: int | None
    current_ma: int | None
    is_on: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A change of one signal: to high or to low, at that moment of the rig's clock."""

    at_ns: int
    is_high: bool


@dataclass(frozen=True, slots=True)
class Capture:
    """What a capture saw from `began_at_ns` to `ended_at_ns`.

    `edges` has each signal (`step`, `dir`, `enable`, …) in order of time; `levels` what each was
    at the beginning. `lost_count` edges were not stored: a capture with any proves nothing.
    """

    began_at_ns: int
    ended_at_ns: int
    resolution_ns: int
    levels: Mapping[str, bool]
    edges: Mapping[str, Sequence[Edge]]
    lost_count: int = 0

    def rising_ns(self, signal: str) -> list[int]:
        """Moments of the rising edges of a signal."""
        return [edge.at_ns for edge in self.edges.get(signal, ()) if edge.is_high]

    def forward_ns(self) -> list[int]:
        """Moments of the steps with DIR high: towards an empty syringe."""
        turns = list(self.edges.get("dir", ()))
        is_forward, place, found = self.levels.get("dir", True), 0, []
        for at_ns in self.rising_ns("step"):
            while place < len(turns) and turns[place].at_ns <= at_ns:
                is_forward = turns[place].is_high
                place += 1
            if is_forward:
                found.append(at_ns)
        return found


class Instrument(Protocol):
    """What all have in common."""

    async def identity(self) -> Identity:
        """Who it is, by its own word."""
        ...

    async def close(self) -> None:
        """Give it back as it was found; harmless twice."""


class Balance(Instrument, Protocol):
    """Weighs what the line gives."""

    resolution_ug: int

    async def read(self) -> Weight:
        """The present value, stable or not."""
        ...

    async def read_stable(self, within_s: float) -> Weight:
        """The next stable value; instrument_unstable if there is none in time."""
        ...

    async def tare(self) -> None:
        """From now on what lies on the pan counts as nothing."""


class PressureGauge(Instrument, Protocol):
    """Measures the pressure in the line, against the room's."""

    async def read_pa(self) -> int:
        """The present value."""
        ...


class Supply(Instrument, Protocol):
    """Powers the pump under test, and takes the power away."""

    async def set_mv(self, voltage_mv: int) -> None:
        """Set the voltage; instrument_limit beyond the rig file's."""

    async def switch(self, *, on: bool) -> None:
        """Output on or off; returns when the instrument says that it is."""

    async def read(self) -> PowerReading:
        """What it gives now."""
        ...


class Relays(Instrument, Protocol):
    """Contacts that close: mains, keys, a valve."""

    channel_count: int

    async def set(self, channel: int, *, closed: bool) -> None:
        """Open or close a contact, counted from 1."""


class LogicCapture(Instrument, Protocol):
    """Sees the edges of signals, apart from the pump's own word for them."""

    signals: Sequence[str]

    async def begin(self) -> None:
        """Start to store edges; what was stored before is dropped."""

    async def finish(self) -> Capture:
        """Stop, and hand out what was stored; instrument_lost if it had not begun."""
        ...


class SyringeFixture(Instrument, Protocol):
    """What a rig can do to syringe and line."""

    async def occlude(self, *, blocked: bool) -> None:
        """Shut the line at its end, or open it."""

    async def seat_plunger(self, *, seated: bool) -> None:
        """Grip the plunger, or let it go."""

    async def close_barrel(self, *, closed: bool) -> None:
        """Shut the barrel clamp, or open it."""

    async def set_back_pressure_pa(self, pressure_pa: int) -> None:
        """Set the pressure at the line's end, against the room's; may be negative."""


class InjectedSensors(Instrument, Protocol):
    """Signals that the rig plays to the pump in place of its sensors."""

    async def set_force_mn(self, force_mn: int) -> None:
        """The force on the plunger that the pump's force sensor shows."""

    async def set_battery_permille(self, charge_permille: int) -> None:
        """The charge that the battery's voltage shows."""

    async def set_air(self, *, present: bool) -> None:
        """What the air detector says."""

    async def set_encoder_follows(self, *, follows: bool) -> None:
        """Whether the encoder goes with the STEP pulses, or stands."""


class Panel(Instrument, Protocol):
    """Presses the pump's keys."""

    async def hold(self, key: str) -> None:
        """Press a key of `start stop acknowledge audio_pause prime check` and keep it pressed."""

    async def release(self, key: str) -> None:
        """Let it go."""
