"""Frames by the month: in PostgreSQL each month's lie in a table of their own.

A session's id begins with its time (see `session_id`), so that a month is a range of ids, and an
old month is dropped as one table, whatever it weighs. What bears no time, or a month for which no
table was made, lies in `frames_other`: nothing is refused for want of a table.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, ProgrammingError

from evenflow.telemetry import session_id
from evenflow.telemetry.tables import FRAMES

REST = f"{FRAMES.name}_other"
# Of PostgreSQL's advisory locks: one host at a time changes tables.
LOCK = 0x6576656E

_MONTHS = 12


def declare() -> None:
    """Have SQLAlchemy make the table as one that is parted, in PostgreSQL.

    Said with the table itself, it would load all that SQLAlchemy knows of PostgreSQL, a tenth of a
    second, for SQLite too.
    """
    FRAMES.dialect_options["postgresql"]["partition_by"] = "RANGE (session_id)"


def create_rest(connection: Connection) -> None:
    """Make the table of what bears no time."""
    connection.exec_driver_sql(f'CREATE TABLE "{REST}" PARTITION OF "{FRAMES.name}" DEFAULT')


def prepare(connection: Connection, ids: Iterable[str]) -> None:
    """Have a table for the month of each id, and for the one after; it commits.

    Call it before the sessions are inserted. Where the database is not PostgreSQL there is
    nothing to do.
    """
    if connection.dialect.name != "postgresql":
        return
    months = {month for one in ids for month in _months(one)}
    there = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'"
    ).scalars()
    missing = sorted(months - {_month(name) for name in there})
    connection.rollback()
    for month in missing:
        _create(connection, month)


def name_of(month: int) -> str:
    """The table of a month, counted from the year 0."""
    return f"{FRAMES.name}_{month // _MONTHS:04d}_{month % _MONTHS + 1:02d}"


def _create(connection: Connection, month: int) -> None:
    bounds = " TO ".join(
        f"('{session_id.beginning(_first_day(one))}')" for one in (month, month + 1)
    )
    try:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        connection.exec_driver_sql(
            f'CREATE TABLE IF NOT EXISTS "{name_of(month)}" PARTITION OF "{FRAMES.name}" '
            f"FOR VALUES FROM {bounds}"
        )
        connection.commit()
    except (IntegrityError, ProgrammingError):
        # Ids made by chance lie in the rest that would belong here, or this user may make no
        # tables: then what comes lies there too.
        connection.rollback()


def _months(one: str) -> tuple[int, ...]:
    moment = session_id.moment(one)
    if moment is None:
        return ()
    month = moment.year * _MONTHS + moment.month - 1
    return month, month + 1


def _month(name: str) -> int | None:
    year, _, month = name.removeprefix(f"{FRAMES.name}_").partition("_")
    is_month = year.isdecimal() and month.isdecimal()
    return int(year) * _MONTHS + int(month) - 1 if is_month else None


def _first_day(month: int) -> datetime:
    return datetime(month // _MONTHS, month % _MONTHS + 1, 1, tzinfo=UTC)
