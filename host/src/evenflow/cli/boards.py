"""`evenflow boards`: which boards are known and connected, and whether a board file is sound."""

from typing import TYPE_CHECKING, Any

import click

from evenflow.cli import _output
from evenflow.errors import EvenflowError

if TYPE_CHECKING:
    from evenflow.boards import status

_FACTS = ("sound", "emulated", "drivers", "hardware")


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
    fixtures = _fixtures()
    devices = _connected()
    if as_json:
        _output.print_json({"boards": boards, "fixtures": fixtures, "devices": devices})
        return
    from rich.table import Table
    from rich.text import Text

    console = _output.console()
    head = ("board", "controller", *_FACTS)
    table = Table(*head, title="known boards", title_justify="left")
    for board in boards:
        words = [fact["words"] for fact in board["status"]] or [board["problem"]]
        table.add_row(board["name"], board["controller"], *(Text(word) for word in words))
    console.print(table)
    for fixture in fixtures:
        said = fixture["problem"] or "sound; plays sensors to a pump, see docs/fixture.md"
        console.print(f"fixture {fixture['name']}: {said}", markup=False)
    console.print("No hardware has confirmed of any of them:")
    for item in _shared([board["unverified"] for board in boards if board["ok"]]):
        console.print(f"- {item}", markup=False)
    console.print("and more of each: evenflow boards show BOARD", markup=False)
    if not devices:
        console.print("no serial device is connected; emulated:pico needs none", markup=False)
        return
    table = Table("port", "what", title="connected devices", title_justify="left")
    for device in devices:
        table.add_row(device["port"], Text(device["description"]))
    console.print(table)


@command.command()
@click.argument("board")
@click.option(
    "--svg", type=click.Path(dir_okay=False), help="Write a picture of the wiring there."
)
@_output.json_option
def show(board: str, svg: str | None, as_json: bool) -> None:
    """Show a board, known or in a file: how far it has come, its wiring, what is unverified."""
    from pathlib import Path

    from evenflow.boards import load, picture, status, unverified, wiring

    profile = load(board)
    if svg is not None:
        Path(svg).write_text(picture.svg(profile), encoding="utf-8")
    facts, wires, open_items = status.of(profile), wiring.wires(profile), unverified.of(profile)
    if as_json:
        content = {
            "board": profile["board.name"],
            "controller": profile["board.controller"],
            "status": _facts(facts),
            "wires": [
                {"pin": wire.pin, "key": wire.key, "part": wire.part, "terminal": wire.terminal}
                for wire in wires
            ],
            "unverified": list(open_items),
        }
        _output.print_json(content)
        return
    from rich.table import Table

    console = _output.console()
    known = ", ".join(f"{fact.what}: {fact.words}" for fact in facts)
    console.print(f"{profile['board.name']}: {known}", markup=False)
    table = Table("pin", "key", "leads to", "terminal")
    for wire in wires:
        table.add_row(wire.pin, wire.key, wire.part, wire.terminal)
    console.print(table)
    console.print("No hardware has confirmed:")
    for words in open_items:
        console.print(f"- {words}", markup=False)


@command.command()
def schema() -> None:
    """Print the JSON Schema of a board file, for editors."""
    import json

    from evenflow.boards.schema import board_file_schema

    click.echo(json.dumps(board_file_schema(), indent=2))


@command.command()
@click.argument("file")
@_output.json_option
def check(file: str, as_json: bool) -> None:
    """Check a board file, or a known board by its name."""
    from evenflow.boards import load_any

    profile = load_any(file)
    if as_json:
        _output.print_json({"ok": True, "board": profile["board.name"], "profile": profile})
        return
    what = "fixture's file" if "board.role" in profile else "board file"
    click.echo(f"{file}: a sound {what}, {profile['board.name']}")


def _shared(lists: list[list[str]]) -> list[str]:
    """What stands in all of them, in the order of the first."""
    return [item for item in lists[0] if all(item in one for one in lists)] if lists else []


def _facts(facts: "tuple[status.Fact, ...]") -> list[dict[str, Any]]:
    return [{"what": fact.what, "is_so": fact.is_so, "words": fact.words} for fact in facts]


def _known() -> list[dict[str, Any]]:
    from evenflow.boards import known, load, status, unverified

    found = []
    for path in known():
        board: dict[str, Any] = {"name": path.stem, "file": str(path)}
        try:
            profile = load(path.stem)
        except EvenflowError as invalid:
            board |= {"controller": "", "ok": False, "problem": invalid.reason}
            board |= {"status": [], "unverified": []}
        else:
            board |= {
                "controller": profile["board.controller"],
                "ok": True,
                "problem": None,
                "status": _facts(status.of(profile)),
                "unverified": list(unverified.of(profile)),
            }
        found.append(board)
    return found


def _fixtures() -> list[dict[str, Any]]:
    from evenflow.boards import fixtures, load_any

    found = []
    for path in fixtures():
        problem = None
        try:
            load_any(path.stem)
        except EvenflowError as invalid:
            problem = invalid.reason
        found.append({"name": path.stem, "file": str(path), "ok": not problem, "problem": problem})
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
