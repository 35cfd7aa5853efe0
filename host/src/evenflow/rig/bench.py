"""A rig on a bench: a pump at a port, and the instruments that its rig file names.

Time is the host's. The pump is the one that stands there, so each test finds it as the test before
has left it: idle, with less in its syringe.
"""

import asyncio
import time
from typing import TYPE_CHECKING, cast

from evenflow.client.pump import Pump
from evenflow.fixture import FixtureClient, FixtureInstruments
from evenflow.instruments import catalogue, giving_back
from evenflow.instruments.instrument import (
    Balance,
    Identity,
    InjectedSensors,
    Instrument,
    InstrumentError,
    LogicCapture,
    Panel,
    PowerReading,
    PressureGauge,
    Relays,
    Supply,
    SyringeFixture,
)
from evenflow.link import Line, open_line
from evenflow.rig.rig import Mounted

if TYPE_CHECKING:
    from evenflow.rig.rig_file import RigFile


class BenchRig:
    """See evenflow.rig.rig.Rig."""

    is_emulated = False

    def __init__(self, described: "RigFile") -> None:
        """Of a rig file; nothing is open yet."""
        self._file = described
        self._opened: dict[str, Instrument] = {}
        self.balance: Balance | None = None
        self.pressure: PressureGauge | None = None
        self.supply: Supply | None = None
        self.capture: LogicCapture | None = None
        self.panel: Panel | None = None
        self.syringe: SyringeFixture | None = None
        self.sensors: InjectedSensors | None = None

    @property
    def name(self) -> str:
        """As its file says."""
        return self._file.name

    @property
    def mounted(self) -> Mounted:
        """As its file says."""
        return self._file.mounted

    async def open(self) -> None:
        """Open every instrument; what was opened before one that fails is for `close`."""
        for role, table in self._file.instruments.items():
            self._opened[role] = await catalogue.open_role(role, table)
        self.balance = cast("Balance | None", self._opened.get("balance"))
        self.pressure = cast("PressureGauge | None", self._opened.get("pressure"))
        self.supply = cast("Supply | None", self._opened.get("supply"))
        self.capture = cast("LogicCapture | None", self._opened.get("capture"))
        relays = cast("Relays | None", self._opened.get("relays"))
        if relays is not None:
            self._wire(relays)
        if self._file.fixture_port:
            await self._open_fixture(self._file.fixture_port)

    async def _open_fixture(self, port: str) -> None:
        """A fixture is there in place of motor, syringe and hands: it plays all of them."""
        client = await FixtureClient.connect(await open_line(port))
        fixture = FixtureInstruments(client)
        self._opened["fixture"] = fixture
        await fixture.mount()
        self.panel = self.syringe = self.sensors = fixture
        self.capture = self.capture or fixture

    def _wire(self, relays: Relays) -> None:
        wiring = self._file.wiring
        keys = {
            name.removeprefix("key_"): channel
            for name, channel in wiring.items()
            if name.startswith("key_")
        }
        if keys:
            self.panel = RelayPanel(relays, keys)
        if "cut_power" in wiring and self.supply is None:
            self.supply = RelaySupply(relays, wiring["cut_power"])
        if "occlude" in wiring:
            self.syringe = RelayValve(relays, wiring["occlude"])

    async def close(self) -> None:
        """Give every instrument back, also after one that cannot; the pump stays as it is."""
        opened, self._opened = self._opened, {}
        await giving_back.all_of(instrument.close() for instrument in opened.values())

    def clock_s(self) -> float:
        """The host's monotonic clock."""
        return time.monotonic()

    async def open_line(self) -> Line:
        """The pump's port."""
        return await open_line(self._file.port)

    async def connect(self) -> Pump:
        """The pump at its port; commands go under this host's key for it."""
        return await Pump.connect(await self.open_line())

    async def pause(self, span_s: float) -> None:
        """Real time."""
        await asyncio.sleep(span_s)

    async def collect(self) -> None:
        """The line hangs over the balance: what it gave so far counts as nothing."""
        if self.balance is not None:
            await self.balance.tare()

    async def identities(self) -> dict[str, str]:
        """Each by its own word."""
        found = {}
        for role, instrument in self._opened.items():
            one = await instrument.identity()
            words = (one.maker, one.model, one.serial_number, one.version)
            kind = self._file.instruments.get(role, {}).get("kind", role)
            found[role] = " ".join(filter(None, words)) or str(kind)
        return found


class RelayPanel:
    """The keys of a pump, each with a relay's contact across it."""

    def __init__(self, relays: Relays, channels: dict[str, int]) -> None:
        """`channels` has the contact of each key."""
        self._relays = relays
        self._channels = channels

    async def identity(self) -> Identity:
        """The relays'."""
        return await self._relays.identity()

    async def hold(self, key: str) -> None:
        """Press it."""
        await self._relays.set(self._channels[key], closed=True)

    async def release(self, key: str) -> None:
        """Let it go."""
        await self._relays.set(self._channels[key], closed=False)

    async def close(self) -> None:
        """The relays are closed by whoever opened them."""


class RelaySupply:
    """The pump's power through the resting contact of a relay: without the rig it is on."""

    def __init__(self, relays: Relays, channel: int) -> None:
        """Closed: the pump has none."""
        self._relays = relays
        self._channel = channel
        self._is_on = True

    async def identity(self) -> Identity:
        """The relays'."""
        return await self._relays.identity()

    async def set_mv(self, voltage_mv: int) -> None:
        """It cannot."""
        reason = f"{voltage_mv} mV: a relay sets no voltage"
        raise InstrumentError("instrument_refused", reason, "fit a supply that can be set")

    async def switch(self, *, on: bool) -> None:
        """Let go, or pull."""
        await self._relays.set(self._channel, closed=not on)
        self._is_on = on

    async def read(self) -> PowerReading:
        """Only what was set: a relay measures nothing."""
        return PowerReading(None, None, self._is_on)

    async def close(self) -> None:
        """The relays are closed by whoever opened them."""


class RelayValve:
    """A pinch valve on the line, held shut by a relay's contact."""

    def __init__(self, relays: Relays, channel: int) -> None:
        """Closed: the line is shut."""
        self._relays = relays
        self._channel = channel

    async def identity(self) -> Identity:
        """The relays'."""
        return await self._relays.identity()

    async def occlude(self, *, blocked: bool) -> None:
        """Shut the line, or open it."""
        await self._relays.set(self._channel, closed=blocked)

    async def seat_plunger(self, *, seated: bool) -> None:
        """It cannot."""
        raise _no_hands(f"plunger seated: {seated}")

    async def close_barrel(self, *, closed: bool) -> None:
        """It cannot."""
        raise _no_hands(f"barrel closed: {closed}")

    async def set_back_pressure_pa(self, pressure_pa: int) -> None:
        """It cannot."""
        raise _no_hands(f"{pressure_pa} Pa")

    async def close(self) -> None:
        """The relays are closed by whoever opened them."""


def _no_hands(what: str) -> InstrumentError:
    return InstrumentError("instrument_refused", f"{what}: a valve cannot", "fit the fixture")
