"""Executes a session's kernel again from its recorded inputs, and compares every tick.

The kernel is a function of its inputs, so that the same must come out, bit for bit, on whatever
the pump runs. The comparison begins at the pump's boot and ends with the record, with the first
difference, or with a gap: what the kernel was told in the ticks that are missing is not known.
"""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from operator import attrgetter, itemgetter

from evenflow.client.batch import Batch, Row
from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT, telemetry_record
from evenflow.client.records import Answer, Event, HelloReply, Record, Staged, Therapy
from evenflow.client.stream import Item, Received
from evenflow.errors import CheckFailed
from evenflow.telemetry.archive import Archive, CommandLine
from evenflow.telemetry.core import core_digest
from evenflow.telemetry.twin import UNSEEN, Twin
from pumpcore.tick_io import Inputs
from pumpcore.wire.messages import SCHEMA as WIRE_SCHEMA
from pumpcore.wire.tag import QUESTIONS

# In the order in which the kernel's inputs and outputs are told, 24 bits apart, which come in two.
PLAIN_INPUTS = (
    "load_us",
    "step_count",
    "encoder_count",
    "reference_count",
    "force_sample_count",
    "raw_position",
    "raw_barrel",
    "raw_contact",
    "raw_battery",
    "raw_temperature",
    "switches",
    "link_frame_count",
)
PLAIN_OUTPUTS = (
    "state",
    "stop_reason",
    "alarms_low",
    "alarms_high",
    "delivered_microsteps",
    "motion",
    "checklist",
    "led",
    "sounder",
    "programme_number",
)
OUTPUTS = (*PLAIN_OUTPUTS, "commanded_ul_per_h", "force_mn", "baseline_mn")
_COLUMNS = LAYOUTS[TELEMETRY_IDENT].columns
_TICK = _COLUMNS["tick_count"]
_ELAPSED = _COLUMNS["elapsed_us"]
_FORCE = _COLUMNS["raw_force"]
_COMMANDED = _COLUMNS["commanded_ul_per_h"]
_FILTERED = _COLUMNS["force_mn"]
_BASELINE = _COLUMNS["baseline_mn"]
_inputs_of = itemgetter(*(_COLUMNS[name] for name in PLAIN_INPUTS))
_outputs_of = itemgetter(*(_COLUMNS[name] for name in PLAIN_OUTPUTS))
_outputs_now = attrgetter(*PLAIN_OUTPUTS)
# What comes from beside the kernel shows first in these.
_around = itemgetter(
    *(_COLUMNS[name] for name in ("last_request_id", "alarms_low", "alarms_high"))
)


@dataclass(frozen=True, slots=True)
class Difference:
    """The first: a tick, a field of telemetry or `message.field`, and both values as text."""

    tick_count: int
    field: str
    recorded: str
    executed: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """How far two kernels agree; `ended` says why not to the record's end, if it is not.

    `taken` is what could not be executed again, and was taken from the record. `is_same_core` says
    whether the kernel is the one that the recording host had.
    """

    tick_count: int
    difference: Difference | None
    ended: str | None
    taken: tuple[str, ...]
    is_same_core: bool


def replay(archive: Archive, session_id: str) -> Replayed:
    """Compare every tick; CheckFailed names what the record lacks for it."""
    session = archive.session_row(session_id)
    if session["wire_schema"] != WIRE_SCHEMA.hex():
        words = f"protocol schema {session['wire_schema']}, not {WIRE_SCHEMA.hex()}"
        raise _refused("replay_wire_schema", words, "use the version of Evenflow that wrote it")
    twin = _twin(session, _hello(archive, session_id))
    comparison = _Comparison(twin, archive.commands(session_id), str(session["core"]))
    return comparison.run(archive.frames(session_id))


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


