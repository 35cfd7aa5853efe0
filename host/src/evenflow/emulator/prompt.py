"""The process of a controller whose flash is an image: scripts first, then MicroPython's prompt.

At the prompt the processor waits for a person and asks for nothing; the hardware goes on. Whether
it waits or works is known from its silence, since a request takes microseconds to come. Before
the prompt silence means that code is compiled: no virtual time passes, as on any other board.
"""

import os
import select
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from evenflow.emulator.console import Console
from evenflow.emulator.image import BLOCK_COUNT, FlashImage
from evenflow.emulator.lockstep import Processor
from evenflow.emulator.runtime import Runtime

if TYPE_CHECKING:
    from array import array

BUSY = -2
"""What `receive` returns when there is no request yet."""

_BOOT = Path(__file__).parent / "overlay" / "_boot.py"
_CTRL_A = b"\x01"
_CTRL_C = b"\x03"
_CHUNK_BYTES = 1 << 16
# Longer than any request takes at the prompt, short for a person.
_SILENCE_MS = 5
# An endless loop makes no request that Ctrl-C could be the answer to: it gets a signal.
_SIGNAL_AFTER_S = 0.25


class PromptProcessor(Processor):
    """One run of the scripts of a flash and of the prompt after them, until a reset."""

    def __init__(
        self,
        runtime: Runtime,
        flash: FlashImage,
        console: Console,
        overlay: Path,
        *,
        keeps_raw: bool,
    ) -> None:
        """Boot; with `keeps_raw`, as after a soft reset at the raw prompt, without main.py."""
        self._overlay = overlay
        stdin_out, self._stdin = os.pipe()
        self._stdout, stdout_in = os.pipe()
        for end in (self._stdin, self._stdout):
            os.set_blocking(end, False)
        if keeps_raw:
            os.write(self._stdin, _CTRL_A)
        self._begin(
            (*runtime.command, "-i", str(_BOOT)),
            (
                str(flash.path),
                str(BLOCK_COUNT),
                str(flash.wear.write_count),
                "raw" if keeps_raw else "main",
            ),
            flash.path.parent,
            runtime.environment(),
            stdin=stdin_out,
            stdout=stdout_in,
        )
        os.close(stdin_out)
        os.close(stdout_in)
        self.is_at_prompt = False
        self._console = console
        # What a person typed that no script and no prompt has heard yet: before the first of them,
        # or since a Ctrl-C that nothing has obeyed.
        self.unheard = b""
        self._hears = False
        self._is_in_exchange = False
        self._is_printing = True
        self._interrupt_at_s: float | None = None
        self._last_sign_s = time.monotonic()
        self._request_fd = self._reader.fileno()
        self._poll.register(self._stdout, select.POLLIN)
        if console.person_fd >= 0:
            self._poll.register(console.person_fd, select.POLLIN)

    def receive(self, request: "array[int]", timeout_ms: int) -> int:
        """As Processor's, but BUSY after a few milliseconds; `is_idle` says what that means."""
        ready = dict(self._poll.poll(0 if self.is_idle else _SILENCE_MS))
        if self._stdout in ready:
            self.take_printed()
        if self._request_fd in ready:
            self.is_idle = False
            self._is_in_exchange = True
            return super().receive(request, 0)
        silent_s = 0.0 if ready else time.monotonic() - self._last_sign_s
        if silent_s * 1000 > (0 if self.is_at_prompt else timeout_ms):
            self.is_idle = True
        if self._interrupt_at_s is not None:
            self._insist()
        return BUSY

    def send(self, reply: "array[int]") -> bool:
        """Answer the request; False if the process is gone."""
        self._is_in_exchange = False
        self._last_sign_s = time.monotonic()
        return super().send(reply)

    def kill(self) -> int:
        """End the process at once; what it had printed before is not lost."""
        self._process.kill()
        self._process.wait()
        self.take_printed()
        os.close(self._stdin)
        os.close(self._stdout)
        return super().kill()

    def has_request(self) -> bool:
        """Whether a request waits, though the last is not answered: Ctrl-C has ended that."""
        return bool(select.select([self._request_fd], [], [], 0)[0])

    def listen(self, timeout_s: float) -> bool:
        """Wait until something is printed, or the person's file can be read."""
        sources = [self._stdout] if self._is_printing else []
        ready = select.select([*sources, self._console.person_fd], [], [], timeout_s)[0]
        return bool(ready)

    def take_printed(self) -> None:
        """Give the console what was printed so far."""
        try:
            while values := os.read(self._stdout, _CHUNK_BYTES):
                self._console.print(values)
        except BlockingIOError:
            return
        if self._is_printing:
            self._is_printing = False
            self._poll.unregister(self._stdout)

    # ---- the person -----------------------------------------------------------------------------

    def type(self, values: bytes) -> None:
        """What a person sends: Ctrl-C interrupts code that runs, the rest is read as it comes."""
        if not self._hears:
            self.unheard += values
            return
        self.is_idle = False
        self._last_sign_s = time.monotonic()
        if self._interrupt_at_s is not None and not self._is_executing():
            self._settle()
        pieces = values.split(_CTRL_C)
        self._put(pieces[0])
        for piece in pieces[1:]:
            self.interrupt()
            self._put(piece)

    def hear(self) -> None:
        """What runs from now on may be ended by Ctrl-C; what was typed before comes now."""
        if not self._hears:
            self._hears = True
            values, self.unheard = self.unheard, b""
            self.type(values)

    def interrupt(self) -> None:
        """Ctrl-C."""
        if self._is_executing():
            self._interrupt_at_s = time.monotonic()
            self.unheard = _CTRL_C
        else:
            self._put(_CTRL_C)

    def take_interrupt(self) -> bool:
        """Whether the next reply shall tell the code that runs of a Ctrl-C; asked once."""
        is_wanted = self._interrupt_at_s is not None
        self._settle()
        return is_wanted

    def _settle(self) -> None:
        self._interrupt_at_s = None
        self.unheard = b""

    def _put(self, values: bytes) -> None:
        if self._interrupt_at_s is not None:
            self.unheard += values
        try:
            os.write(self._stdin, values)
        except (BlockingIOError, BrokenPipeError):
            # A buffer's worth was not read: the rest is lost, as on a real board.
            return

    def _insist(self) -> None:
        if not self._is_executing():
            self._settle()
        elif time.monotonic() - (self._interrupt_at_s or 0.0) > _SIGNAL_AFTER_S:
            self._interrupt_at_s = time.monotonic()
            self._process.send_signal(signal.SIGINT)

    def _is_executing(self) -> bool:
        """Whether code runs that Ctrl-C may end: MicroPython catches the signal just then."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        except OSError:
            # Not on Linux: code that makes no request cannot be ended.
            return self._is_in_exchange
        caught = int(status.partition("SigCgt:")[2].split(None, 1)[0], 16)
        return bool(caught >> (signal.SIGINT - 1) & 1)
