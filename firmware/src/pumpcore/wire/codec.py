"""A message's fields to bytes and back, each value checked against its kind.

Sizes and bounds are worked out once, from the table of messages, and the loops make no objects:
a message of integers below 2^30 costs a 32-bit MicroPython no heap in either direction.
"""

from pumpcore.limits import OutOfRange
from pumpcore.wire.messages import KIND_ORDER, Message


class WireError(ValueError):
    """Bytes that are not the message they claim to be; `name` is the part that is wrong."""

    def __init__(self, name: str) -> None:
        """`name` reads `message.field`, or `message.length`."""
        super().__init__("received %s is not valid" % name)
        self.name = name


_SIZES = tuple([kind.size_bytes for kind in KIND_ORDER])
_LOWS = tuple([kind.low for kind in KIND_ORDER])
_HIGHS = tuple([kind.high for kind in KIND_ORDER])
_IS_TEXT = tuple([kind.name[0] == "t" for kind in KIND_ORDER])


def encode(message: Message, values: list, buffer: bytearray, offset: int) -> int:
    """Write the fields from `offset` on; the offset after them.

    `values` holds, in field order, integers, bytes (b…) and str (t…). OutOfRange names the field
    whose value does not fit; what is in `buffer` is then no message.
    """
    kinds = message.kinds
    for index in range(len(kinds)):
        kind = kinds[index]
        value = values[index]
        low = _LOWS[kind]
        if low is None:
            raw = _padded(message, index, value) if _IS_TEXT[kind] else value
            offset = _put(message, index, raw, buffer, offset)
        elif low <= value <= _HIGHS[kind]:
            for _ in range(_SIZES[kind]):
                buffer[offset] = value & 0xFF
                value >>= 8
                offset += 1
        else:
            raise OutOfRange(message.field_name(index), value, low, _HIGHS[kind])
    return offset


def decode(message: Message, buffer: bytearray, start: int, end: int, values: list) -> None:
    """Set `values` in place, in field order, from the bytes `start` to `end`, or WireError."""
    kinds = message.kinds
    if end - start != message.size_bytes:
        raise WireError(message.name + ".length")
    for index in range(len(kinds)):
        kind = kinds[index]
        low = _LOWS[kind]
        end = start + _SIZES[kind]
        if low is None:
            value = _decode_bytes(kind, buffer, start, end)
        else:
            value = 0
            for at in range(end - 1, start - 1, -1):
                value = value << 8 | buffer[at]
            if value > _HIGHS[kind]:
                # Two's complement, or beyond the kind: u30 and i31 fill no four bytes.
                value -= 1 << 8 * _SIZES[kind]
                if value < low:
                    value = None
        if value is None:
            raise WireError(message.name + "." + message.field_name(index))
        values[index] = value
        start = end


def _padded(message: Message, index: int, text: str) -> bytes:
    """The text as UTF-8 with zeros after it; OutOfRange if it is too long or holds a zero."""
    size = _SIZES[message.kinds[index]]
    if "\0" in text:
        raise OutOfRange(message.field_name(index), "character 0", 1, 0x10FFFF)
    raw = text.encode()
    if len(raw) > size:
        raise OutOfRange(message.field_name(index), "%d bytes" % len(raw), 0, size)
    return raw + bytes(size - len(raw))


def _put(message: Message, index: int, raw: bytes, buffer: bytearray, offset: int) -> int:
    """Write exactly as many bytes as the kind has; the offset after them."""
    size = _SIZES[message.kinds[index]]
    if len(raw) != size:
        raise OutOfRange(message.field_name(index), "%d bytes" % len(raw), size, size)
    for at in range(size):
        buffer[offset + at] = raw[at]
    return offset + size


def _decode_bytes(kind: int, buffer: bytearray, start: int, end: int) -> bytes | str | None:
    """Bytes as they are, or text without its padding; None if it is not UTF-8 padded so."""
    raw = bytes(buffer[start:end])
    if not _IS_TEXT[kind]:
        return raw
    text = raw.rstrip(b"\0")
    if b"\0" in text:
        return None
    try:
        return text.decode()
    except UnicodeError:
        return None
