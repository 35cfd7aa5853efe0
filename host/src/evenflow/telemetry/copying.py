"""Many rows at once, as fast as the database takes them: by COPY where it is PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, MetaData, Table, delete
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    import psycopg

Rows = Sequence[Mapping[str, object]]


def copy_rows(
    connection: Connection, table: Table, rows: Rows, *, skip_known: bool = False
) -> int:
    """Insert rows, all with the keys of the first; how many came in. It does not commit.

    With `skip_known` a row whose primary key is there already is left as it is, so that what is
    delivered twice is stored once.
    """
    if not rows:
        return 0
    if connection.dialect.name != "postgresql":
        return _insert(connection, table, rows, "OR IGNORE" if skip_known else "")
    if not skip_known:
        _copy(connection, table, rows)
        return len(rows)
    # COPY knows no ON CONFLICT: through a table that this connection alone sees.
    passing = table.to_metadata(MetaData(), name=f"passing_{table.name}")
    connection.exec_driver_sql(
        f'CREATE TEMPORARY TABLE IF NOT EXISTS "{passing.name}" (LIKE "{table.name}")'
    )
    connection.execute(delete(passing))
    _copy(connection, passing, rows)
    columns = _quoted(rows[0])
    return connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({columns}) SELECT {columns} FROM "{passing.name}" '
        "ON CONFLICT DO NOTHING",
        execution_options={"preserve_rowcount": True},
    ).rowcount


def _insert(connection: Connection, table: Table, rows: Rows, otherwise: str) -> int:
    """By SQLite's own driver, whose types are the rows'."""
    names = tuple(rows[0])
    places = ", ".join("?" for _ in names)
    before = _change_count(connection)
    connection.exec_driver_sql(
        f'INSERT {otherwise} INTO "{table.name}" ({_quoted(names)}) VALUES ({places})',
        list(map(itemgetter(*names), rows)),
    )
    return _change_count(connection) - before


def _change_count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one())


def _copy(connection: Connection, table: Table, rows: Rows) -> None:
    dialect = connection.dialect
    names = tuple(rows[0])
    types = [table.c[name].type.compile(dialect) for name in names]
    driver = cast("psycopg.Connection[object]", connection.connection.driver_connection)
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(
                f'COPY "{table.name}" ({_quoted(names)}) FROM STDIN (FORMAT binary)'
            ) as copying,
        ):
            values = itemgetter(*names)
            copying.set_types([one.partition(" COLLATE")[0].lower() for one in types])
            for row in rows:
                copying.write_row(values(row))
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError("COPY", None, error) from error


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
