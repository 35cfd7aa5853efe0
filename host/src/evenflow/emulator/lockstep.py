"""The firmware's process and the two pipes to it.

Both processes share one core: a wake-up across cores costs more than the whole exchange. A closed
pipe means that the controller's processor is gone; the hardware around it goes on.
"""

import os
import select
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from evenflow import resources
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.runtime import Runtime

if TYPE_CHECKING:
    from array import array
    from collections.abc import Sequence

OVERLAY = Path(__file__).parent / "overlay"
_CHILD = Path(__file__).parent / "child.py"
_HEADER_BYTES = 4 * words.OUT_HEADER
_SIGKILL_WAIT_S = 10


class Processor:
    """One run of the firmware, from power-on or reset until it ends or is killed."""

    # Whether silence means that nothing is to be expected: see prompt.py.
    is_idle = False

    _overlay = OVERLAY

    def __init__(
        self,
        runtime: Runtime,
        folder: Path,
        console: Path,
        environment: dict[str, str],
        overlay: Path = OVERLAY,
    ) -> None:
        """Start the interpreter in its flash directory; printed text is appended to `console`."""
        self._overlay = overlay
        # What CPython cannot read of the flash, the bytecode, it has from the sources.
        sources = [str(resources.firmware_source())] if runtime.name == "cpython" else []
        with console.open("ab") as log:
            self._begin(
                (*runtime.command, str(_CHILD)),
                (str(folder), *sources),
                folder,
                environment,
                stdin=subprocess.DEVNULL,
                stdout=log.fileno(),
            )

    def _begin(
        self,
        command: "Sequence[str]",
        arguments: "Sequence[str]",
        folder: Path,
        environment: dict[str, str],
        *,
        stdin: int,
        stdout: int,
    ) -> None:
        """Start a script with its pipes, the overlay's folder, then `arguments`."""
        request_out, request_in = os.pipe()
        reply_out, reply_in = os.pipe()
        self._process = subprocess.Popen(
            (*command, str(request_in), str(reply_out), str(self._overlay), *arguments),
            cwd=folder,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            pass_fds=(request_in, reply_out),
            # Ctrl-C in the terminal is for the host, not for the pump.
            start_new_session=True,
        )
        os.close(request_in)
        os.close(reply_out)
        self._reader = os.fdopen(request_out, "rb", 0)
        self._writer = os.fdopen(reply_in, "wb", 0)
        self._poll = select.poll()
        self._poll.register(request_out, select.POLLIN | select.POLLHUP)
        self.pid = self._process.pid

    def receive(self, request: "array[int]", timeout_ms: int) -> int:
        """Wait for a request; the index of its end, 0 if the process is gone, -1 on timeout."""
        if not self._poll.poll(timeout_ms):
            return -1
        count = self._reader.readinto(request)
        if not count or count < _HEADER_BYTES:
            return 0
        return count >> 2

    def send(self, reply: "array[int]") -> bool:
        """Answer the request; False if the process is gone."""
        try:
            self._writer.write(reply)
        except BrokenPipeError:
            return False
        return True

    def kill(self) -> int:
        """End the process at once and close the pipes; its exit code."""
        self._process.kill()
        self._reader.close()
        self._writer.close()
        return self._process.wait(_SIGKILL_WAIT_S)
