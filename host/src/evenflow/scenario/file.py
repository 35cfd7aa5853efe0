"""Reads a scenario file, schema 1, strictly: every mistake is found before anything runs.

A file is refused as a whole with all of its problems, each with the number of its event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenflow import boards, bounded
from evenflow.dose.plan import Plan
from evenflow.emulator.plant import PlantConfig
from evenflow.emulator.runtime import RUNTIMES
from evenflow.errors import EvenflowError, Problem, Refused, in_file
from evenflow.formulary.source import Source
from evenflow.scenario import (
    event,
    expectation,
    libraries,
    moment,
    orders,
    plant_table,
    request_fields,
)
from evenflow.scenario.event import Event
from evenflow.scenario.expectation import Expectation
from evenflow.scenario.suggestion import nearest

SCHEMA = 1
MAX_FILE_BYTES = 1_000_000
DEFAULT_BOARD = "pico"
DEFAULT_RUNTIME = "auto"
_KEYS = (
    "schema",
    "title",
    "seed",
    "board",
    "runtime",
    "until",
    "order",
    "plant",
    "operator",
    "event",
    "expect",
)
_OPERATOR_KEYS = ("auto", "answers")
_MAX_SEED = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can run.

    `orders` holds the plans that `host.submit` names, by its text, and `libraries` the files that
    `host.install_library` names, or what is wrong with them.
    """

    path: Path
    title: str
    seed: int
    board: str
    profile: dict[str, object]
    runtime: str
    until_us: int
    plan: Plan | None
    orders: dict[str, Plan]
    libraries: dict[str, Source | EvenflowError]
    plant: PlantConfig
    is_auto: bool
    answers: bool
    events: tuple[Event, ...]
    expectations: tuple[Expectation, ...]

    @property
    def name(self) -> str:
        """The file's name without its suffix."""
        return self.path.stem


def load(path: str | Path) -> Scenario:
    """Reads a file; Refused with every problem, WrongUsage if there is no such file."""
    place = Path(path)
    raw = bounded.content(place, "a scenario", MAX_FILE_BYTES)
    return from_table(bounded.tables(raw, str(path)), place)


def from_table(content: Mapping[str, object], path: Path) -> Scenario:
    """A scenario from the tables of a file; `path` names it, and orders are found from there."""
    problems: list[Problem] = []
    _check_known("", content, _KEYS, problems)
    _check_schema(content, problems)
    events = _events(content, problems)
    planned = orders.own(content.get("order"), path, events, problems)
    named = libraries.named(events, path, problems)
    board = _text(content, "board", DEFAULT_BOARD, problems)
    board_place = path.parent / board if board.endswith(".toml") else board
    is_auto, answers = _operator(content.get("operator", {}), problems)
    ordered = None if planned is None else planned.order
    scenario = Scenario(
        path=path,
        title=_text(content, "title", path.stem, problems),
        seed=_seed(content.get("seed", 0), problems),
        board=board,
        profile=_profile(board_place, problems),
        runtime=_runtime(content, problems),
        until_us=_until_us(content, problems),
        plan=planned,
        orders=orders.submitted(events, path, named, problems),
        libraries=named,
        plant=plant_table.read(content.get("plant", {}), ordered, problems),
        is_auto=is_auto,
        answers=answers,
        events=events,
        expectations=_expectations(content, problems),
    )
    request_fields.check(events, problems)
    if not problems:
        problems += event.unreachable(events, is_auto=is_auto and planned is not None)
        problems += _too_late(events, scenario.until_us)
    if problems:
        raise in_file(Refused, str(path), problems)
    return scenario


def _events(content: Mapping[str, object], problems: list[Problem]) -> tuple[Event, ...]:
    rows = _rows(content, "event", problems)
    found = [event.read(number, row, problems) for number, row in enumerate(rows, 1)]
    return tuple(one for one in found if one is not None)


