"""The wire between a UART of the controller and its motor driver: one for both directions.

TX reaches it through a resistor, RX directly: what is sent is received as well, and then the
driver's reply, after its delay. A byte takes ten bit times. Sending into a reply ends it.
"""

from typing import TYPE_CHECKING

from evenflow.emulator.overlay import _layout_wire as words
from evenflow.emulator.plant.tmc2209 import Tmc2209

if TYPE_CHECKING:
    from array import array

_BITS_A_BYTE = 10
_NS_PER_S = 1_000_000_000


class OneWire:
    """Both ends; without a driver it is never opened, and always quiet."""

    def __init__(self, driver: Tmc2209 | None, uart: object) -> None:
        """Closed; `uart` is the number of the UART that leads to it."""
        self._uart = uart if isinstance(uart, int) else -1
        self.unsent = bytearray()
        self.received = bytearray()
        # What `fill` writes has changed.
        self.has_news = True
        self._driver = driver
        self._bit_ns = 0
        self._receive_size = 0
        # Bytes of a reply that are still to come, and when the next one is complete.
        self._reply = b""
        self._reply_at_ns = 0
        self._sent_at_ns = 0

    @property
    def is_quiet(self) -> bool:
        """Nothing is on its way."""
        return not self.unsent and not self._reply

    def open(self, baud: int, receive_size: int) -> None:
        """The firmware opens its UART; the buffers are empty."""
        self.reset()
        self._bit_ns = _NS_PER_S // baud
        self._receive_size = receive_size

    def reset(self) -> None:
        """The controller is reset: what is on the wire is lost."""
        self.unsent.clear()
        self.received.clear()
        self._reply = b""
        self._bit_ns = 0
        self.has_news = True

    def send(self, values: bytes, now_ns: int) -> None:
        """The firmware has written that; it leaves behind what is still to be sent."""
        if not self.unsent:
            self._sent_at_ns = max(now_ns, self._sent_at_ns)
        self.unsent += values
        self.has_news = True

    def take(self, count: int) -> None:
        """The firmware has read so many bytes."""
        del self.received[:count]
        self.has_news = True

    def run(self, until_ns: int) -> None:
        """Move what the wire carries up to a moment."""
        byte_ns = _BITS_A_BYTE * self._bit_ns
        while not self.is_quiet:
            if not self.unsent:
                if self._reply_at_ns > until_ns:
                    return
                self._receive(self._reply[0])
                self._reply = self._reply[1:]
                self._reply_at_ns += byte_ns
                continue
            at_ns = self._sent_at_ns + byte_ns
            if at_ns > until_ns:
                return
            byte = self.unsent.pop(0)
            self._sent_at_ns = at_ns
            self._receive(byte)
            self._reply = b""
            if self._driver is not None:
                self._reply = self._driver.hear(byte, at_ns, self._bit_ns)
                delay_ns = self._driver.reply_delay_bits * self._bit_ns
                self._reply_at_ns = at_ns + delay_ns + byte_ns

    def _receive(self, byte: int) -> None:
        self.has_news = True
        if len(self.received) < self._receive_size:
            self.received.append(byte)

    def fill(self, reply: "array[int]") -> None:
        """Write what can be read, and what is still to be sent, into a reply."""
        self.has_news = False
        reply[words.IN_WIRE_UART] = self._uart + 1
        reply[words.IN_WIRE_COUNT] = len(self.received)
        reply[words.IN_WIRE_UNSENT] = len(self.unsent)
        part = self.received[: words.WIRE_WINDOW_BYTES]
        start = 4 * words.IN_WIRE
        memoryview(reply).cast("B")[start : start + len(part)] = part
