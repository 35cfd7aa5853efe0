"""An emulated rig: real firmware on an emulated board, and instruments that read its plant.

Time is the board's, and moves only while somebody reads the pump's line or waits: a test of two
hours takes as long as its ticks do. Every opening is a fresh board with a fresh key.
"""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace

from evenflow import boards
from evenflow.client.pump import Pump
from evenflow.dose.library import compile_library, shipped
from evenflow.emulator import Board, PlantConfig
from evenflow.errors import WrongUsage
from evenflow.link import EmulatedLine, Line
from evenflow.rig import emulated_instruments as plant_instruments
from evenflow.rig.rig import NEEDS, Mounted
from pumpcore.wire import tag

NAME = "emulated"
BOARD = "pico"
# One tick: how finely a capture samples what has no time stamp of its own.
_TICK_S = 0.02
_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class DescribedEmulated:
    """The emulated rig before it is opened; it lacks nothing."""

    board: str = BOARD
    runtime: str = "micropython"
    seed: int = 0
    name: str = NAME
    is_emulated: bool = True

    def lacks(self, need: str) -> str:
        """Nothing; KeyError for what is no need."""
        return NEEDS[need][:0]

    @asynccontextmanager
    async def open(self, world: Mapping[str, object]) -> AsyncGenerator["EmulatedRig"]:
        """A fresh board in a world of those fields; WrongUsage for one that PlantConfig lacks."""
        unknown = world.keys() - {one.name for one in fields(PlantConfig)}
        if unknown:
            reason = f"world: no field {', '.join(sorted(unknown))}"
            raise WrongUsage("unknown_field", reason, "see evenflow.emulator.PlantConfig")
        rig = EmulatedRig(
            self.board,
            runtime=self.runtime,
            seed=self.seed,
            plant=replace(PlantConfig(), **world),  # type: ignore[arg-type]
        )
        try:
            rig.power_on()
            yield rig
        finally:
            rig.close()


class EmulatedRig:
    """See evenflow.rig.rig.Rig. `board.plant` is for tests that need a plant."""

    is_emulated = True

    def __init__(
        self,
        board: str = BOARD,
        *,
        runtime: str = "micropython",
        seed: int = 0,
        plant: PlantConfig | None = None,
    ) -> None:
        """Build it; nothing runs before `power_on`."""
        world = PlantConfig() if plant is None else plant
        self.name = NAME
        self.mounted = Mounted(world.syringe, world.fill_ml)
        self.board = Board(
            boards.load(board),
            compile_library(shipped()),
            runtime=runtime,
            seed=seed,
            plant=world,
        )
        self.board.own_process = True
        self.board.device_key = secrets.token_bytes(tag.KEY_BYTES)
        self.line = _RigLine(self.board)
        physical = self.board.plant
        self.balance = plant_instruments.PlantBalance(physical)
        self.pressure = plant_instruments.PlantGauge(physical)
        self.supply = plant_instruments.PlantSupply(physical)
        self.capture = plant_instruments.PlantCapture(self.line)
        self.panel = plant_instruments.PlantPanel(physical)
        self.syringe = plant_instruments.PlantSyringe(physical)
        self.sensors = plant_instruments.PlantSensors(physical)

    def power_on(self) -> None:
        """Start the firmware."""
        self.board.power_on()

    def close(self) -> None:
        """End the board."""
        self.board.close()

    def clock_s(self) -> float:
        """The board's virtual time."""
        return self.line.clock_s()

    async def open_line(self) -> Line:
        """A line that survives its closing."""
        return self.line

    async def connect(self) -> Pump:
        """LinkError if nobody answers."""
        return await Pump.connect(self.line)

    async def pause(self, span_s: float) -> None:
        """Let the board run; what it says meanwhile, nobody hears."""
        self.board.run_for(round(span_s * _US_PER_S))
        self.board.read()

    async def collect(self) -> None:
        """Connect the line: what flows out of it from now on is weighed."""
        self.board.plant.connect_patient()

    async def identities(self) -> dict[str, str]:
        """All of them are this plant."""
        version = self.board.interpreter_version
        return {
            "controller": f"emulated {self.board.profile['board.controller']}, "
            f"{self.board.runtime_name} {version}",
            "instruments": "the plant's own truth",
        }


class _RigLine:
    """The board's line, which stays when a pump is closed; a capture may watch its ticks."""

    is_emulated = True

    def __init__(self, board: Board) -> None:
        self._line = EmulatedLine(board, NAME, speed=None)
        self.board = board
        self.name = NAME
        self.watcher: plant_instruments.Watcher | None = None

    @property
    def device_key(self) -> bytes | None:
        """The board's own."""
        return self.board.device_key

    def clock_s(self) -> float:
        """The board's virtual time."""
        return self._line.clock_s()

    async def read(self, horizon_s: float) -> bytes:
        """See Line; tick by tick while somebody watches."""
        watcher = self.watcher
        if watcher is None:
            return await self._line.read(horizon_s)
        chunk = await self._line.read(min(horizon_s, _TICK_S))
        watcher.look()
        return chunk

    def write(self, frame: bytes) -> None:
        """See Line."""
        self._line.write(frame)

    async def close(self) -> None:
        """The board goes on."""
