"""Captures of a logic analyser by the program sigrok-cli: edges of signals, with their moments.

A capture runs until `finish`, which sends the program the key press that ends it; signals of the
system would cost what it had not written yet. A capture that ends by itself is refused: the
analyser was unplugged, or its buffer ran over, which fx2lafw tells in no other way.

Moments between edges are exact to a sample. The rig's clock is joined to them at the first bytes
that the program writes, which is later than the first sample by however long USB and the program
take: compare edges with each other, or with one that both clocks see.
"""

import asyncio
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress

from evenflow.instruments.clock import Clock, MonotonicClock
from evenflow.instruments.instrument import Capture, Edge, Identity, InstrumentError
from evenflow.instruments.vcd import Dump

SAMPLE_RATES_HZ = (200_000, 500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000)
PROGRAM = "sigrok-cli"
_NS_PER_S = 1_000_000_000
# Firmware goes to the analyser first, then it comes back on the bus: some seconds.
START_S = 15.0
_END_S = 10.0
_MOST_WORDS, _WORDS_S = 300, 1.0


class Sigrok:
    """One analyser; see LogicCapture."""

    def __init__(
        self,
        address: str,
        channels: Mapping[str, str],
        sample_rate_hz: int,
        program: str,
        clock: Clock,
        start_s: float = START_S,
    ) -> None:
        """`channels` has the analyser's channel of each signal; `program` is a path."""
        self.signals = tuple(channels)
        self._name = f"capture {address}"
        self._device = address
        self._channels = dict(channels)
        self._sample_rate_hz = sample_rate_hz
        self._program = program
        self._clock = clock
        self._start_s = start_s
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._dump = Dump(self._name)
        self._began = asyncio.Event()
        self._began_s = 0.0

    async def identity(self) -> Identity:
        """The analyser that the program finds, in its words, and the program's version."""
        found = await self._told("--driver", self._device, "--scan")
        version = (await self._told("--version")).splitlines()[0].strip()
        lines = [line for line in found.splitlines() if " - " in line]
        if not lines:
            reason = f"{self._name}: sigrok-cli finds no such analyser"
            raise InstrumentError("instrument_missing", reason, _PLUG_IT_IN)
        return Identity("", lines[0].strip(), "", version)

    async def begin(self) -> None:
        """Start to store edges; returns when the first samples are there."""
        await self._end()
        self._dump = Dump(self._name)
        self._began = asyncio.Event()
        pairs = ",".join(f"{channel}={signal}" for signal, channel in self._channels.items())
        self._process = await self._started(
            *("--driver", self._device, "--config", f"samplerate={self._sample_rate_hz}"),
            *("--channels", pairs, "--continuous", "--output-format", "vcd"),
        )
        self._reader = asyncio.create_task(self._read(self._process))
        began = asyncio.create_task(self._began.wait())
        await asyncio.wait(
            {self._reader, began}, timeout=self._start_s, return_when=asyncio.FIRST_COMPLETED
        )
        began.cancel()
        if not self._began.is_set():
            await self._give_up()

    async def finish(self) -> Capture:
        """Stop, and hand out what was stored; instrument_lost if it was cut short."""
        if self._process is None or self._reader is None:
            reason = f"{self._name}: nothing is being captured"
            raise InstrumentError("instrument_lost", reason, "begin the capture first")
        ended_by_itself = self._reader.done()
        process, reader = self._process, self._reader
        try:
            if not ended_by_itself and process.stdin is not None:
                with suppress(ConnectionError):
                    process.stdin.write(b"\n")
                    await process.stdin.drain()
                await asyncio.wait({reader}, timeout=_END_S)
            if reader.done():
                reader.result()
            words = await self._last_words(process) if reader.done() else ""
        finally:
            await self._end()
        if ended_by_itself or self._dump.end_ns is None:
            how = "ended by itself" if ended_by_itself else "was cut short"
            reason = f"{self._name}: the capture {how}{': ' if words else ''}{words}"
            hint = "edges are missing; use a lower sample rate or another USB port"
            raise InstrumentError("instrument_lost", reason, hint)
        return self._capture(self._dump.end_ns)

    async def close(self) -> None:
        """End a capture under way; harmless twice."""
        await self._end()

    def _capture(self, end_ns: int) -> Capture:
        began_at_ns = round(self._began_s * _NS_PER_S)
        silent = [signal for signal in self.signals if signal not in self._dump.levels]
        if silent:
            reason = f"{self._name}: has nothing of {', '.join(silent)}"
            raise InstrumentError("instrument_answer", reason, "check the channels' names")
        return Capture(
            began_at_ns=began_at_ns,
            ended_at_ns=began_at_ns + end_ns,
            resolution_ns=_NS_PER_S // self._sample_rate_hz,
            levels=dict(self._dump.levels),
            edges={
                signal: [Edge(began_at_ns + edge.at_ns, edge.is_high) for edge in edges]
                for signal, edges in self._dump.edges.items()
            },
        )

    async def _read(self, process: Process) -> None:
        if process.stdout is None:
            raise TypeError("started without a pipe")
        async for line in process.stdout:
            self._dump.take(line.decode("ascii", errors="replace").removesuffix("\n"))
            if self._dump.levels and not self._began.is_set():
                self._began_s = self._clock.now_s()
                self._began.set()

    async def _give_up(self) -> None:
        process, reader = self._process, self._reader
        is_done = reader is not None and reader.done()
        words = await self._last_words(process) if process is not None and is_done else ""
        await self._end()
        if is_done and reader is not None:
            reader.result()
            reason = f"{self._name}: sigrok-cli did not begin: {words or 'it said nothing'}"
            raise InstrumentError("instrument_missing", reason, _PLUG_IT_IN)
        reason = f"{self._name}: no samples within {self._start_s:g} s"
        raise InstrumentError("instrument_silent", reason, _PLUG_IT_IN)

    async def _last_words(self, process: Process) -> str:
        if process.stderr is None:
            return ""
        words = b""
        with suppress(TimeoutError):
            async with asyncio.timeout(_WORDS_S):
                words = await process.stderr.read(_MOST_WORDS)
        return " ".join(words.decode("utf-8", errors="replace").split())

    async def _end(self) -> None:
        process, reader = self._process, self._reader
        self._process = self._reader = None
        if process is None or reader is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        with suppress(InstrumentError):
            await reader
        await process.communicate()

    async def _told(self, *arguments: str) -> str:
        process = await self._started(*arguments)
        try:
            async with asyncio.timeout(self._start_s):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.communicate()
            reason = f"{self._name}: sigrok-cli did not answer"
            raise InstrumentError("instrument_silent", reason, _PLUG_IT_IN) from None
        return output.decode("utf-8", errors="replace")

    async def _started(self, *arguments: str) -> Process:
        return await asyncio.create_subprocess_exec(
            self._program, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
        )


_PLUG_IT_IN = "plug the analyser in; `sigrok-cli --scan` must list it"


async def open_sigrok(
    address: str,
    clock: Clock | None = None,
    *,
    channels: Mapping[str, str],
    sample_rate_hz: int = 1_000_000,
    program: str = PROGRAM,
) -> Sigrok:
    """An analyser that is there; instrument_missing without it, or without the program."""
    path = shutil.which(program)
    if path is None:
        raise InstrumentError(
            "instrument_missing",
            f"capture {address}: the program {program} is not on the path",
            "install it (Debian: apt install sigrok-cli sigrok-firmware-fx2lafw)",
        )
    capture = Sigrok(address, channels, sample_rate_hz, path, clock or MonotonicClock())
    await capture.identity()
    return capture
