"""Brings a record to the present revision: a fresh one at once, an older one step by step.

A fresh database is made from the tables as they are now, and says which revision that is; so only
an older one needs Alembic, which takes a quarter of a second to load. A test holds the two ways
to the same result. Either happens whole or not at all, and one host at a time.
"""

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    inspect,
    select,
)

from evenflow.telemetry import partitions, views
from evenflow.telemetry.tables import METADATA, SESSION

# The last of the steps in `versions`.
HEAD = "0003"
# What records were before they said it: with `schema` in a session's row, and without.
_UNSAID = {True: "0002", False: "0001"}
# As Alembic makes it.
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def revision(connection: Connection) -> str | None:
    """Which revision the database is of; None if it is empty."""
    inspector = inspect(connection)
    if inspector.has_table(_VERSION.name):
        return str(connection.execute(select(_VERSION.c.version_num)).scalar_one())
    if not inspector.has_table(SESSION.name):
        return None
    columns = {str(one["name"]) for one in inspector.get_columns(SESSION.name)}
    return _UNSAID[SESSION.c.schema.name in columns]


def bring_to_head(connection: Connection) -> None:
    """Make or change what is needed; a later revision is left as it is."""
    if not _is_behind(connection):
        return
    connection.rollback()
    _lock(connection)
    # Another host may have done it while this one waited.
    if _is_behind(connection):
        _upgrade(connection)
    connection.commit()


def _is_behind(connection: Connection) -> bool:
    found = revision(connection)
    return found is None or found < HEAD


def _lock(connection: Connection) -> None:
    """Nobody else changes tables until this transaction ends."""
    if connection.dialect.name == "sqlite":
        # Without it SQLite's driver commits each change of a table by itself.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({partitions.LOCK})")


def _upgrade(connection: Connection) -> None:
    before = revision(connection)
    if before is None:
        is_parted = connection.dialect.name == "postgresql"
        if is_parted:
            partitions.declare()
        METADATA.create_all(connection)
        if is_parted:
            partitions.create_rest(connection)
        views.create(connection)
        _say(connection, HEAD)
        return
    if not inspect(connection).has_table(_VERSION.name):
        _say(connection, before)
    # Costly, and needed for an older record alone.
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    command.upgrade(config, "head")


def _say(connection: Connection, number: str) -> None:
    _VERSION.create(connection)
    connection.execute(_VERSION.insert().values(version_num=number))
