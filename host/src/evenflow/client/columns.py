"""Telemetry of thousands of frames at once, as columns of numpy: for records, not for a line.

`stream` decodes what comes in, and is the reference: a test holds this to it. Here every frame of
telemetry is a row of one array of bytes, and each step of the way (byte stuffing undone, CRC,
ranges) is done for all rows together. Where anything is unlike a sound frame the whole is left to
`stream`, which knows how to name it.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from evenflow.client.batch import Batch
from evenflow.client.layout import LAYOUTS, SMALL_BITS, TELEMETRY_IDENT
from evenflow.client.stream import Stream
from pumpcore.wire.messages import KINDS, by_name

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

_MESSAGE = by_name("telemetry")
_PAYLOAD_BYTES = LAYOUTS[TELEMETRY_IDENT].struct.size
# The code byte of byte stuffing before, the delimiter after.
_FRAME_BYTES = 1 + _PAYLOAD_BYTES
_ROW_BYTES = _FRAME_BYTES + 1
_POLYNOMIAL = 0xEDB88320
_CRC_RESIDUE = 0x2144DF1C
_PLAIN = {1: "u1", 2: "<u2", 4: "<u4"}
_HIGH_SHIFT = 16


class Columns:
    """The fields of telemetry, oldest first; `starts` are where the frames began in the bytes."""

    def __init__(self, starts: Integers, rows: dict[str, Integers]) -> None:
        """`rows` has an array for each field of the message, in its order."""
        self.starts = starts
        self.fields = rows

    def __len__(self) -> int:
        return len(self.starts)


def decode(content: bytes) -> Columns:
    """All telemetry in whole frames with a zero after each; other messages are passed over."""
    found = _decode(np.frombuffer(content, np.uint8))
    return _by_stream(content) if found is None else found


def _decode(content: Bytes) -> Columns | None:
    """None where there is anything that only `stream` can name."""
    ends = np.flatnonzero(content == 0)
    if not len(ends) or ends[-1] != len(content) - 1:
        return None
    starts = np.concatenate(([0], ends[:-1] + 1))
    starts = starts[ends - starts == _FRAME_BYTES]
    if not len(starts):
        return None
    rows = np.lib.stride_tricks.sliding_window_view(content, _ROW_BYTES)[starts]
    if not _unstuff(rows) or not (_crcs(rows) == _CRC_RESIDUE).all():
        return None
    is_telemetry = rows[:, 1] == TELEMETRY_IDENT
    if not is_telemetry.all():
        rows, starts = rows[is_telemetry], starts[is_telemetry]
    fields = {name: _values(rows, offset, kind) for name, offset, kind in _places()}
    are_small = all(
        _is_small(fields[name]) for name, _, kind in _places() if kind in ("u30", "i31")
    )
    return Columns(starts, fields) if are_small else None


def _unstuff(rows: Bytes) -> bool:
    """Put back the zeros that byte stuffing took out, in place; whether all rows allowed it.

    Each code byte says where the next one stands; the last stands on the delimiter, which is 0
    and keeps a row that is done where it is.
    """
    flat = rows.reshape(-1)
    places = np.arange(len(rows), dtype=np.int64) * _ROW_BYTES
    ends = places + _FRAME_BYTES
    for _ in range(_ROW_BYTES):
        codes = flat[places]
        if not codes.any():
            return bool((places == ends).all())
        flat[places] = 0
        places += codes
        if (places > ends).any():
            return False
    return False


def _crcs(rows: Bytes) -> npt.NDArray[np.uint32]:
    """CRC-32 of each payload with its CRC: what every byte adds, by its value and its place."""
    tables, constant = _crc_tables()
    found = np.full(len(rows), constant, np.uint32)
    by_place = np.ascontiguousarray(rows[:, 1:_FRAME_BYTES].T)
    for table, column in zip(tables, by_place, strict=True):
        found ^= table[column]
    return found


@cache
def _crc_tables() -> tuple[list[npt.NDArray[np.uint32]], int]:
    """A table for each place of a payload, and the CRC of as many zeros."""
    plain = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        plain = np.where(plain & 1, (plain >> 1) ^ np.uint32(_POLYNOMIAL), plain >> 1)
    tables = [plain]
    for _ in range(_PAYLOAD_BYTES - 1):
        before = tables[0]
        tables.insert(0, (before >> 8) ^ plain[before & 0xFF])
    # What a CRC begins with counts as its first four bytes.
    constant = np.uint32(0xFFFFFFFF)
    for table in tables[:4]:
        constant ^= table[0xFF]
    return tables, int(constant)


@cache
def _places() -> tuple[tuple[str, int, str], ...]:
    """Name, offset in a row and kind of each field."""
    found = []
    # After the code byte and the ident.
    offset = 2
    for field in _MESSAGE.fields:
        found.append((str(field.name), offset, str(field.kind)))
        offset += KINDS[field.kind].size_bytes
    return tuple(found)


def _values(rows: Bytes, offset: int, kind: str) -> Integers:
    size = KINDS[kind].size_bytes
    is_signed = kind.startswith("i")
    if size in _PLAIN:
        sort = _PLAIN[size].replace("u", "i") if is_signed else _PLAIN[size]
        return _raw(rows, offset, sort)
    # Three bytes: the low two, and the high one with the sign.
    high = _raw(rows, offset + 2, "i1" if is_signed else "u1")
    return _raw(rows, offset, "<u2") + (high << _HIGH_SHIFT)


def _raw(rows: Bytes, offset: int, sort: str) -> Integers:
    place = {"names": ["one"], "formats": [sort], "offsets": [offset], "itemsize": _ROW_BYTES}
    return rows.view(np.dtype(place))["one"][:, 0].astype(np.int64)  # type: ignore[call-overload]


def _is_small(values: Integers) -> bool:
    bits = np.where(values < 0, ~values, values)
    return not (bits >> SMALL_BITS).any()


def _by_stream(content: bytes) -> Columns:
    batches = [item for item in Stream().feed(content) if isinstance(item, Batch)]
    records = [record for batch in batches for record in batch]
    starts, at = [], 0
    for frame in (frame for batch in batches for frame in batch.frames):
        starts.append(content.index(frame + b"\0", at))
        at = starts[-1] + len(frame) + 1
    names = [name for name, _, _ in _places()]
    columns = {name: np.array([getattr(one, name) for one in records], np.int64) for name in names}
    return Columns(np.array(starts, np.int64), columns)
