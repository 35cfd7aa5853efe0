"""An emulated board behind a pseudo-terminal: any program opens it like a serial port.

A thread steps the board and carries bytes both ways, held to a multiple of the wall clock or as
fast as it goes. Commands then arrive when the host's own time says so: a trace that must repeat
to the byte steps a `Board` itself instead.
"""

import os
import select
import threading
import time
import tty
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from evenflow import boards
from evenflow.emulator.board import Board
from evenflow.emulator.console_port import ConsolePort
from evenflow.emulator.flash import EMPTY_LIBRARY
from evenflow.emulator.image import FlashImage
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.errors import WrongUsage

_US_PER_S = 1_000_000
_SLICE_US = 20_000
_CHUNK_BYTES = 4096
# Further behind the wall clock than this, lost time is not caught up.
_LONGEST_LAG_S = 0.5
# At the console `stop` is noticed between two rests.
_LONGEST_REST_S = 0.05
_YIELD_S = 0.0002
# Longer than any boot; a firmware that never opens its line is no reason to wait for ever.
_BOOT_S = 10


class Clock:
    """The board's virtual clock."""

    def __init__(self, board: Board) -> None:
        """Of that board."""
        self._board = board

    @property
    def now_us(self) -> int:
        """Microseconds since power-on."""
        return self._board.now_us

    @property
    def now_s(self) -> float:
        """Seconds since power-on."""
        return self._board.now_us / _US_PER_S


class Turn:
    """A lock between the board's thread and others; who asks comes before the next step."""

    def __init__(self) -> None:
        """Free."""
        self._lock = threading.RLock()
        # A list, because its append and pop are atomic.
        self._askers: list[None] = []

    def __enter__(self) -> None:
        self._askers.append(None)
        self._lock.acquire()

    def __exit__(self, *_exception: object) -> None:
        self._askers.pop()
        self._lock.release()

    def give_way(self) -> None:
        """Wait while others ask: a lock that is taken again at once would never be theirs."""
        while self._askers:
            time.sleep(_YIELD_S)


class EmulatedBoard:
    """Async (and plain) context manager around a Board and its serial port.

    `board` is a known board's name, a board file, or a flat profile. `speed` is in the board's
    seconds a second, or "max"; while a person is at the prompt it is at most 1. Take `lock` to
    change several things of the plant at one moment. With `flash` there is a `console`, too.
    """

    def __init__(
        self,
        board: str | Path | Mapping[str, object] = "pico",
        library_json: bytes = EMPTY_LIBRARY,
        *,
        speed: float | str = 1.0,
        runtime: str = "auto",
        seed: int = 0,
        plant: PlantConfig | None = None,
        firmware: Path | None = None,
        flash: FlashImage | None = None,
    ) -> None:
        """Build the board; its power comes on with the context."""
        profile = boards.load(board) if isinstance(board, str | Path) else board
        self.board = Board(
            profile,
            library_json,
            runtime=runtime,
            seed=seed,
            plant=plant,
            firmware=firmware,
            flash=flash,
        )
        # A client may live in this process, in a thread of its own.
        self.board.own_process = True
        self.speed = _checked_speed(speed)
        self.clock = Clock(self.board)
        self.lock = Turn()
        self.port = ""
        self._console: ConsolePort | None = None
        self._host_end = -1
        self._board_end = -1
        self._wants_stop = threading.Event()
        self._listens = threading.Event()
        self._executor: ThreadPoolExecutor | None = None
        self._pumping: Future[None] | None = None

    @property
    def plant(self) -> Plant:
        """The physical world: stimuli and truth."""
        return self.board.plant

    @property
    def console(self) -> str:
        """The pseudo-terminal of the prompt; empty without a flash image, and before the start."""
        return "" if self._console is None else self._console.path

    def start(self) -> None:
        """Open the port, power on, and let time run; returns when the firmware listens."""
        self._board_end, self._host_end = os.openpty()
        # Raw before anyone opens it: no echo, no line endings, no Ctrl-C. It is kept open here, so
        # that a client that leaves does not hang up the line.
        tty.setraw(self._host_end)
        os.set_blocking(self._board_end, False)
        self.port = os.ttyname(self._host_end)
        if self.board.console is not None:
            self._console = ConsolePort(self.board.console)
        self._wants_stop.clear()
        self._listens.clear()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=f"board {self.port}")
        self._pumping = self._executor.submit(self._pump)
        self._listens.wait(_BOOT_S)

    def stop(self) -> None:
        """Power off and close the port; raises what ended the board, if something did."""
        self._wants_stop.set()
        pumping, self._pumping = self._pumping, None
        if self._executor is not None:
            self._executor.shutdown()
        for end in (self._board_end, self._host_end):
            if end >= 0:
                os.close(end)
        self._board_end = self._host_end = -1
        if self._console is not None:
            self._console.close()
            self._console = None
        if pumping is not None:
            pumping.result()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def _pump(self) -> None:
        # The core that the board's process shares is this thread's, not the host program's.
        try:
            self.board.power_on()
            self._run()
        finally:
            self._listens.set()
            self.board.close()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._board_end, select.POLLIN)
        origin_s, origin_us = time.monotonic(), self.board.now_us
        pace = self.speed
        while not self._wants_stop.is_set():
            speed = self.speed
            if speed != pace:
                # What passed at another speed is nothing to catch up with or to wait for.
                pace, origin_s, origin_us = speed, time.monotonic(), self.board.now_us
            self.lock.give_way()
            with self.lock:
                self._carry(poll)
            if speed is None:
                if self._console is not None and self.board.is_idle:
                    self._console.listen(_SLICE_US / _US_PER_S)
                continue
            ahead_s = (self.board.now_us - origin_us) / _US_PER_S / speed
            ahead_s -= time.monotonic() - origin_s
            if ahead_s > 0:
                self._rest(ahead_s)
            elif ahead_s < -_LONGEST_LAG_S:
                origin_s, origin_us = time.monotonic(), self.board.now_us

    def _rest(self, span_s: float) -> None:
        """Let time pass; at the console words go on."""
        console = self._console
        if console is None:
            self._wants_stop.wait(span_s)
            return
        until_s = time.monotonic() + span_s
        while (left_s := until_s - time.monotonic()) > 0 and not self._wants_stop.is_set():
            if console.listen(min(left_s, _LONGEST_REST_S)):
                with self.lock:
                    console.carry()

    def _carry(self, poll: select.poll) -> None:
        if poll.poll(0):
            self.board.write(os.read(self._board_end, _CHUNK_BYTES))
        self.board.step(_SLICE_US)
        if self._console is not None:
            self._console.carry()
        if self.board.controller.line.is_open or self.board.is_idle:
            self._listens.set()
        sent = self.board.read()
        if sent:
            try:
                os.write(self._board_end, sent)
            except BlockingIOError:
                # Nobody reads: the bytes are lost, as on a serial line.
                return


def _checked_speed(speed: float | str) -> float | None:
    if speed == "max":
        return None
    if isinstance(speed, int | float) and speed > 0:
        return float(speed)
    raise WrongUsage("speed", f"speed {speed!r} is not above 0", 'give a number, or "max"')
