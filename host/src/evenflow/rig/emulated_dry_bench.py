"""A dry bench with nothing on it: a controller and its fixture, each behind a serial port.

Both are emulated and run in real time, in a thread of their own. The fixture is mounted before the
pump has power, as on a bench: its self-test wants to find a battery and a syringe.
"""

import asyncio
import os
import select
import threading
import time
import tty
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from evenflow import boards
from evenflow.dose.library import compile_library, shipped
from evenflow.emulator.wired.pair import WiredPair, WiredPort
from evenflow.fixture import FixtureClient, FixtureInstruments
from evenflow.link import EmulatedLine
from evenflow.rig.emulated_bench import Tables

NAME = "emulated-dry-bench"
_PUMP, _FIXTURE = "pico", "rig-fixture"
_SLICE_US = 5_000
_US_PER_S = 1_000_000
_READ_BYTES = 4096
# Further behind than this, time that is lost is not caught up.
_LONGEST_LAG_S = 0.5


@asynccontextmanager
async def emulated_dry_bench() -> AsyncGenerator[Tables]:
    """The tables of its rig file, without `schema`, for as long as it is asked for.

    Its pump takes commands without a key, as a bench does by its board file.
    """
    library = compile_library(shipped())
    profiles = boards.load(_PUMP), boards.load_any(_FIXTURE)
    with WiredPair(*profiles, library) as pair:
        client = await FixtureClient.connect(EmulatedLine(pair.fixture_port, _FIXTURE, speed=None))
        await FixtureInstruments(client).mount()
        pair.power_pump()
        running = _InRealTime(pair)
        ports = [_Terminal(pair.pump_port), _Terminal(pair.fixture_port)]
        try:
            thread = asyncio.create_task(asyncio.to_thread(running.run, ports))
            yield {
                "rig": {"name": NAME},
                "pump": {"port": ports[0].path},
                "syringe": {"model": "bd-plastipak-50", "fill": "20 mL"},
                "fixture": {"port": ports[1].path},
            }
            running.is_over.set()
            await thread
        finally:
            running.is_over.set()
            for port in ports:
                port.close()


class _Terminal:
    """One of the two lines as a pseudo-terminal."""

    def __init__(self, port: WiredPort) -> None:
        self._port = port
        self._far, self._near = os.openpty()
        # Raw before anyone opens it, and open here, so that who leaves does not hang it up.
        tty.setraw(self._near)
        os.set_blocking(self._far, False)
        self.path = os.ttyname(self._near)

    def carry(self) -> None:
        """Bytes both ways."""
        if select.select([self._far], [], [], 0)[0]:
            self._port.write(os.read(self._far, _READ_BYTES))
        sent = self._port.read()
        if sent:
            try:
                os.write(self._far, sent)
            except BlockingIOError:
                # Nobody reads: the bytes are lost, as on a serial line.
                return

    def close(self) -> None:
        """Both ends."""
        os.close(self._far)
        os.close(self._near)


class _InRealTime:
    """Moves a pair of boards by the host's clock."""

    def __init__(self, pair: WiredPair) -> None:
        self.is_over = threading.Event()
        self._pair = pair

    def run(self, ports: list[_Terminal]) -> None:
        """Until it is over."""
        pair = self._pair
        origin_s, origin_us = time.monotonic(), pair.now_us
        while not self.is_over.is_set():
            pair.run_for(_SLICE_US)
            for port in ports:
                port.carry()
            ahead_s = (pair.now_us - origin_us) / _US_PER_S - (time.monotonic() - origin_s)
            if ahead_s > 0:
                self.is_over.wait(ahead_s)
            elif ahead_s < -_LONGEST_LAG_S:
                origin_s, origin_us = time.monotonic(), pair.now_us
