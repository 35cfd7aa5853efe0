"""Rows of one session on their way from a host's record to the fleet's, and the answer to them.

A batch is zlib over a line of JSON and, behind it, the bytes that the line names by their length.
Without rows it is a question: how far is this session stored? The answer is always the same: up to
which number of each table, so that whoever lost his place has it again.

Whatever comes in may be anybody's: what is read back has the columns and the types of the tables,
fits into them, and is Garbled otherwise.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table

from evenflow.errors import CheckFailed
from evenflow.fleet import names
from evenflow.telemetry.tables import CHAINED, CLOSING, SESSION

Row = dict[str, object]
_Kind = TypeVar("_Kind")

VERSION = 1
# Before compression. One row may be larger than a batch should be, none than may be taken in.
BATCH_BYTES = 256 * 1024
MAX_BYTES = 16 * 1024 * 1024
# The least that tells apart, so that a batch costs little time: 1 to 6 gain five per cent.
_ZLIB_LEVEL = 1
_ROW_OVERHEAD_BYTES = 64
_OWNER = "session_id"
_BITS = 31
_BIG_BITS = 63

_OPENING = tuple(c.name for c in SESSION.columns if c.name not in CLOSING)


class Garbled(CheckFailed):
    """Bytes that are no batch, or no answer; whose they are is not known."""

    def __init__(self, reason: str) -> None:
        """The reason says what is wrong with them."""
        super().__init__("garbled", reason)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a session is stored: whether its row is, whether it is closed, the last numbers."""

    is_known: bool
    is_closed: bool
    seqs: Mapping[str, int]

    @property
    def row_count(self) -> int:
        """Of all tables together."""
        return sum(self.seqs.values())


@dataclass(frozen=True, slots=True)
class Batch:
    """What follows a position; `opening` if the session is not known, `closing` if that is all."""

    session_id: str
    opening_hash: str
    number: int
    opening: Row | None
    rows: Mapping[Table, list[Row]]
    closing: Row | None


@dataclass(frozen=True, slots=True)
class Answer:
    """To the batch of that number: the position, and why something was not taken."""

    session_id: str
    number: int
    position: Position
    code: str = ""
    reason: str = ""


NOWHERE = Position(is_known=False, is_closed=False, seqs={table.name: 0 for table in CHAINED})


def size(row: Row) -> int:
    """About how many bytes of a batch it takes."""
    return _ROW_OVERHEAD_BYTES + sum(
        len(value) if isinstance(value, (str, bytes)) else 8 for value in row.values()
    )


def encoded(batch: Batch) -> bytes:
    """As it is sent; CheckFailed if it holds a row that nobody would take."""
    blobs: list[bytes] = []
    content: dict[str, object] = {
        "v": VERSION,
        "session": batch.session_id,
        "opening_hash": batch.opening_hash,
        "number": batch.number,
    }
    if batch.opening is not None:
        content["opening"] = batch.opening
    if batch.closing is not None:
        content["closing"] = batch.closing
    content["rows"] = {
        table.name: _shelved(table, rows, blobs) for table, rows in batch.rows.items() if rows
    }
    line = json.dumps(content, separators=(",", ":")).encode()
    plain = b"\n".join([line, b"".join(blobs)])
    if len(plain) > MAX_BYTES:
        reason = (
            f"session {batch.session_id}: a row of {len(plain)} bytes; {MAX_BYTES} may be sent"
        )
        raise CheckFailed("row_too_large", reason, "copy the record itself")
    return zlib.compress(plain, _ZLIB_LEVEL)


def decoded(payload: bytes) -> Batch:
    """As it was; Garbled for anything else."""
    line, _, rest = _inflated(payload).partition(b"\n")
    content = _object(line)
    shelves = _typed(content, "rows", dict)
    blobs = _Blobs(rest)
    rows = {table: _unshelved(table, shelves.pop(table.name, None), blobs) for table in CHAINED}
    if shelves:
        raise Garbled(f"rows of a table that is none: {min(map(str, shelves))!r}")
    blobs.require_end()
    session_id = _typed(content, "session", str)
    if not names.is_name(session_id):
        raise Garbled("the id of its session is none")
    return Batch(
        session_id=session_id,
        opening_hash=_text(_typed(content, "opening_hash", str), "opening_hash"),
        number=_typed(content, "number", int),
        opening=_part(content, "opening", _OPENING),
        rows=rows,
        closing=_part(content, "closing", CLOSING),
    )


def encoded_answers(answers: Iterable[Answer]) -> bytes:
    """Several in one message."""
    return json.dumps(
        {
            "v": VERSION,
            "answers": [
                {
                    "session": one.session_id,
                    "number": one.number,
                    "known": one.position.is_known,
                    "closed": one.position.is_closed,
                    "seqs": dict(one.position.seqs),
                    "code": one.code,
                    "reason": one.reason,
                }
                for one in answers
            ],
        },
        separators=(",", ":"),
    ).encode()


