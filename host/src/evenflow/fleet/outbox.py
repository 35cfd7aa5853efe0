"""What this host has recorded, as batches that follow a position; sessions still open, too.

The record is the outbox: durable, numbered, and never shortened by a bridge. SQLite lets it be
read beside the one who writes it. Of many records only those that were read last are kept open, so
that ten thousand finished ones cost nothing.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Column, Connection, Executable, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.fleet import names
from evenflow.fleet.batch import BATCH_BYTES, Batch, Position, Row, size
from evenflow.telemetry.store import Store, open_existing, require_known
from evenflow.telemetry.tables import CHAINED, CLOSING, FIRST_SCHEMA, FRAMES, HASH, SESSION

_ROWS_AT_ONCE = 64
_FRESH_S = 3.0
_OPEN_AT_ONCE = 32


@dataclass(slots=True)
class Record:
    """One file or database."""

    where: str | Path
    # Of the file and its log when last looked at; None for what may have changed since.
    looked_at: object = None
    sessions: set[str] = field(default_factory=set)

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
        """The session's own row, and the last of its frames if there are any."""
        with _readable(source.record.where):
            store = self._store(source.record)
            query = FRAMES.select().where(FRAMES.c.session_id == source.session_id)
            newest = query.order_by(FRAMES.c.seq.desc()).limit(1)
            with store.engine.connect() as connection:
                frames = connection.execute(newest).mappings().first()
                session = _session(store, connection, source)
            return session, None if frames is None else {str(k): v for k, v in frames.items()}

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
        store = self._store(record)
        require_known(store)
        columns = [SESSION.c.id, SESSION.c.unique_id, SESSION.c.started_at]
        if not {HASH, "schema"} & store.lacking(SESSION):
            columns += [SESSION.c[HASH], SESSION.c.schema]
        with store.engine.connect() as connection:
            found = connection.execute(select(*columns).order_by(SESSION.c.started_at)).all()
        self.refused.pop(str(record.where), None)
        new = []
        for session_id, unique_id, started_at, *chained in found:
            if session_id in record.sessions:
                continue
            record.sessions.add(session_id)
            problem = _problem(session_id, unique_id, chained)
            if problem is None:
                new.append(Source(record, session_id, str(chained[0]), unique_id, started_at))
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


def _problem(session_id: str, unique_id: str, chained: list[object]) -> CheckFailed | None:
    """Why a session cannot be sent."""
    place = f"session {session_id}"
    if not chained or chained[1] in (None, FIRST_SCHEMA):
        reason = f"{place}: a record of schema 1 has no hashes to be held to on its way"
        return CheckFailed("not_chained", reason, "keep the file itself")
    if not (names.is_name(session_id) and names.is_name(unique_id)):
        return CheckFailed("bad_name", f"{place}: its id, or its pump's, cannot be in a topic")
    return None


@dataclass(frozen=True, slots=True)
class Content:
    """A batch, how many rows are left behind it, and whether it brings the session to its end."""

    batch: Batch
    rows_behind: int
    is_last: bool

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
    # One transaction, so that what is said to be closed is whole.
    with store.engine.connect() as connection:
        session = _session(store, connection, source)
        if not after.is_known:
            opening = {name: value for name, value in session.items() if name not in CLOSING}
            left -= size(opening)
        for table in CHAINED:
            owned = table.c.session_id == source.session_id
            seq = after.seqs[table.name]
            query = select(*_columns(store, table)).where(owned, table.c.seq > seq)
            rows[table] = _some(connection, query.order_by(table.c.seq), left)
            left -= sum(map(size, rows[table]))
            last = connection.execute(select(func.max(table.c.seq)).where(owned)).scalar() or 0
            rows_behind += max(last - seq - len(rows[table]), 0)
    is_last = rows_behind == 0 and session["closed_at"] is not None
    closing = None
    if is_last and not after.is_closed:
        closing = {name: session[name] for name in CLOSING}
    batch = Batch(source.session_id, source.opening_hash, number, opening, rows, closing)
    return Content(batch, rows_behind, is_last)


def _columns(store: Store, table: Table) -> list[Column[object]]:
    """Without those that a file of an older schema lacks."""
    return [column for column in table.columns if column.name not in store.lacking(table)]


def _session(store: Store, connection: Connection, source: Source) -> Row:
    query = select(*_columns(store, SESSION)).where(SESSION.c.id == source.session_id)
    row = connection.execute(query).mappings().one()
    return {column.name: row.get(column.name) for column in SESSION.columns}


def _some(connection: Connection, query: Executable, left: int) -> list[Row]:
    """Rows while they fit; one that does not, where nothing else is in the batch."""
    rows: list[Row] = []
    is_empty = left == BATCH_BYTES
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as found:
        for one in found.mappings():
            row = {str(name): value for name, value in one.items() if name != "session_id"}
            left -= size(row)
            if left < 0 and not (is_empty and not rows):
                break
            rows.append(row)
    return rows


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
