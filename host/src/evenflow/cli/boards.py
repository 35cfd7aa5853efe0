"""`evenflow boards`: which boards are known and connected, and whether a board file is sound."""

from typing import Any

import click

from evenflow.cli import _output
from evenflow.errors import EvenflowError


@click.group(invoke_without_command=True)
@_output.json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List known boards and connected devices; check a file."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_boards, as_json=as_json)


@command.command("list")
@_output.json_option
def list_boards(as_json: bool) -> None:
    """List the boards that come with Evenflow, and the serial ports of this machine."""
    boards = _known()
    devices = _connected()
    if as_json:
        _output.print_json({"boards": boards, "devices": devices})
        return
    from rich.table import Table
    from rich.text import Text

    console = _output.console()
    table = Table("board", "controller", "", title="known boards", title_justify="left")
    for board in boards:
        table.add_row(board["name"], board["controller"], Text(board["problem"] or "ok"))
    console.print(table)
    if not devices:
        console.print("no serial device is connected; emulated:pico needs none", markup=False)
        return
    table = Table("port", "what", title="connected devices", title_justify="left")
    for device in devices:
        table.add_row(device["port"], Text(device["description"]))
    console.print(table)


@command.command()
@click.argument("file")
@_output.json_option
def check(file: str, as_json: bool) -> None:
    """Check a board file, or a known board by its name."""
    from evenflow.boards import load

    profile = load(file)
    if as_json:
        _output.print_json({"ok": True, "board": profile["board.name"], "profile": profile})
        return
    click.echo(f"{file}: a sound board file, {profile['board.name']}")


def _known() -> list[dict[str, Any]]:
    from evenflow.boards import known, load

    found = []
    for path in known():
        board: dict[str, Any] = {"name": path.stem, "file": str(path)}
        try:
            profile = load(path.stem)
        except EvenflowError as invalid:
            board |= {"controller": "", "ok": False, "problem": invalid.reason}
        else:
            board |= {"controller": profile["board.controller"], "ok": True, "problem": None}
        found.append(board)
    return found


def _connected() -> list[dict[str, Any]]:
    from serial.tools.list_ports import comports

    return [
        {
            "port": port.device,
            "description": port.description,
            "vendor_id": port.vid,
            "product_id": port.pid,
            "serial_number": port.serial_number,
        }
        for port in sorted(comports(), key=lambda port: port.device)
        if port.hwid != "n/a"  # a port of the mainboard with nothing known behind it
    ]
