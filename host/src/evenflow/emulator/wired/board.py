"""An emulated fixture: its processor runs the fixture's firmware, its pins are wired elsewhere.

Like a pump's board it moves only when it is told to. It has neither plant nor prompt.
"""

import shutil
import tempfile
from array import array
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from evenflow.emulator.affinity import SharedCore
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.flash import EMPTY_LIBRARY, link_overlay
from evenflow.emulator.flash import write as write_folder
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.processors import CONSOLE_LOG, AnyProcessor, start
from evenflow.emulator.runtime import choose
from evenflow.emulator.wired.controller import FixtureController

_NS_PER_US = 1_000
_WALL_TIMEOUT_MS = 2_000
_BOOT_WALL_TIMEOUT_MS = 20_000
_CONSOLE_TAIL_LINES = 8


class EmulatedFixture:
    """One fixture; power it on, `run_until` moments, close it."""

    def __init__(self, profile: Mapping[str, object], seed: int = 0) -> None:
        """Of a flat profile; WrongUsage without MicroPython, which alone can run it."""
        self.profile = {**profile, "link.emulated": True}
        self._runtime = choose("micropython", profile["memory.heap_bytes"])
        identity = sha256(f"{profile['board.name']} {seed}".encode()).digest()
        self.controller = FixtureController(self.profile, identity)
        self.reset_count = 0
        self._folder: Path | None = None
        self._processor: AnyProcessor | None = None
        self._overlay = Path()
        self._is_waiting = False
        self._wakes_at_ns = 0
        self._timeout_ms = _BOOT_WALL_TIMEOUT_MS
        self._request = array("I", bytes(4 * words.OUT_WORDS))
        self._reply = array("I", bytes(4 * words.IN_WORDS))
        self._core = SharedCore()

    @property
    def console_text(self) -> str:
        """What the firmware has printed, tracebacks included."""
        if self._folder is None:
            return ""
        return (self._folder / CONSOLE_LOG).read_text(encoding="utf-8", errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether a processor executes the firmware."""
        return self._processor is not None

    def power_on(self) -> None:
        """Write the flash and start the firmware; EmulationError if it cannot start."""
        self._folder = Path(tempfile.mkdtemp(prefix="evenflow-fixture-"))
        write_folder(self._folder / "flash", self.profile, EMPTY_LIBRARY, needs_bytecode=True)
        self._overlay = link_overlay(self._folder / "overlay", self.profile)
        self._start()

    def close(self) -> None:
        """End the process and remove its flash; harmless twice."""
        self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        self._core.release()

    def run_until(self, until_ns: int) -> None:
        """Let time pass up to a moment; the firmware is answered whenever it is due."""
        controller = self.controller
        while True:
            if not self._is_waiting and self._processor is not None:
                self._take_request(self._processor)
            stop_ns = until_ns
            if self._is_waiting:
                stop_ns = min(stop_ns, self._wakes_at_ns)
            due_ns = controller.watchdog_due_at_ns
            if due_ns is not None and due_ns <= stop_ns:
                controller.run(due_ns)
                self.reset(words.WDT_RESET)
                continue
            controller.run(stop_ns)
            if self._is_waiting and stop_ns == self._wakes_at_ns:
                self._answer()
            elif stop_ns == until_ns:
                return

    def reset(self, cause: int = words.LINE_RESET) -> None:
        """Reset the controller and start the firmware anew."""
        self._stop()
        self.controller.reset(cause)
        self.reset_count += 1
        self._start()

    def kill(self) -> None:
        """The processor dies; the hardware goes on until its watchdog resets it."""
        self._stop()

    def _start(self) -> None:
        if self._folder is None:
            raise EmulationError("the fixture was never powered on", "call power_on first")
        processor = self._processor = start(
            self._runtime,
            self._folder,
            self._overlay,
            (self._request, self._reply),
            own_process=True,
        )
        if processor.pid is not None:
            self._core.bind(processor.pid)
        end = processor.receive(self._request, _BOOT_WALL_TIMEOUT_MS)
        if end <= 0:
            self._fail()
        self.controller.apply(self._request, end)
        self._timeout_ms = _BOOT_WALL_TIMEOUT_MS
        self._answer()

    def _stop(self) -> None:
        if self._processor is not None:
            self._processor.kill()
            self._processor = None
        self._is_waiting = False

    def _take_request(self, processor: AnyProcessor) -> None:
        end = processor.receive(self._request, self._timeout_ms)
        if end <= 0:
            # It hangs or has ended: the watchdog sees to that, if it was started.
            if self.controller.watchdog_due_at_ns is None:
                self._fail()
            self._stop()
            return
        self._timeout_ms = _WALL_TIMEOUT_MS
        controller = self.controller
        controller.apply(self._request, end)
        if controller.wants_reset:
            self.reset(words.SELF_RESET)
            return
        self._is_waiting = True
        span_us = self._request[words.OUT_SPAN_US]
        self._wakes_at_ns = controller.now_ns + span_us * _NS_PER_US

    def _answer(self) -> None:
        self._is_waiting = False
        self.controller.fill(self._reply)
        self._reply[words.IN_SEQUENCE] = self._request[words.OUT_SEQUENCE]
        if self._processor is not None and not self._processor.send(self._reply):
            self._stop()

    def _fail(self) -> None:
        self._stop()
        tail = self.console_text.splitlines()[-_CONSOLE_TAIL_LINES:]
        raise EmulationError("the emulated fixture ended:\n" + "\n".join(tail))
