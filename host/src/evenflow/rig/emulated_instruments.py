"""Instruments of an emulated rig: each tells the plant's truth, or changes the plant.

What a real one could not do at once, or not at all, is refused here as there.
"""

from collections.abc import Sequence
from typing import Protocol

from evenflow.emulator import Board, Plant
from evenflow.emulator.plant.line import PA_PER_MMHG
from evenflow.instruments.instrument import (
    Capture,
    Edge,
    Identity,
    InstrumentError,
    PowerReading,
    Weight,
)

_NS_PER_S = 1_000_000_000
_MN_PER_N = 1_000
_SUPPLY_MV = 5_000
# What a millilitre of water shows, at 20 degrees, in air: ISO 8655-6 has 1.0029 uL/mg. A figure,
# so that a wrong formula of whoever weighs is seen.
UG_PER_ML = 997_153
_RESOLUTION_UG = 100
_IDENTITY = Identity("Evenflow", "plant", "", "")


class Watcher(Protocol):
    """Looks at the plant after every tick."""

    def look(self) -> None:
        """Now."""


class Watched(Protocol):
    """A line that moves the board's time, and lets somebody watch."""

    board: Board
    watcher: Watcher | None


class PlantBalance:
    """Weighs what left the line at the patient's end, without evaporation or drift."""

    resolution_ug = _RESOLUTION_UG

    def __init__(self, plant: Plant) -> None:
        """Of that plant."""
        self._plant = plant
        self._tare_ml = 0.0

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def read(self) -> Weight:
        """Always stable: the truth has no noise."""
        plant = self._plant
        steps = round((plant.patient_volume_ml - self._tare_ml) * UG_PER_ML / _RESOLUTION_UG)
        return Weight(plant.now_ns / _NS_PER_S, steps * _RESOLUTION_UG, is_stable=True)

    async def read_stable(self, within_s: float) -> Weight:
        """The same."""
        del within_s
        return await self.read()

    async def tare(self) -> None:
        """What is there counts as nothing."""
        self._tare_ml = self._plant.patient_volume_ml

    async def close(self) -> None:
        """Nothing to give back."""


class PlantGauge:
    """Pressure in the line."""

    def __init__(self, plant: Plant) -> None:
        """Of that plant."""
        self._plant = plant

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def read_pa(self) -> int:
        """Above the room's."""
        return round(self._plant.line.pressure_pa)

    async def close(self) -> None:
        """Nothing to give back."""


class PlantSupply:
    """Mains and battery together: off means that nothing has power any more."""

    def __init__(self, plant: Plant) -> None:
        """Of that plant."""
        self._plant = plant

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def set_mv(self, voltage_mv: int) -> None:
        """There is one voltage."""
        if voltage_mv != _SUPPLY_MV:
            reason = f"{voltage_mv} mV: the emulated supply gives {_SUPPLY_MV} mV"
            raise InstrumentError("instrument_limit", reason, "leave the voltage as it is")

    async def switch(self, *, on: bool) -> None:
        """At once."""
        if on:
            self._plant.power_restore()
        else:
            self._plant.power_cut()

    async def read(self) -> PowerReading:
        """The current is not emulated, so it is not measured."""
        is_on = self._plant.supply.is_on
        return PowerReading(_SUPPLY_MV if is_on else 0, None, is_on)

    async def close(self) -> None:
        """Nothing to give back."""


class PlantPanel:
    """The keys' contacts."""

    def __init__(self, plant: Plant) -> None:
        """Of that plant."""
        self._plant = plant

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def hold(self, key: str) -> None:
        """Close it; WrongUsage for a key that there is not."""
        self._plant.hold(key)

    async def release(self, key: str) -> None:
        """Open it."""
        self._plant.release(key)

    async def close(self) -> None:
        """Nothing to give back."""


