"""Writes one session: every frame both ways and every event, committed at least once a second.

Every row bears a hash over itself and the row before it, see `chain`.

A blob holds fifty ticks, a second of the device. A commit is due by the wall's clock, because what
a crash may cost is counted in the wall's seconds: an emulated pump that runs through five minutes
in one of them does not wait for three hundred commits. Rows are numbered and chained here, in the
order in which they were known, and written by the store's writer.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zlib import crc32

from sqlalchemy import Table
from sqlalchemy.exc import SQLAlchemyError

from evenflow import NOT_FOR_USE, __version__
from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.records import HelloReply
from evenflow.client.stream import Alien, Item
from evenflow.errors import CheckFailed
from evenflow.telemetry import chain, partitions, seal
from evenflow.telemetry.core import core_digest
from evenflow.telemetry.store import Store
from evenflow.telemetry.tables import CHAINED, COMMAND, EVENT, FRAMES, HASH, SCHEMA, SESSION
from evenflow.telemetry.timeline import Clock, Moment, Timeline, utc_now, wall_text
from evenflow.telemetry.writer import Piece, Row

BLOB_TICKS = 50
# Below a second, since the writer gathers for a tenth, and what comes in is looked at some tens of
# milliseconds apart.
COMMIT_S = 0.8
# How long a commit is waited for, where one is.
WAIT_S = 30.0
# The wall's clock runs as this program's does, but for less than this between two rows.
CLOCK_SET_S = 1.0


_readable = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session starts from: the order as written, the plan made of it, the port."""

    id: str
    order_name: str
    order_text: str
    plan_json: str
    port: str
    started_tick_count: int
    # What a replay needs: the board's profile, and the library that was planned with.
    profile_json: str | None = None
    library_json: str | None = None


