"""What an event waits for: `alarm:ID`, `state:NAME`, `volume_ml:X` or `event:DO`."""

import re
from dataclasses import dataclass

from evenflow.errors import Problem
from evenflow.scenario.stimuli import BY_NAME
from evenflow.scenario.suggestion import nearest
from evenflow.scenario.vocabulary import ALARM_IDS, RAISED_IDS, STATE_NAMES

ALARM = "alarm"
STATE = "state"
VOLUME = "volume_ml"
EVENT = "event"
KINDS = (ALARM, STATE, VOLUME, EVENT)

_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?", re.ASCII)
_HINT = 'write it like "alarm:occlusion_downstream", "state:infusing", "volume_ml:10.0" or '
_HINT += '"event:plant.occlude"'


@dataclass(frozen=True, slots=True)
class Condition:
    """A kind of KINDS and its subject; `volume_ml` is the plant's truth."""

    kind: str
    subject: str

    @property
    def volume_ml(self) -> float:
        """The volume of a condition of that kind."""
        return float(self.subject)

    def __str__(self) -> str:
        """As in the file."""
        return f"{self.kind}:{self.subject}"


def parse(value: object, where: str, problems: list[Problem]) -> Condition | None:
    """The condition; None, and a problem, if it is none."""
    if not isinstance(value, str):
        problems.append(Problem(where, "no_condition", f"when = {value!r} is no text", _HINT))
        return None
    kind, colon, subject = value.partition(":")
    if not colon or kind not in KINDS:
        problems.append(Problem(where, "no_condition", f"when = {value!r} is no condition", _HINT))
        return None
    problem = _problem(kind, subject, where)
    if problem is not None:
        problems.append(problem)
        return None
    return Condition(kind, subject)


def _problem(kind: str, subject: str, where: str) -> Problem | None:
    if kind == VOLUME:
        if _DECIMAL.fullmatch(subject):
            return None
        return Problem(
            where,
            "no_condition",
            f"when: {subject!r} is no volume",
            'write mL as a plain decimal, like "volume_ml:10.0"',
        )
    if kind == STATE:
        return _unknown(where, "state", subject, STATE_NAMES)
    if kind == EVENT:
        return _unknown(where, "stimulus", subject, tuple(BY_NAME))
    if subject in ALARM_IDS and subject not in RAISED_IDS:
        reason = f"when: this firmware does not raise {subject} yet, so that it would never come"
        hint = f"it raises {', '.join(RAISED_IDS)}"
        return Problem(where, "not_yet_raised", reason, hint)
    return _unknown(where, "alarm", subject, RAISED_IDS)


def _unknown(where: str, what: str, subject: str, known: tuple[str, ...]) -> Problem | None:
    if subject in known:
        return None
    reason = f"when: unknown {what} {subject!r}"
    return Problem(where, f"unknown_{what}", reason, nearest(subject, known))
