"""A session as plain files, by the target's name: a folder or .zip of CSV, .jsonl, or .parquet.

Nothing is held in memory as a whole, and no file has its name before it is complete.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TextIO
from zipfile import ZIP_DEFLATED, ZipFile

from evenflow.errors import WrongUsage
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.ticks import COLUMNS, ticks

FILES = ("session.json", "events.csv", "commands.csv", "telemetry.csv")

_EVENT_COLUMNS = ("seq", "tick_count", "t_us", "wall_at", "source", "name", "detail")
_COMMAND_COLUMNS = ("seq", "tick_count", "t_us", "wall_at", "name", "request_id", "frame")


def export(archive: Archive, session_id: str, target: Path) -> list[str]:
    """Write it; the names of the files. WrongUsage if the target is there already."""
    kind = _KINDS.get(target.suffix, _into_folder)
    if target.exists():
        raise WrongUsage("target_exists", f"{target}: is there already", "name another one")
    target.parent.mkdir(parents=True, exist_ok=True)
    return kind(archive, session_id, target)


@contextmanager
def complete(target: Path) -> Iterator[Path]:
    """Where to write: it gets its name once it is whole, and is removed if it will not be."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        yield unfinished
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def events(archive: Archive, session_id: str) -> Iterator[dict[str, object]]:
    """Events as rows of these columns, the detail as an object."""
    for event in archive.events(session_id):
        line = asdict(event)
        yield {name: line[name] for name in _EVENT_COLUMNS}


def commands(archive: Archive, session_id: str) -> Iterator[dict[str, object]]:
    """Commands as rows of these columns, the frame in hexadecimal."""
    for command in archive.commands(session_id):
        line = asdict(command) | {"frame": command.frame.hex()}
        yield {name: line[name] for name in _COMMAND_COLUMNS}


# CSV, in a folder or in a .zip.


def _into_folder(archive: Archive, session_id: str, target: Path) -> list[str]:
    target.mkdir()
    for name, write in _writers(archive, session_id).items():
        with (
            complete(target / name) as place,
            place.open("w", encoding="utf-8", newline="") as file,
        ):
            write(file)
    return list(FILES)


def _into_zip(archive: Archive, session_id: str, target: Path) -> list[str]:
    with complete(target) as place, ZipFile(place, "w", ZIP_DEFLATED) as zipped:
        for name, write in _writers(archive, session_id).items():
            with (
                zipped.open(name, "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, encoding="utf-8", newline="") as file,
            ):
                write(file)
    return list(FILES)


def _writers(archive: Archive, session_id: str) -> dict[str, Callable[[TextIO], None]]:
    def session(file: TextIO) -> None:
        json.dump(archive.session(session_id), file, indent=2, ensure_ascii=False)
        file.write("\n")

    def event_lines() -> Iterator[Iterable[object]]:
        for line in events(archive, session_id):
            detail = json.dumps(line["detail"], ensure_ascii=False)
            yield (line | {"detail": detail}).values()

    def tick_lines() -> Iterator[Iterable[object]]:
        for several in ticks(archive, session_id):
            yield from zip(*(several[name].tolist() for name in COLUMNS), strict=True)

    command_lines = (line.values() for line in commands(archive, session_id))
    return {
        "session.json": session,
        "events.csv": lambda file: _write_rows(file, _EVENT_COLUMNS, event_lines()),
        "commands.csv": lambda file: _write_rows(file, _COMMAND_COLUMNS, command_lines),
        "telemetry.csv": lambda file: _write_rows(file, COLUMNS, tick_lines()),
    }


def _write_rows(file: TextIO, columns: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


# JSON, an object a line; `kind` says of what.


def _into_lines(archive: Archive, session_id: str, target: Path) -> list[str]:
    with complete(target) as place, place.open("w", encoding="utf-8", newline="\n") as file:
        for line in _objects(archive, session_id):
            json.dump(line, file, ensure_ascii=False)
            file.write("\n")
    return [target.name]


def _objects(archive: Archive, session_id: str) -> Iterator[dict[str, object]]:
    yield {"kind": "session", **archive.session(session_id)}
    for line in events(archive, session_id):
        yield {"kind": "event", **line}
    for line in commands(archive, session_id):
        yield {"kind": "command", **line}
    for several in ticks(archive, session_id):
        for values in zip(*(several[name].tolist() for name in COLUMNS), strict=True):
            yield {"kind": "telemetry", **dict(zip(COLUMNS, values, strict=True))}


def _into_parquet(archive: Archive, session_id: str, target: Path) -> list[str]:
    try:
        from evenflow.telemetry.parquet import write
    except ModuleNotFoundError as error:
        hint = "install it with: pip install 'evenflow[analysis]'"
        raise WrongUsage("no_pyarrow", f"{target}: Parquet needs pyarrow", hint) from error
    return write(archive, session_id, target)


_KINDS = {".zip": _into_zip, ".jsonl": _into_lines, ".parquet": _into_parquet}