def decoded_answers(payload: bytes) -> list[Answer]:
    """As they were; Garbled for anything else."""
    if len(payload) > MAX_BYTES:
        raise Garbled("answers without end")
    answers = _typed(_object(payload), "answers", list)
    return [_answer(one) for one in answers]


def _answer(content: object) -> Answer:
    if not isinstance(content, dict):
        raise Garbled("an answer that is none")
    told = _typed(content, "seqs", dict)
    seqs = {table.name: told.get(table.name, 0) for table in CHAINED}
    if not all(type(seq) is int and seq >= 0 for seq in seqs.values()):
        raise Garbled("an answer with a number that is none")
    position = Position(
        is_known=_typed(content, "known", bool),
        is_closed=_typed(content, "closed", bool),
        seqs=seqs,
    )
    return Answer(
        session_id=_typed(content, "session", str),
        number=_typed(content, "number", int),
        position=position,
        code=_typed(content, "code", str),
        reason=_typed(content, "reason", str),
    )


# Rows, as columns once and values by row.


def _shelved(table: Table, rows: list[Row], blobs: list[bytes]) -> dict[str, object]:
    columns = [column.name for column in table.columns if column.name != _OWNER]
    lines = []
    for row in rows:
        line = [row.get(name) for name in columns]
        for index, value in enumerate(line):
            if isinstance(value, bytes):
                blobs.append(value)
                line[index] = {"bytes": len(value)}
        lines.append(line)
    return {"columns": columns, "lines": lines}


def _unshelved(table: Table, shelf: object, blobs: "_Blobs") -> list[Row]:
    if shelf is None:
        return []
    if not isinstance(shelf, dict):
        raise Garbled(f"rows of {table.name} that are none")
    columns = _typed(shelf, "columns", list)
    known = {column.name: column for column in table.columns if column.name != _OWNER}
    if not all(isinstance(name, str) and name in known for name in columns):
        raise Garbled(f"a column that {table.name} does not have")
    if len(set(columns)) != len(columns):
        raise Garbled(f"a column of {table.name} twice")
    rows = []
    for line in _typed(shelf, "lines", list):
        if not isinstance(line, list) or len(line) != len(columns):
            raise Garbled(f"a row of {table.name} without all its columns")
        row = dict.fromkeys(known) | dict(zip(columns, map(blobs.value, line), strict=True))
        rows.append({name: _fitting(known[name], value) for name, value in row.items()})
    return rows


class _Blobs:
    """Bytes behind the line, taken one after the other."""

    def __init__(self, rest: bytes) -> None:
        self._rest = rest
        self._place = 0

    def value(self, told: object) -> object:
        if not isinstance(told, dict):
            return told
        length = told.get("bytes")
        if type(length) is not int or not 0 <= length <= len(self._rest) - self._place:
            raise Garbled("bytes that are not there")
        self._place += length
        return self._rest[self._place - length : self._place]

    def require_end(self) -> None:
        if self._place != len(self._rest):
            raise Garbled("bytes that no row names")


def _part(content: Row, name: str, columns: Iterable[str]) -> Row | None:
    """A part of the session's row; columns that an older version does not send are null."""
    found = content.get(name)
    if found is None:
        return None
    if not isinstance(found, dict) or not set(found) <= set(columns):
        raise Garbled(f"an {name} with a column that it does not have")
    return {one: _fitting(SESSION.columns[one], found.get(one)) for one in columns}


def _fitting(column: Column[object], value: object) -> object:
    """The value, if the column can hold it on every database."""
    if value is None:
        if column.nullable:
            return None
        raise Garbled(f"{column} is missing")
    kind = column.type
    if isinstance(kind, Integer):
        bits = _BIG_BITS if isinstance(kind, BigInteger) else _BITS
        if type(value) is int and -(1 << bits) <= value < 1 << bits:
            return value
    elif isinstance(kind, LargeBinary):
        if isinstance(value, bytes):
            return value
    elif isinstance(value, str):
        return _text(value, str(column))
    raise Garbled(f"{column} cannot be {type(value).__name__} of that size")


def _text(value: str, what: str) -> str:
    """Without what PostgreSQL's texts cannot hold: a zero, half of a pair of surrogates."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Garbled(f"{what} is no text") from error
    if "\0" in value:
        raise Garbled(f"{what} is no text")
    return value


# Bytes.


def _inflated(payload: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        found = inflater.decompress(payload, MAX_BYTES + 1)
    except zlib.error as error:
        raise Garbled(f"not compressed by zlib: {error}") from error
    if len(found) > MAX_BYTES:
        raise Garbled(f"more than {MAX_BYTES} bytes")
    if not inflater.eof or inflater.unused_data:
        raise Garbled("cut off, or followed by something")
    return found


def _object(line: bytes) -> Row:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"no JSON: {type(error).__name__}") from error
    if not isinstance(found, dict) or found.get("v") != VERSION:
        raise Garbled(f"not of version {VERSION}")
    return found


def _typed(content: Mapping[str, object], name: str, kind: type[_Kind]) -> _Kind:
    found = content.get(name)
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise Garbled(f"no {name} of type {kind.__name__}")
    return found
