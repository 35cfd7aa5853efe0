"""The link on a UART of its own; the REPL stays on USB."""

from pumpcore._compat import Any


class Line:
    """Reads what is there; writes into the driver's ring, or where it has none, onto the line."""

    def __init__(self, uart: Any) -> None:
        """An open UART whose time-out is zero; the stubs lack the count of its write."""
        self._uart = uart

    def read_into(self, buffer: bytearray) -> int:
        """Bytes that came, at most the buffer's length; how many."""
        waiting = self._uart.any()
        if not waiting:
            return 0
        return self._uart.readinto(buffer, min(waiting, len(buffer))) or 0

    def waiting(self) -> int:
        """Bytes that came and were not read; how many."""
        return self._uart.any()

    def write(self, buffer: bytearray, count: int) -> None:
        """Send the first `count` bytes."""
        self._uart.write(buffer, count)
