"""What this host has recorded, as batches that follow a position; sessions still open, too.

The record is the outbox: durable, numbered, and never shortened by a bridge. SQLite lets it be
read beside the one who writes it. Of many records only those that were read last are kept open, so
that ten thousand finished ones cost nothing.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Executable, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.fleet import names
from evenflow.fleet.batch import BATCH_BYTES, Batch, Position, Row, size
from evenflow.telemetry.store import Store, open_existing, require_known
from evenflow.telemetry.tables import CHAINED, CLOSING, FIRST_SCHEMA, FRAMES, HASH, SESSION

_ROWS_AT_ONCE = 64
_FRESH_S = 3.0
# Each takes three of the files that a process may have open, 1024 where nobody says more.
_OPEN_AT_ONCE = 200
# All sessions of a record are listed again at every so many looks, else the new ones.
_WHOLE_LOOK = 60
_OPENING = tuple(c.name for c in SESSION.columns if c.name not in CLOSING)
_ABOUT = ("id", "unique_id", "started_at", HASH, "schema", "board", "order_name", "wire_schema")


@dataclass(slots=True)
class Record:
    """One file or database."""

    where: str | Path
    # Of the file and its log when last looked at; None for what may have changed since.
    looked_at: object = None
    sessions: set[str] = field(default_factory=set)
    newest: str = ""
    look_count: int = 0

    def has_changed(self) -> bool:
        """Whether anything may have been written since this was last asked."""
        now = _stamp(self.where)
        is_same = now is not None and now == self.looked_at
        self.looked_at = now
        return not is_same


@dataclass(frozen=True, slots=True)
class Source:
    """One session of a record."""

    record: Record
    session_id: str
    opening_hash: str
    unique_id: str
    started_at: str
    # What else a person would be told of it.
    about: Row


class Outbox:
    """Every session of some records, as they come."""

    def __init__(self, places: Callable[[], Iterable[str | Path]]) -> None:
        """`places` names the records that there are now."""
        self._places = places
        self._records: dict[str, Record] = {}
        self._open: OrderedDict[str, Store] = OrderedDict()
        # What cannot be sent, by its place, and why.
        self.refused: dict[str, CheckFailed] = {}

    def close(self) -> None:
        """Every record that is open."""
        while self._open:
            self._open.popitem()[1].close()

    def look(self) -> Iterator[tuple[Record, list[Source]]]:
        """Records that may have changed since the last look, each with its new sessions."""
        for where in self._places():
            record = self._records.setdefault(str(where), Record(where))
            if record.has_changed():
                yield record, self._new(record)

    def following(self, source: Source, after: Position, number: int) -> "Content":
        """What comes after the position, as much as a batch should hold and at least one row."""
        with _readable(source.record.where):
            return _following(self._store(source.record), source, after, number)

    def last_heard(self, source: Source) -> tuple[Row, Row | None]:
        """How the session ended, if it did, and the last of its frames if there are any."""
        with _readable(source.record.where):
            store = self._store(source.record)
            query = FRAMES.select().where(FRAMES.c.session_id == source.session_id)
            newest = query.order_by(FRAMES.c.seq.desc()).limit(1)
            with store.engine.connect() as connection:
                frames = connection.execute(newest).mappings().first()
                ending = _session(store, connection, source, CLOSING)
            return ending, None if frames is None else _plain(frames)

    def _new(self, record: Record) -> list[Source]:
        try:
            with _readable(record.where):
                return self._sessions(record)
        except CheckFailed as error:
            # One that is being made has no tables yet: it is looked at again.
            record.looked_at = None
            if "no such table" not in error.reason:
                self.refused[str(record.where)] = error
            return []

    def _sessions(self, record: Record) -> list[Source]:
        """Those that were not there before; now and then also such as a clock set back hides."""
        store = self._store(record)
        query = select(*_columns(store, SESSION, _ABOUT)).order_by(SESSION.c.started_at)
        if record.look_count % _WHOLE_LOOK:
            query = query.where(SESSION.c.started_at >= record.newest)
        else:
            require_known(store)
        record.look_count += 1
        with store.engine.connect() as connection:
            found = [_plain(row) for row in connection.execute(query).mappings()]
        self.refused.pop(str(record.where), None)
        new = []
        for row in found:
            session_id = str(row["id"])
            if session_id in record.sessions:
                continue
            record.sessions.add(session_id)
            record.newest = max(record.newest, str(row["started_at"]))
            problem = _problem(row)
            if problem is None:
                known = session_id, str(row[HASH]), str(row["unique_id"]), str(row["started_at"])
                new.append(Source(record, *known, about=row))
            else:
                self.refused[f"{record.where}, session {session_id}"] = problem
        return new

    def _store(self, record: Record) -> Store:
        name = str(record.where)
        if name not in self._open:
            self._open[name] = open_existing(record.where)
        self._open.move_to_end(name)
        if len(self._open) > _OPEN_AT_ONCE:
            self._open.popitem(last=False)[1].close()
        return self._open[name]


@contextmanager
def _readable(where: str | Path) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise CheckFailed("record_unreadable", f"{where}: cannot be read: {cause}") from error
    except WrongUsage as error:
        raise CheckFailed(error.code, error.reason, error.hint) from error


def _problem(session: Row) -> CheckFailed | None:
    """Why a session cannot be sent."""
    place = f"session {session['id']}"
    if session.get("schema") in (None, FIRST_SCHEMA):
        reason = f"{place}: a record of schema 1 has no hashes to be held to on its way"
        return CheckFailed("not_chained", reason, "keep the file itself")
    if not (names.is_name(str(session["id"])) and names.is_name(str(session["unique_id"]))):
        return CheckFailed("bad_name", f"{place}: its id, or its pump's, cannot be in a topic")
    return None


@dataclass(frozen=True, slots=True)
class Content:
    """A batch, how many rows are left behind it, and how the session ended, if it did."""

    batch: Batch
    rows_behind: int
    ending: Row

    @property
    def is_last(self) -> bool:
        """Whether it brings the session to its end."""
        return self.rows_behind == 0 and self.ending["closed_at"] is not None

    @property
    def is_empty(self) -> bool:
        """Whether the position was the end of what there is."""
        batch = self.batch
        return batch.opening is None and batch.closing is None and not any(batch.rows.values())

    @property
    def row_count(self) -> int:
        """Of the chained tables."""
        return sum(map(len, self.batch.rows.values()))


def question(source: Source, number: int) -> Batch:
    """How far it is stored, asked without rows."""
    return Batch(source.session_id, source.opening_hash, number, None, {}, None)


def _following(store: Store, source: Source, after: Position, number: int) -> Content:
    opening = None
    rows: dict[Table, list[Row]] = {}
    left = BATCH_BYTES
    rows_behind = 0
    with store.engine.connect() as connection:
        # Before its rows: if it is closed now, all of them are there.
        ending = _session(store, connection, source, CLOSING)
        if not after.is_known:
            opening = _session(store, connection, source, _OPENING)
            left -= size(opening)
        for table in CHAINED:
            owned = table.c.session_id == source.session_id
            seq = after.seqs[table.name]
            query = select(*_columns(store, table)).where(owned, table.c.seq > seq)
            rows[table], is_all = _some(connection, query.order_by(table.c.seq), left)
            left -= sum(map(size, rows[table]))
            if not is_all:
                last = connection.execute(select(func.max(table.c.seq)).where(owned)).scalar()
                rows_behind += max((last or 0) - seq - len(rows[table]), 1)
    is_last = rows_behind == 0 and ending["closed_at"] is not None
    closing = ending if is_last and not after.is_closed else None
    batch = Batch(source.session_id, source.opening_hash, number, opening, rows, closing)
    return Content(batch, rows_behind, ending)


def _columns(store: Store, table: Table, wanted: Iterable[str] = ()) -> list[Column[object]]:
    """All or those wanted, without those that a file of an older schema lacks."""
    lacking = store.lacking(table)
    names_wanted = set(wanted) or {column.name for column in table.columns}
    return [one for one in table.columns if one.name in names_wanted and one.name not in lacking]


def _session(store: Store, connection: Connection, source: Source, wanted: Iterable[str]) -> Row:
    """Columns of the session's own row; null where the file lacks them."""
    columns = _columns(store, SESSION, wanted)
    query = select(*columns).where(SESSION.c.id == source.session_id)
    return dict.fromkeys(wanted) | _plain(connection.execute(query).mappings().one())


def _plain(row: Mapping[Any, object]) -> Row:
    return {str(name): value for name, value in row.items()}


def _some(connection: Connection, query: Executable, left: int) -> tuple[list[Row], bool]:
    """Rows while they fit, and whether those are all.

    One that does not fit is taken where nothing else is in the batch.
    """
    rows: list[Row] = []
    is_empty = left == BATCH_BYTES
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as found:
        for one in found.mappings():
            row = {str(name): value for name, value in one.items() if name != "session_id"}
            left -= size(row)
            if left < 0 and not (is_empty and not rows):
                return rows, False
            rows.append(row)
    return rows, True


def _stamp(where: str | Path) -> object:
    """Size and time of a file and its log; None where there is no file, or it is just written.

    A clock of files has steps: what was written a moment ago may be written again within one.
    """
    if "://" in str(where):
        return None
    stamps = []
    for path in (Path(where), Path(f"{where}-wal")):
        try:
            found = path.stat()
        except FileNotFoundError:
            continue
        if abs(time.time() - found.st_mtime) < _FRESH_S:
            return None
        stamps.append((found.st_mtime_ns, found.st_size))
    return tuple(stamps)
