"""One end of the line: bytes in, messages out, and the other way round; no I/O of its own.

The receiver holds one frame. Whatever is not a whole valid frame is counted, named and dropped
at the next zero byte, so that after any garbage at most one frame is lost. In a flood, of what
nobody can parse in time, it looks for STOP alone.
"""

from struct import pack_into

from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.tick_io import Inputs, Outputs
from pumpcore.wire import telemetry
from pumpcore.wire.codec import WireError, decode, encode
from pumpcore.wire.frame import BAD_COBS, BAD_CRC, BAD_LENGTH, MAX_FRAME, seal, unseal
from pumpcore.wire.messages import MESSAGES, Message, by_name
from pumpcore.wire.tag import TAG_BYTES
from pumpcore.wire.telemetry import pack

if TYPE_CHECKING:
    from collections.abc import Callable

    Tagged = Callable[[bytearray, int], int]

_STOP = by_name("stop")
_ZERO = b"\0"
_STOP_MARK = bytes([_STOP.ident])
# With its code byte and CRC, without a tag and with one.
_SHORT_STOP = 6 + _STOP.size_bytes
_LONG_STOP = _SHORT_STOP + TAG_BYTES
# Behind its code byte, its ident and its request.
_SESSION_AT = const(4)
# Of frames in a piece of a flood with such a mark; what else is in it is not looked at.
_MOST_MARKS = const(32)
_MAX_STUFFED = const(205)  # a frame without its delimiter
_DISCARDING = const(206)  # in place of a length: nothing counts until the next delimiter
_COUNT_MASK = const(0x3FFFFFFF)

_FRAME_FAULTS = {BAD_LENGTH: "length", BAD_COBS: "cobs", BAD_CRC: "crc"}
_BY_IDENT = {message.ident: message for message in MESSAGES}
_TELEMETRY_END = 2 + telemetry.TELEMETRY.size_bytes