class PlantSyringe:
    """What a person's hands do to syringe and line."""

    def __init__(self, plant: Plant) -> None:
        """Of that plant."""
        self._plant = plant

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def occlude(self, *, blocked: bool) -> None:
        """At the patient's end."""
        if blocked:
            self._plant.occlude()
        else:
            self._plant.release_occlusion()

    async def seat_plunger(self, *, seated: bool) -> None:
        """The grip."""
        if seated:
            self._plant.seat_plunger()
        else:
            self._plant.unseat_plunger()

    async def close_barrel(self, *, closed: bool) -> None:
        """The clamp."""
        if closed:
            self._plant.close_barrel()
        else:
            self._plant.open_barrel()

    async def set_back_pressure_pa(self, pressure_pa: int) -> None:
        """At the patient's end."""
        self._plant.back_pressure(pressure_pa / PA_PER_MMHG)

    async def close(self) -> None:
        """Nothing to give back."""


class PlantSensors:
    """Signals in place of the sensors'."""

    def __init__(self, plant: Plant) -> None:
        """Of that plant."""
        self._plant = plant

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def set_force_mn(self, force_mn: int) -> None:
        """By the calibration of the board file, from the next conversion on."""
        profile = self._plant.profile
        zero, counts_per_n = profile["force.zero_count"], profile["force.counts_per_n"]
        if not isinstance(zero, int) or not isinstance(counts_per_n, int):
            raise TypeError("force.zero_count and force.counts_per_n are whole numbers")
        self._plant.force.fault_count = zero + counts_per_n * force_mn // _MN_PER_N

    async def set_battery_permille(self, charge_permille: int) -> None:
        """The battery's charge."""
        self._plant.battery(charge_permille / 10)

    async def set_air(self, *, present: bool) -> None:
        """Air comes with the fluid here, in its own time."""
        del present
        reason = "the emulated air detector sees what is in the line, and nothing else"
        raise InstrumentError("instrument_refused", reason, "send a bubble: plant.air")

    async def set_encoder_follows(self, *, follows: bool) -> None:
        """The encoder on the screw."""
        if follows:
            self._plant.encoder_release()
        else:
            self._plant.encoder_freeze()

    async def close(self) -> None:
        """Measure again."""
        self._plant.force_release()
        self._plant.encoder_release()


class PlantCapture:
    """STEP and DIR to the nanosecond; ENABLE and the sounder as they are after each tick."""

    signals: Sequence[str] = ("step", "dir", "enable", "sounder")

    def __init__(self, line: Watched) -> None:
        """On the board of that line."""
        self._line = line
        self._plant = line.board.plant
        self._began_at_ns = 0
        self._edges: dict[str, list[Edge]] = {}
        self._now: dict[str, bool] = {}
        self._first: dict[str, bool] = {}
        self._is_running = False

    async def identity(self) -> Identity:
        """The plant."""
        return _IDENTITY

    async def begin(self) -> None:
        """From now on; it costs the emulation some speed."""
        plant = self._plant
        plant.step_times.clear()
        plant.records_steps = True
        self._began_at_ns = plant.now_ns
        self._edges = {name: [] for name in self.signals}
        self._now = {"step": False, "dir": True, **self._levels()}
        self._first = dict(self._now)
        self._is_running = True
        self._line.watcher = self

    def look(self) -> None:
        """Take up what has changed since the last tick."""
        plant = self._plant
        for at_ns, direction, was_enabled in plant.step_times:
            self._see("dir", at_ns, is_high=direction > 0)
            if was_enabled:
                self._see("enable", at_ns, is_high=True)
            self._edges["step"].append(Edge(at_ns, is_high=True))
        plant.step_times.clear()
        for name, is_high in self._levels().items():
            self._see(name, plant.now_ns, is_high=is_high)

    def _levels(self) -> dict[str, bool]:
        plant = self._plant
        return {"enable": plant.motor_enabled, "sounder": plant.buzzer.is_on}

    def _see(self, name: str, at_ns: int, *, is_high: bool) -> None:
        if self._now[name] != is_high:
            self._now[name] = is_high
            self._edges[name].append(Edge(at_ns, is_high))

    async def finish(self) -> Capture:
        """All of it; InstrumentError if it was not begun."""
        if not self._is_running:
            reason = "a capture was asked for that had not begun"
            raise InstrumentError("instrument_lost", reason, "begin it first")
        self.look()
        await self.close()
        return Capture(self._began_at_ns, self._plant.now_ns, 1, self._first, self._edges)

    async def close(self) -> None:
        """Watch no more."""
        self._is_running = False
        self._line.watcher = None
        self._plant.records_steps = False
        self._plant.step_times.clear()
