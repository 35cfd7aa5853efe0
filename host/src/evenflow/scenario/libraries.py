"""The drug libraries of a scenario: the files that `host.install_library` names.

A file that is not there is a mistake of the scenario. One that is unsound is what the host is to
refuse, at its moment.
"""

from collections.abc import Sequence
from pathlib import Path

from evenflow import bounded
from evenflow.dose import library
from evenflow.errors import EvenflowError, Problem, WrongUsage
from evenflow.formulary.source import Source
from evenflow.scenario.event import Event

_INSTALL = "host.install_library"


def named(
    events: Sequence[Event], path: Path, problems: list[Problem]
) -> dict[str, Source | EvenflowError]:
    """Each library by its text in the file, or what is wrong with it."""
    found: dict[str, Source | EvenflowError] = {}
    for event in events:
        if event.stimulus.name != _INSTALL:
            continue
        name = event.arguments.text("file")
        try:
            content = library.content_of(path.parent / name)
        except WrongUsage as missing:
            problems.append(Problem(event.where, missing.code, missing.reason, missing.hint))
            continue
        try:
            tables = bounded.tables(content, name)
            found[name] = Source(Path(name), content, tables, library.from_tables(tables, name))
        except EvenflowError as unsound:
            found[name] = unsound
    return found
