"""Reads `--vitals FILE.csv`: what was found in a patient, to be entered again at its times.

Columns in any order: `at_min` (minutes from START, or `baseline`), `sbp`, `dbp`, `hr`, `spo2`,
`sedation`, and perhaps `side_effect` with `severity`. A blank cell was not measured. A file is
refused as a whole, every wrong cell by its line and column.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO
from pathlib import Path

from evenflow import bounded
from evenflow.errors import Problem, Refused, in_file
from evenflow.session.finding import FILE, SEVERITIES, SIDE_EFFECTS, Finding, SideEffect
from pumpcore import units
from pumpcore.vital_signs import (
    MAX_HEART_RATE_PER_MIN,
    MAX_MMHG,
    MAX_OXYGEN_PERCENT,
    NOT_TAKEN,
    SEDATION,
    VitalSigns,
    refusal_of,
)

MAX_FILE_BYTES = 65_536
BASELINE = "baseline"
_AT, _SEDATION, _EFFECT, _SEVERITY = "at_min", "sedation", "side_effect", "severity"
_NUMBERS = (
    ("sbp", MAX_MMHG),
    ("dbp", MAX_MMHG),
    ("hr", MAX_HEART_RATE_PER_MIN),
    ("spo2", MAX_OXYGEN_PERCENT),
)
_REQUIRED = (_AT, *(name for name, _ in _NUMBERS), _SEDATION)
_OPTIONAL = (_EFFECT, _SEVERITY)
# A session is no longer than a day.
_MAX_MIN = 1_440
# No figure needs more characters.
_MAX_FIGURE = 9

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Timed:
    """A finding of a file, `at_us` from START; None is the baseline, before it."""

    at_us: int | None
    finding: Finding


def load(path: str | Path) -> tuple[Timed, ...]:
    """The findings in their order; Refused with every wrong cell, WrongUsage without the file."""
    name = str(path)
    raw = bounded.content(path, "a session", MAX_FILE_BYTES)
    try:
        lines = list(csv.reader(StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as invalid:
        raise Refused("not_csv", f"{name}: not CSV: {invalid}", "save it as CSV, UTF-8") from None
    return read(lines, name)


def read(lines: list[list[str]], name: str) -> tuple[Timed, ...]:
    """The same of cells, the header first."""
    header = [cell.strip() for cell in lines[0]] if lines else []
    problems = list(_header_problems(header))
    if problems:
        raise in_file(Refused, name, problems)
    timed: list[Timed] = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            reason = f"has {len(cells)} cells, the header {len(header)}"
            problems.append(Problem(f"line {number}", "cell_count", reason, "mind the commas"))
            continue
        row = {key: cell.strip() for key, cell in zip(header, cells, strict=True)}
        found: list[Problem] = []
        one = _timed(row, number, found)
        found += _order_problems(one, timed, number) if not found else []
        problems += found
        timed.append(one)
    if not timed:
        problems.append(Problem("", "nothing_entered", "has no line below its header", "add some"))
    if problems:
        raise in_file(Refused, name, problems)
    return tuple(timed)


def _header_problems(header: list[str]) -> Iterator[Problem]:
    hint = f"the first line names {', '.join(_REQUIRED)}, and perhaps {', '.join(_OPTIONAL)}"
    for column in _REQUIRED:
        if column not in header:
            yield Problem(f"line 1, {column}", "missing", "the column is missing", hint)
    for column in dict.fromkeys(header):
        if column not in (*_REQUIRED, *_OPTIONAL):
            yield Problem(f"line 1, {column}", "unknown_column", "unknown column", hint)
        elif header.count(column) > 1:
            yield Problem(f"line 1, {column}", "column_twice", "is there more than once", hint)
    if (_EFFECT in header) != (_SEVERITY in header):
        reason = f"{_EFFECT} and {_SEVERITY} go together"
        yield Problem("line 1", "missing", reason, hint)


def _order_problems(one: Timed, before: list[Timed], number: int) -> Iterator[Problem]:
    """The baseline comes first and once, and time does not go back."""
    last = before[-1] if before else None
    place = f"line {number}, {_AT}"
    if last is None:
        return
    if one.at_us is None:
        reason = "the baseline is not the first line"
        yield Problem(place, "order", reason, "write it first, and once")
    elif last.at_us is not None and one.at_us < last.at_us:
        yield Problem(place, "order", "is before the line above", "sort the lines by time")


def _timed(row: Row, number: int, problems: list[Problem]) -> Timed:
    at_us = _at_us(row[_AT], f"line {number}, {_AT}", problems)
    signs = _signs(row, number, problems)
    effects = _effects(row, number, problems)
    if not problems and not any(signs) and not effects:
        reason = "says nothing: no sign and no side effect"
        problems.append(Problem(f"line {number}", "nothing_entered", reason, "remove the line"))
    return Timed(at_us, Finding(FILE, signs, effects))


def _at_us(text: str, place: str, problems: list[Problem]) -> int | None:
    if text == BASELINE:
        return None
    whole, _, fraction = text.partition(".")
    is_short = len(text) <= _MAX_FIGURE
    is_number = (
        is_short and whole.isascii() and whole.isdigit() and (not fraction or fraction.isdigit())
    )
    if not is_number or not text.isascii() or text.endswith("."):
        reason = f"{_shown(text)} is neither {BASELINE} nor a number of minutes"
        problems.append(Problem(place, "wrong_cell", reason, "write minutes from START: 10"))
        return None
    minutes = Fraction(text)
    if minutes > _MAX_MIN:
        reason = f"{text} min is more than a day"
        problems.append(Problem(place, "wrong_cell", reason, f"0 to {_MAX_MIN}"))
        return None
    return int(minutes * units.MS_PER_MIN * units.US_PER_MS)


def _shown(text: str) -> str:
    """A cell for the screen, shortened where somebody pasted something else."""
    return repr(text) if len(text) <= _MAX_FIGURE else f"{text[:_MAX_FIGURE]!r}…"


def _signs(row: Row, number: int, problems: list[Problem]) -> VitalSigns:
    found: list[Problem] = []
    values: dict[str, int] = {}
    for column, most in _NUMBERS:
        text = row[column]
        is_whole = len(text) <= _MAX_FIGURE and text.isascii() and text.isdigit()
        if text and not (is_whole and 1 <= int(text) <= most):
            reason = f"{_shown(text)} is no whole number from 1 to {most}"
            hint = "leave it blank if it was not measured"
            found.append(Problem(f"line {number}, {column}", "wrong_cell", reason, hint))
            values[column] = 0
        else:
            values[column] = int(text or 0)
    word = row[_SEDATION] or SEDATION[0]
    if word not in SEDATION:
        hint = f"known are: {', '.join(SEDATION)}"
        reason = f"unknown word {word!r}"
        found.append(Problem(f"line {number}, {_SEDATION}", "wrong_cell", reason, hint))
        word = SEDATION[0]
    mmhg = values["sbp"], values["dbp"]
    signs = VitalSigns(*mmhg, values["hr"], values["spo2"], SEDATION.index(word))
    if not found and signs != NOT_TAKEN and refusal_of(signs):
        reason = f"{signs.systolic}/{signs.diastolic}: both or neither, the higher one first"
        found.append(Problem(f"line {number}, sbp", "vitals_range", reason, "check the figures"))
    problems += found
    return signs


def _effects(row: Row, number: int, problems: list[Problem]) -> tuple[SideEffect, ...]:
    name, severity = row.get(_EFFECT, ""), row.get(_SEVERITY, "")
    if not name and not severity:
        return ()
    known = {_EFFECT: (name, SIDE_EFFECTS), _SEVERITY: (severity, SEVERITIES)}
    for column, (word, words) in known.items():
        if word not in words:
            reason = f"unknown word {word!r}" if word else "is blank"
            hint = f"known are: {', '.join(words)}"
            problems.append(Problem(f"line {number}, {column}", "wrong_cell", reason, hint))
    return (SideEffect(name, severity),)
