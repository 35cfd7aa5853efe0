"""Whether a session is as it was written, whole, and in agreement with the pump's own figures.

Every fault is named with its place: a row of a table, a tick, or a figure of the summary.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Table

from evenflow.client.batch import Batch
from evenflow.client.records import Ledger, Staged
from evenflow.client.stream import Item, Received, Stream
from evenflow.telemetry import chain
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.seal import Unsigned, signer
from evenflow.telemetry.tables import CHAINED, EVENT, FIRST_SCHEMA, FRAMES, HASH
from evenflow.telemetry.timeline import Gap, Moment, Timeline
from pumpcore import units
from pumpcore.wire.messages import SCHEMA as WIRE_SCHEMA

# Requirement LOG-08: 0.01 mL.
_TOLERANCE_NL = 10_000
# Of the ledger's flags: the totals do not hold, or a programme is at hand.
_LEDGER_OPEN = 0b111

Row = dict[str, object]
# A gap: the tick after it, and how many are missing; -1 for a restart.
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; `where` as "event 12", "tick 90" or "summary", `code` is stable."""

    where: str
    code: str
    reason: str


def verify(archive: Archive, session_id: str) -> list[Fault]:
    """Every fault of a session; CheckFailed if the record cannot be read at all."""
    return list(_Checks(archive, session_id).faults())