class _Comparison:
    """Goes through a record once."""

    def __init__(self, twin: Twin, commands: Iterator[CommandLine], core: str) -> None:
        self._twin = twin
        self._is_same_core = core == core_digest()
        self._inputs = Inputs()
        self._commands = commands
        self._next: CommandLine | None = next(commands, None)
        self._sent: dict[int, CommandLine] = {}
        # Key events that were executed and not heard yet.
        self._due: deque[Event] = deque()
        # What came since the last telemetry: it tells of what was done before the next tick.
        self._answers: list[Answer | Staged | HelloReply] = []
        self._tick_count = 0
        self._last_request_id = 0
        self._around: Row = ()
        self._difference: Difference | None = None
        self._ended: str | None = None

    def run(self, pieces: Iterator[tuple[int, list[Item]]]) -> Replayed:
        for _, items in pieces:
            for item in items:
                try:
                    self._take(item)
                except CheckFailed as failed:
                    if not self._tick_count:
                        raise
                    self._ended = f"tick {self._tick_count}: {failed.reason}"
                if self._difference is not None or self._ended is not None:
                    return self._replayed()
        if not self._tick_count:
            raise _refused("replay_empty", "no telemetry is in the record", "")
        return self._replayed()

    def _replayed(self) -> Replayed:
        taken = tuple(self._twin.taken)
        return Replayed(self._tick_count, self._difference, self._ended, taken, self._is_same_core)

    def _take(self, item: Item) -> None:
        if isinstance(item, Batch):
            self._compare(item.rows)
        elif isinstance(item, Received):
            self._hear(item.record)
        else:
            self._ended = f"tick {self._tick_count}: a message that this version does not know"

    def _compare(self, rows: list[Row]) -> None:
        """The hot part: 50 rows for a second of the pump."""
        inputs = self._inputs
        kernel = self._twin.kernel
        tick = kernel.tick
        events = kernel.events
        for row in rows:
            if (
                row[_TICK] != self._tick_count
                or self._answers
                or self._due
                or _around(row) != self._around
            ):
                self._before(row)
                if self._difference is not None or self._ended is not None:
                    return
            (
                inputs.load_us,
                inputs.step_count,
                inputs.encoder_count,
                inputs.reference_count,
                inputs.force_sample_count,
                inputs.raw_position,
                inputs.raw_barrel,
                inputs.raw_contact,
                inputs.raw_battery,
                inputs.raw_temperature,
                inputs.switches,
                inputs.link_frame_count,
            ) = _inputs_of(row)
            inputs.elapsed_us = row[_ELAPSED] + (row[_ELAPSED + 1] << 16)
            inputs.raw_force = row[_FORCE] + (row[_FORCE + 1] << 16)
            outputs = tick(inputs)
            if (
                _outputs_now(outputs) != _outputs_of(row)
                or outputs.commanded_ul_per_h != row[_COMMANDED] + (row[_COMMANDED + 1] << 16)
                or outputs.force_mn != row[_FILTERED] + (row[_FILTERED + 1] << 16)
                or outputs.baseline_mn != row[_BASELINE] + (row[_BASELINE + 1] << 16)
            ):
                self._name(row)
                return
            if events.count:
                self._note_events()
            self._tick_count += 1

    def _before(self, row: Row) -> None:
        """What is told before a tick, other than by its inputs."""
        tick_count = row[_TICK]
        if self._tick_count == 0:
            if tick_count:
                words = f"the record begins with tick {tick_count}, not with the pump's boot"
                raise _refused("replay_no_beginning", words, "")
            self._twin.boot(telemetry_record(row).alarms_high)
        elif tick_count != self._tick_count:
            missing = tick_count - self._tick_count
            what = f"{missing} ticks are missing" if missing > 0 else "the pump restarted"
            self._ended = f"{what} before tick {tick_count}"
            return
        if self._due:
            self._differ("event", "none", self._due[0])
            return
        for record in self._answers:
            self._do(record)
        self._answers.clear()
        request_id, alarms_low, alarms_high = self._around = _around(row)
        if request_id != self._last_request_id:
            self._execute_unanswered(request_id)
        self._twin.tell(tick_count, alarms_low, alarms_high)

    def _name(self, row: Row) -> None:
        """The first field that differs, in the order of the message."""
        recorded = telemetry_record(row)
        outputs = self._twin.kernel.outputs
        for field in fields(recorded):
            if field.name in OUTPUTS:
                executed = getattr(outputs, field.name)
                if executed != getattr(recorded, field.name):
                    self._differ(field.name, getattr(recorded, field.name), executed)
                    return

    def _differ(self, field: str, recorded: object, executed: object) -> None:
        if self._difference is None:
            both = [
                one.hex() if isinstance(one, bytes) else str(one) for one in (recorded, executed)
            ]
            self._difference = Difference(self._tick_count, field, *both)

    # Messages.

    def _hear(self, record: Record) -> None:
        if isinstance(record, Answer | Staged | HelloReply):
            self._answers.append(record)
        elif isinstance(record, Event | Therapy):
            missing = record.tick_count + 1 - self._tick_count
            if missing > 0:
                self._ended = f"{missing} ticks are missing up to tick {record.tick_count}"
            elif isinstance(record, Event):
                self._hear_event(record)
            else:
                self._hear_therapy(record)

    def _do(self, record: Answer | Staged | HelloReply) -> None:
        """What the pump did before this tick, by its own word."""
        kernel = self._twin.kernel
        if isinstance(record, Answer):
            self._execute(record)
        elif isinstance(record, Staged):
            self._stage(record)
        elif self._tick_count:
            self._equal("hello_reply.state", record.state, kernel.state)
            failures = kernel.self_test_failures
            self._equal("hello_reply.self_test_failures", record.self_test_failures, failures)

    def _equal(self, field: str, recorded: object, executed: object) -> None:
        if recorded != executed:
            self._differ(field, recorded, executed)

    def _note_events(self) -> None:
        events = self._twin.kernel.events
        for index in range(events.count):
            kind, code, value = events.kinds[index], events.codes[index], events.values[index]
            self._due.append(Event(self._tick_count, kind, code, value))
        events.count = 0

    def _hear_event(self, record: Event) -> None:
        due = self._due.popleft() if self._due else None
        self._equal("event", record, due)

    def _hear_therapy(self, record: Therapy) -> None:
        outputs = self._twin.kernel.outputs
        programme = self._twin.kernel.programme
        figures = (
            ("tick_count", record.tick_count, self._tick_count - 1),
            ("delivered_microsteps", record.delivered_microsteps, outputs.delivered_microsteps),
            ("commanded_ul_per_h", record.commanded_ul_per_h, outputs.commanded_ul_per_h),
            ("state", record.state, outputs.state),
            ("digest", record.digest, programme.digest),
        )
        for name, recorded, executed in figures:
            self._equal(f"therapy.{name}", recorded, executed)

    def _execute(self, answer: Answer) -> None:
        name, refusal = answer.command_name, answer.refusal_name
        if name not in QUESTIONS and refusal not in UNSEEN:
            self._last_request_id = answer.request_id
        self._equal("answer.tick_count", answer.tick_count, self._tick_count)
        executed = self._twin.execute(name, refusal, self._find(answer.request_id))
        self._equal(f"answer.refusal of {name}", refusal, executed)

    def _stage(self, record: Staged) -> None:
        self._last_request_id = record.request_id
        executed, answer = self._twin.stage(self._find(record.request_id))
        self._equal("answer.refusal of stage", "none", answer)
        for field in fields(record):
            recorded = getattr(record, field.name)
            self._equal(f"staged.{field.name}", recorded, getattr(executed, field.name))

    def _execute_unanswered(self, request_id: int) -> None:
        """Telemetry says that a command was taken up, and its answer was lost."""
        self._last_request_id = request_id
        sent = self._find(request_id)
        if sent is None:
            words = f"tick {self._tick_count}: a command was taken up that is not in the record"
            self._ended = words
            return
        if sent.name == "stage":
            self._twin.stage(sent)
        else:
            self._twin.execute(sent.name, "none", sent)
        self._twin.taken.append(f"tick {self._tick_count}: {sent.name}, whose answer was lost")

    def _find(self, request_id: int) -> CommandLine | None:
        """The last frame of that request that was sent by now; ids come round after 65,535."""
        while self._next is not None and self._next.tick_count <= self._tick_count:
            self._sent[self._next.request_id] = self._next
            self._next = next(self._commands, None)
        return self._sent.get(request_id)
