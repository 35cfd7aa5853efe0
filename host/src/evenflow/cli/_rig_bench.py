"""`evenflow rig check` and `rig emulate`: what a rig can do, and a bench with nothing on it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Callable

    from evenflow.instruments.emulated.served import Over
    from evenflow.rig.emulated_bench import Tables
    from evenflow.rig.rig import Described


@click.command()
@click.argument("rig")
@click.option("--open", "is_opened", is_flag=True, help="Open pump and instruments, too.")
@_output.json_option
def check(rig: str, is_opened: bool, as_json: bool) -> None:
    """Say what a RIG can do and what it lacks: emulated, a rig file, or labgrid:PLACE.

    Nothing is opened unless --open is given; then each instrument and the pump say who they are.
    """
    from evenflow.rig.named import described
    from evenflow.rig.rig import NEEDS

    found = described(rig)
    lacks = {need: found.lacks(need) for need in NEEDS}
    content: dict[str, Any] = {
        "notice": NOT_FOR_USE,
        "rig": found.name,
        "has": [need for need, why in lacks.items() if not why],
        "lacks": {need: why for need, why in lacks.items() if why},
    }
    if is_opened:
        content["identities"] = asyncio.run(_identities(found))
    if as_json:
        _output.print_json(content)
        return
    click.echo(f"rig {found.name}")
    for need, why in lacks.items():
        click.echo(f"  {'no ' if why else 'yes'}  {need:<14}{why}")
    for name, words in content.get("identities", {}).items():
        click.echo(f"  {name}: {words}")


async def _identities(found: "Described") -> dict[str, str]:
    async with found.open({}) as rig:
        told = await rig.identities()
        pump = await rig.connect()
        try:
            identity = pump.identity
        finally:
            await pump.close()
        told["pump"] = f"{identity.board}, firmware {identity.firmware}"
        return told


@click.command()
@click.option("--dry", is_flag=True, help="A controller and the fixture that plays its sensors.")
@click.option("--over", type=click.Choice(("pty", "socket")), default="pty", show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the rig file there, else print it."
)
@_output.json_option
def emulate(over: "Over", out: Path | None, dry: bool, as_json: bool) -> None:
    """Start an emulated bench and write its rig file; runs until Ctrl-C.

    A pump in real time, a balance and relays, each behind a line of its own: for trying a rig file
    and tests before there is a bench, as in `make hil RIG=bench.toml`. With --dry a controller and
    its fixture instead, behind two serial ports.
    """
    if out is not None and out.exists():
        raise WrongUsage("file_exists", f"{out}: is there already", "name a new file")
    if dry and over != "pty":
        reason = "a dry bench has serial ports, and no sockets"
        raise WrongUsage("dry_socket", reason, "leave --over out")
    asyncio.run(_emulate(over, lambda tables: _tell(tables, out, as_json=as_json), dry=dry))


def _tell(tables: "Tables", out: Path | None, *, as_json: bool) -> None:
    from evenflow.rig.emulated_bench import text_of

    text = text_of(tables)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, "schema": 1, **tables})
    else:
        click.echo(f"# {NOT_FOR_USE}\n{text}" if out is None else str(out))


async def _emulate(over: "Over", tell: "Callable[[Tables], None]", *, dry: bool) -> None:
    from evenflow.rig.emulated_bench import emulated_bench
    from evenflow.rig.emulated_dry_bench import emulated_dry_bench

    async with emulated_dry_bench() if dry else emulated_bench(over=over) as tables:
        tell(tables)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            click.echo("the bench is off", err=True)
