"""When vital signs are due in a session, and what is said while they are not entered (KET-09).

A session is baseline, infusion, observation, discharge. Signs are due at the baseline, every
interval of the entry from START on while something is given or may still be, then every interval
of the observation. What is due is asked for at once, again after two minutes, and told as an
alarm after five; an entry answers it. Nothing here knows of a clock: times are the device's, in
microseconds, handed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from evenflow.dose.entry import VitalSigns
from pumpcore import units

PHASES = ("baseline", "infusion", "observation", "discharge")
BASELINE, INFUSION, OBSERVATION, DISCHARGE = PHASES

REMIND_US = 120 * units.US_PER_S
ALARM_US = 300 * units.US_PER_S
# Signs that were taken so shortly before they were due are those of the round ahead.
EARLY_US = 120 * units.US_PER_S

ASKED, REMINDED, OVERDUE, MISSED = "asked", "reminded", "overdue", "missed"
# Before START a session has its line filled and its alarm heard: nobody is late yet.
_ONCE = (ASKED,)
_STEPS = ((ASKED, 0), (REMINDED, REMIND_US), (OVERDUE, ALARM_US))


@dataclass(slots=True)
class Round:
    """Signs that were due once; `answered_us` is None until they are entered."""

    phase: str
    due_us: int
    answered_us: int | None = None
    told: tuple[str, ...] = ()

    @property
    def is_late(self) -> bool:
        """Whether they came after the alarm, or not at all."""
        return self.answered_us is None or self.answered_us - self.due_us >= ALARM_US


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be said of a round: that it is asked, reminded, overdue or missed."""

    name: str
    round: Round


class Rounds:
    """The rounds of one session; `None` for an interval is no rule, and then nothing is due."""

    def __init__(
        self, infusing_us: int | None, observing_us: int | None, observe_us: int | None = None
    ) -> None:
        """Nothing is due before `step`, nor from `observe_us` after START on."""
        self.phase = BASELINE
        self.all: list[Round] = []
        self._interval_us = {INFUSION: infusing_us, OBSERVATION: observing_us}
        self._open: Round | None = None
        self._observe_us = observe_us
        self._end_us: int | None = None
        self._next_from_us = 0

    @property
    def open(self) -> Round | None:
        """What is due and not entered."""
        return self._open

    @property
    def is_overdue(self) -> bool:
        """Whether the alarm is on."""
        return self._open is not None and OVERDUE in self._open.told

    def begin(self, now_us: int) -> list[Notice]:
        """The programme is confirmed: the baseline is due."""
        return self._due(BASELINE, now_us)

    def start(self, at_us: int) -> list[Notice]:
        """START: what the baseline lacks is missed; the intervals count from here."""
        missed = self._close()
        self.phase = INFUSION
        self._next_from_us = at_us
        self._end_us = None if self._observe_us is None else at_us + self._observe_us
        return missed

    def observe(self, at_us: int) -> list[Notice]:
        """Nothing is given any more, nor may it be: the next interval is that of observation.

        A round that is as good as due is due now.
        """
        notices = self.step(at_us)
        due_us = self._next_us()
        if due_us is not None and due_us - at_us <= EARLY_US:
            notices += self._close()
            notices += self._due(INFUSION, at_us)
            self._next_from_us = at_us
        self.phase = OBSERVATION
        return notices

    def end(self) -> list[Notice]:
        """The session is over."""
        self.phase = DISCHARGE
        return self._close()

    def step(self, now_us: int) -> list[Notice]:
        """What is to be said by now."""
        notices = []
        due_us = self._next_us()
        while due_us is not None and now_us >= due_us:
            notices += self._close()
            notices += self._due(self.phase, due_us)
            self._next_from_us = due_us
            due_us = self._next_us()
        return notices + list(self._escalated(now_us))

    def answer(self, at_us: int) -> Round | None:
        """Signs were entered: what they answer, or nothing if nothing is due."""
        answered, self._open = self._open, None
        due_us = self._next_us()
        if answered is None and due_us is not None and due_us - at_us <= EARLY_US:
            answered = Round(self.phase, due_us)
            self.all.append(answered)
            self._next_from_us = due_us
        if answered is not None:
            answered.answered_us = at_us
        return answered

    def _next_us(self) -> int | None:
        interval_us = self._interval_us.get(self.phase)
        if interval_us is None:
            return None
        due_us = self._next_from_us + interval_us
        return due_us if self._end_us is None or due_us < self._end_us else None

    def _due(self, phase: str, due_us: int) -> list[Notice]:
        self._open = Round(phase, due_us)
        self.all.append(self._open)
        return list(self._escalated(due_us))

    def _close(self) -> list[Notice]:
        missed, self._open = self._open, None
        return [] if missed is None else [Notice(MISSED, missed)]

    def _escalated(self, now_us: int) -> Iterator[Notice]:
        one = self._open
        if one is None:
            return
        for name, after_us in _STEPS:
            is_due = now_us - one.due_us >= after_us and name not in one.told
            if is_due and (one.phase != BASELINE or name in _ONCE):
                one.told += (name,)
                yield Notice(name, one)


def rounds_of(signs: VitalSigns, observe_us: int | None = None) -> Rounds:
    """Those of a library entry, in a session that ends so long after START."""
    infusing, observing = signs.infusing_interval, signs.observing_interval
    return Rounds(
        None if infusing is None else infusing.whole * units.US_PER_MS,
        None if observing is None else observing.whole * units.US_PER_MS,
        observe_us,
    )
