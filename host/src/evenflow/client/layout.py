"""Where a message's fields lie in a row that struct unpacked, from the message table."""

from struct import Struct
from typing import Any

from evenflow.client.records import RECORDS, Record, Telemetry
from pumpcore.wire.messages import KINDS, MESSAGES, TO_HOST, Message

# Ident, fields in columns, CRC; what a column holds is known from the message only.
Unpacked = tuple[Any, ...]

_FORMATS = {
    "u8": "B",
    "u16": "H",
    "u24": "HB",
    "u30": "I",
    "u64": "Q",
    "i16": "h",
    "i24": "Hb",
    "i31": "i",
    "i32": "i",
}
# A u30 or i31 fills four bytes, of which the device can hold 30 bits and a sign.
SMALL_BITS = 30
# Kinds that struct lacks come as their low 16 bits and their high byte.
_SPLIT_KINDS = ("u24", "i24")
_SPLIT_SHIFT = 16


class Layout:
    """One message from the device."""

    def __init__(self, message: Message) -> None:
        """Columns count from the ident, which is column 0."""
        self.name = str(message.name)
        self.columns: dict[str, int] = {}
        self._kinds = [str(field.kind) for field in message.fields]
        self._record_type = RECORDS[self.name]
        text = "<B"
        column = 1
        for field in message.fields:
            self.columns[field.name] = column
            text += _FORMATS.get(field.kind) or f"{KINDS[field.kind].size_bytes}s"
            column += 2 if field.kind in _SPLIT_KINDS else 1
        self.struct = Struct(text + "I")
        self.small_columns = self._columns_of(message, "u30")
        self.signed_small_columns = self._columns_of(message, "i31")

    def _columns_of(self, message: Message, kind: str) -> tuple[int, ...]:
        return tuple(self.columns[field.name] for field in message.fields if field.kind == kind)

    def wrong_field(self, row: Unpacked) -> str | None:
        """`message.field` of the first value that its kind cannot have, or None."""
        for (name, column), kind in zip(self.columns.items(), self._kinds, strict=True):
            if not _is_valid(kind, row[column]):
                return f"{self.name}.{name}"
        return None

    def record(self, row: Unpacked) -> Record:
        """The row as its record."""
        columns = zip(self._kinds, self.columns.values(), strict=True)
        values: list[Any] = [_value(kind, row, column) for kind, column in columns]
        return self._record_type(*values)


def _is_valid(kind: str, value: object) -> bool:
    if isinstance(value, int):
        if kind == "i31":
            value = abs_bits(value)
        return kind not in ("u30", "i31") or not value >> SMALL_BITS
    if not isinstance(value, bytes) or not kind.startswith("t"):
        return True
    text = value.rstrip(b"\0")
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return b"\0" not in text


def abs_bits(value: int) -> int:
    """The bits of an integer beside those that only say that it is negative."""
    return value if value >= 0 else ~value


def _value(kind: str, row: Unpacked, column: int) -> int | bytes | str:
    value: int | bytes = row[column]
    if isinstance(value, bytes):
        return value.rstrip(b"\0").decode() if kind.startswith("t") else value
    high: int = row[column + 1] if kind in _SPLIT_KINDS else 0
    return value + (high << _SPLIT_SHIFT)


LAYOUTS = {message.ident: Layout(message) for message in MESSAGES if message.direction == TO_HOST}
TELEMETRY_IDENT = next(int(message.ident) for message in MESSAGES if message.name == "telemetry")


def telemetry_record(row: Unpacked) -> Telemetry:
    """A row of telemetry as its record."""
    record = LAYOUTS[TELEMETRY_IDENT].record(row)
    if not isinstance(record, Telemetry):
        raise TypeError(record)
    return record
