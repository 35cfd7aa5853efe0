"""A message's fields to bytes and back, each value checked against its kind.

Sizes and bounds are worked out once, from the table of messages, and the loops make no objects:
a message of integers below 2^30 costs a 32-bit MicroPython no heap in either direction.
"""

from pumpcore.limits import OutOfRange
from pumpcore.wire.messages import KINDS, MESSAGES, Field, Message


class WireError(ValueError):
    """Bytes that are not the message they claim to be; `name` is the part that is wrong."""

    def __init__(self, name: str) -> None:
        """`name` reads `message.field`, or `message.length`."""
        super().__init__("received %s is not valid" % name)
        self.name = name


def _layout(message: Message) -> tuple:
    """Sizes, lowest and highest values of the fields in order, and the size of them all."""
    kinds = [KINDS[field.kind] for field in message.fields]
    sizes = tuple([kind.size_bytes for kind in kinds])
    lows = tuple([kind.low for kind in kinds])
    highs = tuple([kind.high for kind in kinds])
    return sizes, lows, highs, sum(sizes)


_LAYOUTS = {message.ident: _layout(message) for message in MESSAGES}


def size_bytes(message: Message) -> int:
    """Bytes of the message's fields together, without its ident."""
    return _LAYOUTS[message.ident][3]


def encode(message: Message, values: list, buffer: bytearray, offset: int) -> int:
    """Write the fields from `offset` on; the offset after them.

    `values` holds, in field order, integers, bytes (b…) and str (t…). OutOfRange names the field
    whose value does not fit; what is in `buffer` is then no message.
    """
    sizes, lows, highs, _ = _LAYOUTS[message.ident]
    for index in range(len(sizes)):
        value = values[index]
        low = lows[index]
        if low is None:
            field = message.fields[index]
            raw = _padded(field, value) if field.kind[0] == "t" else value
            offset = _put(field, raw, buffer, offset)
        elif low <= value <= highs[index]:
            for _ in range(sizes[index]):
                buffer[offset] = value & 0xFF
                value >>= 8
                offset += 1
        else:
            raise OutOfRange(message.fields[index].name, value, low, highs[index])
    return offset


def decode(message: Message, buffer: bytearray, start: int, end: int, values: list) -> None:
    """Set `values` in place, in field order, from the bytes `start` to `end`, or WireError."""
    sizes, lows, highs, size = _LAYOUTS[message.ident]
    if end - start != size:
        raise WireError(message.name + ".length")
    for index in range(len(sizes)):
        low = lows[index]
        end = start + sizes[index]
        if low is None:
            value = _decode_bytes(message.fields[index], buffer, start, end)
        else:
            value = 0
            for at in range(end - 1, start - 1, -1):
                value = value << 8 | buffer[at]
            if value > highs[index]:
                # Two's complement, or beyond the kind: u30 and i31 fill no four bytes.
                value -= 1 << 8 * sizes[index]
                if value < low:
                    value = None
        if value is None:
            raise WireError(message.name + "." + message.fields[index].name)
        values[index] = value
        start = end


def _padded(field: Field, text: str) -> bytes:
    """The text as UTF-8 with zeros after it; OutOfRange if it is too long or holds a zero."""
    size = KINDS[field.kind].size_bytes
    if "\0" in text:
        raise OutOfRange(field.name, "character 0", 1, 0x10FFFF)
    raw = text.encode()
    if len(raw) > size:
        raise OutOfRange(field.name, "%d bytes" % len(raw), 0, size)
    return raw + bytes(size - len(raw))


def _put(field: Field, raw: bytes, buffer: bytearray, offset: int) -> int:
    """Write exactly as many bytes as the kind has; the offset after them."""
    size = KINDS[field.kind].size_bytes
    if len(raw) != size:
        raise OutOfRange(field.name, "%d bytes" % len(raw), size, size)
    for at in range(size):
        buffer[offset + at] = raw[at]
    return offset + size


def _decode_bytes(field: Field, buffer: bytearray, start: int, end: int) -> bytes | str | None:
    """Bytes as they are, or text without its padding; None if it is not UTF-8 padded so."""
    raw = bytes(buffer[start:end])
    if field.kind[0] != "t":
        return raw
    text = raw.rstrip(b"\0")
    if b"\0" in text:
        return None
    try:
        return text.decode()
    except UnicodeError:
        return None
