"""One session from hello to summary: stage, compare, confirm, follow, observe, record.

Nothing is started unless the pump computes what the host computed and a person agrees to it. From
then on the host only watches: whatever happens to this program changes nothing at the pump.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.pump import Pump
from evenflow.client.records import Inspection, Staged
from evenflow.client.stream import Item
from evenflow.dose.order import HOLD
from evenflow.dose.plan import Plan
from evenflow.dose.plan_json import as_json as plan_object
from evenflow.emulator import AutoOperator
from evenflow.errors import CheckFailed, EvenflowError, LinkError
from evenflow.link import EmulatedLine
from evenflow.session import discharge, same_patient
from evenflow.session.chart import ASKED_EVENT, ENTERED_EVENT, Chart
from evenflow.session.comparison import Compared, compare, require_agreement
from evenflow.session.course_part import CoursePart
from evenflow.session.discharge import Ask
from evenflow.session.ending import Ending, check_fit, ending, left, lost
from evenflow.session.facts import Facts, facts_of
from evenflow.session.finding import words
from evenflow.session.gaps import Gaps
from evenflow.session.given import Evidence, given
from evenflow.session.keeping import keep
from evenflow.session.opening import REAL_TIME, Opened, profile_of
from evenflow.session.predicted import predicted
from evenflow.session.sources import FromFile, MadeUp, Nobody, Source
from evenflow.session.summary import Summary, Truth
from evenflow.session.view import Happening, View
from evenflow.session.vitals_file import Timed
from evenflow.session.watch import Watch
from evenflow.telemetry import session_id
from evenflow.telemetry.recorder import Opening, Recorder
from evenflow.telemetry.store import Store
from evenflow.telemetry.timeline import Timeline, utc_now

# Nobody looks at single ticks of a running infusion: let them gather.
_HORIZON_S = 1.0
# In which a cable that came off may be put back, while nobody has to answer anything.
_SILENCE_S = 30.0
_MAX_PROGRAMME_NUMBER = 0xFFFF
_AT_THE_PUMP = (
    "at the pump: PRIME, then PRIME held until fluid leaves the line (to waste); when it stands, "
    "CHECK; listen to the alarm test, CHECK; connect the line, CHECK; START"
)


class Session:
    """One run of one plan on one open line; `run` it once."""

    def __init__(
        self,
        plan: Plan,
        opened: Opened,
        store: Store,
        view: View,
        *,
        by_hand: bool = False,
        findings: Sequence[Timed] | None = None,
        ask: Ask | None = None,
        course: CoursePart | None = None,
    ) -> None:
        """`by_hand`: a person presses the keys of an emulated board, not the auto operator.

        `findings` are entered at their times, in place of what an auto operator makes up. `ask`
        puts a question to a person who may type; None where there is nobody. `course` is judged
        before anything is staged; without one, the pump's own ledger is.
        """
        self._plan = plan
        self._findings = findings
        self._ask = ask
        self._course = CoursePart(plan, None) if course is None else course
        self._chart: Chart | None = None
        self._discharged: dict[str, str] | None = None
        self._line = opened.line
        self._board = opened.board
        self._is_automatic = opened.board is not None and not by_hand
        self._store = store
        self._view = view
        # Called once the pump may be prepared, for whatever presses its keys.
        self.when_confirmed: Callable[[Pump], None] | None = None
        self._timeline = Timeline()
        self._began_s = time.monotonic()
        self._session_id = session_id.fresh(utc_now())

    def enter(self, line: str) -> str:
        """Take a line that a person typed, one of typed.WORDS; what was wrong with it, or help."""
        if self._chart is None:
            return "nothing is staged yet, or no drug was ordered: nothing can be entered"
        return self._chart.type(line)

    async def run(self) -> Summary:
        """The summary, with the error that the session ended with, if it did.

        What goes wrong before a person confirmed is raised; the record then says so.
        """
        pump = Pump(self._line)
        backlog: list[Item | Sent] = []
        stop_listening = pump.listen(backlog.append)
        try:
            pump.begin()
            await pump.hello()
            stop_listening()
            return await self._recorded(pump, backlog)
        finally:
            await pump.close()

    async def _recorded(self, pump: Pump, backlog: list[Item | Sent]) -> Summary:
        opening = self._opening(backlog, pump.identity.board)
        recorder = Recorder(self._store, opening, pump.identity, self._timeline)
        watch = Watch(pump.stream, recorder, self._timeline, self._view)
        for item in backlog:
            watch.take(item)
        pump.listen(watch.take)
        committing = asyncio.create_task(keep(recorder, watch))
        gaps = watch.gaps = Gaps(pump, watch)
        filling = asyncio.create_task(gaps.serve())
        try:
            await gaps.begin(is_late=opening.started_tick_count > 0)
            staged, facts = await self._prepare(pump, watch)
            ended = await self._follow(pump, watch, facts)
            await self._discharge(watch, ended)
            await self._add_to_course(pump, watch, facts, ended)
            summary = await self._summary(pump, watch, staged, facts, ended)
        except EvenflowError as error:
            recorder.close("refused", {"error": error.code, "reason": error.reason})
            raise
        except asyncio.CancelledError:
            recorder.close("interrupted", {"error": "interrupted", "reason": "before START"})
            raise
        finally:
            committing.cancel()
            filling.cancel()
        detail = {"outcome": ended.outcome}
        watch.tell(Happening(summary.ended, "host", "ended", detail, ended.outcome))
        try:
            recorder.finish(ended.outcome, summary.as_json())
            # The pump is served meanwhile.
            await asyncio.to_thread(recorder.wait)
        except CheckFailed as error:
            # What was given is worth telling all the same.
            return replace(summary, error=summary.error or error)
        return summary

    # Before START.

    async def _prepare(self, pump: Pump, watch: Watch) -> tuple[Staged, Facts]:
        """Stage, compare and confirm; refuses whatever does not agree."""
        check_fit(await pump.ready())
        async with self._in_real_time():
            await same_patient.settle(pump, watch, self._view)
        await self._course.judge(pump, watch)
        latest = pump.latest
        number = 1 if latest is None else latest.programme_number % _MAX_PROGRAMME_NUMBER + 1
        if self._plan.override is not None:
            watch.note("person", "override", self._plan.override, reason=self._plan.override)
        watch.require_sound()
        values = self._plan.stage_values(number)
        staged = await pump.stage(values, self._plan.step_values(number))
        profile = profile_of(pump.identity.board)
        compared = compare(self._plan, staged, profile)
        figures = {one.name: [one.by_host, one.by_pump] for one in compared}
        watch.note("host", "compared", "host and pump compared", **figures)
        try:
            require_agreement(compared)
            await self._agreed(staged, compared)
            await self._open_chart(pump, watch)
            watch.require_sound()
        except EvenflowError:
            await pump.cancel(number)
            raise
        watch.note("person", "confirmed", "digest confirmed", digest=staged.digest.hex())
        facts = watch.facts = facts_of(self._plan, staged, profile)
        watch.predicted = predicted(self._plan, staged.femtolitres_per_microstep)
        watch.is_attended = not self._is_automatic
        if self._is_automatic and self._board is not None:
            watch.operator = AutoOperator(self._board)
        await pump.confirm(number, staged.digest)
        self._view.say(
            "the auto operator prepares the emulated pump and presses START"
            if self._is_automatic
            else _AT_THE_PUMP
        )
        if self.when_confirmed is not None:
            self.when_confirmed(pump)
        return staged, facts

    async def _open_chart(self, pump: Pump, watch: Watch) -> None:
        """Ask for the baseline, and enter it if it is at hand; refuses what START would be."""
        plan, entry = self._plan, self._plan.entry
        if entry is None:
            return
        watch.quiet = self._quiet()
        source = self._source()
        self._chart = watch.chart = Chart(plan, entry, source, watch)
        must = self._is_automatic and plan.order.vitals == HOLD
        await self._chart.begin(pump, must_be_at_hand=must)
        if isinstance(source, MadeUp) and self._chart.has_intervals:
            self._view.say(
                f"vital signs are made up by the auto operator when they are due, at first "
                f"{words(self._chart.last)}"
            )

    def _source(self) -> Source:
        if self._findings is not None:
            return FromFile(self._findings)
        return MadeUp() if self._is_automatic else Nobody()

    def _quiet(self) -> frozenset[str]:
        """What answers itself is recorded, and disturbs nobody."""
        names = {ASKED_EVENT} if self._findings is not None or self._is_automatic else set()
        if self._is_automatic:
            names |= {"presence_asked", "presence_confirmed"}
            names |= {ENTERED_EVENT} if self._findings is None else set()
        return frozenset(names)

    async def _agreed(self, staged: Staged, compared: list[Compared]) -> None:
        """CheckFailed unless the person confirms."""
        async with self._in_real_time():
            if not await self._view.agrees(self._plan, staged, compared):
                raise CheckFailed(
                    "not_confirmed",
                    "the digest was not confirmed; nothing was started",
                    "check the order, then run it again",
                )

    @asynccontextmanager
    async def _in_real_time(self) -> AsyncIterator[None]:
        """An emulated board waits for a person no faster than a real one."""
        line = self._line
        speed = line.speed if isinstance(line, EmulatedLine) else None
        if isinstance(line, EmulatedLine):
            line.speed = REAL_TIME
        try:
            yield
        finally:
            if isinstance(line, EmulatedLine):
                line.speed = speed

    # From here on the host only watches.

    async def _follow(self, pump: Pump, watch: Watch, facts: Facts) -> Ending:
        """Until it is over, the link is lost, or the person leaves."""
        serving = None if self._chart is None else asyncio.create_task(self._chart.serve(pump))
        try:
            await _first(watch.started.wait(), watch.over.wait(), pump.ended())
            if watch.started.is_set():
                self._course.start()
            pump.horizon_s = _HORIZON_S
            pump.outlast(_SILENCE_S, watch.note_silence)
            await _first(watch.over.wait(), pump.ended())
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            is_emulated = self._board is not None
            return left(watch.tracker, facts, self._line.name, is_emulated=is_emulated)
        finally:
            if serving is not None and not serving.cancel():
                _tell_failure(serving, watch)
        if watch.error is not None:
            return Ending(watch.error.code, watch.error)
        if watch.over.is_set():
            return ending(watch.tracker, facts)
        failure = pump.failure
        if isinstance(failure, LinkError):
            return lost(failure, watch.tracker, facts)
        if isinstance(failure, EvenflowError):
            return Ending("record_failed", failure)
        raise failure or AssertionError("the pump ended without a reason")

    async def _discharge(self, watch: Watch, ended: Ending) -> None:
        """After an observation that came to its end, and nowhere else."""
        chart = self._chart
        if chart is None or not chart.has_intervals or ended.outcome != "complete":
            return
        async with self._in_real_time():
            self._discharged = await discharge.settle(chart, watch, self._ask)

    async def _add_to_course(self, pump: Pump, watch: Watch, facts: Facts, ended: Ending) -> None:
        mass_mg = facts.mass_mg(facts.volume_of_nl(watch.tracker.delivered_microsteps))
        await self._course.add(pump, watch, self._session_id, mass_mg or 0.0, ended)

    async def _summary(
        self, pump: Pump, watch: Watch, staged: Staged, facts: Facts, ended: Ending
    ) -> Summary:
        tracker = watch.tracker
        is_left = ended.outcome == "interrupted"
        inspection = None if is_left else await _inspection(pump)
        counted_nl = facts.volume_of_nl(tracker.delivered_microsteps)
        left_nl = facts.fill_nl - facts.volume_of_nl(tracker.moved_microsteps)
        by_encoder_nl = None
        if facts.encoder_steps_num:
            steps = tracker.counts_since_start * facts.encoder_steps_num // facts.encoder_steps_den
            by_encoder_nl = facts.volume_of_nl(steps)
        evidence = Evidence(
            counted_nl=counted_nl,
            by_encoder_nl=by_encoder_nl,
            left_nl=left_nl,
            pressure_mmhg=facts.pressure_mmhg(tracker.above_friction_mn()),
            pressure_at_stop_mmhg=facts.pressure_mmhg(tracker.force_at_stop_mn),
            is_moving=tracker.is_giving,
            is_link_lost=ended.outcome in ("link_lost", "interrupted", "record_failed"),
            has_restarted=tracker.has_restarted,
            alarms=frozenset(tracker.recent_alarms),
        )
        return Summary(
            outcome=ended.outcome,
            error=ended.error,
            session_id=self._session_id,
            record=self._store.name,
            port=self._line.name,
            plan=self._plan,
            identity=pump.identity,
            staged=staged,
            facts=facts,
            given=given(facts, evidence),
            counted_microsteps=tracker.delivered_microsteps,
            left_nl=left_nl,
            tracker=tracker,
            ended=watch.ended or self._timeline.now,
            wall_s=time.monotonic() - self._began_s,
            frame_count=pump.stream.frame_count,
            frame_errors=pump.stream.errors,
            truth=None if self._board is None else Truth.of(self._board.plant),
            inspection=inspection,
            course=self._course,
            chart=self._chart,
            predicted=watch.predicted,
            discharge=self._discharged,
        )

    def _opening(self, backlog: list[Item | Sent], board_name: str) -> Opening:
        ticks = [item.tick_count(0) for item in backlog if isinstance(item, Batch)]
        profile = profile_of(board_name) if self._board is None else self._board.profile
        name = self._plan.order.name
        return Opening(
            id=self._session_id,
            order_name=name,
            order_text=Path(name).read_text(encoding="utf-8") if Path(name).is_file() else "",
            plan_json=json.dumps(plan_object(self._plan), ensure_ascii=False),
            port=self._line.name,
            started_tick_count=ticks[0] if ticks else 0,
            profile_json=None if profile is None else json.dumps(profile, sort_keys=True),
            library_json=self._plan.library.device_text,
        )


def _tell_failure(serving: asyncio.Task[None], watch: Watch) -> None:
    """The chart ends by itself only with an error; what was given is worth more than that."""
    error = None if serving.cancelled() else serving.exception()
    if error is not None:
        watch.note("host", "chart_failed", f"the chart ended before the session: {error}")


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Wait for whichever comes first; the others are given up."""
    tasks = [asyncio.create_task(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _inspection(pump: Pump) -> Inspection | None:
    """How the controller is doing, if it still answers."""
    if pump.failure is not None:
        return None
    try:
        return await pump.inspect()
    except EvenflowError:
        return None
