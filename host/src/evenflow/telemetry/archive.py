"""Reads sessions back from a store: what was recorded, decoded."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Select, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from evenflow.client.stream import Item, Stream
from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry.store import Store, require_known
from evenflow.telemetry.tables import COMMAND, EVENT, FIRST_SCHEMA, FRAMES, HASH, SESSION

# The host ended before the session did: killed, or out of power.
UNCLOSED = "not closed"

# A long session does not lie in memory as a whole.
_ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session as a list shows it."""

    id: str
    started_at: str
    outcome: str
    order_name: str
    board: str
    port: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event; times as in the table."""

    seq: int
    tick_count: int
    t_us: int
    wall_at: str
    source: str
    name: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One frame to the device, without its zero."""

    seq: int
    tick_count: int
    t_us: int
    wall_at: str
    name: str
    request_id: int
    frame: bytes


class Archive:
    """The sessions of one store, which stays the caller's."""

    def __init__(self, store: Store) -> None:
        """Nothing is read before it is asked for."""
        self._store = store

    def sessions(self) -> list[SessionLine]:
        """Every session, oldest first; CheckFailed if a later version wrote into the record."""
        return [
            SessionLine(
                id=str(row["id"]),
                started_at=str(row["started_at"]),
                outcome=str(row["outcome"] or UNCLOSED),
                order_name=str(row["order_name"]),
                board=str(row["board"]),
                port=str(row["port"]),
            )
            for row in self._table(SESSION, None)
        ]

    def find(self, beginning: str) -> str:
        """The id that begins so; WrongUsage if none does, or several do."""
        ids = [line.id for line in self.sessions() if line.id.startswith(beginning)]
        if len(ids) == 1:
            return ids[0]
        found = f"{len(ids)} sessions begin" if ids else "no session begins"
        raise WrongUsage(
            "session_unknown",
            f"{self._store.name}: {found} with {beginning!r}",
            "see `evenflow sessions list`",
        )

    def session(self, session_id: str) -> dict[str, object]:
        """The session's row with plan and summary parsed, and counts of what else there is."""
        content = self.session_row(session_id)
        content["plan"] = json.loads(str(content.pop("plan_json")))
        summary = content.pop("summary_json")
        content["summary"] = None if summary is None else json.loads(str(summary))
        content["outcome"] = content["outcome"] or UNCLOSED
        content["schema"] = content["schema"] or FIRST_SCHEMA
        for name in ("profile", "seal"):
            text = content.pop(f"{name}_json")
            content[name] = None if text is None else json.loads(str(text))
        content["event_count"] = self._total(EVENT, session_id)
        content["command_count"] = self._total(COMMAND, session_id)
        content["frame_count"] = self._total(FRAMES, session_id, "frame_count")
        return content

    def events(self, session_id: str) -> Iterator[EventLine]:
        """Events in the order in which the host knew them."""
        for row in self.rows(EVENT, session_id):
            del row["session_id"], row[HASH]
            detail = json.loads(str(row.pop("detail_json")))
            yield EventLine(**row, detail=detail)  # type: ignore[arg-type]

    def commands(self, session_id: str) -> Iterator[CommandLine]:
        """What was sent to the device."""
        for row in self.rows(COMMAND, session_id):
            del row["session_id"], row[HASH]
            yield CommandLine(**row)  # type: ignore[arg-type]

    def frames(self, session_id: str) -> Iterator[tuple[int, list[Item]]]:
        """What the device sent, decoded, each piece with its time in us before its first tick.

        CheckFailed names a piece whose bytes are not those that were written.
        """
        for t_us, content in self.pieces(session_id):
            yield t_us, Stream().feed(content)

    def pieces(self, session_id: str) -> Iterator[tuple[int, bytes]]:
        """The same as bytes: whole frames, a zero after each."""
        for row in self.rows(FRAMES, session_id):
            content = row["content"]
            if not isinstance(content, bytes) or crc32(content) != row["crc32"]:
                raise CheckFailed(
                    "record_damaged",
                    f"{self._store.name}: piece {row['seq']} of session {session_id} is damaged "
                    f"(from tick {row['first_tick_count']})",
                    "use a copy of the record from before the damage",
                )
            t_us = row["t_us"]
            yield (t_us if isinstance(t_us, int) else 0), content

    def session_row(self, session_id: str) -> dict[str, object]:
        """The session's row as it is stored."""
        (row,) = self._table(SESSION, session_id)
        return row

    def rows(self, table: Table, session_id: str) -> Iterator[dict[str, object]]:
        """A table's rows as they are stored, by `seq`; null where the file lacks the column."""
        return self._table(table, session_id)

    def _table(self, table: Table, session_id: str | None) -> Iterator[dict[str, object]]:
        with self._readable():
            require_known(self._store)
            lacking = self._store.lacking(table)
        query = select(*(column for column in table.columns if column.name not in lacking))
        query = query.order_by(SESSION.c.started_at if table is SESSION else table.c.seq)
        if session_id is not None:
            owner = SESSION.c.id if table is SESSION else table.c.session_id
            query = query.where(owner == session_id)
        for row in self._rows(query):
            yield {**row, **dict.fromkeys(lacking)}

    def _total(self, table: Table, session_id: str, column: str | None = None) -> object:
        what = func.count() if column is None else func.coalesce(func.sum(table.c[column]), 0)
        (row,) = self._rows(select(what.label("n")).where(table.c.session_id == session_id))
        return row["n"]

    def _rows(self, query: Select[tuple[object, ...]]) -> Iterator[dict[str, object]]:
        with self._readable(), self._store.engine.connect() as connection:
            streamed = connection.execution_options(yield_per=_ROWS_AT_ONCE)
            # Whoever asks may not read to the end.
            with streamed.execute(query) as found:
                for row in found.mappings():
                    yield {str(name): value for name, value in row.items()}

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._store.unreadable(error) from error
