"""Executes a session's kernel again from its recorded inputs, and compares every tick.

The kernel is a function of its inputs, so that the same must come out, bit for bit, on whatever
the pump runs. It is executed from the pump's boot. Where ticks are missing, or the pump restarted,
or the record began later, it goes on from the next keyframe: what the kernel was told in between
is not known. At each keyframe on the way its whole state must be equal.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from evenflow.client.batch import Batch, Row
from evenflow.client.records import HelloReply, Keyframe
from evenflow.client.stream import Item, Received
from evenflow.errors import CheckFailed
from evenflow.telemetry import keyframe
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.core import core_digest
from evenflow.telemetry.execution import TICK, Difference, Execution, Lost, Sent
from evenflow.telemetry.twin import Twin
from pumpcore.wire.messages import SCHEMA as WIRE_SCHEMA

_ALIEN = Lost("a message that this version does not know", is_gap=False)


@dataclass(frozen=True, slots=True)
class Span:
    """Recorded ticks, both included; `reason` says why they are not compared, if they are not.

    `is_gap`: because of ticks before them that the record does not have.
    """

    first_tick: int
    last_tick: int
    reason: str | None
    is_gap: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """How far two kernels agree; `ended` says why not to the record's end, if it is not.

    `taken` is what could not be executed again, and was taken from the record. `is_same_core` says
    whether the kernel is the one that the recording host had.
    """

    tick_count: int
    keyframe_count: int
    difference: Difference | None
    ended: str | None
    spans: tuple[Span, ...]
    taken: tuple[str, ...]
    is_same_core: bool

    @property
    def is_equal(self) -> bool:
        """No tick differs, and none that could have been compared was left out."""
        is_left_out = any(one.reason is not None and not one.is_gap for one in self.spans)
        return self.difference is None and self.ended is None and not is_left_out


def replay(archive: Archive, session_id: str) -> Replayed:
    """Compare every tick; CheckFailed names what the record lacks for it."""
    session = archive.session_row(session_id)
    if session["wire_schema"] != WIRE_SCHEMA.hex():
        words = f"protocol schema {session['wire_schema']}, not {WIRE_SCHEMA.hex()}"
        raise _refused("replay_wire_schema", words, "use the version of Evenflow that wrote it")
    twin = _twin(session, _hello(archive, session_id))
    run = _Run(twin, Sent(archive.commands(session_id)))
    return run.through(archive.frames(session_id), str(session["core"]))


def _twin(session: dict[str, object], identity: HelloReply) -> Twin:
    profile, library = session["profile_json"], session["library_json"]
    if profile is None:
        hint = "records of schema 2 have it, where this host knows the board"
        raise _refused("replay_no_profile", "the board's profile is not in the record", hint)
    try:
        return Twin(json.loads(str(profile)), None if library is None else str(library), identity)
    except (ValueError, KeyError, TypeError) as error:
        words = f"profile or library in the record are no such thing: {error!r}"
        raise _refused("record_damaged", words, "see `evenflow sessions verify`") from error


def _hello(archive: Archive, session_id: str) -> HelloReply:
    for _, items in archive.frames(session_id):
        for item in items:
            if isinstance(item, Received) and isinstance(item.record, HelloReply):
                return item.record
    words = "the pump's hello, which tells how it was booted, is not in the record"
    raise _refused("replay_no_hello", words, "")


def _refused(code: str, words: str, hint: str) -> CheckFailed:
    return CheckFailed(code, f"cannot be executed again: {words}", hint)


class _Run:
    """Goes through a record once: executing, or looking for a keyframe to go on from."""

    def __init__(self, twin: Twin, sent: Sent) -> None:
        self._twin = twin
        self._sent = sent
        self._execution = Execution(twin, sent)
        self._spans: list[Span] = []
        self._tick_count = 0
        self._keyframe_count = 0
        self._gathering = keyframe.Gathering()
        # While it looks: what came since the first part of a keyframe, and the row before it.
        self._kept: list[Item] | None = None
        self._row: Row | None = None
        self._before: Row = ()

    def through(self, pieces: Iterator[tuple[int, list[Item]]], core: str) -> Replayed:
        """Every piece, up to the first difference."""
        for t_us, items in pieces:
            self._sent.t_us = t_us
            for item in items:
                self._take(item)
                if self._execution.difference is not None:
                    break
            if self._execution.difference is not None:
                break
        lost = self._execution.lost
        self._let_go()
        if not self._tick_count:
            if not self._spans:
                raise _refused("replay_empty", "no telemetry is in the record", "")
            reason = "" if lost is None else lost.reason
            code = "replay_no_beginning" if lost is None or lost.is_gap else "replay_incomplete"
            raise _refused(code, f"{reason}, and no keyframe follows", "")
        return Replayed(
            self._tick_count,
            self._keyframe_count + self._execution.keyframe_count,
            self._execution.difference,
            None if lost is None else lost.reason,
            tuple(self._spans),
            tuple(self._twin.taken),
            core == core_digest(),
        )

    def _take(self, item: Item) -> None:
        if self._execution.is_lost:
            self._look(item)
        elif isinstance(item, Batch):
            count = self._execution.compare(item.rows)
            self._tell(item.rows[:count], None)
            if count < len(item) and self._execution.difference is None:
                self._look(_rest(item, count))
        elif isinstance(item, Received):
            self._execution.hear(item.record)
        else:
            self._execution.lost = _ALIEN

    # Without a kernel that could go on.

    def _look(self, item: Item) -> None:
        """Keep what may be executed once the state before it is whole."""
        if isinstance(item, Batch):
            self._row = item.rows[-1]
        if isinstance(item, Received) and isinstance(item.record, Keyframe):
            self._gather(item.record)
        elif self._kept is not None:
            self._kept.append(item)
        elif isinstance(item, Batch):
            self._tell(item.rows, self._execution.lost)

    def _gather(self, told: Keyframe) -> None:
        if told.index == 0:
            self._let_go()
            if self._row is not None and self._row[TICK] == told.tick_count:
                self._before = self._row
                self._kept = []
        state = self._gathering.take(told)
        if self._gathering.tick_count < 0:
            self._let_go()
        if state is None or self._kept is None or not keyframe.is_known(state):
            return
        kept, self._kept = self._kept, None
        self._keyframe_count += self._execution.keyframe_count
        self._twin = self._twin.anew()
        self._execution = Execution(self._twin, self._sent)
        self._execution.go_on(state, self._before)
        for item in kept:
            self._take(item)
            if self._execution.difference is not None:
                return

    def _let_go(self) -> None:
        """What was kept is not compared either."""
        kept, self._kept = self._kept, None
        for item in kept or ():
            if isinstance(item, Batch):
                self._tell(item.rows, self._execution.lost)

    def _tell(self, rows: list[Row], lost: Lost | None) -> None:
        """These ticks were compared, or not because of that."""
        if lost is None:
            self._tick_count += len(rows)
        reason, is_gap = (None, False) if lost is None else (lost.reason, lost.is_gap)
        for begin, end in _runs(rows):
            before = self._spans[-1] if self._spans else None
            if before and (before.last_tick, before.reason) == (begin - 1, reason):
                self._spans[-1] = Span(before.first_tick, end, reason, is_gap)
            else:
                self._spans.append(Span(begin, end, reason, is_gap))


def _runs(rows: list[Row]) -> Iterator[tuple[int, int]]:
    """First and last tick of each part without a gap."""
    begin = 0
    for index in range(1, len(rows) + 1):
        if index == len(rows) or rows[index][TICK] != rows[index - 1][TICK] + 1:
            yield rows[begin][TICK], rows[index - 1][TICK]
            begin = index


def _rest(batch: Batch, first: int) -> Batch:
    rest = Batch()
    rest.rows = batch.rows[first:]
    rest.frames = batch.frames[first:]
    return rest
