"""`evenflow order`: the plan of an order in all its units, and whether it may be infused."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow.cli import _library, _output

if TYPE_CHECKING:
    from evenflow.dose.plan import Plan

_FILE = click.argument("file", type=click.Path(path_type=Path))
_OVERRIDE = click.option(
    "--override", metavar="REASON", help="Pass soft limits, for this reason, which is recorded."
)

_BOARD = click.option(
    "--board",
    default="pico",
    show_default=True,
    metavar="BOARD",
    help="The board it is meant for, known or a file: its drive limits the rate.",
)


@click.group()
def command() -> None:
    """Show or check an order: dose, volume, rate, limits."""


@command.command()
@_FILE
@_output.json_option
@_OVERRIDE
@_BOARD
@_library.library_option
@click.pass_context
def show(
    ctx: click.Context,
    /,
    *,
    file: Path,
    as_json: bool,
    override: str | None,
    board: str,
    library: Path | None,
) -> None:
    """Show the plan of an order in all its units, with its limits.

    Ends with 3 if a hard limit is passed, 4 if a soft one is and there is no --override.
    """
    from evenflow.cli import _order_prediction
    from evenflow.dose.plan_json import as_json as plan_object

    plan = _plan(file, override, board, library)
    if not as_json:
        from evenflow.cli import _order_table

        _order_table.show(plan)
    content = plan_object(plan) if as_json else None
    _finish(ctx, plan, _order_prediction.beside(plan, content))


@command.command()
@_FILE
@_output.json_option
@_OVERRIDE
@_BOARD
@_library.library_option
@click.pass_context
def check(
    ctx: click.Context,
    /,
    *,
    file: Path,
    as_json: bool,
    override: str | None,
    board: str,
    library: Path | None,
) -> None:
    """Check an order, and say only whether it may be infused."""
    plan = _plan(file, override, board, library)
    if not as_json and plan.error() is None and plan.digest is not None:
        click.echo(f"{file}: may be infused, digest {plan.digest.hex()}")
    content = {
        "order": str(file),
        "ok": plan.error() is None,
        "digest": None if plan.digest is None else plan.digest.hex(),
        "refused": [limit.name for limit in plan.refused],
        "needs_override": [limit.name for limit in plan.needs_override],
        "override": plan.override,
    }
    _finish(ctx, plan, content if as_json else None)


@command.command()
@click.option(
    "--out", type=click.Path(path_type=Path), help="The file to write; else it is asked."
)
@click.option(
    "--last",
    type=click.Path(path_type=Path),
    help="The patient's order before this one: what differs much from it is asked about.",
)
def new(out: Path | None, last: Path | None) -> None:
    """Ask for an order at the terminal, with the limits visible, and write its file.

    A wrong answer is refused with its reason and asked again; what looks like a slip by ten or of
    unit is asked about. The file is written after a yes, and nothing before it.
    """
    from evenflow.cli import _order_new
    from evenflow.dose.order import load

    _order_new.ask(out, None if last is None else load(last))


def _plan(file: Path, override: str | None, board: str, library: Path | None) -> "Plan":
    from evenflow import boards
    from evenflow.dose.order import load
    from evenflow.dose.plan import plan

    known = _library.chosen(library)
    return plan(load(file, known), override, known, board=boards.load(board))


def _finish(ctx: click.Context, plan: "Plan", content: dict[str, Any] | None) -> None:
    """Print the object if one is wanted, say the plan's error if it has one, and leave."""
    error = plan.error()
    if error is not None:
        _output.report(error, as_json=content is not None, beside=content)
        ctx.exit(error.exit_code)
    if content is not None:
        _output.print_json(content)
    if plan.override is not None and not plan.needs_override:
        click.echo("evenflow: no soft limit is passed, so the override was not needed", err=True)
