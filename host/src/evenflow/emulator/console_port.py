"""A pseudo-terminal at a board's console: the USB serial port of a real one, for mpremote."""

import os
import tty
from contextlib import suppress

from evenflow.emulator.console import Console

_CHUNK_BYTES = 4096


class ConsolePort:
    """Any program opens `path` like a serial port."""

    def __init__(self, console: Console) -> None:
        """Open it, before the board's power comes on."""
        self._board_end, self._host_end = os.openpty()
        # Raw, and kept open, for the reasons that the link's port is.
        tty.setraw(self._host_end)
        os.set_blocking(self._board_end, False)
        self.path = os.ttyname(self._host_end)
        self._console = console
        self._unsent = b""
        console.person_fd = self._board_end

    def close(self) -> None:
        """Close it; who has it open finds it gone."""
        self._console.person_fd = -1
        os.close(self._board_end)
        os.close(self._host_end)

    def listen(self, timeout_s: float) -> bool:
        """Wait until there is something to carry."""
        return self._console.listen(timeout_s)

    def carry(self) -> None:
        """Bring what waits to the board and from it; does not block."""
        with suppress(BlockingIOError):
            self._console.type(os.read(self._board_end, _CHUNK_BYTES))
        self._unsent = self._unsent or self._console.read()
        if self._unsent:
            with suppress(BlockingIOError):
                self._unsent = self._unsent[os.write(self._board_end, self._unsent) :]
