"""The orders of a scenario: its own, as a path or a table, and those that `host.submit` names."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from evenflow.dose import order as order_file
from evenflow.dose.library import Library
from evenflow.dose.plan import Plan, plan
from evenflow.errors import EvenflowError, NeedsOverride, Problem, in_file
from evenflow.formulary.source import Source
from evenflow.scenario.event import Event

_SUBMIT = "host.submit"
_OVERRIDE = "operator.override"


def own(
    content: object, path: Path, events: Sequence[Event], problems: list[Problem]
) -> Plan | None:
    """The plan of the scenario's own order; soft limits passed need an operator.override."""
    where = "order"
    if content is None:
        return None
    if isinstance(content, Mapping):
        return _planned(content, f"{path}: [order]", where, events, problems)
    if isinstance(content, str):
        return _planned(path.parent / content, content, where, events, problems)
    reason = f"{content!r} is neither a path nor a table"
    problems.append(Problem(where, "wrong_type", reason, 'write order = "…" or [order]'))
    return None


def submitted(
    events: Sequence[Event],
    path: Path,
    libraries: Mapping[str, Source | EvenflowError],
    problems: list[Problem],
) -> dict[str, Plan]:
    """Plans of the orders that events submit, by their text in the file.

    One of the libraries must permit it; the host judges it at its moment, with the one it has.
    """
    found: dict[str, Plan] = {}
    others = [one.library for one in libraries.values() if isinstance(one, Source)]
    for event in events:
        if event.stimulus.name != _SUBMIT:
            continue
        name = event.arguments.text("order")
        wrong: list[Problem] = []
        for library in (None, *others):
            planned = _planned(path.parent / name, name, event.where, events, wrong, library)
            if planned is not None:
                found[name] = planned
                break
        else:
            # By the shipped one alone.
            _planned(path.parent / name, name, event.where, events, problems)
    return found


def _planned(
    source: Path | Mapping[str, object],
    name: str,
    where: str,
    events: Sequence[Event],
    problems: list[Problem],
    library: Library | None = None,
) -> Plan | None:
    try:
        if isinstance(source, Path):
            order = order_file.load(source, library)
        else:
            order = order_file.from_table(source, name, library)
        planned = plan(order, library=library)
        if isinstance(planned.error(), NeedsOverride):
            planned = plan(order, _reason(events), library)
        error = planned.error()
    except EvenflowError as refused:
        error = refused
        planned = None
    if error is None:
        return planned
    if isinstance(error, NeedsOverride):
        raise in_file(NeedsOverride, name, error.problems)
    problems.extend(_at(where, error))
    return None


def _reason(events: Sequence[Event]) -> str | None:
    for event in events:
        if event.stimulus.name == _OVERRIDE:
            return event.arguments.text("reason")
    return None


def _at(where: str, error: EvenflowError) -> list[Problem]:
    if not error.problems:
        return [Problem(where, error.code, error.reason, error.hint)]
    return [
        Problem(f"{where}: {one.where}", one.code, one.reason, one.hint) for one in error.problems
    ]
