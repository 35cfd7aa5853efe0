"""What a row of the stimulus table is: a name, its arguments, and what it does on the stage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from evenflow.errors import Problem

if TYPE_CHECKING:
    from evenflow.scenario.stage import Stage

NUMBER = "a number"
WHOLE = "a whole number"
TEXT = "a text"
HEX = "hexadecimal text"
CLAIM = "true or false"
# A whole number within the bounds, or one of the choices.
SCORE = "a score"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: kind, unit, inclusive bounds; required unless it has a default."""

    name: str
    kind: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    default: object = None

    @property
    def is_required(self) -> bool:
        """Whether an event must give it."""
        return self.default is None

    @property
    def words(self) -> str:
        """Kind, unit and bounds, for messages and the table of the documentation."""
        if self.kind == SCORE:
            words = ", ".join(self.choices)
            return f"a whole number, {self.low:g} to {self.high:g}, or one of {words}"
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        unit = f" in {self.unit}" if self.unit else ""
        if self.low is not None and self.high is not None:
            return f"{self.kind}{unit}, {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{self.kind}{unit}, at least {self.low:g}"
        return f"{self.kind}{unit}"

    def problem(self, value: object, where: str) -> Problem | None:
        """What is wrong with a value, or None."""
        if not self._is_of_kind(value):
            return self._problem(where, "argument_type", value)
        if self.kind in (NUMBER, WHOLE) and not self._is_within(value):
            return self._problem(where, "argument_range", value)
        if self.kind == SCORE:
            is_known = value in self.choices if isinstance(value, str) else self._is_within(value)
            return None if is_known else self._problem(where, "argument_range", value)
        if self.choices and value not in self.choices:
            return self._problem(where, "argument_choice", value)
        return None

    def _is_of_kind(self, value: object) -> bool:
        if self.kind == CLAIM:
            return isinstance(value, bool)
        if self.kind == SCORE and isinstance(value, str):
            return True
        if self.kind == SCORE:
            return isinstance(value, int) and not isinstance(value, bool)
        if self.kind == WHOLE:
            return isinstance(value, int) and not isinstance(value, bool)
        if self.kind == NUMBER:
            if not isinstance(value, int | float) or isinstance(value, bool):
                return False
            return isfinite(value)
        if not isinstance(value, str) or not value.strip():
            return False
        return self.kind != HEX or _is_hex(value)

    def _is_within(self, value: object) -> bool:
        if not isinstance(value, int | float):
            return False
        return (self.low is None or value >= self.low) and (
            self.high is None or value <= self.high
        )

    def _problem(self, where: str, code: str, value: object) -> Problem:
        reason = f"{self.name} = {value!r} is not {self.words}"
        return Problem(where, code, reason, f"{self.name} is {self.words}")


class Arguments:
    """The arguments of one event, already checked; absent ones have their defaults."""

    def __init__(self, values: Mapping[str, object]) -> None:
        """Values by name."""
        self.values = dict(values)

    def number(self, name: str) -> float:
        """A number."""
        value = self.values[name]
        if not isinstance(value, int | float):
            raise TypeError(name)
        return float(value)

    def whole(self, name: str) -> int:
        """A whole number."""
        value = self.values[name]
        if not isinstance(value, int):
            raise TypeError(name)
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self.values[name]
        if not isinstance(value, str):
            raise TypeError(name)
        return value

    def claim(self, name: str) -> bool:
        """A truth value."""
        return self.values[name] is True

    @property
    def words(self) -> str:
        """As in the file, `volume_ul = 60`; empty if there are none."""
        return ", ".join(f"{name} = {value}" for name, value in self.values.items())


Action = Callable[["Stage", Arguments], None]


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One `do` of the scenario file. Without an `act` it is known, but not yet emulated.

    `is_open` takes any further arguments: they are the fields of a message.
    """

    name: str
    words: str
    arguments: tuple[Argument, ...] = ()
    act: Action | None = None
    is_open: bool = False
    only_at_power_on: bool = False

    @property
    def source(self) -> str:
        """The part before the point: plant, controller, operator, link, host and so on."""
        return self.name.partition(".")[0]

    @property
    def short_name(self) -> str:
        """The part after the point."""
        return self.name.partition(".")[2]

    def take(self, given: Mapping[str, object], where: str, problems: list[Problem]) -> Arguments:
        """The arguments, defaults filled in; whatever is wrong joins `problems`."""
        known = {argument.name: argument for argument in self.arguments}
        values: dict[str, object] = {}
        for argument in self.arguments:
            if argument.name in given:
                problem = argument.problem(given[argument.name], where)
                if problem is not None:
                    problems.append(problem)
                values[argument.name] = given[argument.name]
            elif argument.is_required:
                hint = f"add {argument.name} = …, {argument.words}"
                reason = f"the argument {argument.name} is missing"
                problems.append(Problem(where, "argument_missing", reason, hint))
            else:
                values[argument.name] = argument.default
        for name, value in given.items():
            if name in known:
                continue
            if self.is_open:
                values[name] = value
                continue
            takes = ", ".join(known) or "none"
            reason = f"unknown argument {name}"
            problems.append(
                Problem(where, "unknown_argument", reason, f"{self.name} takes {takes}")
            )
        return Arguments(values)


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True