class Endpoint:
    """Speaks the protocol at one end.

    `outgoing` holds the last frame written, `values` the fields of the last message polled. Its
    bytes begin at 1 of `payload`, and its tag at `tag_at`, 0 if it has none.
    `frame_count` and `error_count` count modulo 2^30; `last_error` names the last fault: length,
    cobs, crc, oversize, overrun, flood, ident, direction, or the `message.field` not valid.
    """

    def __init__(self, inbound: str) -> None:
        """`inbound` is the direction it accepts: TO_DEVICE on the device, TO_HOST on the host."""
        self.values: list = []
        self.outgoing = bytearray(MAX_FRAME)
        # Made once, because a slice allocates.
        self._telemetry = memoryview(self.outgoing)[1:_TELEMETRY_END]
        self.frame_count = 0
        self.error_count = 0
        self.last_error: str | None = None
        self._received = {
            message.ident: [0] * len(message.kinds)
            for message in MESSAGES
            if message.direction == inbound
        }
        # Checking a frame writes four bytes after it.
        self.payload = bytearray(MAX_FRAME + 4)
        # Numbers of sessions whose STOP is looked for in a flood; None where none is needed.
        self.stop_sessions: bytearray | None = None
        self.tag_at = 0
        self._filled = 0
        self._message: Message | None = None
        self._source: bytes | bytearray | memoryview = b""
        self._position = 0
        self._count = 0

    def write(self, message: Message, values: list, tagged: "Tagged | None" = None) -> int:
        """Put a frame of that message into `outgoing`; its length. OutOfRange names a field.

        `tagged` adds the tag behind a payload that ends there, and says where it ends then.
        """
        outgoing = self.outgoing
        outgoing[1] = message.ident
        end = encode(message, values, outgoing, 2)
        if tagged is not None:
            end = tagged(outgoing, end)
        return seal(outgoing, end)

    def write_packed(self, message: Message, fields: bytearray, layout: str) -> int:
        """The same for fields that are bytes already, as many as the message has.

        `layout` is that of `struct`; a slice would allocate.
        """
        outgoing = self.outgoing
        outgoing[1] = message.ident
        pack_into(layout, outgoing, 2, fields)
        return seal(outgoing, 2 + message.size_bytes)

    def write_telemetry(
        self, tick_count: int, inputs: Inputs, outputs: Outputs, last_request_id: int
    ) -> int:
        """The same for the telemetry of a tick, sooner."""
        if pack(tick_count, inputs, outputs, last_request_id, self.outgoing):
            return seal(self.outgoing, _TELEMETRY_END, self._telemetry)
        return self._refuse_telemetry(tick_count, inputs, outputs, last_request_id)

    def _refuse_telemetry(
        self, tick_count: int, inputs: Inputs, outputs: Outputs, last_request_id: int
    ) -> int:
        """A value does not fit: the codec names its field."""
        row = telemetry.values(tick_count, inputs, outputs, last_request_id)
        return self.write(telemetry.TELEMETRY, row)

    def feed(self, buffer: bytes | bytearray | memoryview, count: int) -> None:
        """Receive the first `count` bytes of `buffer`, which stays as it is until poll() is None.

        What an earlier feed left unpolled is dropped and counted as an overrun.
        """
        if not count:
            return
        if self._position < self._count:
            self._fail("overrun")
            self._filled = _DISCARDING
        self._source = buffer
        self._position = 0
        self._count = count

    def poll(self) -> Message | None:
        """The next whole valid message, its fields in `values` until the next call; else None."""
        source = self._source
        frame = self.payload
        filled = self._filled
        for position in range(self._position, self._count):
            byte = source[position]
            if byte:
                if filled < _MAX_STUFFED:
                    frame[filled] = byte
                    filled += 1
                elif filled < _DISCARDING:
                    self._fail("oversize")
                    filled = _DISCARDING
                continue
            end = filled
            filled = 0
            if 0 < end < _DISCARDING:
                fault = self._open(end)
                if fault is None:
                    self._filled = 0
                    self._position = position + 1
                    return self._message
                self._fail(fault)
        self._filled = filled
        self._position = self._count
        return None

    def may_count(self) -> bool:
        """Whether the STOP just polled needs no key, or is tagged for a session that there is."""
        sessions = self.stop_sessions
        if sessions is None:
            return True
        number = self.payload[self.tag_at]
        return self.tag_at > 0 and (number == sessions[0] or number == sessions[1])

    def skim(self, buffer: bytes | bytearray, count: int) -> bool:
        """Receive so many bytes of a flood: whether there is a STOP; its fields are in `values`.

        Of all else nothing is parsed. The frame at the end is kept if it may be a STOP.
        """
        self._fail("flood")
        position = buffer.find(_ZERO, 0, count)
        if position < 0:
            self._keep(buffer, 0, count)
            return False
        self._keep(buffer, 0, position)
        is_found = self._is_stop()
        last = buffer.rfind(_ZERO, 0, count)
        marks = 0
        while not is_found and position < last and marks < _MOST_MARKS:
            at = buffer.find(_STOP_MARK, position + 2, last)
            if at < 0:
                break
            marks += 1
            position = buffer.find(_ZERO, at, last + 1)
            if not buffer[at - 2] and self._may_count(buffer, at - 1, position):
                self._filled = 0
                self._keep(buffer, at - 1, position)
                is_found = self._is_stop()
        if is_found:
            # Its tag is still to be judged, where the next frame would lie.
            self._filled = _DISCARDING if last + 1 < count else 0
        else:
            self._filled = 0
            self._keep(buffer, last + 1, count)
        return is_found

    def _may_count(self, buffer: bytes | bytearray, start: int, end: int) -> bool:
        """Whether a frame there may be a STOP; with a key, one of a session that there is."""
        sessions = self.stop_sessions
        if sessions is None:
            return end - start in (_SHORT_STOP, _LONG_STOP)
        if end - start != _LONG_STOP:
            return False
        # No number of a session is 0, so that stuffing leaves it as it is. MicroPython asks no
        # bytes whether a number is in them.
        number = buffer[start + _SESSION_AT]
        return number == sessions[0] or number == sessions[1]

    def _keep(self, buffer: bytes | bytearray, start: int, end: int) -> None:
        """Add bytes to a frame that may be a STOP; of a longer one nothing counts."""
        filled = self._filled
        if filled + end - start > _LONG_STOP:
            self._filled = _DISCARDING
            return
        frame = self.payload
        for at in range(start, end):
            frame[filled] = buffer[at]
            filled += 1
        self._filled = filled

    def _is_stop(self) -> bool:
        """Whether what is kept is a whole STOP."""
        end = self._filled
        self._filled = 0
        if self.payload[1] != _STOP.ident or not self._may_count(self.payload, 0, end):
            return False
        return self._open(end) is None and self._message is _STOP

    def _open(self, end: int) -> str | None:
        """What is wrong with the frame just completed; None if it is a message for this end."""
        frame = self.payload
        payload_end = unseal(frame, end)
        if payload_end < 0:
            return _FRAME_FAULTS[payload_end]
        ident = frame[1]
        if ident not in _BY_IDENT:
            return "ident"
        if ident not in self._received:
            return "direction"
        message = _BY_IDENT[ident]
        values = self._received[ident]
        self.tag_at = 0
        if payload_end == 2 + message.size_bytes + TAG_BYTES:
            payload_end -= TAG_BYTES
            self.tag_at = payload_end
        try:
            decode(message, frame, 2, payload_end, values)
        except WireError as error:
            return error.name
        self._message = message
        self.values = values
        self.frame_count = (self.frame_count + 1) & _COUNT_MASK
        return None

    def _fail(self, name: str) -> None:
        self.error_count = (self.error_count + 1) & _COUNT_MASK
        self.last_error = name
