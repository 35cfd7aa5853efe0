"""`evenflow sessions`: the record, listed, shown, exported, verified and replayed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output, _session_keys, _trust
from evenflow.errors import CheckFailed, WrongUsage

if TYPE_CHECKING:
    from evenflow.telemetry.archive import Archive

_DB = click.option(
    "--db", metavar="DB", help="One record: a file or URL; default all below evenflow-runs/."
)
_SHORT_ID, _LONG_ID = 8, 36
_LONG = ("order_text", "plan", "summary", "profile", "library_json", "seal")


@click.group()
def command() -> None:
    """List, show, export, verify and replay recorded sessions."""


@command.command("list")
@_DB
@_output.json_option
def list_sessions(db: str | None, as_json: bool) -> None:
    """List sessions, oldest first."""
    lines: list[dict[str, Any]] = []
    for where in _records(db):
        with _archive(where) as archive:
            lines += [{**asdict(line), "record": _shown(where)} for line in archive.sessions()]
    lines.sort(key=lambda line: line["started_at"])
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, "sessions": lines})
        return
    from rich.table import Table

    table = Table("session", "started", "outcome", "order", "board", "port", "record")
    for column in table.columns:
        column.overflow = "fold"
    shown = _id_length([line["id"] for line in lines])
    for line in lines:
        table.add_row(
            line["id"][:shown],
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
        if name not in _LONG:
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
    """Write one session to TARGET, which is not there yet; its name says as what.

    NAME.zip, or a folder: JSON and CSV. NAME.jsonl: an object a line. NAME.parquet: a row a tick,
    with NAME.events.parquet and NAME.commands.parquet beside it.
    """
    from evenflow.telemetry.export import export as write

    with found(session, db) as (archive, session_id):
        files = write(archive, session_id, target)
    if as_json:
        _output.print_json({"session": session_id, "target": str(target), "files": files})
    else:
        click.echo(f"{target}: {', '.join(files)}")


@command.command()
@click.argument("session", required=False)
@_DB
@click.option(
    "--known",
    "must_be_known",
    is_flag=True,
    help="Be content only with a signature of this host, or of one that it trusts.",
)
@_output.json_option
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    *,
    session: str | None,
    db: str | None,
    must_be_known: bool,
    as_json: bool,
) -> None:
    """Check that sessions are as they were written, whole, and agree with the pump's figures.

    SESSION is the beginning of an id; without it, every session. Ends with 1 if anything is wrong.
    """
    from evenflow.telemetry.verify import verify as faults_of

    checked: list[dict[str, Any]] = []
    for where, session_id in _chosen(session, db):
        with _archive(where) as archive:
            faults = [asdict(fault) for fault in faults_of(archive, session_id)]
            signed = _session_keys.signature(archive.session_row(session_id))
        if must_be_known and not signed["by"]:
            reason = "no signature of a key that is known here"
            faults.append({"where": "session", "code": "unknown_signer", "reason": reason})
        line = {"session": session_id, "record": _shown(where), "faults": faults}
        checked.append({**line, "signed": signed})
        if not as_json:
            _say_verdict(checked[-1])
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, "sessions": checked})
    ctx.exit(1 if any(one["faults"] for one in checked) else 0)


@command.command()
@click.argument("session", required=False)
@_DB
@_output.json_option
@click.pass_context
def replay(ctx: click.Context, /, *, session: str | None, db: str | None, as_json: bool) -> None:
    """Execute the kernel again from the recorded inputs, and compare every output of every tick.

    SESSION is the beginning of an id; without it, every session. Ends with 1 if a tick differs,
    or if not all of a record could be compared.
    """
    from evenflow.telemetry.replay import replay as executed

    compared: list[dict[str, Any]] = []
    for where, session_id in _chosen(session, db):
        line: dict[str, Any] = {"session": session_id, "record": _shown(where), "error": None}
        try:
            with _archive(where) as archive:
                found = executed(archive, session_id)
                line |= asdict(found) | {"is_equal": found.is_equal}
        except CheckFailed as error:
            line["error"] = _output.error_object(error)
        compared.append(line)
        if not as_json:
            _say_comparison(line)
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, "sessions": compared})
    ctx.exit(0 if all(map(_is_equal, compared)) else 1)


def _id_length(ids: list[str]) -> int:
    """How much of an id tells it from the others; it begins with its time."""
    for length in range(_SHORT_ID, _LONG_ID):
        if len({one[:length] for one in ids}) == len(set(ids)):
            return length
    return _LONG_ID


def _is_equal(line: dict[str, Any]) -> bool:
    return line["error"] is None and bool(line["is_equal"])


def _say_verdict(line: dict[str, Any]) -> None:
    faults = line["faults"]
    verdict = f"{len(faults)} faults" if len(faults) > 1 else "1 fault" if faults else "sound"
    click.echo(f"session {line['session']} in {line['record']}: {verdict}")
    click.echo(f"  {line['signed']['words']}")
    for fault in faults:
        click.echo(f"  {fault['where']}: {fault['code']}: {fault['reason']}")


def _say_comparison(line: dict[str, Any]) -> None:
    click.echo(f"session {line['session']} in {line['record']}:")
    if line["error"] is not None:
        click.echo(f"  {line['error']['reason']}")
        return
    difference = line["difference"]
    click.echo(
        f"  {line['tick_count']} ticks executed again, every output equal; at "
        f"{line['keyframe_count']} keyframes the whole state, too"
    )
    for span in line["spans"]:
        if span["reason"] is not None:
            ticks = f"ticks {span['first_tick']} to {span['last_tick']}"
            click.echo(f"  {ticks} not compared: {span['reason']}")
    if difference is not None:
        click.echo(
            f"  tick {difference['tick_count']} differs: {difference['field']}: recorded "
            f"{difference['recorded']}, executed {difference['executed']}"
        )
    if line["ended"] is not None:
        click.echo(f"  not compared from there on: {line['ended']}")
    if not line["is_same_core"]:
        click.echo("  the kernel here is another than that of the host that recorded this")
    for taken in line["taken"]:
        click.echo(f"  taken from the record, not executed: {taken}")


def _chosen(session: str | None, db: str | None) -> list[tuple[str | Path, str]]:
    """Records and ids: of the one session that begins so, or of all."""
    if session is None:
        places = _places("", db)
        if not places:
            raise WrongUsage("session_unknown", "no sessions recorded here", "name one with --db")
        return places
    return [_place_of(session, db)]


def _places(beginning: str, db: str | None) -> list[tuple[str | Path, str]]:
    places: list[tuple[str | Path, str]] = []
    for where in _records(db):
        with _archive(where) as archive:
            ids = [line.id for line in archive.sessions() if line.id.startswith(beginning)]
            places += [(where, session_id) for session_id in ids]
    return places


def _place_of(beginning: str, db: str | None) -> tuple[str | Path, str]:
    """The one session whose id begins so; WrongUsage for none, or several."""
    places = _places(beginning, db)
    if len(places) != 1:
        what = f"{len(places)} sessions begin" if places else "no session begins"
        raise WrongUsage(
            "session_unknown", f"{what} with {beginning!r}", "see `evenflow sessions list`"
        )
    return places[0]


def _records(db: str | None) -> list[str | Path]:
    from evenflow.telemetry import place

    return [db] if db is not None else list(place.records(place.ROOT))


def _shown(where: str | Path) -> str:
    """A record's name, without a password."""
    from evenflow.telemetry.address import address

    return address(where).name


@contextmanager
def _archive(where: str | Path) -> Iterator["Archive"]:
    from evenflow.telemetry.archive import Archive
    from evenflow.telemetry.store import open_existing

    with open_existing(where) as store:
        yield Archive(store)


@contextmanager
def found(beginning: str, db: str | None) -> Iterator[tuple["Archive", str]]:
    """The one session of all records whose id begins so; WrongUsage for none, or several."""
    where, session_id = _place_of(beginning, db)
    with _archive(where) as archive:
        yield archive, session_id


def _words(event: dict[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in event["detail"].items())


command.add_command(_session_keys.key)
command.add_command(_trust.group("hosts", "Say whose recorded sessions this host knows."))
