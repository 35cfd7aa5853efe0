"""How every command speaks: errors, JSON and tables, in one place.

Errors go to stderr as what was wrong, where and what to do; with `--json` also to stdout as
`{"error": {"code", "reason", "hint"}}`, and that object is then all that stdout carries.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click

from evenflow.errors import EvenflowError

if TYPE_CHECKING:
    from rich.console import Console

_Command = TypeVar("_Command", bound=Callable[..., Any])


def json_option(command: _Command) -> _Command:
    """Adds `--json`, passed to the command as `as_json`."""
    option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    return option(command)


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether errors are wanted as JSON too; works on arguments that do not parse."""
    before_end = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in before_end


def spare_what_cannot_be_shown() -> None:
    """Characters that the terminal's encoding lacks are shown as escapes, not failed at."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_json(content: Mapping[str, Any]) -> None:
    """One JSON object on stdout, in ASCII; NaN and infinity are errors, not JSON."""
    click.echo(json.dumps(content, indent=2, allow_nan=False))


def error_object(error: EvenflowError) -> dict[str, Any]:
    """The value of `"error"`; `problems` is there when a file has some."""
    content: dict[str, Any] = {"code": error.code, "reason": error.reason, "hint": error.hint}
    if error.problems:
        content["problems"] = [
            {"where": one.where, "code": one.code, "reason": one.reason, "hint": one.hint}
            for one in error.problems
        ]
    return content


def report(
    error: EvenflowError, *, as_json: bool, beside: Mapping[str, Any] | None = None
) -> None:
    """Say an error; `beside` is what stdout's object holds next to it."""
    click.echo(f"evenflow: {error.reason}", err=True)
    if error.hint:
        click.echo(f"  what to do: {error.hint}", err=True)
    if as_json:
        print_json({**(beside or {}), "error": error_object(error)})


def console(*, to_stderr: bool = False) -> "Console":
    """A rich console; plain text of full width when the stream is no terminal."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    return Console(file=stream, highlight=False, width=None if stream.isatty() else 120)
