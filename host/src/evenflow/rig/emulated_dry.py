"""An emulated dry rig: a pump's controller and a fixture, two MicroPythons wired together.

There is no plant. What the pump is told of force, encoder, seat and keys, the fixture's firmware
plays, and what the pump did, that firmware has captured: see docs/fixture.md.
"""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from evenflow import boards
from evenflow.client.pump import Pump
from evenflow.dose.library import compile_library, shipped
from evenflow.emulator.wired.pair import WiredPair
from evenflow.errors import WrongUsage
from evenflow.fixture import FixtureClient, FixtureInstruments
from evenflow.link import EmulatedLine, Line
from evenflow.rig.rig import NEEDS, Mounted, Rig
from pumpcore.wire import tag

NAME = "emulated-dry"
_PUMP, _FIXTURE = "pico", "rig-fixture"
# What the fixture plays: its carriage stands where such a syringe holds so much.
_MOUNTED = Mounted("bd-plastipak-50", 20.0)
_HAS = ("capture", "panel", "seat", "force")
_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class DescribedDry:
    """The dry rig before it is opened; it has what its fixture has."""

    name: str = NAME
    is_emulated: bool = True

    def lacks(self, need: str) -> str:
        """Why not; empty if the fixture does it. KeyError for what is no need."""
        return NEEDS[need] if need not in _HAS else ""

    @asynccontextmanager
    async def open(self, world: Mapping[str, object]) -> AsyncGenerator[Rig]:
        """Both boards, on; WrongUsage for a world, since there is none."""
        if world:
            reason = f"rig {NAME} has no plant"
            raise WrongUsage("no_plant", reason, "mark the test, so that it is skipped there")
        library = compile_library(shipped())
        profiles = boards.load(_PUMP), boards.load_any(_FIXTURE)
        with WiredPair(*profiles, library) as pair:
            pair.pump.device_key = secrets.token_bytes(tag.KEY_BYTES)
            client = await FixtureClient.connect(
                EmulatedLine(pair.fixture_port, _FIXTURE, speed=None)
            )
            fixture = FixtureInstruments(client)
            await fixture.mount()
            pair.power_pump()
            yield DryRig(pair, fixture)


class DryRig:
    """See evenflow.rig.rig.Rig."""

    name = NAME
    is_emulated = True
    mounted = _MOUNTED
    balance = None
    pressure = None
    supply = None

    def __init__(self, pair: WiredPair, fixture: FixtureInstruments) -> None:
        """Of two boards that are on."""
        self._pair = pair
        self._line = _PumpLine(pair)
        self.capture = self.panel = self.syringe = self.sensors = fixture

    def clock_s(self) -> float:
        """The virtual time of both boards."""
        return self._pair.now_us / _US_PER_S

    async def open_line(self) -> Line:
        """The pump's, which survives its closing."""
        return self._line

    async def connect(self) -> Pump:
        """LinkError if nobody answers."""
        return await Pump.connect(self._line)

    async def pause(self, span_s: float) -> None:
        """Let both boards run; what the pump says meanwhile, nobody hears."""
        self._pair.run_for(round(span_s * _US_PER_S))
        self._pair.pump_port.read()

    async def collect(self) -> None:
        """Nothing flows."""

    async def identities(self) -> dict[str, str]:
        """Both controllers."""
        told = await self.panel.identity()
        pump = self._pair.pump
        return {
            "controller": f"emulated {pump.profile['board.controller']}, "
            f"{pump.runtime_name} {pump.interpreter_version}",
            "fixture": f"{told.model}, firmware {told.version}, emulated too",
        }


class _PumpLine(EmulatedLine):
    """The pump's line; its end is not the boards' end."""

    def __init__(self, pair: WiredPair) -> None:
        super().__init__(pair.pump_port, NAME, speed=None)
        self.device_key = pair.pump.device_key

    async def close(self) -> None:
        """The boards go on."""
