"""A bench with nothing on it: a pump in real time and instruments, each behind a line of its own.

The drivers of a real bench talk to emulators of what they drive, and those weigh and switch what
the emulated pump's plant has. So a rig file, its drivers and the tests on it are tried before
there is a bench.
"""

import asyncio
import os
import tty
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from evenflow.dose.library import compile_library, shipped
from evenflow.emulator import EmulatedBoard, PlantConfig
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.pan import Pan
from evenflow.instruments.emulated.relay_board import EmulatedRelayBoard
from evenflow.instruments.emulated.served import Over, served
from evenflow.rig.emulated_instruments import UG_PER_ML
from evenflow.rig.rig_file import SCHEMA, WIRES

Tables = dict[str, dict[str, object]]

NAME = "emulated-bench"
_READ_BYTES = 4096
_BEAKER_UG = 60_000_000


@asynccontextmanager
async def emulated_bench(
    board: str = "pico",
    *,
    over: Over = "pty",
    plant: PlantConfig | None = None,
    runtime: str = "auto",
) -> AsyncGenerator[Tables]:
    """The tables of its rig file, without `schema`, for as long as it is asked for.

    Its pump takes commands without a key, as a bench does by its board file.
    """
    world = PlantConfig() if plant is None else plant
    library = compile_library(shipped())
    async with AsyncExitStack() as stack:
        emulated = EmulatedBoard(board, library, runtime=runtime, plant=world)
        await stack.enter_async_context(emulated)
        contacts = _Contacts(emulated)
        relays = EmulatedRelayBoard(
            len(WIRES), lambda channel, closed: contacts.move(channel, closed=closed)
        )
        balance = EmulatedMtSics(Pan(contacts.mass_ug))
        port = emulated.port
        if over == "socket":
            port = await stack.enter_async_context(_on_socket(emulated.port))
        yield {
            "rig": {"name": NAME},
            "pump": {"port": port},
            "syringe": {"model": world.syringe, "fill": f"{world.fill_ml:g} mL"},
            "balance": {
                "kind": "mt-sics",
                "address": await stack.enter_async_context(served(balance, over)),
            },
            "relays": {
                "kind": "usb-relay",
                "address": await stack.enter_async_context(served(relays, over)),
                "channel_count": len(WIRES),
            },
            "wiring": {wire: channel for channel, wire in enumerate(WIRES, start=1)},
        }


def text_of(tables: Tables) -> str:
    """A rig file of these tables."""
    lines = [f"schema = {SCHEMA}"]
    for name, table in tables.items():
        lines.append(f"[{name}]")
        for key, value in table.items():
            shown = f'"{value}"' if isinstance(value, str) else str(value)
            lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"


class _Contacts:
    """What the relays switch in a plant that another thread moves, and what the balance weighs."""

    def __init__(self, emulated: EmulatedBoard) -> None:
        self._emulated = emulated

    def mass_ug(self) -> int:
        """A beaker, and all that has left the line: nobody takes it off the patient here."""
        plant = self._emulated.plant
        return _BEAKER_UG + round((plant.patient_volume_ml + plant.waste_volume_ml) * UG_PER_ML)

    def move(self, channel: int, *, closed: bool) -> None:
        """One contact."""
        plant = self._emulated.plant
        wire = WIRES[channel - 1]
        with self._emulated.lock:
            if wire == "cut_power":
                _either(plant.power_cut, plant.power_restore, first=closed)
            elif wire == "occlude":
                _either(plant.occlude, plant.release_occlusion, first=closed)
            elif closed:
                plant.hold(wire.removeprefix("key_"))
            else:
                plant.release(wire.removeprefix("key_"))


def _either(one: Callable[[], None], other: Callable[[], None], *, first: bool) -> None:
    if first:
        one()
    else:
        other()


@asynccontextmanager
async def _on_socket(path: str) -> AsyncGenerator[str]:
    """A serial port behind a socket on loopback, as a server of serial ports gives it away."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(port)
    loop = asyncio.get_running_loop()
    talking: set[asyncio.StreamWriter] = set()

    def pass_on() -> None:
        chunk = os.read(port, _READ_BYTES)
        for writer in talking:
            writer.write(chunk)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(writer)
        try:
            while received := await reader.read(_READ_BYTES):
                os.write(port, received)
        except ConnectionError:
            pass  # whoever it was has gone
        finally:
            talking.discard(writer)
            writer.close()

    loop.add_reader(port, pass_on)
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in tuple(talking):
            writer.close()
        await server.wait_closed()
        loop.remove_reader(port)
        os.close(port)
