"""The command `evenflow`: a table of sub-commands, each imported only when it is used.

A sub-command is a module `evenflow.cli.<name>` with a click command or group called `command`. It
raises EvenflowError, or leaves with `ctx.exit(code)`; wording and exit codes are settled here.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

import click

from evenflow import NOT_FOR_USE, __version__
from evenflow.cli import _output
from evenflow.errors import CheckFailed, EvenflowError, WrongUsage

# name, module, one line of help
COMMANDS = (
    ("order", "evenflow.cli.order", "Show or check an order: dose, volume, rate, limits."),
    ("library", "evenflow.cli.library", "Check, show, compare, sign and install drug libraries."),
    ("course", "evenflow.cli.course", "Plan a course of sessions; what was given, what is due."),
    ("pk", "evenflow.cli.pk", "Predict concentrations of ketamine from published models."),
    ("run", "evenflow.cli.run", "Run the whole session of an order on a pump, and record it."),
    ("stop", "evenflow.cli.stop", "Stop the pump now."),
    ("info", "evenflow.cli.info", "Say what a pump is: firmware, board, self-test, alarms."),
    ("journal", "evenflow.cli.journal", "List what the pump has written down, and check it."),
    ("boards", "evenflow.cli.boards", "List known boards and connected devices; check a file."),
    (
        "flash",
        "evenflow.cli.flash",
        "Put firmware, profile and key onto a board, and verify them.",
    ),
    ("keys", "evenflow.cli.keys", "List, export, import and rotate the keys of boards."),
    ("emulate", "evenflow.cli.emulate", "Start an emulated board on a serial port of its own."),
    ("sessions", "evenflow.cli.sessions", "List, show and export recorded sessions."),
    ("bridge", "evenflow.cli.bridge", "Send what this host records to a fleet's database."),
    ("ingest", "evenflow.cli.ingest", "Store what bridges send, for a fleet of pumps."),
    ("flow", "evenflow.cli.flow", "Record a balance; start-up, trumpet and accuracy of a flow."),
    ("calibrate", "evenflow.cli.calibrate", "Weigh a syringe's dispenses; correct its bore."),
    ("simulate", "evenflow.cli.simulate", "Run scenarios in virtual time on an emulated board."),
    (
        "campaign",
        "evenflow.cli.campaign",
        "Plant every single fault, and declare the worst of it.",
    ),
    ("rig", "evenflow.cli.rig", "Instruments of a bench: which are known, what one measures."),
)

TRACEBACK_VARIABLE = "EVENFLOW_TRACEBACK"
_INTERRUPTED = 130  # 128 + SIGINT, as shells say it
_JSON = "evenflow.json"


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the table's order."""
        del ctx
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if the table has none."""
        del ctx
        for name, module, _ in COMMANDS:
            if name == cmd_name:
                return _load(name, module)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, from the table."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, _, line in COMMANDS])

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        """Parse the words before the sub-command; a mistake there is said and ends the program."""
        _output.spare_what_cannot_be_shown()
        as_json = _output.wants_json(args)
        with _explained(as_json=as_json):
            ctx = super().make_context(info_name, args, parent, **extra)
        ctx.meta[_JSON] = as_json
        return ctx

    def invoke(self, ctx: click.Context) -> object:
        """Run the sub-command; any failure is said in words and ends with its exit code."""
        with _explained(as_json=ctx.meta[_JSON]), _terminated_like_interrupted():
            return super().invoke(ctx)


@contextmanager
def _explained(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except (click.exceptions.Exit, BrokenPipeError):
        raise
    except KeyboardInterrupt:
        _output.report(CheckFailed("aborted", "stopped at the keyboard"), as_json=as_json)
        sys.exit(_INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as help_page:
        help_page.show()
        sys.exit(WrongUsage.exit_code)
    except Exception as failure:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        error = _as_evenflow_error(failure)
        _output.report(error, as_json=as_json)
        sys.exit(error.exit_code)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends a command as Ctrl-C does: records are closed, boards are off."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    # Ctrl-C is ignored by what a script starts in the background; a request to end is not.
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler):
        raise KeyboardInterrupt
    handler(signal.SIGINT, frame)


def _load(name: str, module: str) -> click.Command:
    try:
        command = import_module(module).command
    except ModuleNotFoundError as missing:
        if missing.name == module:
            reason = f"the command {name} is not part of this version"
            raise CheckFailed("not_available", reason, "see `evenflow --help`") from missing
        reason = f"the command {name} needs the package {missing.name}, which is not installed"
        raise CheckFailed("not_installed", reason, f"pip install {missing.name}") from missing
    if not isinstance(command, click.Command):
        raise TypeError(f"{module}.command is no click command")
    return command


def _as_evenflow_error(failure: Exception) -> EvenflowError:
    if isinstance(failure, EvenflowError):
        return failure
    if isinstance(failure, click.Abort):
        return CheckFailed("aborted", "given up at a question", "run the command again")
    if isinstance(failure, click.ClickException):
        context = getattr(failure, "ctx", None)
        program = context.command_path if context is not None else "evenflow"
        return WrongUsage("wrong_usage", failure.format_message(), f"see `{program} --help`")
    if isinstance(failure, OSError) and failure.strerror:
        place = f"{failure.filename}: " if failure.filename else ""
        return CheckFailed("system", f"{place}{failure.strerror}", "check path and permissions")
    return CheckFailed(
        "internal",
        f"a fault in Evenflow itself: {type(failure).__name__}: {failure}",
        f"please report it; {TRACEBACK_VARIABLE}=1 shows where it happened",
    )


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if value and not ctx.resilient_parsing:
        click.echo(f"evenflow {__version__}\n{NOT_FOR_USE}")
        ctx.exit()


@click.group(cls=LazyGroup, epilog=NOT_FOR_USE)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Say the version and leave.",
)
def main() -> None:
    """An open infusion-pump controller: orders, pumps, sessions and their record."""
