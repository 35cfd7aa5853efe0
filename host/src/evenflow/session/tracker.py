"""Follows a session through its telemetry: what changed, how far it is, what went wrong.

Only rows whose state, stop reason, alarms, checklist or programme differ from the row before are
looked at closely; counters are read once a batch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evenflow.client._names import PRESENCE_ASKED_NAME
from evenflow.client.batch import Batch, Row
from evenflow.client.records import Answer, Event, Record, Telemetry
from evenflow.session.view import Happening
from evenflow.telemetry.timeline import Gap, Moment, Timeline
from pumpcore import interlock
from pumpcore.alarms import PRIORITIES, by_name
from pumpcore.interlock import GIVING, STATES

INFUSING = STATES[interlock.INFUSING]
KVO = STATES[interlock.KVO]
_MODULUS = 1 << 16
# A switch counts once it has been read twice: force is gone before the state changes.
_FORCE_TICKS = 10
# Answers that are no news.
_QUIET = ("ping", "hello", "inspect")


@dataclass(slots=True)
class AlarmTimes:
    """One occurrence of an alarm; `cleared` is None while it is active."""

    name: str
    priority: str
    raised: Moment
    cleared: Moment | None = None


class Tracker:
    """What is known of the pump, and since when; each change is told once, as a happening."""

    def __init__(self, timeline: Timeline, tell: Callable[[Happening], None]) -> None:
        """Nothing heard yet; the timeline is the caller's and goes ahead."""
        self.latest: Telemetry | None = None
        self.started: Moment | None = None
        self.state_since = timeline.now
        self.infused_us = 0
        # What follows the dose to keep the vein open.
        self.kept_open_us = 0
        self.stop_reason = "none"
        self.alarms: list[AlarmTimes] = []
        # Alarms since START or the last resume.
        self.recent_alarms: set[str] = set()
        self.delivered_microsteps = 0
        self._highest_microsteps = 0
        self.moved_microsteps = 0
        self.encoder_counts = 0
        self.encoder_counts_at_start = 0
        # Above friction, just before the plunger was stopped last.
        self.force_at_stop_mn = 0
        self.missing_tick_count = 0
        self.presence_asked_count = 0
        self.presence_confirmed_count = 0
        # Of the last key that the pump did not take.
        self.last_key_refusal = "none"
        self.has_restarted = False
        self._timeline = timeline
        self._tell = tell
        self._last_row: Row | None = None
        self._last_counts: tuple[int, int] | None = None

    @property
    def state_name(self) -> str:
        """The pump's state when it was last heard."""
        return "unknown" if self.latest is None else self.latest.state_name

    @property
    def is_giving(self) -> bool:
        """Whether the patient was being given something when the pump was last heard."""
        return self.latest is not None and self.latest.state in GIVING

    @property
    def counts_since_start(self) -> int:
        """Encoder counts since START."""
        return self.encoder_counts - self.encoder_counts_at_start

    def above_friction_mn(self) -> int:
        """The last force without friction, which adds to it after motion forward.

        Drawn back, as after an occlusion, the plunger is held by friction the other way.
        """
        if self.latest is None:
            return 0
        is_drawn_back = self.delivered_microsteps < self._highest_microsteps
        baseline_mn = self.latest.baseline_mn
        return self.latest.force_mn + (baseline_mn if is_drawn_back else -baseline_mn)

    def take(self, batch: Batch, gaps: list[Gap]) -> None:
        """Telemetry just added to the timeline, with the gaps that were found."""
        for gap in gaps:
            if gap.index:
                self._count(batch.record(gap.index - 1))
            before = batch.record(gap.index - 1) if gap.index else self.latest
            self._gap(gap, before, batch.record(gap.index))
        for index in batch.changes(self._last_row):
            record = batch.record(index)
            if self.is_giving and record.state not in GIVING:
                self._note_force(batch, index)
            self._change(record, self._timeline.moment(batch, index))
        self.latest = batch.record(-1)
        self._count(self.latest)
        self._last_row = batch.rows[-1]

    def hear(self, record: Record) -> None:
        """A message other than telemetry."""
        if isinstance(record, Event):
            words = "key " + " ".join(name.removeprefix("key_") for name in record.key_names)
            if record.refusal_name != "none":
                self.last_key_refusal = record.refusal_name
                words += f": {record.refusal_name}"
            detail = {"keys": list(record.key_names), "refusal": record.refusal_name}
            self._say(self._timeline.now, "person", record.kind_name, detail, words)
        elif isinstance(record, Answer) and record.command_name not in _QUIET:
            detail = {"command": record.command_name, "refusal": record.refusal_name}
            words = f"{record.command_name}: {record.refusal_name}"
            self._say(self._timeline.now, "pump", "answer", detail, words)

    def _note_force(self, batch: Batch, index: int) -> None:
        """Keep the highest force of the ticks before; a syringe that is let go shows none."""
        before = [batch.record(one) for one in range(max(index - _FORCE_TICKS, 0), index)]
        if self.latest is not None:
            before.append(self.latest)
        self.force_at_stop_mn = max(one.force_mn - one.baseline_mn for one in before)

    def _gap(self, gap: Gap, before: Telemetry | None, after: Telemetry) -> None:
        if gap.is_restart:
            self.has_restarted = True
            self._last_counts = None
            self._say(gap.at, "pump", "restarted", {}, "the pump has restarted")
            return
        self.missing_tick_count += gap.missing_count
        # Whatever was lost, this is what was given, by the pump's own count at both its ends.
        given = (
            None if before is None else [before.delivered_microsteps, after.delivered_microsteps]
        )
        detail = {"missing_ticks": gap.missing_count, "delivered_microsteps": given}
        words = f"{gap.missing_count} ticks of telemetry were lost"
        self._say(gap.at, "link", "gap", detail, words)

    def _change(self, now: Telemetry, at: Moment) -> None:
        before, self.latest = self.latest, now
        self._count(now)
        if before is None or now.state != before.state:
            self._change_state(before, now, at)
        old = () if before is None else before.alarm_names
        for name in now.alarm_names:
            if name not in old:
                self._raise(name, at)
        for name in old:
            if name not in now.alarm_names:
                self._clear(name, at)
        self._check(() if before is None else before.checklist_names, now, at)

    def _check(self, done: tuple[str, ...], now: Telemetry, at: Moment) -> None:
        for name in now.checklist_names:
            if name == PRESENCE_ASKED_NAME and name not in done:
                self.presence_asked_count += 1
                words = "is somebody with the patient? Press CHECK at the pump, or type here"
                self._say(at, "pump", name, {}, words)
            elif name not in done:
                self._say(at, "person", "checked", {"item": name}, f"checked: {name}")
        is_answered = (
            PRESENCE_ASKED_NAME in done and PRESENCE_ASKED_NAME not in now.checklist_names
        )
        # A pump that stops asks no more, and nobody has answered it.
        if is_answered and now.state in GIVING:
            self.presence_confirmed_count += 1
            self._say(at, "person", "presence_confirmed", {}, "somebody is with the patient")

    def _change_state(self, before: Telemetry | None, now: Telemetry, at: Moment) -> None:
        name = now.state_name
        before_name = "unknown" if before is None else before.state_name
        if before_name == INFUSING:
            self.infused_us += at.t_us - self.state_since.t_us
        elif before_name == KVO:
            self.kept_open_us += at.t_us - self.state_since.t_us
        self.state_since = at
        if now.state in GIVING:
            if before is None or before.state not in GIVING:
                self.recent_alarms.clear()
            if self.started is None:
                self.started = at
                self.encoder_counts_at_start = self.encoder_counts
        self.stop_reason = now.stop_reason_name
        detail = {"from": before_name, "to": name, "stop_reason": self.stop_reason}
        why = "" if self.stop_reason == "none" else f" ({self.stop_reason})"
        self._say(at, "pump", "state", detail, f"{name}{why}")

    def _raise(self, name: str, at: Moment) -> None:
        try:
            row = by_name(name)
        except KeyError:
            priority, words, hint = "unknown", name, ""
        else:
            priority, words, hint = PRIORITIES[row.priority], row.message, row.hint
        self.alarms.append(AlarmTimes(name, priority, at))
        self.recent_alarms.add(name)
        detail = {"id": name, "priority": priority}
        self._say(at, "pump", "alarm_raised", detail, f"ALARM {name}: {words}. {hint}".rstrip())

    def _clear(self, name: str, at: Moment) -> None:
        for occurrence in self.alarms:
            if occurrence.name == name and occurrence.cleared is None:
                occurrence.cleared = at
        self._say(at, "pump", "alarm_cleared", {"id": name}, f"alarm {name} is over")

    def _count(self, now: Telemetry) -> None:
        if not self.has_restarted:
            # A pump that restarts forgets what it has given; the host does not.
            self.delivered_microsteps = now.delivered_microsteps
            self._highest_microsteps = max(self._highest_microsteps, now.delivered_microsteps)
        if self._last_counts is not None:
            steps, counts = self._last_counts
            self.moved_microsteps += (now.step_count - steps) % _MODULUS
            half = _MODULUS // 2
            self.encoder_counts += (now.encoder_count - counts + half) % _MODULUS - half
        self._last_counts = (now.step_count, now.encoder_count)

    def _say(
        self, at: Moment, source: str, name: str, detail: Mapping[str, object], words: str
    ) -> None:
        self._tell(Happening(at, source, name, detail, words))
