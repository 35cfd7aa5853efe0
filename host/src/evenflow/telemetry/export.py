"""A session as plain files: session.json, events.csv, commands.csv and telemetry.csv, decoded."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TextIO
from zipfile import ZIP_DEFLATED, ZipFile

from evenflow.client.batch import Batch
from evenflow.errors import WrongUsage
from evenflow.telemetry.archive import Archive
from pumpcore.limits import TICK_US
from pumpcore.wire.messages import by_name

FILES = ("session.json", "events.csv", "commands.csv", "telemetry.csv")

_EVENT_COLUMNS = ("seq", "tick_count", "t_us", "wall_at", "source", "name", "detail")
_COMMAND_COLUMNS = ("seq", "tick_count", "t_us", "wall_at", "name", "request_id", "frame")
_TELEMETRY_FIELDS = tuple(str(field.name) for field in by_name("telemetry").fields)
# Beside the figures, what they mean.
_NAME_COLUMNS = ("state_name", "stop_reason_name", "alarm_names", "led_name", "sounder_name")


def export(archive: Archive, session_id: str, target: Path) -> list[str]:
    """Write the files into a new folder, or a new archive if the name ends in .zip; their names.

    WrongUsage if the target is there already.
    """
    if target.exists():
        raise WrongUsage(
            "target_exists", f"{target}: is there already", "name a folder or .zip to be made"
        )
    writers = {
        "session.json": lambda file: _write_session(file, archive, session_id),
        "events.csv": lambda file: _write_rows(file, _EVENT_COLUMNS, _events(archive, session_id)),
        "commands.csv": lambda file: _write_rows(
            file, _COMMAND_COLUMNS, _commands(archive, session_id)
        ),
        "telemetry.csv": lambda file: _write_rows(
            file,
            ("t_us", *_TELEMETRY_FIELDS, *_NAME_COLUMNS),
            _telemetry(archive, session_id),
        ),
    }
    if target.suffix == ".zip":
        _into_zip(target, writers)
    else:
        target.mkdir(parents=True)
        for name in FILES:
            with (target / name).open("w", encoding="utf-8", newline="") as file:
                writers[name](file)
    return list(FILES)


def _into_zip(target: Path, writers: dict[str, Callable[[TextIO], None]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "x", ZIP_DEFLATED) as archive:
        for name in FILES:
            with (
                archive.open(name, "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, encoding="utf-8", newline="") as file,
            ):
                writers[name](file)


def _write_session(file: TextIO, archive: Archive, session_id: str) -> None:
    json.dump(archive.session(session_id), file, indent=2, ensure_ascii=False)
    file.write("\n")


def _write_rows(file: TextIO, columns: tuple[str, ...], rows: Iterable[Iterable[object]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _events(archive: Archive, session_id: str) -> Iterator[Iterable[object]]:
    for event in archive.events(session_id):
        line = asdict(event)
        line["detail"] = json.dumps(event.detail, ensure_ascii=False)
        yield [line[column] for column in _EVENT_COLUMNS]


def _commands(archive: Archive, session_id: str) -> Iterator[Iterable[object]]:
    for command in archive.commands(session_id):
        line = asdict(command)
        line["frame"] = command.frame.hex()
        yield [line[column] for column in _COMMAND_COLUMNS]


def _telemetry(archive: Archive, session_id: str) -> Iterator[Iterable[object]]:
    last_tick_count: int | None = None
    for start_us, items in archive.frames(session_id):
        t_us = start_us
        for batch in items:
            if not isinstance(batch, Batch):
                continue
            for record in batch:
                # Ticks that were lost count as nominal ones, as in the timeline.
                missing = 0 if last_tick_count is None else record.tick_count - last_tick_count - 1
                t_us += record.elapsed_us + max(missing, 0) * TICK_US
                last_tick_count = record.tick_count
                names = [_joined(getattr(record, name)) for name in _NAME_COLUMNS]
                figures = [getattr(record, name) for name in _TELEMETRY_FIELDS]
                yield [t_us, *figures, *names]


def _joined(names: str | tuple[str, ...]) -> str:
    return names if isinstance(names, str) else " ".join(names)
