"""Reads sessions back from a store: what was recorded, decoded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Select, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from evenflow.client.stream import Item, Stream
from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry.store import Store
from evenflow.telemetry.tables import COMMAND, EVENT, FRAMES, SESSION

# The host ended before the session did: killed, or out of power.
UNCLOSED = "not closed"


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
        """Every session, oldest first."""
        return [
            SessionLine(
                id=str(row["id"]),
                started_at=str(row["started_at"]),
                outcome=str(row["outcome"] or UNCLOSED),
                order_name=str(row["order_name"]),
                board=str(row["board"]),
                port=str(row["port"]),
            )
            for row in self._rows(select(SESSION).order_by(SESSION.c.started_at))
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
        (content,) = self._rows(select(SESSION).where(SESSION.c.id == session_id))
        content["plan"] = json.loads(str(content.pop("plan_json")))
        summary = content.pop("summary_json")
        content["summary"] = None if summary is None else json.loads(str(summary))
        content["outcome"] = content["outcome"] or UNCLOSED
        content["event_count"] = self._total(EVENT, session_id)
        content["command_count"] = self._total(COMMAND, session_id)
        content["frame_count"] = self._total(FRAMES, session_id, "frame_count")
        return content

    def events(self, session_id: str) -> Iterator[EventLine]:
        """Events in the order in which the host knew them."""
        for row in self._rows(_of(EVENT, session_id)):
            del row["session_id"]
            detail = json.loads(str(row.pop("detail_json")))
            yield EventLine(**row, detail=detail)  # type: ignore[arg-type]

    def commands(self, session_id: str) -> Iterator[CommandLine]:
        """What was sent to the device."""
        for row in self._rows(_of(COMMAND, session_id)):
            del row["session_id"]
            yield CommandLine(**row)  # type: ignore[arg-type]

    def frames(self, session_id: str) -> Iterator[tuple[int, list[Item]]]:
        """What the device sent, decoded, each piece with its time in us before its first tick.

        CheckFailed names a piece whose bytes are not those that were written.
        """
        for row in self._rows(_of(FRAMES, session_id)):
            content = row["content"]
            if not isinstance(content, bytes) or crc32(content) != row["crc32"]:
                raise CheckFailed(
                    "record_damaged",
                    f"{self._store.name}: piece {row['seq']} of session {session_id} is damaged "
                    f"(from tick {row['first_tick_count']})",
                    "use a copy of the record from before the damage",
                )
            t_us = row["t_us"]
            yield (t_us if isinstance(t_us, int) else 0), Stream().feed(content)

    def _total(self, table: Table, session_id: str, column: str | None = None) -> object:
        what = func.count() if column is None else func.coalesce(func.sum(table.c[column]), 0)
        (row,) = self._rows(select(what.label("n")).where(table.c.session_id == session_id))
        return row["n"]

    def _rows(self, query: Select[tuple[object, ...]]) -> Iterator[dict[str, object]]:
        try:
            with self._store.engine.connect() as connection:
                for row in connection.execute(query).mappings():
                    yield {str(name): value for name, value in row.items()}
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise CheckFailed(
                "record_unreadable",
                f"{self._store.name}: cannot be read: {cause}",
                "name a record of `evenflow run`",
            ) from error


def _of(table: Table, session_id: str) -> Select[tuple[object, ...]]:
    return select(table).where(table.c.session_id == session_id).order_by(table.c.seq)
