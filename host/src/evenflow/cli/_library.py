"""The library that an order is held to: the shipped one, unless `--library` names another."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from evenflow.dose.library import Library

VARIABLE = "EVENFLOW_LIBRARY"

_Command = TypeVar("_Command", bound=Callable[..., Any])


def library_option(command: _Command) -> _Command:
    """Adds `--library`, passed to the command as `library`."""
    return click.option(
        "--library",
        metavar="FILE",
        type=click.Path(path_type=Path),
        envvar=VARIABLE,
        show_envvar=True,
        help="A drug library in place of the shipped one.",
    )(command)


def chosen(path: Path | None) -> "Library":
    """The library of that file, or the shipped one."""
    from evenflow.dose.library import load, shipped

    return shipped() if path is None else load(path)
