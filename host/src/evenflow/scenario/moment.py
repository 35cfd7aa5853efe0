"""Times of a scenario: `mm:ss`, `h:mm:ss`, or a number with ms, s, min or h; in whole us."""

import re
from fractions import Fraction

from evenflow.errors import Problem

US_PER_S = 1_000_000

_CLOCK = re.compile(r"(?:([0-9]{1,9}):([0-5][0-9])|([0-9]{1,9})):([0-5][0-9])", re.ASCII)
_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(ms|s|min|h)", re.ASCII)
_UNIT_US = {"ms": 1_000, "s": US_PER_S, "min": 60 * US_PER_S, "h": 3_600 * US_PER_S}
_MINUS = "-\u2212"
_HINT = 'write it like "15:00", "1:30:00", "900 s" or "15 min"'


class InvalidMoment(ValueError):
    """A time that is none; `problem` says why, and what to write."""

    def __init__(self, problem: Problem) -> None:
        """One problem, at its place."""
        super().__init__(str(problem))
        self.problem = problem


def parse_us(value: object, where: str) -> int:
    """The time in microseconds; InvalidMoment names `where`."""
    if not isinstance(value, str):
        if isinstance(value, int | float) and not isinstance(value, bool):
            raise _invalid(where, "unit_missing", f"{value!r} has no unit")
        raise _invalid(where, "wrong_type", f"{value!r} is no time")
    if value.strip()[:1] in _MINUS and value.strip():
        raise _invalid(where, "negative_time", f"{value!r} is negative")
    clock = _CLOCK.fullmatch(value)
    if clock:
        hours, minutes, lone_minutes, seconds = clock.groups()
        whole_minutes = int(lone_minutes) if lone_minutes else 60 * int(hours) + int(minutes)
        return (60 * whole_minutes + int(seconds)) * US_PER_S
    span = _SPAN.fullmatch(value)
    if span is None:
        raise _invalid(where, "no_time", f"{value!r} is no time")
    exact_us = Fraction(span[1]) * _UNIT_US[span[2]]
    if exact_us.denominator != 1:
        raise _invalid(where, "too_fine", f"{value!r} is no whole number of microseconds")
    return exact_us.numerator


def shown(time_us: int) -> str:
    """For a person: `h:mm:ss.s`, or `mm:ss.s` below an hour."""
    tenths = time_us // 100_000
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{minutes:02}:{tenths // 10:02}.{tenths % 10}"
    return f"{hours}:{rest}" if hours else rest


def _invalid(where: str, code: str, reason: str) -> InvalidMoment:
    hint = "times count from zero on" if code == "negative_time" else _HINT
    return InvalidMoment(Problem(where, code, reason, hint))
