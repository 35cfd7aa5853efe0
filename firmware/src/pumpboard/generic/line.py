"""The link on a UART of its own; the REPL stays on USB."""

from machine import UART, Pin

from pumpcore._compat import Any


class Line:
    """Never blocks: reads what is there, writes into the driver's ring."""

    def __init__(self, uart: int, tx_pin: int, rx_pin: int, baud: int) -> None:
        """Open with rings for about 20 ms of traffic each way."""
        # The stubs lack the count of `readinto` and `write`.
        self._uart: Any = UART(
            uart,
            baudrate=baud,
            tx=Pin(tx_pin),
            rx=Pin(rx_pin),
            rxbuf=1024,
            txbuf=1024,
            timeout=0,
        )

    def read_into(self, buffer: bytearray) -> int:
        """Bytes that came, at most the buffer's length; how many."""
        waiting = self._uart.any()
        if not waiting:
            return 0
        return self._uart.readinto(buffer, min(waiting, len(buffer))) or 0

    def write(self, buffer: bytearray, count: int) -> None:
        """Send the first `count` bytes."""
        self._uart.write(buffer, count)
