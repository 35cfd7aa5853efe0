"""Opens what a port names; an emulated board gets the drug library and what the order mounts."""

import secrets
from collections.abc import Generator
from dataclasses import dataclass
from types import TracebackType

from evenflow import boards, emulator
from evenflow.client.pump import Pump
from evenflow.dose.library import compile_library, shipped
from evenflow.dose.plan import Plan
from evenflow.errors import EvenflowError
from evenflow.link import Address, EmulatedLine, Line, open_line, parse
from pumpcore import units
from pumpcore.wire import tag

REAL_TIME = 1.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A line, and behind an emulated one its board, whose plant knows the truth."""

    line: Line
    board: emulator.Board | None


async def open_port(
    port: str, *, plan: Plan | None = None, speed: float | None = REAL_TIME, runtime: str = "auto"
) -> Opened:
    """The open line; WrongUsage, Refused or LinkError if it cannot be had.

    `speed` is an emulated board's, in its seconds a second; None is as fast as it goes. Syringe
    and fill of such a board are the plan's.
    """
    address = parse(port)
    if address.scheme != "emulated":
        return Opened(await open_line(port), None)
    board = _board(address, plan, runtime)
    board.power_on()
    return Opened(EmulatedLine(board, address.text, speed=speed), board)


class Connecting:
    """A pump on its way: `await` it, or use it as `async with connect(port) as pump:`."""

    def __init__(self, port: str, speed: float | None, *, read_only: bool = False) -> None:
        """Nothing is opened before it is awaited or entered."""
        self._port = port
        self._read_only = read_only
        self._speed = speed
        self._pump: Pump | None = None

    def __await__(self) -> Generator[object, None, Pump]:
        return self._connect().__await__()

    async def __aenter__(self) -> Pump:
        self._pump = await self._connect()
        return self._pump

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._pump is not None:
            await self._pump.close()

    async def _connect(self) -> Pump:
        opened = await open_port(self._port, speed=self._speed)
        return await Pump.connect(opened.line, read_only=self._read_only)


def connect(port: str, *, speed: float | None = REAL_TIME, read_only: bool = False) -> Connecting:
    """A pump that has said hello; errors as for Pump.connect.

    An emulated board is fresh, has the shipped drug library, and runs at `speed` seconds a second
    (None: as fast as it goes). Of one that is read only see Pump.
    """
    return Connecting(port, speed, read_only=read_only)


def profile_of(board_name: str) -> boards.Profile | None:
    """The profile that this host has of a board of that name; None if it knows none."""
    try:
        return boards.load(board_name)
    except EvenflowError:
        return None


def _board(address: Address, plan: Plan | None, runtime: str) -> emulator.Board:
    library = shipped() if plan is None else plan.library
    board = emulator.Board(
        boards.load(address.target),
        compile_library(library),
        runtime=runtime,
        plant=None if plan is None else _plant(plan),
    )
    board.own_process = True
    # Fresh, like the board; what a pump at a serial line asks for is asked of this one, too.
    board.device_key = secrets.token_bytes(tag.KEY_BYTES)
    return board


def _plant(plan: Plan) -> emulator.PlantConfig:
    order = plan.order
    return emulator.PlantConfig(
        syringe=order.syringe_model,
        fill_ml=float(order.fill.value / units.NL_PER_ML),
        bore_um=None if order.bore is None else order.bore.whole,
    )
