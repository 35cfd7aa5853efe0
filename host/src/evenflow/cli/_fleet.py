"""What `bridge` and `ingest` have in common: the broker's options, and how they speak."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click

from evenflow.cli import _output
from evenflow.errors import CheckFailed, WrongUsage

if TYPE_CHECKING:
    from evenflow.fleet.broker import Broker

_Command = TypeVar("_Command", bound=Callable[..., Any])

_REDRAW_S = 1.0
# The same words are not said again within this.
_AGAIN_S = 60.0
_OPTIONS = (
    click.option("--broker", "address", required=True, metavar="mqtt[s]://[USER@]HOST[:PORT]"),
    click.option("--site", default="main", show_default=True, help="Apart from other sites."),
    click.option("--name", help="What it is called at the broker; default this host's name."),
    click.option(
        "--password-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Its first line; else EVENFLOW_MQTT_PASSWORD, else it is asked for.",
    ),
    click.option(
        "--cafile",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="The authority that signed the broker's certificate; default this machine's.",
    ),
    click.option(
        "--cert",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Our own certificate, PEM, for a broker that wants one.",
    ),
    click.option(
        "--key",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="Its key, if it is not in the same file.",
    ),
    click.option(
        "--insecure-plain",
        is_flag=True,
        help="Speak to another machine without TLS: rows and password can be read on the way.",
    ),
)


def broker_options(command: _Command) -> _Command:
    """Adds them, to be handed to `broker_of`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def require_extra() -> None:
    """CheckFailed if the packages of a fleet are not installed."""
    try:
        import aiomqtt
    except ModuleNotFoundError as missing:
        raise CheckFailed(
            "not_installed",
            f"the package {missing.name} is not installed, and a fleet needs it",
            "pip install 'evenflow[fleet]'",
        ) from missing
    del aiomqtt


class BrokerOptions(TypedDict):
    """As click hands them over."""

    address: str
    password_file: Path | None
    cafile: Path | None
    cert: Path | None
    key: Path | None
    insecure_plain: bool


def broker_of(**options: Unpack[BrokerOptions]) -> "Broker":
    """Where it is, and who we are there."""
    from evenflow.fleet import broker

    def password() -> str | None:
        if options["password_file"] is not None:
            return broker.from_file(options["password_file"])
        found = broker.from_environment()
        if found is not None:
            return found
        if not sys.stdin.isatty():
            raise WrongUsage(
                "no_password",
                "the broker's address names a user, and nothing says the password",
                f"--password-file, or {broker.FROM_ENVIRONMENT}",
            )
        answer: str = click.prompt("password for the broker", hide_input=True, err=True)
        return answer

    return broker.broker(
        options["address"],
        password=password,
        tls=lambda: broker.tls_context(options["cafile"], options["cert"], options["key"]),
        is_plain_right=options["insecure_plain"],
    )


class Speaker:
    """Says on stderr what happens, and not the same at every attempt."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._said_at_s: dict[tuple[str, str], float] = {}

    def __call__(self, code: str, words: str) -> None:
        """One line."""
        now_s = time.monotonic()
        if now_s - self._said_at_s.get((code, words), -_AGAIN_S) < _AGAIN_S:
            return
        self._said_at_s = {
            said: at_s for said, at_s in self._said_at_s.items() if now_s - at_s < _AGAIN_S
        } | {(code, words): now_s}
        click.echo(f"{code}: {words}", err=True)


@asynccontextmanager
async def shown(words: Callable[[float], str], *, is_shown: bool) -> AsyncIterator[None]:
    """A line on the terminal, redrawn each second; `words` gets the seconds since the last."""
    console = _output.console(to_stderr=True)
    if not (is_shown and console.is_terminal):
        yield
        return
    with console.status("") as status:

        async def redraw() -> None:
            last_s = time.monotonic()
            while True:
                await asyncio.sleep(_REDRAW_S)
                now_s = time.monotonic()
                status.update(words(now_s - last_s))
                last_s = now_s

        task = asyncio.create_task(redraw())
        try:
            yield
        finally:
            task.cancel()
