"""A session as Parquet: a file of ticks, and beside it one of its events and one of its commands.

Every column of a tick says its unit and what it is, in the metadata of its field; the session's
row is in the metadata of each file. Load it only where Parquet is asked for: pyarrow is an extra.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from evenflow.errors import WrongUsage
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.export import commands, complete, events
from evenflow.telemetry.ticks import FIELDS, NAMES, TIME, Ticks, ticks

# By how a name ends; what ends otherwise is a count, a code or bits.
_UNITS = {"_ul_per_h": "uL/h", "_microsteps": "microstep", "_us": "us", "_mn": "mN"}
_ABOUT_TIME = "device time since before the first tick heard in the session"
_ROWS_AT_ONCE = 10_000

_PLACE = (
    ("seq", pa.int64()),
    ("tick_count", pa.int64()),
    (TIME, pa.int64()),
    ("wall_at", pa.string()),
)
_EVENTS = pa.schema(
    [*_PLACE, ("source", pa.string()), ("name", pa.string()), ("detail", pa.string())]
)
_COMMANDS = pa.schema(
    [*_PLACE, ("name", pa.string()), ("request_id", pa.int64()), ("frame", pa.string())]
)


def write(archive: Archive, session_id: str, target: Path) -> list[str]:
    """TARGET, and NAME.events.parquet and NAME.commands.parquet; their names."""
    beside = {
        target: (_TICKS, _tick_tables(archive, session_id)),
        target.with_suffix(".events.parquet"): (
            _EVENTS,
            _tables(_EVENTS, _with_texts(events(archive, session_id))),
        ),
        target.with_suffix(".commands.parquet"): (
            _COMMANDS,
            _tables(_COMMANDS, commands(archive, session_id)),
        ),
    }
    for path in beside:
        if path.exists():
            raise WrongUsage("target_exists", f"{path}: is there already", "name another one")
    about = {"evenflow.session": json.dumps(archive.session(session_id), ensure_ascii=False)}
    for path, (schema, found) in beside.items():
        with complete(path) as place, ParquetWriter(place, schema.with_metadata(about)) as writer:
            for table in found:
                writer.write_table(table)
    return [path.name for path in beside]


def _field(name: str, about: str) -> pa.Field:
    unit = next((unit for end, unit in _UNITS.items() if name.endswith(end)), "1")
    return pa.field(name, pa.int64(), metadata={"unit": unit, "about": about})


_TICKS = pa.schema(
    [
        _field(TIME, _ABOUT_TIME),
        *(_field(name, about) for name, about in FIELDS.items()),
        *(
            pa.field(name, pa.string(), metadata={"about": f"{' and '.join(by)} in words"})
            for name, by in NAMES.items()
        ),
    ]
)


def _tick_tables(archive: Archive, session_id: str) -> Iterator[pa.Table]:
    return (_tick_table(several) for several in ticks(archive, session_id))


def _tick_table(several: Ticks) -> pa.Table:
    columns = [pa.array(several[field.name], field.type) for field in _TICKS]
    return pa.Table.from_arrays(columns, schema=_TICKS)


def _tables(schema: pa.Schema, rows: Iterable[dict[str, object]]) -> Iterator[pa.Table]:
    rest = iter(rows)
    while several := list(islice(rest, _ROWS_AT_ONCE)):
        yield pa.Table.from_pylist(several, schema)


def _with_texts(rows: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    """What is told of an event differs from one to the next: it stays JSON."""
    for row in rows:
        yield row | {"detail": json.dumps(row["detail"], ensure_ascii=False)}
