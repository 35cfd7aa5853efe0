"""`evenflow journal`: what the pump has written down, and whether it is as it was written."""

import asyncio
from typing import TYPE_CHECKING, Any

import click

from evenflow.cli import _output, _port
from evenflow.errors import CheckFailed

if TYPE_CHECKING:
    from evenflow.client.journal import Entry


@click.command()
@_port.port_option
@click.option(
    "--from",
    "first_sequence",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="The first record to list; the oldest there is if it is older.",
)
@_port.read_only_option
@_output.json_option
def command(*, port: str, first_sequence: int, read_only: bool, as_json: bool) -> None:
    """List the pump's journal, and check that no record is damaged, changed or missing."""
    entries = asyncio.run(_read(port, first_sequence, read_only=read_only))
    unsound = [entry for entry in entries if not entry.is_sound]
    error = _error(port, unsound) if unsound else None
    if not as_json:
        _print(entries)
        if error is not None:
            raise error
        click.echo(f"{len(entries)} records, each whole and chained to the one before")
        return
    content: dict[str, Any] = {"records": [_content(entry) for entry in entries]}
    if error is None:
        _output.print_json(content)
        return
    _output.report(error, as_json=True, beside=content)
    click.get_current_context().exit(error.exit_code)


async def _read(port: str, first_sequence: int, *, read_only: bool) -> "list[Entry]":
    from evenflow.session import opening

    async with await opening.connect(port, speed=None, read_only=read_only) as pump:
        return await pump.journal(first_sequence)


def _error(port: str, unsound: "list[Entry]") -> CheckFailed:
    first = unsound[0]
    return CheckFailed(
        "journal_broken",
        f"port {port}: {len(unsound)} records of the journal are not as they were written; "
        f"the first is {first.sequence}: {first.problem}",
        "keep this list; take the pump out of use until it is known why",
    )


def _content(entry: "Entry") -> dict[str, Any]:
    from evenflow.cli import _journal_words

    return {
        "sequence": entry.sequence,
        "boot": entry.boot_count,
        "tick": entry.tick_count,
        "at": None if entry.at is None else entry.at.isoformat(),
        "kind": entry.kind_name,
        "code": entry.code,
        "value": entry.value,
        "bound": entry.bound,
        "problem": entry.problem,
        "words": _journal_words.words(entry),
    }


def _print(entries: "list[Entry]") -> None:
    from evenflow.cli import _journal_words

    for entry in entries:
        at = "time unknown       " if entry.at is None else entry.at.strftime("%Y-%m-%d %H:%M:%S")
        problem = "" if entry.is_sound else f"  [{entry.problem}]"
        text = _journal_words.words(entry)
        place = f"{entry.sequence:7}  {at}  boot {entry.boot_count:4} tick {entry.tick_count:8}"
        click.echo(f"{place}  {text}{problem}")