class _Checks:
    """The session's row, and what the checks of frames and events leave for those after."""

    def __init__(self, archive: Archive, session_id: str) -> None:
        self._archive = archive
        self._id = session_id
        self._session = archive.session_row(session_id)
        self._is_chained = self._session["schema"] not in (None, FIRST_SCHEMA)
        self._is_closed = self._session["closed_at"] is not None
        self._timeline = Timeline()
        self._gaps: list[Gap] = []
        self._raised: Counter[str] = Counter()
        self._active: tuple[str, ...] = ()
        self._has_restarted = False
        self._delivered_microsteps = 0
        self._staged: Staged | None = None
        self._ledger: Ledger | None = None

    def faults(self) -> Iterator[Fault]:
        yield from self._row()
        seal = _parsed(self._session["seal_json"])
        for table in CHAINED:
            yield from self._chain(table, _part(_part(seal, "rows"), table.name))
        if str(self._session["wire_schema"]) != WIRE_SCHEMA.hex():
            words = f"frames of protocol schema {self._session['wire_schema']}"
            reason = f"{words}; this version knows {WIRE_SCHEMA.hex()}, and cannot look into them"
            yield Fault("session", "wire_schema", reason)
            return
        for row in self._archive.rows(FRAMES, self._id):
            yield from self._piece(row)
        yield from self._events()
        yield from self._totals()

    def _row(self) -> Iterator[Fault]:
        """The session's own row: what it was opened with, and how it ended."""
        session = self._session
        if not self._is_chained:
            reason = "record schema 1 has no hashes: an edit that agrees with itself is not found"
            yield Fault("session", "not_chained", reason)
        elif chain.opening_hash(session) != session[HASH]:
            reason = "what the session was opened with is not what was written"
            yield Fault("session", "changed", reason)
        if not self._is_closed:
            reason = "never closed: what may lack at its end cannot be told"
            yield Fault("session", "not_closed", reason)
        elif self._is_chained:
            seal = _parsed(session["seal_json"])
            if not chain.is_sealed(str(session[HASH]), seal, session):
                reason = "how the session ended, or its seal, is not what was written"
                yield Fault("session", "changed", reason)
            try:
                signer(session)
            except Unsigned as unsigned:
                yield Fault("session", unsigned.code, unsigned.reason)

    def _chain(self, table: Table, sealed: Row) -> Iterator[Fault]:
        """Rows counted from 1 without a hole, each following the one before, up to the seal."""
        name = table.name
        count = 0
        before = self._session[HASH]
        for row in self._archive.rows(table, self._id):
            seq = row["seq"]
            if not isinstance(seq, int):
                yield Fault(f"{name} {seq}", "changed", "its number is none")
                continue
            if seq != count + 1:
                yield Fault(*_missing(name, count + 1, seq - 1), "and others follow")
            elif self._is_chained and chain.row_hash(table, str(before), row) != row[HASH]:
                yield Fault(f"{name} {seq}", "changed", "not as it was written, or not there")
            before = row[HASH]
            count = seq
        if not self._is_chained or not self._is_closed:
            return
        written = sealed.get("count")
        if not isinstance(written, int):
            yield Fault("session", "changed", f"the seal has no count of {name}")
        elif count < written:
            yield Fault(*_missing(name, count + 1, written), "at the end")
        elif count > written:
            reason = f"the session was closed with {written} of them"
            yield Fault(f"{name} {written + 1}", "added", reason)
        elif sealed.get("head") != before:
            yield Fault(f"{name} {count}", "changed", "not the row that was sealed")

    # Frames.

    def _piece(self, row: Row) -> Iterator[Fault]:
        """CRC, count, ticks and time of a piece."""
        where = f"frames {row['seq']}"
        content = row["content"]
        if not isinstance(content, bytes) or crc32(content) != row["crc32"]:
            yield Fault(
                where, "crc", f"its bytes, from tick {row['first_tick_count']}, do not match"
            )
            return
        stream = Stream()
        items = stream.feed(content)
        if stream.error_count:
            yield Fault(where, "frame", f"broken frames in it: {dict(stream.errors)}")
        found = sum(len(one) if isinstance(one, Batch) else 1 for one in items)
        if found != row["frame_count"]:
            yield Fault(where, "frame_count", f"{found} frames, not {row['frame_count']}")
        now = self._timeline.now
        first = items[0].tick_count(0) if items and isinstance(items[0], Batch) else now.tick_count
        if row["first_tick_count"] != first:
            yield Fault(where, "tick", f"begins with tick {first}, not {row['first_tick_count']}")
        if row["t_us"] != now.t_us:
            yield Fault(where, "time", f"begins at {now.t_us} us, not {row['t_us']}")
            if isinstance(row["t_us"], int):
                # What follows is held to this, so that one fault is named once.
                self._timeline.now = Moment(now.tick_count, row["t_us"])
        for item in items:
            self._take(item)

    def _take(self, item: Item) -> None:
        if isinstance(item, Batch):
            before = self._timeline.last_row
            gaps = self._timeline.add(item)
            self._gaps += gaps
            for index in item.changes(before):
                record = item.record(index)
                self._raised.update(set(record.alarm_names) - set(self._active))
                self._active = record.alarm_names
            if not self._has_restarted:
                self._count(item, gaps)
        elif isinstance(item, Received):
            if isinstance(item.record, Staged):
                self._staged = item.record
                self._ledger = None
            elif isinstance(item.record, Ledger):
                self._ledger = item.record

    def _count(self, batch: Batch, gaps: list[Gap]) -> None:
        """A pump that restarts forgets what it has given: what it said before that counts."""
        restarts = [gap.index for gap in gaps if gap.is_restart]
        self._has_restarted = bool(restarts)
        end = restarts[0] if restarts else len(batch)
        if end:
            self._delivered_microsteps = batch.record(end - 1).delivered_microsteps

    # Events, against the frames.

    def _events(self) -> Iterator[Fault]:
        told_gaps: Counter[_Place] = Counter()
        told_alarms: Counter[str] = Counter()
        places: dict[_Place, object] = {}
        for row in self._archive.rows(EVENT, self._id):
            detail = _parsed(row["detail_json"])
            if row["name"] in ("gap", "restarted"):
                key = _whole(row["tick_count"]), _whole(detail.get("missing_ticks", -1))
                told_gaps[key] += 1
                places[key] = row["seq"]
            elif row["name"] == "alarm_raised":
                told_alarms[str(detail.get("id"))] += 1
        gaps: Counter[_Place] = Counter(
            (one.at.tick_count, max(one.missing_count, -1)) for one in self._gaps
        )
        for tick_count, missing in gaps - told_gaps:
            what = "the pump restarted" if missing < 0 else f"{missing} ticks are missing"
            reason = f"{what} before it, and no event says so"
            yield Fault(f"tick {tick_count}", "gap", reason)
        for key in told_gaps - gaps:
            reason = f"tells of a gap before tick {key[0]} that the frames do not have"
            yield Fault(f"event {places[key]}", "gap", reason)
        for name in sorted(self._raised.keys() | told_alarms.keys()):
            if self._raised[name] != told_alarms[name]:
                counts = f"{self._raised[name]} times in telemetry, {told_alarms[name]} in events"
                yield Fault("events", "alarms", f"alarm {name}: raised {counts}")

    # The summary, against the pump's own figures.

    def _totals(self) -> Iterator[Fault]:
        summary = _parsed(self._session["summary_json"])
        counted = _part(summary, "counted_by_pump")
        if self._staged is not None:
            yield from self._against_ledger(self._staged)
        if not counted:
            return
        microsteps = counted.get("microsteps")
        if microsteps != self._delivered_microsteps:
            words = f"{self._delivered_microsteps} microsteps in the last telemetry"
            yield Fault("summary", "total", f"{words}, {microsteps} in the summary")
        missing = sum(max(gap.missing_count, 0) for gap in self._gaps)
        told = _part(summary, "link").get("missing_tick_count")
        if told != missing:
            yield Fault("summary", "gap", f"{missing} ticks are missing, {told} in the summary")

    def _against_ledger(self, staged: Staged) -> Iterator[Fault]:
        """What the pump's own memory says of the programme, if it was read after the end."""
        ledger = self._ledger
        if ledger is None or ledger.digest != staged.digest or ledger.flags & _LEDGER_OPEN:
            return
        femtolitres = self._delivered_microsteps * staged.femtolitres_per_microstep
        given_nl = femtolitres // units.FL_PER_NL
        low_nl, high_nl = ledger.volume_low_nl, ledger.volume_high_nl
        if not low_nl - _TOLERANCE_NL <= given_nl <= high_nl + _TOLERANCE_NL:
            words = f"{given_nl} nL by telemetry, {low_nl} to {high_nl} nL in the pump's ledger"
            yield Fault("ledger", "total", words)


def _missing(name: str, first: int, last: int) -> tuple[str, str]:
    """Place and code of rows that are not there."""
    return (f"{name} {first}" if first == last else f"{name} {first} to {last}"), "missing"


def _parsed(text: object) -> Row:
    """A JSON object; an empty one for null, or for what is none."""
    try:
        found = json.loads(str(text))
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _whole(value: object) -> int:
    """An integer; one that no tick and no count has, for anything else."""
    return value if isinstance(value, int) else -2


def _part(content: Row, name: str) -> Row:
    found = content.get(name)
    return found if isinstance(found, dict) else {}
