"""`evenflow keys`: which boards this host may command, and in which role."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow.cli import _output
from evenflow.errors import EvenflowError, Refused, WrongUsage
from pumpcore.wire import tag

if TYPE_CHECKING:
    from evenflow.device_key import Stored

_PATH = click.Path(path_type=Path)
_BOARD_WORDS = "board (makes those of every role)"


@click.group()
def command() -> None:
    """Keys of boards: list, export to another host, import, and give a board a new one."""


@command.command("list")
@_output.json_option
def list_keys(*, as_json: bool) -> None:
    """List the keys on this host; the keys themselves are never shown.

    KEY names the board's key as the pump does: two hosts with the same may command the same board.
    """
    from evenflow import device_key

    found, problems = [], []
    for path in device_key.paths():
        try:
            found.append(device_key.read(path))
        except EvenflowError as problem:
            problems.append(problem)
    if as_json:
        keys = [_told(one) for one in found]
        content = {"folder": str(device_key.folder()), "keys": keys}
        content["problems"] = [one.reason for one in problems]
        if problems:
            _output.report(problems[0], as_json=True, beside=content)
            click.get_current_context().exit(problems[0].exit_code)
        _output.print_json(content)
    else:
        for one in found:
            role = _BOARD_WORDS if one.role == device_key.BOARD else one.role
            click.echo(f"{one.unique_id}  {role}, key {one.board_key.hex()}")
        if not found and not problems:
            click.echo(
                f"no keys; `evenflow flash` and `evenflow keys import` put some into "
                f"{device_key.folder()}"
            )
    if problems:
        raise problems[0]


@command.command()
@click.argument("board")
@click.argument("role", type=click.Choice(tag.ROLES))
@click.argument("file", type=_PATH)
@_output.json_option
def export(*, board: str, role: str, file: Path, as_json: bool) -> None:
    """Write the key of one ROLE on a BOARD to a new FILE, for another host.

    BOARD is the board's id or the beginning of it. Whoever has the file may act in that role on
    that board; it is readable by you alone, and worth bringing over by hand.
    """
    from evenflow import device_key

    ids = {path.name.partition(".")[0] for path in device_key.paths()}
    matching = [one for one in sorted(ids) if board and one.startswith(board)]
    if len(matching) != 1:
        reason = f"{len(matching)} boards with a key here have an id that begins with {board!r}"
        raise WrongUsage("unknown_board", reason, "see `evenflow keys list`")
    key = device_key.find(matching[0], role)
    if key is None:
        reason = f"this host has no key for the role {role} on {matching[0]}"
        raise Refused("no_key", reason, "export it on the host that flashed the board")
    device_key.export(key, file)
    if as_json:
        _output.print_json({**_told(key), "file": str(file)})
        return
    click.echo(
        f"{file}: {role} on {key.unique_id}; for `evenflow keys import` there, then remove it"
    )


@command.command("import")
@click.argument("file", type=_PATH)
@_output.json_option
def take(*, file: Path, as_json: bool) -> None:
    """Take a key that another host has exported."""
    from evenflow import bounded, device_key

    try:
        raw = bounded.content(file, "an exported key", device_key.MOST_BYTES)
        text = raw.decode("ascii")
    except UnicodeDecodeError as wrong:
        hint = "name a file that `evenflow keys export` has written"
        raise Refused("key_spoilt", f"{file}: not an exported key", hint) from wrong
    key = device_key.take(text)
    if as_json:
        _output.print_json(_told(key))
        return
    click.echo(f"{key.unique_id}: this host may act as {key.role}; remove {file}")


@command.command()
@click.option("--board", required=True, help="A known board, or a board file.")
@click.option(
    "--port",
    default="auto",
    metavar="auto|PORT",
    show_default=True,
    help="Where MicroPython's prompt is: the controller's own USB.",
)
@click.option(
    "--link",
    metavar="PORT",
    help="The pump's serial line: asked before whether it has a programme.",
)
@click.option(
    "--at-power-on",
    is_flag=True,
    help="Wait until the pump is switched off and on: the way into a therapy build.",
)
@_output.json_option
def rotate(*, board: str, port: str, link: str | None, at_power_on: bool, as_json: bool) -> None:
    """Give a board a new key, at its own USB; keys of every role of it end with that.

    Needs no old key: who can open the board's flash can do so.
    """
    from evenflow import boards
    from evenflow.flash import controller, flasher
    from evenflow.flash import port as ports

    profile = boards.load(board)
    kind = controller.by_name(str(profile["board.controller"]))
    target = ports.resolve(port, kind)
    if at_power_on:
        click.echo("switch the pump off and on now", err=True)
    key = flasher.rotate(target, kind, link=link, at_power_on=at_power_on)
    if as_json:
        _output.print_json(_told(key))
        return
    click.echo(f"{key.unique_id} on {target}: key {key.board_key.hex()}; the one before is void")


def _told(key: "Stored") -> dict[str, str]:
    return {"unique_id": key.unique_id, "role": key.role, "key": key.board_key.hex()}
