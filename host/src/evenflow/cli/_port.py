"""The options that every command with a pump has."""

from collections.abc import Callable
from math import inf
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def speed(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A click callback: a number above 0, or `max`, which is infinity; None if not given."""
    if value is None:
        return None
    if value == "max":
        return inf
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < inf:
        raise click.BadParameter(f"{value!r} is neither a number above 0 nor max", ctx, param)
    return number


def read_only_option(command: _Command) -> _Command:
    """Adds `--read-only`, which is `read_only`."""
    return click.option(
        "--read-only",
        is_flag=True,
        help="Beside the host that counts, on a line that several share: no sign of life.",
    )(command)


def port_option(command: _Command) -> _Command:
    """Adds `--port`."""
    return click.option(
        "--port",
        required=True,
        metavar="PORT",
        help="emulated:BOARD, serial:PATH or the path, socket://HOST:PORT, rfc2217://HOST:PORT",
    )(command)
