"""An emulated board: processor, controller and plant in lock step, driven one exchange at a time.

Nothing moves unless `step` or `coast` is called, so a debugger or a slow host changes nothing.
Dead firmware is no error here: the hardware goes on, the queue runs dry, the watchdog resets.
"""

import shutil
import tempfile
from array import array
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Self

from evenflow.boards import require_drivers
from evenflow.emulator.affinity import SharedCore
from evenflow.emulator.console import SOFT_REBOOT, Console
from evenflow.emulator.controller.core import Controller
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.operations import apply
from evenflow.emulator.flash import link_overlay
from evenflow.emulator.flash import write as write_folder
from evenflow.emulator.image import FlashImage
from evenflow.emulator.lockstep import OVERLAY
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.processors import CONSOLE_LOG, AnyProcessor, start
from evenflow.emulator.prompt import BUSY, PromptProcessor
from evenflow.emulator.runtime import choose

_NS_PER_US = 1_000
_TICKS_PERIOD = 1 << 30
# What passes at once while nobody runs the firmware: a tick of it.
_COAST_US = 20_000
# A request takes microseconds; this long without one is an endless loop. Boot compiles.
_WALL_TIMEOUT_MS = 2_000
_BOOT_WALL_TIMEOUT_MS = 20_000
_CONSOLE_TAIL_LINES = 8
# Exchanges between two looks at the core that both processes share, less one: about two seconds.
_REVIEW_MASK = (1 << 14) - 1


