"""The UART of the link: bytes take their time on the line, and buffers have an end.

A byte takes ten bit times each way. What arrives beyond the receive buffer is lost, as is
anything before the firmware has opened the UART.
"""

_BITS_A_BYTE = 10
_NS_PER_S = 1_000_000_000


class SerialLine:
    """Both directions of the line, between the firmware's buffers and the host's."""

    def __init__(self) -> None:
        """Closed."""
        self.received = bytearray()
        self.unsent = bytearray()
        self.lost_count = 0
        self._to_device = bytearray()
        self._to_host = bytearray()
        self._byte_ns = 0
        self._receive_size = 0
        self._receive_idle_ns = 0
        self._send_idle_ns = 0

    def open(self, baud: int, receive_size: int) -> None:
        """The firmware opens its UART; the buffer is empty."""
        self._byte_ns = _BITS_A_BYTE * _NS_PER_S // baud
        self._receive_size = receive_size
        self.received.clear()

    def reset(self) -> None:
        """The controller is reset: its buffers are gone, what is on the line is lost."""
        self.received.clear()
        self.unsent.clear()
        self._to_device.clear()
        self._byte_ns = 0

    @property
    def is_open(self) -> bool:
        """Whether the firmware has opened its UART since the last reset."""
        return self._byte_ns > 0

    @property
    def is_quiet(self) -> bool:
        """Nothing is on its way, in either direction."""
        return not self.unsent and not self._to_device

    def host_writes(self, values: bytes) -> None:
        """Bytes that the host sends; they queue on the line."""
        self._to_device += values

    def host_reads(self) -> bytes:
        """Bytes that have reached the host since the last call."""
        values = bytes(self._to_host)
        self._to_host.clear()
        return values

    def run(self, span_ns: int) -> None:
        """Move what the line carries in a span."""
        if self._to_device:
            if self._byte_ns == 0:
                self.lost_count += len(self._to_device)
                self._to_device.clear()
            else:
                self._receive(span_ns)
        if self.unsent:
            self._send(span_ns)

    def _receive(self, span_ns: int) -> None:
        span_ns += self._receive_idle_ns
        count = min(span_ns // self._byte_ns, len(self._to_device))
        arriving = self._to_device[:count]
        del self._to_device[:count]
        self._receive_idle_ns = span_ns - count * self._byte_ns if self._to_device else 0
        room = self._receive_size - len(self.received)
        self.lost_count += max(0, count - room)
        self.received += arriving[:room]

    def _send(self, span_ns: int) -> None:
        span_ns += self._send_idle_ns
        count = min(span_ns // self._byte_ns, len(self.unsent)) if self._byte_ns else 0
        self._to_host += self.unsent[:count]
        del self.unsent[:count]
        self._send_idle_ns = span_ns - count * self._byte_ns if self.unsent else 0
