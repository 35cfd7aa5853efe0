"""Bytes from the device to messages, quickly: one session is 360,000 frames of telemetry.

`pumpcore.wire.endpoint` is the reference, and a test holds this to it byte for byte. The speed is
the standard library's: split at the delimiters, zlib's CRC, one struct a message. Telemetry
stays a row of figures until somebody asks for the record.
"""

from collections import Counter
from dataclasses import dataclass
from zlib import crc32

from evenflow.client.batch import Batch, Row
from evenflow.client.layout import LAYOUTS, SMALL_BITS, TELEMETRY_IDENT, abs_bits
from evenflow.client.records import Record
from pumpcore.wire.frame import MAX_FRAME
from pumpcore.wire.messages import MESSAGES

# The CRC of anything followed by its own CRC-32, little-endian, is this constant.
_CRC_RESIDUE = 0x2144DF1C
_CRC_BYTES = 4
# Code byte of COBS, ident, CRC.
_SHORTEST_BYTES = 6
_LONGEST_BYTES = MAX_FRAME - 1

_KNOWN_IDENTS = {message.ident for message in MESSAGES}
_TELEMETRY = LAYOUTS[TELEMETRY_IDENT]
_TELEMETRY_BYTES = _TELEMETRY.struct.size
_SMALL_COLUMNS = _TELEMETRY.small_columns
_SIGNED_COLUMNS = _TELEMETRY.signed_small_columns


@dataclass(frozen=True, slots=True)
class Received:
    """A message other than telemetry, with its frame as it came, without the zero."""

    record: Record
    frame: bytes


@dataclass(frozen=True, slots=True)
class Alien:
    """A whole frame (its CRC holds) for which this host's message table has no place."""

    payload: bytes


Item = Batch | Received | Alien


class Stream:
    """Takes bytes as they come; what is not a whole valid message is counted in `errors`, by name.

    Names are the endpoint's: length, cobs, crc, oversize, ident, direction, or `message.field`.
    """

    def __init__(self) -> None:
        """Nothing received yet."""
        self.frame_count = 0
        self.errors: Counter[str] = Counter()
        self._rest = b""
        self._is_discarding = False

    @property
    def error_count(self) -> int:
        """Everything that was not a valid message."""
        return self.errors.total()

    def feed(self, chunk: bytes) -> list[Item]:
        """What these bytes complete, in order; neighbouring telemetry comes as one batch."""
        frames = (self._rest + chunk).split(b"\0")
        if self._is_discarding and len(frames) > 1:
            frames[0] = b""
            self._is_discarding = False
        self._rest = self._bounded(frames.pop())
        items: list[Item] = []
        batch = Batch()
        for frame in frames:
            payload = self._unsealed(frame) if frame else None
            if payload is None:
                continue
            if payload[0] == TELEMETRY_IDENT and len(payload) == _TELEMETRY_BYTES:
                row = _TELEMETRY.struct.unpack(payload)
                if _is_small(row):
                    batch.rows.append(row)
                    batch.frames.append(frame)
                else:
                    self.errors[str(_TELEMETRY.wrong_field(row))] += 1
                continue
            if batch.rows:
                items.append(batch)
                batch = Batch()
            items.append(self._message(payload, frame))
        if batch.rows:
            items.append(batch)
        self.frame_count += sum(_frame_count(item) for item in items)
        return items

    def _bounded(self, rest: bytes) -> bytes:
        """The beginning of a frame; nothing once it is too long to become one."""
        if self._is_discarding:
            return b""
        if len(rest) > _LONGEST_BYTES:
            self.errors["oversize"] += 1
            self._is_discarding = True
            return b""
        return rest

    def _unsealed(self, frame: bytes) -> bytearray | None:
        """Ident, fields and CRC of a frame; None if it is broken."""
        size = len(frame)
        if not _SHORTEST_BYTES <= size <= _LONGEST_BYTES:
            self.errors["length" if size < _SHORTEST_BYTES else "oversize"] += 1
            return None
        # Each code byte says where the next one stands; zeros belong in their places.
        stuffed = bytearray(frame)
        index = 0
        while index < size:
            code = stuffed[index]
            stuffed[index] = 0
            index += code
        payload = stuffed[1:]
        if index != size or crc32(payload) != _CRC_RESIDUE:
            self.errors["crc" if index == size else "cobs"] += 1
            return None
        return payload

    def _message(self, payload: bytearray, frame: bytes) -> Received | Alien:
        ident = payload[0]
        layout = LAYOUTS.get(ident)
        if layout is None:
            self.errors["direction" if ident in _KNOWN_IDENTS else "ident"] += 1
        elif len(payload) != layout.struct.size:
            self.errors[f"{layout.name}.length"] += 1
        else:
            row = layout.struct.unpack(payload)
            name = layout.wrong_field(row)
            if name is None:
                return Received(layout.record(row), frame)
            self.errors[name] += 1
        return Alien(bytes(payload[:-_CRC_BYTES]))


def _is_small(row: Row) -> bool:
    """Whether every u30 and i31 keeps to the 30 bits that the device can hold."""
    bits = 0
    for column in _SMALL_COLUMNS:
        bits |= row[column]
    for column in _SIGNED_COLUMNS:
        bits |= abs_bits(row[column])
    return not bits >> SMALL_BITS


def _frame_count(item: Item) -> int:
    if isinstance(item, Batch):
        return len(item)
    return 1 if isinstance(item, Received) else 0