class Recorder:
    """One open session. Hand it everything a Pump's listener hears, after the timeline.

    It never waits for the store, but when it begins and where it says so. What the store does not
    take, see `trouble`, waits with the store's writer; after `record_lost` nothing more is kept.
    """

    def __init__(
        self,
        store: Store,
        opening: Opening,
        identity: HelloReply,
        timeline: Timeline,
        clock: Clock = utc_now,
    ) -> None:
        """Begin the session, durably; the timeline is the caller's. CheckFailed if it cannot."""
        self.session_id = opening.id
        self._store = store
        self._timeline = timeline
        self._clock = clock
        self._frames: list[bytes] = []
        self._tick_count = 0
        self._from = timeline.now
        self._waiting: dict[Table, list[Row]] = {table: [] for table in CHAINED}
        self._written = dict.fromkeys(CHAINED, 0)
        self._ticket = 0
        self._is_open = True
        self._loss: CheckFailed | None = None
        self._wall, self._running_s = clock(), time.monotonic()
        row = self._session_row(opening, identity)
        self._opening_hash = row[HASH] = chain.opening_hash(row)
        self._heads = dict.fromkeys(CHAINED, self._opening_hash)
        try:
            with store.engine.connect() as connection:
                partitions.prepare(connection, [opening.id])
                connection.execute(SESSION.insert(), row)
                connection.commit()
        except SQLAlchemyError as error:
            raise store.unusable(error) from error
        self._committed_at_s = time.monotonic()

    @property
    def trouble(self) -> CheckFailed | None:
        """Why not everything so far is durable, if it takes longer than it should."""
        return self._loss or self._store.writer.trouble

    def take(self, item: Item | Sent) -> None:
        """Keep what was received or sent."""
        if not self._is_open:
            return
        if isinstance(item, Sent):
            self._add(
                COMMAND,
                self._timeline.now,
                {"name": item.command, "request_id": item.request_id, "frame": item.frame},
            )
        elif isinstance(item, Batch):
            if not self._frames:
                self._from = Moment(item.tick_count(0), self._timeline.before_us)
            self._frames += item.frames
            self._tick_count += len(item)
        elif not isinstance(item, Alien):
            if not self._frames:
                self._from = self._timeline.now
            self._frames.append(item.frame)
        self.commit_if_due()

    def event(
        self, source: str, name: str, detail: Mapping[str, object], at: Moment | None = None
    ) -> None:
        """Something worth a line; `source` is pump, host, person or link, `at` now by default."""
        content: Row = {"source": source, "name": name, "detail_json": _json(detail)}
        self._add(EVENT, at or self._timeline.now, content)

    def commit_if_due(self) -> None:
        """Commit if most of a second has passed; call it when nothing comes in, too."""
        if self._tick_count >= BLOB_TICKS:
            self._close_blob()
        if time.monotonic() - self._committed_at_s >= COMMIT_S:
            self._hand_over()

    def commit(self) -> None:
        """Make everything so far durable; CheckFailed if the store cannot."""
        self._hand_over()
        self.wait()

    def finish(self, outcome: str, summary: Mapping[str, object]) -> None:
        """Nothing comes any more: hand over how it ended. `wait` until it is durable."""
        self._close_blob()
        ending: Row = {
            "closed_at": wall_text(self._clock()),
            "outcome": outcome,
            "summary_json": json.dumps(summary, ensure_ascii=False),
        }
        counts = {table.name: count for table, count in self._written.items()}
        heads = {table.name: head for table, head in self._heads.items()}
        sealed = chain.seal(self._opening_hash, counts, heads, ending)
        ending["seal_json"] = seal.signed(self.session_id, sealed)
        self._hand_over(ending)
        self._is_open = False

    def wait(self, within_s: float = WAIT_S) -> None:
        """Until what was handed over is durable; CheckFailed if the store cannot."""
        if self._loss is not None:
            raise self._loss
        self._store.writer.wait(self._ticket, within_s)

    def close(self, outcome: str, summary: Mapping[str, object]) -> None:
        """Write how it ended, durably; CheckFailed if the store cannot."""
        self.finish(outcome, summary)
        self.wait()

    def _hand_over(self, ending: Row | None = None) -> None:
        self._committed_at_s = time.monotonic()
        self._close_blob()
        rows = {table: rows for table, rows in self._waiting.items() if rows}
        if self._loss is not None or not (rows or ending):
            return
        self._waiting = {table: [] for table in CHAINED}
        try:
            self._ticket = self._store.writer.put(Piece(rows, self.session_id, ending))
        except CheckFailed as loss:
            # Without its seal the record ends here, whole so far, and says that it was not closed.
            self._loss = loss
            self._is_open = False

    def _add(self, table: Table, at: Moment, content: Row) -> None:
        if not self._is_open:
            return
        wall_at = wall_text(self._now())
        place: Row = {"tick_count": at.tick_count, "t_us": at.t_us, "wall_at": wall_at}
        self._chain(table, place | content)

    def _now(self) -> datetime:
        """The wall clock; where it was set meanwhile, an event tells by how much."""
        wall, running_s = self._clock(), time.monotonic()
        went_s = (wall - self._wall).total_seconds()
        by_s = went_s - (running_s - self._running_s)
        self._wall, self._running_s = wall, running_s
        if abs(by_s) >= CLOCK_SET_S:
            self.event("host", "clock_set", {"by_s": round(by_s, 3)})
        return wall

    def _close_blob(self) -> None:
        self._tick_count = 0
        if self._frames:
            self._chain(FRAMES, self._blob())

    def _blob(self) -> Row:
        content = b"\0".join(self._frames) + b"\0"
        frame_count = len(self._frames)
        self._frames.clear()
        return {
            "first_tick_count": self._from.tick_count,
            "t_us": self._from.t_us,
            "frame_count": frame_count,
            "crc32": crc32(content),
            "content": content,
        }

    def _chain(self, table: Table, content: Row) -> None:
        """Give the row its place and its hash, and let it wait for the next commit."""
        self._written[table] += 1
        row = {"session_id": self.session_id, "seq": self._written[table], **content}
        self._heads[table] = row[HASH] = chain.row_hash(table, self._heads[table], row)
        self._waiting[table].append(row)

    def _session_row(self, opening: Opening, identity: HelloReply) -> Row:
        return {
            **asdict(opening),
            "notice": NOT_FOR_USE,
            "started_at": wall_text(self._clock()),
            "board": identity.board,
            "unique_id": identity.unique_id.hex(),
            "firmware": identity.firmware,
            "interpreter": identity.interpreter,
            "wire_schema": identity.schema.hex(),
            "library": identity.library.hex(),
            "host_version": __version__,
            "schema": SCHEMA,
            "core": core_digest(),
        }


def _json(detail: Mapping[str, object]) -> str:
    """Readable as it stands, unless somebody typed what is no text at all."""
    text = _readable(detail)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(detail)
    return text
