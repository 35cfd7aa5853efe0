"""`evenflow sessions`: the record, listed, shown and exported."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from evenflow.telemetry.archive import Archive

_DB = click.option(
    "--db", metavar="DB", help="One record: a file or URL; default all below evenflow-runs/."
)
_SHORT_ID = 8


@click.group()
def command() -> None:
    """List, show and export recorded sessions."""


@command.command("list")
@_DB
@_output.json_option
def list_sessions(db: str | None, as_json: bool) -> None:
    """List sessions, oldest first."""
    lines: list[dict[str, Any]] = []
    for where in _records(db):
        with _archive(where) as archive:
            lines += [{**asdict(line), "record": str(where)} for line in archive.sessions()]
    lines.sort(key=lambda line: line["started_at"])
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, "sessions": lines})
        return
    from rich.table import Table

    table = Table("session", "started", "outcome", "order", "board", "port", "record")
    for column in table.columns:
        column.overflow = "fold"
    for line in lines:
        table.add_row(
            line["id"][:_SHORT_ID],
            line["started_at"].partition(".")[0],
            line["outcome"],
            line["order_name"],
            line["board"],
            line["port"],
            line["record"],
        )
    _output.console().print(table if lines else "no sessions recorded here")


@command.command()
@click.argument("session")
@_DB
@_output.json_option
def show(session: str, db: str | None, as_json: bool) -> None:
    """Show one session and its events; SESSION is the beginning of its id."""
    with found(session, db) as (archive, session_id):
        content = archive.session(session_id)
        events = [asdict(event) for event in archive.events(session_id)]
    if as_json:
        _output.print_json({**content, "events": events})
        return
    from rich.table import Table
    from rich.text import Text

    console = _output.console()
    about = Table("", "", title=Text(f"session {session_id}"), title_justify="left")
    about.show_header = False
    for name, value in content.items():
        if name not in ("order_text", "plan", "summary"):
            about.add_row(name.replace("_", " "), Text(str(value)))
    console.print(about)
    table = Table("t (s)", "source", "event", "detail")
    for event in events:
        table.add_row(
            f"{event['t_us'] / 1e6:.2f}", event["source"], event["name"], Text(_words(event))
        )
    console.print(table)


@command.command()
@click.argument("session")
@click.argument("target", type=click.Path(path_type=Path))
@_DB
@_output.json_option
def export(session: str, target: Path, db: str | None, as_json: bool) -> None:
    """Write one session as JSON and CSV into a new folder, or a new archive named *.zip."""
    from evenflow.telemetry.export import export as write

    with found(session, db) as (archive, session_id):
        files = write(archive, session_id, target)
    if as_json:
        _output.print_json({"session": session_id, "target": str(target), "files": files})
    else:
        click.echo(f"{target}: {', '.join(files)}")


def _records(db: str | None) -> list[str | Path]:
    from evenflow.telemetry import place

    return [db] if db is not None else list(place.records(place.ROOT))


@contextmanager
def _archive(where: str | Path) -> Iterator["Archive"]:
    from evenflow.telemetry.archive import Archive
    from evenflow.telemetry.store import open_existing

    with open_existing(where) as store:
        yield Archive(store)


@contextmanager
def found(beginning: str, db: str | None) -> Iterator[tuple["Archive", str]]:
    """The one session of all records whose id begins so; WrongUsage for none, or several."""
    places: list[tuple[str | Path, str]] = []
    for where in _records(db):
        with _archive(where) as archive:
            ids = [line.id for line in archive.sessions() if line.id.startswith(beginning)]
            places += [(where, session_id) for session_id in ids]
    if len(places) != 1:
        what = f"{len(places)} sessions begin" if places else "no session begins"
        raise WrongUsage(
            "session_unknown", f"{what} with {beginning!r}", "see `evenflow sessions list`"
        )
    where, session_id = places[0]
    with _archive(where) as archive:
        yield archive, session_id


def _words(event: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in event["detail"].items())