class Board:
    """One emulated board. Power it on, then step it; close it, or use it in `with`.

    `profile` is the flat board profile, `library_json` the drug library on its flash. `runtime` is
    micropython, cpython or auto. `firmware` is a folder with another main.py, for tests. With
    `flash` the board boots what that image holds, on MicroPython, and has a console; `profile` is
    then its wiring alone, and the library and firmware given here do not count.
    """

    def __init__(
        self,
        profile: Mapping[str, object],
        library_json: bytes,
        *,
        runtime: str = "auto",
        seed: int = 0,
        plant: PlantConfig | Plant | None = None,
        preset_ticks_ms_before_wrap: int | None = None,
        firmware: Path | None = None,
        flash: FlashImage | None = None,
    ) -> None:
        """Build plant and controller; Refused for parts that our firmware has no driver for."""
        if firmware is None and flash is None:
            require_drivers(profile)
        self.profile = {**profile, "link.emulated": True}
        self._runtime = choose(runtime, profile["memory.heap_bytes"], has_image=flash is not None)
        # Else firmware on CPython may run in this process, and one thread must do everything.
        self.own_process = False
        self._library_json = library_json
        # Of 32 bytes; without one the board takes commands from anybody.
        self.device_key: bytes | None = None
        self._firmware = firmware
        made_of = plant or PlantConfig()
        self.plant = made_of if isinstance(made_of, Plant) else Plant(self.profile, made_of, seed)
        # Not at once: a plant's supply may be changed in another thread than the board's.
        self.plant.supply.on_change = lambda: self.plant.after_ms(0, self.follow_supply)
        left_ms = preset_ticks_ms_before_wrap
        ticks_us = 0 if left_ms is None else (_TICKS_PERIOD - left_ms) * 1000
        identity = sha256(f"{profile['board.name']} {seed}".encode()).digest()
        self.controller = Controller(self.plant, ticks_us, identity)
        self.flash = flash
        self.console = None if flash is None else Console()
        if flash is not None:
            flash.refuse_unless(self._runtime.name)
            self.controller.wear = flash.wear
        self.reset_count = 0
        self.exchange_count = 0
        self.is_mid_tick = False
        self._folder: Path | None = None
        self._overlay = OVERLAY
        self._processor: AnyProcessor | None = None
        # The same, if its flash is an image.
        self._prompt: PromptProcessor | None = None
        # Typed, but not heard before a reset: a USB host sends it again.
        self._unheard = b""
        self._is_hung = False
        self._is_waiting = False
        self._timeout_ms = _BOOT_WALL_TIMEOUT_MS
        self._request = array("I", bytes(4 * words.OUT_WORDS))
        self._reply = array("I", bytes(4 * words.IN_WORDS))
        self._core = SharedCore()

    # ---- power ------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Write the flash directory and start the firmware; EmulationError if it cannot start."""
        if self._processor is not None:
            raise EmulationError("the board is on already", "power it off first")
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="evenflow-board-"))
            if self.flash is None:
                needs_bytecode = self._runtime.name == "micropython"
                parts = (self.profile, self._library_json, self._firmware, self.device_key)
                write_folder(self._folder / "flash", *parts, needs_bytecode=needs_bytecode)
            self._overlay = link_overlay(self._folder / "overlay", self.profile)
        else:
            self.controller.reset(words.PWRON_RESET)
        self.plant.power_up()
        self._start()

    def power_off(self) -> None:
        """Cut the power: processor and hardware stop at once, the plant stays as it is."""
        self._stop()
        self.plant.power_down()
        self._unheard = b""
        self.controller.reset(words.PWRON_RESET)

    def follow_supply(self) -> None:
        """The plant's supply came or went: start as at power-on, or stop at once."""
        if not self.plant.supply.is_on:
            self.power_off()
        elif self._processor is None and self._folder is not None:
            self.power_on()

    def close(self) -> None:
        """End the process, remove the flash directory, give the thread its cores back."""
        self._stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        self._core.release()

    def __enter__(self) -> Self:
        self.power_on()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    # ---- time -------------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """Virtual time since power-on."""
        return self.plant.now_ns // _NS_PER_US

    def step(self, max_us: int | None = None) -> None:
        """Carry out one exchange: the firmware's next request, its span of time, the reply.

        With `max_us` a longer span is cut, and the reply comes in a later call. Without firmware
        one tick passes for the hardware alone.
        """
        if not self._is_waiting and not self._take_request():
            if not self.is_running or self.is_idle:
                self.coast(_COAST_US if max_us is None else min(max_us, _COAST_US))
            return
        if self._prompt is not None and self._is_interrupted(self._prompt):
            return
        until_ns = self.controller.wakes_at_ns
        if max_us is not None:
            limit_ns = self.plant.now_ns + max_us * _NS_PER_US
            if limit_ns < until_ns:
                self._run(limit_ns)
                return
        if self._run(until_ns):
            self._answer()

    def coast(self, span_us: int) -> None:
        """Let time pass for the hardware alone; the watchdog may reset the controller."""
        self._run(self.plant.now_ns + span_us * _NS_PER_US)

    def run_for(self, span_us: int) -> None:
        """Step until so much virtual time has passed."""
        until_us = self.now_us + span_us
        while self.now_us < until_us:
            self.step(until_us - self.now_us)

    def _run(self, until_ns: int) -> bool:
        plant = self.plant
        controller = self.controller
        while True:
            stop_ns = until_ns
            event_ns = plant.next_event_at_ns()
            if event_ns is not None and event_ns < stop_ns:
                stop_ns = event_ns
            due_ns = controller.watchdog_due_at_ns
            if due_ns is not None and due_ns <= stop_ns:
                controller.run(due_ns)
                self.reset(words.WDT_RESET)
                return False
            controller.run(stop_ns)
            if event_ns is not None:
                processor = self._processor
                plant.fire_due()
                if self._processor is not processor:
                    # The supply went or came: whoever waited for an answer is gone.
                    return False
            if stop_ns == until_ns:
                return True

    # ---- the firmware's process ---------------------------------------------------------------

    @property
    def runtime_name(self) -> str:
        """`micropython` or `cpython`."""
        return self._runtime.name

    @property
    def runtime_note(self) -> str:
        """What a user should know of the chosen interpreter; empty if nothing."""
        return self._runtime.note

    @property
    def interpreter_version(self) -> str:
        """Version of the interpreter, as it told at its first exchange; empty before."""
        return self.controller.interpreter_version

    @property
    def is_running(self) -> bool:
        """Whether a processor executes the firmware."""
        return self._processor is not None and not self._is_hung

    @property
    def is_idle(self) -> bool:
        """Whether the processor waits for a person at the prompt; the hardware goes on."""
        return self._processor is not None and self._processor.is_idle

    @property
    def console_text(self) -> str:
        """What the firmware has printed, tracebacks included, over all resets."""
        if self.console is not None:
            return self.console.log
        if self._folder is None:
            return ""
        return (self._folder / CONSOLE_LOG).read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """The processor dies; the hardware goes on until its watchdog resets it."""
        self._stop()

    def hang(self) -> None:
        """The firmware gets no more answers; the hardware goes on until its watchdog resets it."""
        self._is_hung = True

    def reset(self, cause: int = words.LINE_RESET) -> None:
        """Reset the controller and start the firmware anew, with that reset cause."""
        self._stop()
        self.controller.reset(cause)
        self.reset_count += 1
        self._start()

    def write(self, values: bytes) -> None:
        """Bytes from the host onto the serial line."""
        self.controller.line.host_writes(values)

    def read(self) -> bytes:
        """Bytes that have reached the host since the last call."""
        return self.controller.line.host_reads()

    def _start(self, *, keeps_raw: bool = False) -> None:
        if self._folder is None:
            raise EmulationError("the board was never powered on", "call power_on first")
        if self.flash is None or self.console is None:
            self._processor = start(
                self._runtime,
                self._folder,
                self._overlay,
                (self._request, self._reply),
                own_process=self.own_process,
            )
        else:
            self._prompt = PromptProcessor(
                self._runtime, self.flash, self.console, self._overlay, keeps_raw=keeps_raw
            )
            self._prompt.type(self._unheard)
            self._unheard = b""
            self._processor = self.console.terminal = self._prompt
        self._timeout_ms = _BOOT_WALL_TIMEOUT_MS
        if self._processor.pid is not None:
            self._core.bind(self._processor.pid)
        self._greet(self._processor)

    def _stop(self) -> int:
        code = 0
        if self._processor is not None:
            code = self._processor.kill()
            self._processor = None
        if self._prompt is not None:
            self._unheard = self._prompt.unheard
            self._prompt = None
        if self.console is not None:
            self.console.terminal = None
        self._is_hung = False
        self._is_waiting = False
        return code

    def _greet(self, processor: AnyProcessor) -> None:
        """Carry out the first exchange, which takes no virtual time and precedes the firmware."""
        end = BUSY
        while end == BUSY and not processor.is_idle:
            end = processor.receive(self._request, self._timeout_ms)
        if end <= 0:
            self._stop()
            tail = self.console_text.splitlines()[-_CONSOLE_TAIL_LINES:]
            raise EmulationError(
                "the emulated controller ended before its first exchange:\n" + "\n".join(tail),
                "check that the interpreter starts on this machine",
            )
        apply(self.controller, self._request, end)
        self._answer()

    def _take_request(self) -> bool:
        processor = self._processor
        if processor is None or self._is_hung:
            return False
        end = processor.receive(self._request, self._timeout_ms)
        if end <= 0:
            self._take_silence(end)
            return False
        controller = self.controller
        apply(controller, self._request, end)
        if controller.wish and not self._grant(controller.wish):
            return False
        self._timeout_ms = _WALL_TIMEOUT_MS
        self._is_waiting = True
        controller.wake_after(self._request[words.OUT_SPAN_US])
        return True

    def _grant(self, wish: int) -> bool:
        """Do what only the whole board can; whether the request that asked for it stands."""
        self.controller.wish = 0
        prompt = self._prompt
        if prompt is not None and wish in (words.OP_SCRIPT, words.OP_PROMPT):
            prompt.is_at_prompt = wish == words.OP_PROMPT
            prompt.hear()
            return True
        if prompt is not None and wish == words.OP_INTERRUPT:
            prompt.interrupt()
            return True
        if wish == words.OP_RESET:
            self.reset(words.SELF_RESET)
        elif wish == words.OP_SOFT_RESET:
            self._stop()
            self._reset_softly()
        else:
            self.power_off()
        return False

    def _reset_softly(self) -> None:
        """A new interpreter; the watchdog, the clock and the levels of pins stay."""
        if self.console is not None:
            self.console.print(SOFT_REBOOT)
            self.controller.reset_softly()
            self._start(keeps_raw=self.console.is_raw)

    def _is_interrupted(self, prompt: PromptProcessor) -> bool:
        """Whether Ctrl-C has ended the wait of the request, and with it the request."""
        if prompt.take_interrupt():
            self._answer(words.IN_INTERRUPT)
        elif prompt.has_request():
            self._is_waiting = False
        else:
            return False
        return True

    def _take_silence(self, end: int) -> None:
        """No request: the process works, has ended (at the prompt: for a soft reset) or hangs."""
        if end == BUSY:
            return
        has_prompt = self._prompt is not None
        code = self._stop()
        if has_prompt and code >= 0:
            self._reset_softly()

    def _answer(self, mark: int = 0) -> None:
        self._is_waiting = False
        self.exchange_count += 1
        if not self.exchange_count & _REVIEW_MASK:
            self._core.review()
        reply, controller = self._reply, self.controller
        self.is_mid_tick = controller.has_transferred
        controller.fill(reply)
        if controller.has_rare_news:
            mark |= controller.fill_rarely(reply)
        reply[words.IN_SEQUENCE] = self._request[words.OUT_SEQUENCE] | mark
        processor = self._processor
        if processor is not None and not processor.send(reply):
            self._stop()
