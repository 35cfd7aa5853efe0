"""Executes a kernel tick by tick beside a record of one, for as long as the record has it all.

Whatever the record lacks of what a kernel must be told ends it, and is named in `lost`.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from operator import attrgetter, itemgetter

from evenflow.client.batch import Row
from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT, telemetry_record
from evenflow.client.records import Answer, Event, HelloReply, Keyframe, Record, Staged, Therapy
from evenflow.errors import CheckFailed
from evenflow.telemetry import keyframe
from evenflow.telemetry.archive import CommandLine
from evenflow.telemetry.twin import UNSEEN, Twin
from pumpcore.tick_io import Inputs
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
TICK = _COLUMNS["tick_count"]
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


# What a pump remembers of a patient over a reset, and a kernel cannot know.
_REMEMBERED = {f"attendance.{name}" for name in ("signs", "_is_overridden", "_is_beyond")}


@dataclass(frozen=True, slots=True)
class Difference:
    """The first: a tick, a field of telemetry or `message.field`, and both values as text."""

    tick_count: int
    field: str
    recorded: str
    executed: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a kernel cannot go on; `is_gap`: for ticks that the record does not have."""

    reason: str
    is_gap: bool


class Sent:
    """The commands of a session, by their request; ids come round after 65,535."""

    def __init__(self, commands: Iterator[CommandLine]) -> None:
        """In the order in which they were sent."""
        self._commands = commands
        self._next: CommandLine | None = next(commands, None)
        self._by_request: dict[int, CommandLine] = {}
        # When the piece of frames at hand began: a pump that restarts counts its ticks anew.
        self.t_us = 0

    def find(self, request_id: int, tick_count: int) -> CommandLine | None:
        """The last one of that request that was sent by that tick."""
        while self._next is not None and self._is_past(self._next, tick_count):
            self._by_request[self._next.request_id] = self._next
            self._next = next(self._commands, None)
        return self._by_request.get(request_id)

    def _is_past(self, command: CommandLine, tick_count: int) -> bool:
        return command.tick_count <= tick_count or command.t_us < self.t_us


class Execution:
    """From the pump's boot, or from a keyframe, on; over once `difference` or `lost` is set."""

    def __init__(self, twin: Twin, sent: Sent) -> None:
        """Of a kernel that is not booted."""
        self.difference: Difference | None = None
        self.lost: Lost | None = None
        # Ticks that were equal, and keyframes.
        self.compared_count = 0
        self.keyframe_count = 0
        self._twin = twin
        self._sent = sent
        self._inputs = Inputs()
        self._keyframe = keyframe.Keeper(twin.kernel)
        self._gathering = keyframe.Gathering()
        # The executed state that the pump's is compared with, once it is whole.
        self._own: keyframe.State = ()
        self._is_booted = False
        # Key events that were executed and not heard yet.
        self._due: deque[Event] = deque()
        # What came since the last telemetry: it tells of what was done before the next tick.
        self._answers: list[Answer | Staged | HelloReply] = []
        self._tick_count = 0
        self._last_request_id = 0
        self._around: Row = ()

    def go_on(self, state: keyframe.State, row: Row) -> None:
        """From the state after the tick of that row."""
        keyframe.restore(self._twin.kernel, state)
        self._tick_count = row[TICK] + 1
        self._around = _around(row)
        request_id, alarms_low, alarms_high = self._around
        self._last_request_id = request_id
        self._twin.go_on(alarms_low, alarms_high)
        self._is_booted = True

    @property
    def next_tick(self) -> int:
        """The tick that is executed next."""
        return self._tick_count

    @property
    def is_lost(self) -> bool:
        """Whether it cannot go on."""
        return self.lost is not None

    def hear(self, record: Record) -> None:
        """A message other than telemetry."""
        try:
            self._hear(record)
        except CheckFailed as failed:
            self._lose(f"tick {self._tick_count}: {failed.reason}", is_gap=False)

    def compare(self, rows: list[Row]) -> int:
        """Execute these ticks; how many were equal, all of them if it is not over then."""
        first = self.compared_count
        try:
            self._compare(rows)
        except CheckFailed as failed:
            self._lose(f"tick {self._tick_count}: {failed.reason}", is_gap=False)
        return self.compared_count - first

    def _lose(self, reason: str, *, is_gap: bool) -> None:
        self.lost = Lost(reason, is_gap)

    def _compare(self, rows: list[Row]) -> None:
        """The hot part: 50 rows for a second of the pump."""
        inputs = self._inputs
        kernel = self._twin.kernel
        tick = kernel.tick
        events = kernel.events
        for row in rows:
            if (
                row[TICK] != self._tick_count
                or self._answers
                or self._due
                or _around(row) != self._around
            ):
                self._before(row)
                if self.difference is not None or self.lost is not None:
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
            self.compared_count += 1

    def _before(self, row: Row) -> None:
        """What is told before a tick, other than by its inputs."""
        tick_count = row[TICK]
        if not self._is_booted:
            if tick_count:
                words = f"the record begins with tick {tick_count}, not with the pump's boot"
                self._lose(words, is_gap=True)
                return
            self._is_booted = True
            self._twin.boot(telemetry_record(row).alarms_high)
        elif tick_count != self._tick_count:
            missing = tick_count - self._tick_count
            what = f"{missing} ticks are missing" if missing > 0 else "the pump restarted"
            self._lose(f"{what} before tick {tick_count}", is_gap=True)
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
        if self.difference is None:
            both = [
                one.hex() if isinstance(one, bytes) else str(one) for one in (recorded, executed)
            ]
            self.difference = Difference(self._tick_count, field, *both)

    # Messages.

    def _hear(self, record: Record) -> None:
        if isinstance(record, Answer | Staged | HelloReply):
            self._answers.append(record)
        elif isinstance(record, Keyframe):
            self._hear_keyframe(record)
        elif isinstance(record, Event | Therapy) and self._is_booted:
            missing = record.tick_count + 1 - self._tick_count
            if missing > 0:
                words = f"{missing} ticks are missing before tick {record.tick_count + 1}"
                self._lose(words, is_gap=True)
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
            self._lose(words, is_gap=False)
            return
        if sent.name == "stage":
            self._twin.stage(sent)
        else:
            self._twin.execute(sent.name, "none", sent)
        self._twin.taken.append(f"tick {self._tick_count}: {sent.name}, whose answer was lost")

    def _find(self, request_id: int) -> CommandLine | None:
        return self._sent.find(request_id, self._tick_count)

    # Keyframes.

    def _hear_keyframe(self, told: Keyframe) -> None:
        """The executed state is kept with the first part, and compared with the last."""
        state = self._gathering.take(told)
        if told.index == 0:
            is_now = told.tick_count == self._tick_count - 1
            self._own = self._keyframe.state() if is_now else ()
        if state is None or not self._own or not keyframe.is_known(state):
            return
        names = keyframe.differing(state, self._own)
        if self.keyframe_count == 0 and names.keys() <= _REMEMBERED and names:
            keyframe.restore_signs(self._twin.kernel, state)
            self._twin.taken.append("vital signs known before boot")
        elif names:
            name, (recorded, executed) = next(iter(names.items()))
            self.difference = Difference(
                told.tick_count, f"keyframe.{name}", str(recorded), str(executed)
            )
        self.keyframe_count += 1
