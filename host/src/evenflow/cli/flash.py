"""`evenflow flash`: firmware, profile and key onto a board, and the pump's own word for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _bar, _output
from evenflow.errors import CheckFailed, WrongUsage

if TYPE_CHECKING:
    from evenflow.flash.flasher import Outcome, Wish

# A boot loader hands over, and the system finds the port.
_PORT_WAIT_S = 30.0
_KEYS = {
    "fresh": "key fresh",
    "kept": "key kept",
    "foreign": "the board keeps a key that this host does not have (--erase makes a fresh one)",
}


@click.command()
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
    help="The pump's serial line: asked before whether it has a programme, and after for its "
    "self-test.",
)
@click.option(
    "--uf2",
    type=click.Path(path_type=Path),
    help="MicroPython, copied first to the volume that BOOTSEL shows.",
)
@click.option("--volume", type=click.Path(path_type=Path), help="That volume, if it is not found.")
@click.option("--backup", type=click.Path(path_type=Path), help="A new folder for all its files.")
@click.option("--erase", is_flag=True, help="Remove every file first, the device key with them.")
@click.option(
    "--at-power-on",
    is_flag=True,
    help="Wait until the pump is switched off and on, and take the prompt before its firmware "
    "runs: the way back from a therapy build.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
@_output.json_option
def command(
    board: str,
    port: str,
    link: str | None,
    uf2: Path | None,
    volume: Path | None,
    backup: Path | None,
    erase: bool,
    at_power_on: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Compile, upload what changed, verify it on the board, start it, say what it is.

    Interrupted anywhere, the board starts with the firmware that it had, or says that it needs
    flashing. A pump that has a programme is not flashed. What runs at the prompt's port is ended.
    """
    from evenflow import boards
    from evenflow.dose.library import compile_library, shipped
    from evenflow.flash import boot_volume, controller, flasher
    from evenflow.flash import port as ports

    profile = boards.load_any(board)
    if "board.role" not in profile:
        boards.require_drivers(profile)
    elif link is not None:
        raise WrongUsage(
            "fixture_link",
            "--link asks a pump, and this board is a fixture",
            "leave it out; the prompt's port says whether the fixture starts",
        )
    kind = controller.by_name(str(profile["board.controller"]))
    if uf2 is not None and not dry_run:
        place = boot_volume.install(uf2, volume, kind)
        click.echo(f"{uf2.name} is copied to {place}; waiting for MicroPython", err=True)
        target = ports.wait_for(port, kind, _PORT_WAIT_S)
    else:
        target = ports.resolve(port, kind)
    wish = flasher.Wish(
        profile=profile,
        library_json=compile_library(shipped()),
        controller=kind,
        port=target,
        link=link,
        backup=backup,
        erases=erase,
        is_rehearsal=dry_run,
        at_power_on=at_power_on,
    )
    if at_power_on:
        click.echo("switch the pump off and on now", err=True)
    with _bar.Bar(is_shown=not as_json) as meter:
        outcome = flasher.flash(wish, meter)
    _tell(wish, outcome, as_json=as_json)
    failures = outcome.firmware and outcome.firmware.self_test_failures
    if failures:
        raise CheckFailed(
            "self_test_failed",
            f"the firmware is on the board and runs, but its self-test failed: "
            f"{', '.join(failures)}",
            "connect what the board file names; see docs/alarms.md, self-tests",
        )


def _tell(wish: "Wish", outcome: "Outcome", *, as_json: bool) -> None:
    if as_json:
        _output.print_json(_content(wish, outcome))
        return
    name = wish.profile["board.name"]
    files = f"{len(outcome.uploaded)} of {outcome.file_count} files"
    if wish.is_rehearsal:
        click.echo(
            f"{name} on {wish.port}: would upload {files} ({outcome.uploaded_bytes} bytes) "
            f"and copy {outcome.copied_count}, for slot {outcome.slot}; nothing is changed"
        )
        for path in outcome.uploaded:
            click.echo(f"  {path}")
        return
    firmware = outcome.firmware
    if firmware is None:
        raise RuntimeError("a flash without a rehearsal has asked for the firmware")
    failures = firmware.self_test_failures
    tested = "passed" if failures == () else "failed" if failures else "not asked (no --link)"
    click.echo(
        f"{name} {outcome.unique_id} on {wish.port}: evenflow {firmware.version}, "
        f"messages {firmware.schema}, self-test {tested}; {files} uploaded to slot "
        f"{outcome.slot}; {_KEYS[outcome.key]}"
    )


def _content(wish: "Wish", outcome: "Outcome") -> dict[str, Any]:
    firmware = outcome.firmware
    failures = None if firmware is None else firmware.self_test_failures
    return {
        "notice": NOT_FOR_USE,
        "board": wish.profile["board.name"],
        "port": wish.port,
        "unique_id": outcome.unique_id,
        "micropython": outcome.micropython,
        "is_dry_run": wish.is_rehearsal,
        "slot": outcome.slot,
        "uploaded": list(outcome.uploaded),
        "uploaded_bytes": outcome.uploaded_bytes,
        "copied_count": outcome.copied_count,
        "file_count": outcome.file_count,
        "backed_up_count": outcome.backed_up_count,
        "key": outcome.key,
        "firmware": None if firmware is None else firmware.version,
        "wire_schema": None if firmware is None else firmware.schema,
        "self_test_failures": None if failures is None else list(failures),
    }