def _expectations(
    content: Mapping[str, object], problems: list[Problem]
) -> tuple[Expectation, ...]:
    rows = _rows(content, "expect", problems)
    found = [expectation.read(number, row, problems) for number, row in enumerate(rows, 1)]
    return tuple(one for one in found if one is not None)


def _rows(content: Mapping[str, object], name: str, problems: list[Problem]) -> list[object]:
    rows = content.get(name, [])
    if isinstance(rows, list):
        return rows
    problems.append(Problem(name, "wrong_type", "is no list of tables", f"write [[{name}]]"))
    return []


def _too_late(events: Sequence[Event], until_us: int) -> list[Problem]:
    return [
        Problem(
            one.where,
            "never_comes",
            f"at {moment.shown(one.at_us)} is after the end, until {moment.shown(until_us)}",
            "raise until, or remove the event",
        )
        for one in events
        if one.at_us is not None and one.at_us > until_us
    ]


def _until_us(content: Mapping[str, object], problems: list[Problem]) -> int:
    if "until" not in content:
        hint = 'add until = "120 min"'
        problems.append(Problem("until", "missing", "is missing", hint))
        return 0
    try:
        until_us = moment.parse_us(content["until"], "until")
    except moment.InvalidMoment as invalid:
        problems.append(invalid.problem)
        return 0
    if until_us == 0:
        problems.append(Problem("until", "zero", "is zero", "write how long the scenario lasts"))
    return until_us


def _text(content: Mapping[str, object], name: str, default: str, problems: list[Problem]) -> str:
    value = content.get(name, default)
    if isinstance(value, str) and value.strip():
        return value
    problems.append(Problem(name, "wrong_type", f"{value!r} is no text", "write a text"))
    return default


def _seed(value: object, problems: list[Problem]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_SEED:
        return value
    reason = f"{value!r} is not a whole number from 0 on"
    problems.append(Problem("seed", "wrong_type", reason, "write seed = 7"))
    return 0


def _runtime(content: Mapping[str, object], problems: list[Problem]) -> str:
    runtime = _text(content, "runtime", DEFAULT_RUNTIME, problems)
    if runtime not in RUNTIMES:
        reason = f"unknown runtime {runtime!r}"
        problems.append(Problem("runtime", "unknown_runtime", reason, nearest(runtime, RUNTIMES)))
    return runtime


def _profile(board: str | Path, problems: list[Problem]) -> dict[str, object]:
    try:
        return boards.load(board)
    except EvenflowError as refused:
        problems.append(Problem("board", refused.code, refused.reason, refused.hint))
        return {}


def _operator(content: object, problems: list[Problem]) -> tuple[bool, bool]:
    if not isinstance(content, Mapping):
        problems.append(Problem("operator", "wrong_type", "is no table", "write it as [operator]"))
        return True, True
    _check_known("operator.", content, _OPERATOR_KEYS, problems)
    for name in _OPERATOR_KEYS:
        if not isinstance(content.get(name, True), bool):
            reason = f"{content[name]!r} is neither true nor false"
            problems.append(
                Problem(f"operator.{name}", "wrong_type", reason, "write true or false")
            )
    return content.get("auto", True) is True, content.get("answers", True) is True


def _check_schema(content: Mapping[str, object], problems: list[Problem]) -> None:
    hint = f"write schema = {SCHEMA}"
    if "schema" not in content:
        problems.append(Problem("schema", "missing", "is missing", hint))
    elif type(content["schema"]) is not int or content["schema"] != SCHEMA:
        reason = f"{content['schema']!r} is not a schema that this version reads"
        problems.append(Problem("schema", "wrong_schema", reason, hint))


def _check_known(
    prefix: str, table: Mapping[str, object], known: Sequence[str], problems: list[Problem]
) -> None:
    for name in table:
        if name not in known:
            hint = nearest(name, known)
            problems.append(Problem(f"{prefix}{name}", "unknown_key", "unknown key", hint))
