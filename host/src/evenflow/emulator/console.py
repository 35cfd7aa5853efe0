"""The console of a board with a flash image: its USB serial, which outlives the resets."""

import select
from typing import Protocol

# As much is kept for a reader who is away or slow; what is printed beyond that is lost.
_KEPT_BYTES = 1 << 18
_LOGGED_BYTES = 1 << 20
_RAW = b"raw REPL; CTRL-B to exit\r\n"
_FRIENDLY = b'Type "help()" for more information.\r\n'
SOFT_REBOOT = b"MPY: soft reboot\r\n"


class Terminal(Protocol):
    """The processor's end of a console."""

    def type(self, values: bytes) -> None:
        """A person sends something."""

    def take_printed(self) -> None:
        """Give the console what was printed so far."""

    def listen(self, timeout_s: float) -> bool:
        """Wait until something is printed or the person's file can be read."""


class Console:
    """What is printed goes to a reader and into a log, what is typed to the processor there is."""

    def __init__(self) -> None:
        """Nothing printed yet, no processor."""
        # A soft reset keeps the kind of prompt; only the greeting of each tells which it is.
        self.is_raw = False
        # A file that can be read when a person has typed: waiting for the processor ends then.
        self.person_fd = -1
        self.terminal: Terminal | None = None
        self._log = bytearray()
        self._unread = bytearray()
        self._tail = b""

    def type(self, values: bytes) -> None:
        """Send what a person types; nobody hears it without power."""
        if self.terminal is not None:
            self.terminal.type(values)

    def read(self) -> bytes:
        """What was printed since the last call."""
        if self.terminal is not None:
            self.terminal.take_printed()
        values = bytes(self._unread)
        self._unread.clear()
        return values

    @property
    def log(self) -> str:
        """What was printed so far, of late if it is long."""
        if self.terminal is not None:
            self.terminal.take_printed()
        return self._log.decode(errors="replace")

    def listen(self, timeout_s: float) -> bool:
        """Wait until there is something to read, or a person has typed."""
        if self.terminal is not None:
            return self.terminal.listen(timeout_s)
        return bool(select.select([self.person_fd], [], [], timeout_s)[0])

    def print(self, values: bytes) -> None:
        """The board prints."""
        self._log += values
        del self._log[:-_LOGGED_BYTES]
        self._unread += values[: _KEPT_BYTES - len(self._unread)]
        seen = self._tail + values
        raw, friendly = seen.rfind(_RAW), seen.rfind(_FRIENDLY)
        if raw != friendly:
            self.is_raw = raw > friendly
        self._tail = seen[1 - max(len(_RAW), len(_FRIENDLY)) :]
