"""One `[[event]]` of a scenario: when it happens, and what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenflow.errors import Problem
from evenflow.scenario import condition, moment
from evenflow.scenario.condition import EVENT, Condition
from evenflow.scenario.stimuli import BY_NAME
from evenflow.scenario.stimulus import Arguments, Stimulus
from evenflow.scenario.suggestion import nearest

# What the automatic operator does by itself, so that `event:` may name it.
AUTO_EVENTS = (
    "operator.confirm",
    "operator.prime_hold",
    "operator.purge_confirm",
    "operator.test_heard",
    "operator.patient_connected",
    "operator.start",
)
_WHEN_KEYS = ("at", "at_power", "when")
_KEYS = (*_WHEN_KEYS, "after", "every", "do")


@dataclass(frozen=True, slots=True)
class Event:
    """Exactly one of `at_us` (after t0), `at_power_us` and `condition` is there."""

    number: int
    stimulus: Stimulus
    arguments: Arguments
    at_us: int | None
    at_power_us: int | None
    condition: Condition | None
    after_us: int
    is_repeated: bool

    @property
    def where(self) -> str:
        """As in messages: `event 3 (plant.occlude)`."""
        return place(self.number, self.stimulus.name)

    @property
    def when(self) -> str:
        """What it waits for, in words."""
        if self.condition is not None:
            return str(self.condition)
        if self.at_us is not None:
            return f"at {moment.shown(self.at_us)} after the first step of an infusion"
        return f"at {moment.shown(self.at_power_us or 0)} after power-on"


def place(number: int, do: object) -> str:
    """Which event: its number in the file and what it does."""
    return f"event {number} ({do})" if isinstance(do, str) else f"event {number}"


def read(number: int, row: object, problems: list[Problem]) -> Event | None:
    """The event of a row; None, and problems, if it is none."""
    if not isinstance(row, Mapping):
        where = place(number, None)
        problems.append(Problem(where, "wrong_type", "is no table", "write it as [[event]]"))
        return None
    do = row.get("do")
    where = place(number, do)
    stimulus = _stimulus(do, where, problems)
    before = len(problems)
    at_us, at_power_us, wanted = _when(row, where, problems)
    after_us, is_repeated = _how(row, where, problems)
    if stimulus is None:
        return None
    given = {name: value for name, value in row.items() if name not in _KEYS}
    arguments = stimulus.take(given, where, problems)
    _check_emulated(stimulus, where, problems)
    if stimulus.only_at_power_on and at_power_us != 0:
        reason = "is possible only when the power comes on"
        problems.append(Problem(where, "power_on_only", reason, 'write at_power = "0 s"'))
    if len(problems) > before:
        return None
    return Event(number, stimulus, arguments, at_us, at_power_us, wanted, after_us, is_repeated)


def unreachable(events: Sequence[Event], *, is_auto: bool) -> list[Problem]:
    """Events that wait for an event that none makes, or only one that waits itself."""
    made = set(AUTO_EVENTS) if is_auto else set()
    waiting = []
    for event in events:
        if event.condition is not None and event.condition.kind == EVENT:
            waiting.append(event)
        else:
            made.add(event.stimulus.name)
    while True:
        ready = [event for event in waiting if event.condition and event.condition.subject in made]
        if not ready:
            break
        made.update(event.stimulus.name for event in ready)
        waiting = [event for event in waiting if event not in ready]
    hint = "add an event that does it, or name one that is there"
    return [
        Problem(
            event.where, "never_comes", f"when = {str(event.condition)!r}: no event makes it", hint
        )
        for event in waiting
    ]


def _stimulus(do: object, where: str, problems: list[Problem]) -> Stimulus | None:
    if not isinstance(do, str):
        hint = 'add do = "…", such as "plant.occlude"'
        problems.append(Problem(where, "missing", "says nothing to do", hint))
        return None
    stimulus = BY_NAME.get(do)
    if stimulus is None:
        reason = f"unknown stimulus {do!r}"
        problems.append(Problem(where, "unknown_stimulus", reason, nearest(do, BY_NAME)))
    return stimulus


def _when(
    row: Mapping[str, object], where: str, problems: list[Problem]
) -> tuple[int | None, int | None, Condition | None]:
    given = [name for name in _WHEN_KEYS if name in row]
    if len(given) != 1:
        reason = "says no time" if not given else f"says {' and '.join(given)}, which is twice"
        hint = "give one of at, at_power and when"
        problems.append(Problem(where, "one_time", reason, hint))
        return None, None, None
    name = given[0]
    if name == "when":
        return None, None, condition.parse(row[name], where, problems)
    time_us = _time_us(row, name, where, problems)
    return (time_us, None, None) if name == "at" else (None, time_us, None)


def _how(row: Mapping[str, object], where: str, problems: list[Problem]) -> tuple[int, bool]:
    after_us = _time_us(row, "after", where, problems) if "after" in row else 0
    every = row.get("every", False)
    if not isinstance(every, bool):
        reason = f"every = {every!r} is neither true nor false"
        problems.append(Problem(where, "wrong_type", reason, "write every = true"))
    for name in ("after", "every"):
        if name in row and "when" not in row:
            reason = f"{name} goes with when only"
            problems.append(Problem(where, "needs_when", reason, f"remove {name}, or use when"))
    return after_us or 0, every is True


def _time_us(
    row: Mapping[str, object], name: str, where: str, problems: list[Problem]
) -> int | None:
    try:
        return moment.parse_us(row[name], f"{where}: {name}")
    except moment.InvalidMoment as invalid:
        problems.append(invalid.problem)
        return None


def _check_emulated(stimulus: Stimulus, where: str, problems: list[Problem]) -> None:
    if stimulus.act is None:
        reason = f"{stimulus.name} is not yet emulated"
        hint = "`evenflow simulate --stimuli` lists what is; remove the event"
        problems.append(Problem(where, "not_emulated", reason, hint))
