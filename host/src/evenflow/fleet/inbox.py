"""Writes batches into the fleet's record, each row held to its chain before it is stored.

The tables are those of a host's record, and a session's position is the last number of each: the
database alone says how far a session is, so that nothing can contradict it after a restart. A row
that is there already is passed over; one that does not follow the row before is refused by name,
and what comes before it is kept.
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Table, select
from sqlalchemy.exc import SQLAlchemyError

from evenflow.fleet.batch import NOWHERE, Answer, Batch, Position, Row
from evenflow.telemetry import chain, partitions
from evenflow.telemetry.copying import copy_rows
from evenflow.telemetry.session_id import moment
from evenflow.telemetry.store import Store
from evenflow.telemetry.tables import CHAINED, FIRST_SCHEMA, HASH, SCHEMA, SESSION

# Sessions whose ends are remembered, about half a kilobyte each.
_REMEMBERED = 20_000
# Another ingest that writes the same sessions makes this one look again; not for ever.
_ATTEMPTS = 5
# A month costs a table: one that lies beyond these is kept with what bears no time.
_OLDEST = timedelta(days=3653)
_CLOCKS_DIFFER = timedelta(days=2)


@dataclass(slots=True)
class _End:
    """Where a session ends: its opening's hash, and number and hash of each last row."""

    opening_hash: str
    is_closed: bool
    last: dict[Table, tuple[int, str]]

    @property
    def position(self) -> Position:
        seqs = {table.name: seq for table, (seq, _) in self.last.items()}
        return Position(is_known=True, is_closed=self.is_closed, seqs=seqs)

    def copy(self) -> "_End":
        return replace(self, last=dict(self.last))


class _Fault(Exception):
    """Why a batch, or the rest of one, is not taken."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class _Work:
    """What one transaction will write."""

    ends: dict[str, _End] = field(default_factory=dict)
    openings: list[Row] = field(default_factory=list)
    rows: dict[Table, list[Row]] = field(default_factory=lambda: {one: [] for one in CHAINED})
    closings: list[tuple[str, Row]] = field(default_factory=list)


class Inbox:
    """Over a store that is the caller's; counts what it stored."""

    def __init__(self, store: Store) -> None:
        """Nothing is read before a batch asks for it."""
        self.stored_rows = 0
        self.closed_sessions = 0
        self._store = store
        self._ends: OrderedDict[str, _End] = OrderedDict()

    def take(self, batches: Sequence[Batch]) -> list[Answer]:
        """Store them, durably; an answer to each. CheckFailed, with nothing stored, if not."""
        cause = "others write it at the same time"
        for _ in range(_ATTEMPTS):
            try:
                return self._committed(batches)
            except SQLAlchemyError as error:
                self._ends.clear()
                original = getattr(error, "orig", None)
                # Another ingest has stored some of it in between: see how far it is now.
                if isinstance(original, self._store.engine.dialect.loaded_dbapi.IntegrityError):
                    continue
                if not self._is_there():
                    raise self._store.unusable(error) from error
                cause = " ".join(self._store.unusable(error).reason.split())
                break
        if len(batches) > 1:
            # One of them it is; the others are stored.
            return [answer for batch in batches for answer in self.take([batch])]
        return [
            Answer(batch.session_id, batch.number, NOWHERE, "not_storable", cause)
            for batch in batches
        ]

    def _is_there(self) -> bool:
        """Whether the database answers; then it is what it was given that it does not take."""
        try:
            with self._store.engine.connect() as connection:
                connection.execute(select(1))
        except SQLAlchemyError:
            return False
        return True

    def _committed(self, batches: Sequence[Batch]) -> list[Answer]:
        work = _Work()
        self._make_room(batches)
        with self._store.engine.begin() as connection:
            answers = [self._taken(connection, batch, work) for batch in batches]
            _write(connection, work)
        self.stored_rows += sum(map(len, work.rows.values()))
        self.closed_sessions += len(work.closings)
        self._ends |= work.ends
        for session_id in work.ends:
            self._ends.move_to_end(session_id)
        while len(self._ends) > _REMEMBERED:
            self._ends.popitem(last=False)
        return answers

    def _make_room(self, batches: Sequence[Batch]) -> None:
        """Tables for the months of new sessions, unless a stranger made the month up."""
        today = datetime.now(UTC)
        ids = []
        for batch in batches:
            began_at = moment(batch.session_id)
            if batch.opening is None or batch.session_id in self._ends or began_at is None:
                continue
            if today - _OLDEST < began_at < today + _CLOCKS_DIFFER:
                ids.append(batch.session_id)
        if ids:
            with self._store.engine.connect() as connection:
                partitions.prepare(connection, ids)

    def _taken(self, connection: Connection, batch: Batch, work: _Work) -> Answer:
        """Add to the work what may be stored of the batch."""
        code = reason = ""
        end = work.ends.get(batch.session_id) or self._stored(connection, batch.session_id)
        try:
            if end is None and batch.opening is not None:
                end = _opened(batch.opening, batch, work)
            if end is not None:
                work.ends[batch.session_id] = end
                _extend(end, batch, work)
        except _Fault as fault:
            code, reason = fault.code, fault.reason
        position = NOWHERE if end is None else end.position
        return Answer(batch.session_id, batch.number, position, code, reason)

    def _stored(self, connection: Connection, session_id: str) -> _End | None:
        """A copy, for what is worked on may come to nothing."""
        if session_id in self._ends:
            return self._ends[session_id].copy()
        columns = SESSION.c[HASH], SESSION.c.closed_at
        found = connection.execute(select(*columns).where(SESSION.c.id == session_id)).first()
        if found is None:
            return None
        last = {}
        for table in CHAINED:
            query = select(table.c.seq, table.c[HASH]).where(table.c.session_id == session_id)
            row = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
            last[table] = (0, str(found[0])) if row is None else (int(row[0]), str(row[1]))
        return _End(str(found[0]), found[1] is not None, last)


