"""The patient's chart in one session: asks for vital signs, enters what is found, keeps all of it.

Signs go to the pump, which holds by its own limits; the chart only says what they mean. Whatever
happens to it changes nothing at the pump.
"""

import asyncio
from dataclasses import dataclass

from evenflow.client.pump import Pump
from evenflow.dose.entry import Entry
from evenflow.dose.plan import Plan
from evenflow.errors import EvenflowError, NeedsOverride, Refused, WrongUsage
from evenflow.session import typed
from evenflow.session.finding import AUTO_OPERATOR, Finding, SideEffect, figures, words
from evenflow.session.rounds import (
    ASKED,
    BASELINE,
    DISCHARGE,
    INFUSION,
    MISSED,
    OVERDUE,
    REMINDED,
    Notice,
    Round,
    rounds_of,
)
from evenflow.session.sources import Source
from evenflow.session.tracker import Tracker
from evenflow.session.view import Happening, Log
from evenflow.telemetry.timeline import Moment
from pumpcore import units
from pumpcore.refusal_words import REFUSALS
from pumpcore.vital_signs import NOT_TAKEN, VitalSigns, beyond, refusal_at_start

ASKED_EVENT = "vitals_asked"
ENTERED_EVENT = "vital_signs"
OVERDUE_ALARM = "vitals_overdue_host"
_EVENTS = {
    ASKED: ASKED_EVENT,
    REMINDED: "vitals_reminded",
    OVERDUE: OVERDUE_ALARM,
    MISSED: "vitals_missed",
}
_WORDS = {
    ASKED: "vital signs are due",
    REMINDED: "vital signs are due for two minutes",
    OVERDUE: f"HOST ALARM {OVERDUE_ALARM}: vital signs are 5 min late. Measure and enter them.",
    MISSED: "vital signs were not entered",
}
_MAY_STILL_GIVE = ("infusing", "kvo", "paused", "held")
_HARD, _SOFT = "baseline_hard", "baseline_soft"


@dataclass(frozen=True, slots=True)
class Noted:
    """A side effect, and when it was entered."""

    at: Moment
    effect: SideEffect


