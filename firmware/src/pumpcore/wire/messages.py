"""Messages as the codec, the docs and the host need them, read from `message_table`.

A frame carries one message: its ident (one byte), then its fields in order, little-endian, no
padding. `SCHEMA` is a hash of the table's canonical text; both sides compare it in `hello` and
refuse each other by name when it differs.
"""

from collections import namedtuple
from hashlib import sha256

from pumpcore.wire.message_table import TABLE

Kind = namedtuple("Kind", ("name", "size_bytes", "low", "high"))
Field = namedtuple("Field", ("name", "kind", "doc"))

# Integer kinds. `u30` is four bytes on the wire, but its range stops where a 32-bit MicroPython's
# small integers do: what travels every tick must not be boxed on the heap.
_INTEGER_KINDS = (
    ("u8", 1, 0, 0xFF),
    ("u16", 2, 0, 0xFFFF),
    ("u24", 3, 0, 0xFFFFFF),
    ("u30", 4, 0, (1 << 30) - 1),
    ("u64", 8, 0, (1 << 64) - 1),
    ("i16", 2, -(1 << 15), (1 << 15) - 1),
    ("i24", 3, -(1 << 23), (1 << 23) - 1),
    ("i31", 4, -(1 << 30), (1 << 30) - 1),
    ("i32", 4, -(1 << 31), (1 << 31) - 1),
)
# Byte kinds carry exactly so many bytes (`b…`) or UTF-8 padded with zeros (`t…`).
_BYTE_KINDS = (
    ("b8", 8),
    ("b16", 16),
    ("b32", 32),
    ("b64", 64),
    ("t16", 16),
    ("t32", 32),
    ("t64", 64),
)

KINDS = {row[0]: Kind(row[0], row[1], row[2], row[3]) for row in _INTEGER_KINDS}
for _name, _size in _BYTE_KINDS:
    KINDS[_name] = Kind(_name, _size, None, None)
# A message names the kinds of its fields by their places here.
KIND_ORDER = tuple(KINDS[_row[0]] for _row in _INTEGER_KINDS + _BYTE_KINDS)
_KIND_NAMES = [_kind.name for _kind in KIND_ORDER]

TO_DEVICE = "host to device"
TO_HOST = "device to host"

_REQUEST = Field("request_id", "u16", "chosen by the host, echoed in the answer")


class Message:
    """One row of the table: `kinds` has a byte for each field, its place in KIND_ORDER."""

    def __init__(self, table: str, start: int) -> None:
        """The one whose line begins there in the table."""
        self._table = table
        self._fields_at = table.index("\n", start) + 1
        words = table[start : self._fields_at].split(None, 3)
        self.ident = int(words[0], 16)
        self.name = words[1]
        self.direction = TO_DEVICE if words[2] == ">" else TO_HOST
        self.doc = "".join(words[3:]).strip()
        self.kinds = bytes([_KIND_NAMES.index(field.kind) for field in self.fields])
        # Of all fields, without its ident.
        self.size_bytes = sum([KIND_ORDER[kind].size_bytes for kind in self.kinds])

    @property
    def fields(self) -> tuple:
        """A Field for each, read anew each time: no board has room to keep them."""
        found = []
        at = self._fields_at
        while self._table.startswith(" ", at):
            end = self._table.index("\n", at)
            found.append(_field(self._table[at:end]))
            at = end + 1
        return tuple(found)

    def field_name(self, index: int) -> str:
        """Of one field, by its place; makes little else."""
        at = self._fields_at
        for _ in range(index):
            at = self._table.index("\n", at) + 1
        return _field(self._table[at : self._table.index("\n", at)]).name


def _field(line: str) -> Field:
    words = line.split(None, 2)
    if len(words) == 1:
        return _REQUEST
    return Field(words[0], words[1], "".join(words[2:]))


def read(table: str) -> tuple:
    """The messages of a text like `message_table.TABLE`."""
    found = []
    at = 0
    while at < len(table):
        if not table.startswith(" ", at):
            found.append(Message(table, at))
        at = table.index("\n", at) + 1
    return tuple(found)


MESSAGES = read(TABLE)


def by_name(name: str) -> Message:
    """The message of that name; KeyError if there is none."""
    for message in MESSAGES:
        if message.name == name:
            return message
    raise KeyError(name)


def canonical_text(messages: tuple) -> str:
    """What the schema hash is taken of: names, kinds and order, not the prose."""
    lines = []
    for message in messages:
        fields = " ".join([field.name + ":" + field.kind for field in message.fields])
        lines.append("%02x %s %s" % (message.ident, message.name, fields))
    return "\n".join(lines)


SCHEMA = sha256(canonical_text(MESSAGES).encode()).digest()[:8]
