"""The console of a board with a flash image: what it prints, whatever happens to its processor."""

from pathlib import Path

# As much is kept for a reader who is away or slow; what is printed beyond that is lost.
_KEPT_BYTES = 1 << 18
_RAW = b"raw REPL; CTRL-B to exit\r\n"
_FRIENDLY = b'Type "help()" for more information.\r\n'
SOFT_REBOOT = b"MPY: soft reboot\r\n"


class Console:
    """Takes what is printed to a log and to a reader."""

    def __init__(self, log: Path) -> None:
        """Append to that file."""
        # A soft reset keeps the kind of prompt; only the greeting of each tells which it is.
        self.is_raw = False
        log.touch()
        self._log = log
        self._unread = bytearray()
        self._tail = b""

    def print(self, values: bytes) -> None:
        """The board prints."""
        with self._log.open("ab") as log:
            log.write(values)
        self._unread += values[: _KEPT_BYTES - len(self._unread)]
        seen = self._tail + values
        raw, friendly = seen.rfind(_RAW), seen.rfind(_FRIENDLY)
        if raw != friendly:
            self.is_raw = raw > friendly
        self._tail = seen[1 - max(len(_RAW), len(_FRIENDLY)) :]

    def read(self) -> bytes:
        """What was printed since the last call."""
        values = bytes(self._unread)
        self._unread.clear()
        return values