def _opened(row: Row, batch: Batch, work: _Work) -> _End:
    """A session begins, if its own row is what its hash says."""
    schema = row["schema"]
    if not isinstance(schema, int) or schema <= FIRST_SCHEMA:
        raise _Fault("not_chained", "a record of schema 1 has no hashes to be held to")
    if schema > SCHEMA:
        raise _Fault("record_schema", f"record schema {schema}; this ingest knows up to {SCHEMA}")
    expected = chain.opening_hash(row)
    if row["id"] != batch.session_id or not expected == row[HASH] == batch.opening_hash:
        raise _Fault("changed", "what the session was opened with is not what was written")
    work.openings.append(row)
    return _End(expected, is_closed=False, last=dict.fromkeys(CHAINED, (0, expected)))


def _extend(end: _End, batch: Batch, work: _Work) -> None:
    """Each table as far as its rows follow; then perhaps the close."""
    if end.opening_hash != batch.opening_hash:
        raise _Fault("other_session", "another session of that id is stored")
    faults = []
    for table, rows in batch.rows.items():
        try:
            _follow(end, table, [{"session_id": batch.session_id, **row} for row in rows], work)
        except _Fault as fault:
            faults.append(fault)
    if faults:
        raise faults[0]
    if batch.closing is not None and not end.is_closed and _is_whole(end, batch.closing):
        work.closings.append((batch.session_id, batch.closing))
        end.is_closed = True


def _follow(end: _End, table: Table, rows: list[Row], work: _Work) -> None:
    for row in rows:
        last_seq, head = end.last[table]
        seq = row["seq"]
        row_hash = row[HASH]
        if not isinstance(seq, int) or seq > last_seq + 1:
            # What comes before was lost on the way; the answer says where to go on.
            return
        if seq < last_seq or (seq == last_seq and row_hash == head):
            continue
        if seq == last_seq:
            raise _Fault("changed", f"{table.name} {seq}: another row of that number is stored")
        if end.is_closed:
            raise _Fault("added", f"{table.name} {seq}: the session is closed")
        if chain.row_hash(table, head, row) != row_hash:
            place = f"{table.name} {seq}"
            raise _Fault("changed", f"{place}: not as it was written, or not after {last_seq}")
        work.rows[table].append(row)
        end.last[table] = seq, str(row_hash)


def _is_whole(end: _End, closing: Row) -> bool:
    """Whether the seal's rows are all there; _Fault where they never will be."""
    try:
        seal = json.loads(str(closing["seal_json"]))
        rows = {table: seal["rows"].get(table.name) for table in CHAINED}
        sealed = {
            table: (0, end.opening_hash) if one is None else (int(one["count"]), str(one["head"]))
            for table, one in rows.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _Fault("changed", "the session's seal is none") from error
    if any(end.last[table][0] < count for table, (count, _) in sealed.items()):
        return False
    for table, last in sealed.items():
        if end.last[table] != last:
            raise _Fault("changed", f"{table.name}: the session was not closed with these rows")
    if not chain.is_sealed(end.opening_hash, seal, closing):
        raise _Fault("changed", "how the session ended, or its seal, is not what was written")
    return True


def _write(connection: Connection, work: _Work) -> None:
    if work.openings:
        connection.execute(SESSION.insert(), work.openings)
    for table, rows in work.rows.items():
        if rows:
            copy_rows(connection, table, rows)
    for session_id, closing in work.closings:
        query = SESSION.update().where(SESSION.c.id == session_id)
        connection.execute(query.values(closing))