class Chart:
    """Of one session of a drug; `serve` enters what was queued."""

    def __init__(self, plan: Plan, entry: Entry, source: Source, log: Log) -> None:
        """The plan's override passes the soft limit of the baseline; the entry is the plan's."""
        row = entry.device_row()
        observe = plan.order.observe
        observe_us = None if observe is None else int(observe.value * units.US_PER_MS)
        self.rounds = rounds_of(entry.vital_signs, observe_us)
        self.baseline = NOT_TAKEN
        self.last = NOT_TAKEN
        self.effects: list[Noted] = []
        self.entered_count = 0
        self.has_overridden = False
        self.has_intervals = entry.vital_signs.infusing_interval is not None
        # Of those entered, by an auto operator.
        self.made_up_count = 0
        self._stops = row.vital_stops
        self._baseline_mmhg = row.baseline_mmhg
        self._override = plan.override
        self._source = source
        self._log = log
        self._queue: asyncio.Queue[Finding | str] = asyncio.Queue()

    @property
    def alarm_names(self) -> tuple[str, ...]:
        """The host's own, as long as it is on."""
        return (OVERDUE_ALARM,) if self.rounds.is_overdue else ()

    def queue(self, what: Finding | str) -> None:
        """Have a finding entered, or that somebody is HERE."""
        self._queue.put_nowait(what)

    def type(self, line: str) -> str:
        """Queue what a person typed; what was wrong with it, or the help that was asked for."""
        word = line.split(maxsplit=1)[0]
        if word == typed.HELP:
            return typed.HELP_TEXT
        try:
            self.queue(typed.HERE if word == typed.HERE else typed.finding(line))
        except WrongUsage as wrong:
            return f"{wrong.reason}; {wrong.hint}"
        return ""

    def look(self, tracker: Tracker, now: Moment) -> None:
        """Say what is due by now; call it with each piece of telemetry."""
        rounds = self.rounds
        started = tracker.started
        if started is not None and rounds.phase == BASELINE:
            self._tell(rounds.start(started.t_us))
        if rounds.phase == INFUSION and tracker.state_name not in _MAY_STILL_GIVE:
            self._tell(rounds.observe(tracker.state_since.t_us))
        since_us = None if started is None else now.t_us - started.t_us
        notices = rounds.step(now.t_us)
        for finding in self._source.due(since_us, rounds.open, now.t_us):
            self.queue(finding)
        self._tell(notices)

    def end(self) -> None:
        """The session is over: what is open is missed."""
        if self.rounds.phase == DISCHARGE:
            return
        self._tell(self.rounds.end())
        left_count = self._source.left_count
        while not self._queue.empty():
            self._queue.get_nowait()
            left_count += 1
        if left_count:
            said = f"{left_count} of what was to be entered came after the end of the session"
            self._log.note("host", "vitals_left", said, count=left_count)

    async def begin(self, pump: Pump, *, must_be_at_hand: bool) -> None:
        """The programme is staged: ask for the baseline, and enter it if it is at hand.

        Refused or NeedsOverride if START would be. A person has time for it until START, unless
        it must be at hand.
        """
        if not self.has_intervals:
            return
        self._tell(self.rounds.begin(self._log.now.t_us))
        finding = self._source.baseline()
        if finding is not None:
            refusal = await self._enter(pump, finding)
            if refusal is not None:
                raise refusal
        elif must_be_at_hand:
            reason = "the order holds to vital signs, and the file has no baseline"
            raise Refused("baseline_missing", reason, "add a line whose at_min is baseline")

    async def serve(self, pump: Pump) -> None:
        """Enter what is queued, one after the other; what goes wrong is told, and waited out."""
        while True:
            what = await self._queue.get()
            if isinstance(what, Finding):
                await self._enter(pump, what)
                continue
            try:
                await pump.presence()
            except EvenflowError as error:
                self._not_entered(error, typed.HERE)
            else:
                self._log.note("person", typed.HERE, "somebody is with the patient")

    def _not_entered(self, error: EvenflowError, what: str, **detail: object) -> None:
        # Without an answer it may have been taken up; entered again, it does no harm.
        kind = "NOT ENTERED" if isinstance(error, Refused) else "NOT KNOWN WHETHER ENTERED"
        said = f"{kind}: {what}: {error.reason}"
        self._log.note("host", "entry_refused", said, code=error.code, **detail)

    async def _enter(self, pump: Pump, finding: Finding) -> EvenflowError | None:
        """Send signs to the pump, and record everything; the error with which START ends."""
        for effect in finding.effects:
            self.effects.append(Noted(self._log.now, effect))
            detail = {"effect": effect.name, "severity": effect.severity}
            self._log.note(
                "person",
                "side_effect",
                f"side effect: {effect.words}",
                **detail,
                by=finding.source,
            )
        if not finding.has_signs:
            return None
        signs = finding.signs
        is_baseline = self.rounds.phase == BASELINE
        error = self._refusal_at_start(signs) if is_baseline else None
        is_overridden = is_baseline and self._is_soft(signs) and self._override is not None
        try:
            await pump.vitals(signs, override=is_overridden)
        except EvenflowError as failure:
            self._not_entered(failure, words(signs), **figures(signs), by=finding.source)
            return failure
        self.has_overridden = self.has_overridden or is_overridden
        if is_baseline:
            self.baseline = signs
        self.last = signs
        self.entered_count += 1
        self.made_up_count += finding.source == AUTO_OPERATOR
        answered = self.rounds.answer(self._log.now.t_us)
        self._record(finding, answered, is_overridden=is_overridden)
        if error is not None:
            self._log.note("host", "baseline_refused", error.reason, code=error.code)
        return error

    def _record(self, finding: Finding, answered: Round | None, *, is_overridden: bool) -> None:
        name = beyond(finding.signs, self._stops)
        said = f"vital signs: {words(finding.signs)}"
        if name:
            said += f"; {name.replace('_', ' ')} BEYOND ITS STOP LIMIT: the pump holds"
        detail: dict[str, object] = {
            **figures(finding.signs),
            "by": finding.source,
            "phase": self.rounds.phase,
            "is_late": answered is not None and answered.is_late,
            "beyond": name or None,
            "override": self._override if is_overridden else None,
        }
        self._log.tell(Happening(self._log.now, "person", ENTERED_EVENT, detail, said))

    def _is_soft(self, signs: VitalSigns) -> bool:
        refusal = refusal_at_start(signs, self._baseline_mmhg, is_overridden=False)
        return str(REFUSALS[refusal].name) == _SOFT

    def _refusal_at_start(self, signs: VitalSigns) -> EvenflowError | None:
        is_overridden = self._override is not None
        refusal = refusal_at_start(signs, self._baseline_mmhg, is_overridden=is_overridden)
        row = REFUSALS[refusal]
        systolic, diastolic = (
            self._baseline_mmhg[2:] if row.name == _HARD else self._baseline_mmhg[:2]
        )
        reason = f"baseline {words(signs)}: {row.reason} ({systolic}/{diastolic} mmHg)"
        if row.name == _HARD:
            return Refused(row.name, reason, row.hint)
        if row.name == _SOFT:
            hint = 'measure again; or go on with --override "REASON", which is recorded'
            return NeedsOverride(row.name, reason, hint)
        return None

    def _tell(self, notices: list[Notice]) -> None:
        for notice in notices:
            detail: dict[str, object] = {"phase": notice.round.phase}
            if notice.name == OVERDUE:
                detail["priority"] = "medium"
            said = _WORDS[notice.name]
            if notice.round.phase == BASELINE:
                said = f"{said}: the baseline"
            self._log.note("host", _EVENTS[notice.name], said, **detail)

    def as_json(self, started: Moment | None) -> dict[str, object]:
        """For the summary; times from START."""
        rounds = self.rounds.all
        return {
            "asked": len(rounds),
            "answered": sum(one.answered_us is not None for one in rounds),
            "missed": sum(one.answered_us is None for one in rounds),
            "late": sum(one.is_late for one in rounds if one.answered_us is not None),
            "entered": self.entered_count,
            "made_up": self.made_up_count,
            "baseline": figures(self.baseline) if self.baseline != NOT_TAKEN else None,
            "last": figures(self.last) if self.last != NOT_TAKEN else None,
            "side_effects": [
                {
                    "effect": one.effect.name,
                    "severity": one.effect.severity,
                    "after_start_s": None
                    if started is None
                    else (one.at.t_us - started.t_us) / units.US_PER_S,
                }
                for one in self.effects
            ],
        }
