"""The prompt of a board, by mpremote's library; what goes wrong there is worded for a person.

Nothing that runs is interrupted before `is_at_prompt` has been asked. A pump with a programme does
not hear Ctrl-C (pumpapp.loop), and one in a therapy build never does.
"""

import io
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import Self

import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport

from evenflow.errors import CheckFailed, LinkError, Refused

_ON_DEVICE = Path(__file__).with_name("on_device.py")
_PROMPT = b">>> "
_CTRL_B = b"\x02"
_CTRL_C = b"\x03"
# A frame ends with a zero, which no text has: the port is the pump's link.
_FRAME_END = b"\x00"
_LISTEN_S = 0.3
_PROMPT_WAIT_S = 0.7
_INTERRUPT_WAIT_S = 3.0
# The longest that the board works without a word: a file copied on a slow chip.
_SILENCE_S = 10.0
_POLL_S = 0.05
_CATCH_S = 0.02
# As source text four times that, which a board must find room for at one time.
_CHUNK_BYTES = 1024
# An emulated board hears of it when time passes.
_HOLD_WATCHDOG = "import machine, time\nmachine.WDT(timeout=8000)\ntime.sleep_us(1)"

# What the transport meets when the line goes away or the board starts anew under it.
_BROKEN = (TransportError, serial.SerialException, OSError, struct.error, IndexError, ValueError)

Progress = Callable[[int], None]


class Console:
    """One open port; a context manager. Errors are LinkError, Refused or CheckFailed."""

    def __init__(self, port: str, *, silence_s: float = _SILENCE_S) -> None:
        """Open it for this program alone."""
        self.name = port
        try:
            self.transport = SerialTransport(port, timeout=silence_s)
        except _BROKEN as error:
            raise LinkError(
                "port_failed",
                f"port {port}: cannot be opened",
                "check the cable, and that no other program holds the port; see `evenflow boards`",
            ) from error
        self._silence_s = silence_s
        # Where the board keeps its files: what stands before every path.
        self._root = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the port back; harmless on one that is gone."""
        try:
            self.transport.close()
        except _BROKEN:
            # pyserial lowers control lines first, which a port that is gone does not take.
            self.transport.serial.close()

    def is_at_prompt(self) -> bool:
        """Whether the board waits at its prompt; Refused if a pump talks on that port."""
        with self._talking():
            if _FRAME_END in self._heard(_FRAME_END, _LISTEN_S):
                raise Refused(
                    "port_is_link",
                    f"port {self.name}: that is the pump's link, not its prompt",
                    "give the port of the controller's own USB with --port, and this one with "
                    "--link",
                )
            # From a raw prompt back to the usual one; nothing to a program that runs.
            self.transport.serial.write(b"\r" + _CTRL_B)
            return _PROMPT in self._heard(_PROMPT, _PROMPT_WAIT_S)

    def interrupt(self) -> None:
        """Ctrl-C to what runs; Refused if it goes on."""
        with self._talking():
            self.transport.serial.write(b"\r" + _CTRL_C)
            if _PROMPT in self._heard(_PROMPT, _INTERRUPT_WAIT_S):
                return
        raise Refused(
            "no_prompt",
            f"port {self.name}: what runs there does not give way to MicroPython's prompt",
            "a pump that has a programme does not: end it. For a pump in a therapy build use "
            "--at-power-on, for a board without MicroPython --uf2 PATH",
        )

    def catch_start(self, until_s: float) -> bool:
        """Ctrl-C, again and again, to a board that is about to start; whether its prompt came.

        Between power and the firmware's first pin any board hears it, in a therapy build too. A
        port that goes away is given up, for the board comes back with another.
        """
        heard = b""
        try:
            while time.monotonic() < until_s:
                self.transport.serial.write(_CTRL_C)
                heard = heard[-len(_PROMPT) :] + self._heard(_PROMPT, _CATCH_S)
                if _PROMPT in heard:
                    return True
        except _BROKEN:
            return False
        return False

    def begin(self) -> None:
        """Take the prompt over, with an empty heap and the watchdog fed from now on."""
        with self._talking(), redirect_stdout(io.StringIO()):
            # The watchdog of the pump that was interrupted would not wait for a new heap.
            self.transport.enter_raw_repl(soft_reset=False, timeout_overall=self._silence_s)
            self.transport.exec(_HOLD_WATCHDOG)
            self.transport.exit_raw_repl()
            self.transport.enter_raw_repl(soft_reset=True, timeout_overall=self._silence_s)
            self.transport.exec(_ON_DEVICE.read_bytes())
            self._root = bytes(self.transport.exec("print(_ROOT, end='')")).decode()

    def ask(self, call: str) -> list[list[str]]:
        """Have a function of `on_device` called; the fields of each line that it prints."""
        with self._talking():
            printed = bytes(self.transport.exec(call)).decode()
        return [line.split("\t") for line in printed.splitlines()]

    def read_file(self, path: str) -> bytes:
        """A whole file."""
        # mpremote does not feed the watchdog.
        self.ask("_feed()")
        with self._talking():
            place = self._root + path
            return bytes(self.transport.fs_readfile(place, chunk_size=_CHUNK_BYTES))

    def write_file(self, path: str, content: bytes, progress: Progress) -> None:
        """Write a file, its folder first; `progress` hears of bytes written."""
        self.ask(f"make_room({path!r})")
        told = 0
        place = self._root + path

        def tell(written: int, _total: int) -> None:
            nonlocal told
            progress(written - told)
            told = written

        with self._talking():
            try:
                self.transport.fs_writefile(
                    place, content, chunk_size=_CHUNK_BYTES, progress_callback=tell
                )
            except OSError as error:
                # mpremote's words for what the board's file system said, not for a port's failure.
                if error.args[1:] != (place,):
                    raise
                raise TransportExecError(b"", f"{path}: {os.strerror(error.args[0])}") from error

    def restart(self) -> None:
        """Reset the board."""
        with self._talking():
            self.transport.exec_raw_no_follow("import machine\nmachine.reset()")

    def hear_boot(self, marks: tuple[bytes, ...], within_s: float) -> str:
        """What it prints until one of the marks; what came so far if the port goes away."""
        heard = bytearray()
        until_s = time.monotonic() + within_s
        try:
            while time.monotonic() < until_s and not any(mark in heard for mark in marks):
                heard += self._heard(b"\n", _POLL_S)
        except _BROKEN:
            # A controller with its own USB leaves the bus when it starts.
            return heard.decode(errors="replace")
        return heard.decode(errors="replace")

    def _heard(self, mark: bytes, within_s: float) -> bytes:
        port = self.transport.serial
        heard = b""
        until_s = time.monotonic() + within_s
        port.timeout = min(_POLL_S, within_s)
        try:
            while mark not in heard and time.monotonic() < until_s:
                heard += port.read(max(1, port.in_waiting))
        finally:
            port.timeout = self._silence_s
        return heard

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except TransportExecError as error:
            lines = [line for line in error.error_output.splitlines() if line.strip()]
            raise CheckFailed(
                "board_failed",
                f"port {self.name}: the board says: {lines[-1] if lines else 'nothing'}",
                "run the command again; if it happens again, use --erase",
            ) from error
        except _BROKEN as error:
            raise LinkError(
                "board_lost",
                f"port {self.name}: the board does not answer any more",
                "check the cable and run the command again: until the last step is done, the "
                "board starts with the firmware that it had",
            ) from error
