"""What a file of readings is, by what is in it, and its volume over time."""

from pathlib import Path

from evenflow import bounded
from evenflow.flow import balance_log, plain_table, recorded, table_file, trace_file
from evenflow.flow.error import FlowError
from evenflow.flow.mass import Liquid
from evenflow.flow.measured import Measured

# A day of a trace is 65 MB.
MOST_BYTES = 256_000_000
_A_RECORD_SO_FAR = len(recorded.MAGIC)


def load(path: str | Path, liquid: Liquid | None = None, session: str | None = None) -> Measured:
    """The series of a balance log, a table, a trace or a record; FlowError by name for another.

    `session` is the beginning of a session's id, for a record of several.
    """
    liquid = liquid or Liquid()
    if recorded.is_one(_beginning(path)):
        return recorded.read(Path(path), session)
    raw = bounded.content(path, "a measurement", MOST_BYTES)
    table = table_file.read(raw, str(path))
    if balance_log.is_one(table):
        return balance_log.read(table.uncut(), liquid)
    if trace_file.is_one(table):
        return trace_file.read(table.uncut())
    if plain_table.is_one(table):
        return plain_table.read(table, liquid)
    shown = ",".join(table.columns)[:80]
    raise FlowError(
        "unknown_kind",
        f"{path}: columns {shown!r} are those of no known kind",
        "known are: a balance log of `evenflow flow record`, a trace of `evenflow simulate`, a "
        "record of sessions, and two columns such as time_s,mass_g",
    )


def _beginning(path: str | Path) -> bytes:
    """The first bytes; what cannot be read is told by whoever reads all of it."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(_A_RECORD_SO_FAR)
    except OSError:
        return b""
