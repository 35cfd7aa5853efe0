"""The UART to the motor driver; imported for a board that has one, since it takes heap."""

import _emu
from _emu import IS_MICROPYTHON, operate, operate_with
from _layout_wire import (
    IN_WIRE,
    IN_WIRE_COUNT,
    IN_WIRE_UNSENT,
    OP_WIRE_OPEN,
    OP_WIRE_SEND,
    OP_WIRE_TAKE,
    WIRE_WINDOW_BYTES,
)
from _pin import gpio

if IS_MICROPYTHON:
    import uctypes

    _BYTES = uctypes.bytearray_at(uctypes.addressof(_emu.reply) + 4 * IN_WIRE, WIRE_WINDOW_BYTES)
else:
    _BYTES = memoryview(_emu.reply).cast("B")[4 * IN_WIRE : 4 * IN_WIRE + WIRE_WINDOW_BYTES]


class Wire:
    """What `UART` makes for the motor driver's number."""

    def __init__(
        self,
        id: int,
        baudrate: int = 115_200,
        *,
        tx: object = None,
        rx: object = None,
        rxbuf: int = 256,
        txbuf: int = 256,
        timeout: int = 0,
    ) -> None:
        """Open it; buffers are in bytes."""
        gpio(tx)
        gpio(rx)
        if timeout:
            raise ValueError("UART: only 8N1 with timeout=0 is emulated")
        self._txbuf = txbuf
        self._taken = 0
        self._sent = 0
        self._seen_exchange = 0
        operate_with(OP_WIRE_OPEN, rxbuf, baudrate, txbuf)
        # What is in the last reply is from before.
        _emu.exchange(0)

    def any(self) -> int:
        """Received bytes that can be read now."""
        self._look()
        return _emu.reply[IN_WIRE_COUNT] - self._taken

    def readinto(self, buf: object, nbytes: int = -1) -> int | None:
        """Read what is there, at most `nbytes`; the count, or None if there is nothing."""
        count = min(self.any(), len(buf))
        if nbytes >= 0:
            count = min(count, nbytes)
        if count == 0:
            return None
        if self._taken + count > WIRE_WINDOW_BYTES:
            _emu.exchange(0)
            self._look()
            count = min(count, WIRE_WINDOW_BYTES)
        index = 0
        while index < count:
            buf[index] = _BYTES[self._taken + index]
            index += 1
        self._taken += count
        operate(OP_WIRE_TAKE, count)
        return count

    def write(self, buf: object) -> int | None:
        """Queue bytes; how many found room in the transmit buffer, None if none did."""
        self._look()
        count = min(len(buf), self._txbuf - _emu.reply[IN_WIRE_UNSENT] - self._sent)
        if count <= 0:
            return None
        _emu.operate_bytes(OP_WIRE_SEND, count, buf, count)
        self._sent += count
        return count

    def _look(self) -> None:
        """The reply shows what was taken and sent before its exchange."""
        if self._seen_exchange != _emu.exchange_count:
            self._seen_exchange = _emu.exchange_count
            self._taken = 0
            self._sent = 0
