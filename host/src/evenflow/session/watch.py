"""What a session does with everything that comes from the pump: record it, follow it, show it."""

import asyncio
from typing import TYPE_CHECKING

from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.stream import Item, Received, Stream
from evenflow.emulator import AutoOperator
from evenflow.errors import EvenflowError
from evenflow.session.ending import is_over, not_started
from evenflow.session.facts import Facts
from evenflow.session.tracker import Tracker
from evenflow.session.view import Happening, Progress, View
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.timeline import Gap, Moment, Timeline
from pumpcore import units
from pumpcore.report import MOTION_OVERRIDDEN

if TYPE_CHECKING:
    from evenflow.session.chart import Chart
    from evenflow.session.gaps import Gaps
    from evenflow.session.predicted import Predicted

# An auto operator that has pressed START has done it by now.
_STARTED_WITHIN_S = 5.0


class Watch:
    """Listens to a pump until `over` is set; `facts` are there once the programme is staged."""

    def __init__(self, stream: Stream, recorder: Recorder, timeline: Timeline, view: View) -> None:
        """The timeline is the recorder's too."""
        self.tracker = Tracker(timeline, self.tell)
        self.facts: Facts | None = None
        self.operator: AutoOperator | None = None
        self.is_attended = True
        # Where the order is of a drug.
        self.chart: Chart | None = None
        # Once somebody fills them.
        self.gaps: Gaps | None = None
        # Where it is of ketamine.
        self.predicted: Predicted | None = None
        # Names of events that are recorded, and not shown.
        self.quiet: frozenset[str] = frozenset()
        self.started = asyncio.Event()
        self.over = asyncio.Event()
        self.error: EvenflowError | None = None
        # When it was over; what comes after that is recorded, and does not count.
        self.ended: Moment | None = None
        self._stream = stream
        self._recorder = recorder
        self._timeline = timeline
        self._view = view
        self._error_count = 0
        self._done_at_us = 0

    def take(self, item: Item | Sent) -> None:
        """Everything received and sent, in order."""
        if not isinstance(item, Batch):
            self._recorder.take(item)
            if isinstance(item, Received):
                self.tracker.hear(item.record)
            return
        gaps = self._timeline.add(item)
        self._recorder.take(item)
        self.tracker.take(item, gaps)
        self._hand_on(gaps)
        if self._stream.error_count != self._error_count:
            self._tell_errors()
        if self.operator is not None:
            self._operate(self.operator)
        if self.chart is not None and self.facts is not None and not self.over.is_set():
            self.chart.look(self.tracker, self._timeline.now)
        if self.tracker.started is not None:
            self.started.set()
            if self.predicted is not None and not self.over.is_set():
                since_us = self._timeline.now.t_us - self.tracker.started.t_us
                steps = self.tracker.delivered_microsteps
                self.predicted.take(since_us / units.US_PER_S, steps)
        if self.facts is not None and not self.over.is_set():
            self._view.progress(self._progress(self.facts))
            if is_over(self.tracker, self._timeline.now, self.facts, is_attended=self.is_attended):
                self._end()

    @property
    def now(self) -> Moment:
        """When it is, by the device."""
        return self._timeline.now

    def tell(self, event: Happening) -> None:
        """Record and show."""
        self._recorder.event(event.source, event.name, event.detail, event.at)
        if event.name not in self.quiet:
            self._view.happened(event)

    def fail(self, error: EvenflowError) -> None:
        """Something on this side went wrong; the session ends with it."""
        self.error = error
        self._end()

    def require_sound(self) -> None:
        """Raise what went wrong on this side, before anything is begun at the pump."""
        if self.error is not None:
            raise self.error

    def note(self, source: str, name: str, words: str, **detail: object) -> None:
        """Something that happened here and now."""
        self.tell(Happening(self._timeline.now, source, name, detail, words))

    def note_silence(self) -> None:
        """Nothing comes any more, and it may come again."""
        words = (
            "nothing is heard from the pump; it goes on by itself: look at it, and at the cable"
        )
        self.note("link", "silent", words)

    def _end(self) -> None:
        if not self.over.is_set():
            if self.chart is not None:
                self.chart.end()
            self.ended = self._timeline.now
            self.over.set()

    def _hand_on(self, gaps: list[Gap]) -> None:
        if self.gaps is not None:
            for gap in gaps:
                self.gaps.take(gap)

    def _tell_errors(self) -> None:
        self._error_count = self._stream.error_count
        self.note(
            "link",
            "frames_refused",
            f"{self._error_count} broken frames so far",
            counts=dict(self._stream.errors),
        )

    def _operate(self, operator: AutoOperator) -> None:
        latest = self.tracker.latest
        if latest is None:
            return
        if not operator.is_done or self.tracker.started is not None:
            operator.step(self.tracker.state_name, latest)
            self._done_at_us = self._timeline.now.t_us
        elif self._timeline.now.t_us - self._done_at_us > _STARTED_WITHIN_S * units.US_PER_S:
            words = operator.problem or "START was pressed, and the pump did not begin"
            reason = f"the auto operator gave up: {words}"
            refusal = self.tracker.last_key_refusal
            self.fail(not_started(latest.alarm_names, reason, refusal))

    def _own_alarm_names(self) -> tuple[str, ...]:
        return () if self.chart is None else self.chart.alarm_names

    def _progress(self, facts: Facts) -> Progress:
        tracker = self.tracker
        latest = tracker.latest
        now = self._timeline.now
        if latest is None:
            raise TypeError("progress before the first telemetry")
        started = tracker.started
        since_s = None if started is None else (now.t_us - started.t_us) / units.US_PER_S
        return Progress(
            state_name=latest.state_name,
            t_s=now.t_s,
            since_start_s=since_s,
            observe_s=facts.observe_s,
            commanded_ul_per_h=latest.commanded_ul_per_h,
            delivered_nl=facts.volume_of_nl(latest.delivered_microsteps),
            volume_nl=facts.volume_nl,
            pressure_mmhg=facts.pressure_mmhg(latest.force_mn - latest.baseline_mn),
            alarm_names=(*latest.alarm_names, *self._own_alarm_names()),
            is_overridden=bool(latest.motion & MOTION_OVERRIDDEN),
            predicted_ng_per_ml=None if self.predicted is None else self.predicted.ng_per_ml,
        )
