"""The record's database: SQLite unless a URL says otherwise, durable at every commit.

A file of an older schema is read as it is, and gets the columns it lacks once it is written to.
One of a later schema is refused.
"""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, Table, create_engine, event, func, inspect, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.schema import CreateColumn

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry.tables import CHAINED, METADATA, SCHEMA, SESSION

_BUSY_TIMEOUT_MS = 5_000


class Store:
    """An open database; `engine` is SQLAlchemy's."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Over an engine whose tables exist."""
        self.engine = engine
        self.name = name
        self._lacking: dict[Table, frozenset[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    def lacking(self, table: Table) -> frozenset[str]:
        """Names of the columns that this file, of an older schema, does not have."""
        names = self._lacking.get(table)
        # Written to by somebody else, a file that lacked some may have them now.
        if names is None or names:
            there = {one["name"] for one in inspect(self.engine).get_columns(table.name)}
            names = frozenset(column.name for column in table.columns) - there
            self._lacking[table] = names
        return names


def create(where: str | Path) -> Store:
    """Open for writing, tables made if missing; `where` is a file or an SQLAlchemy URL."""
    url, name = _url(where)
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    store = _opened(url, name)
    try:
        METADATA.create_all(store.engine)
        for table in (SESSION, *CHAINED):
            _add_columns(store, table)
        require_known(store)
    except SQLAlchemyError as error:
        store.close()
        raise unusable(name, error) from error
    except CheckFailed:
        store.close()
        raise
    return store


def require_known(store: Store) -> None:
    """CheckFailed if any session in the file has a schema that this version does not know."""
    if "schema" in store.lacking(SESSION):
        return
    with store.engine.connect() as connection:
        highest = connection.execute(select(func.max(SESSION.c.schema))).scalar()
    if highest is not None and highest > SCHEMA:
        raise CheckFailed(
            "record_schema",
            f"{store.name}: record schema {highest}, written by a later Evenflow; this one knows "
            f"up to {SCHEMA}",
            "use the version that wrote it, or a later one",
        )


def _add_columns(store: Store, table: Table) -> None:
    """Schema 1 to 2: every column that came is null in the rows that are there."""
    names = store.lacking(table)
    with store.engine.begin() as connection:
        for column in table.columns:
            if column.name in names:
                text = CreateColumn(column).compile(dialect=store.engine.dialect)
                connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {text}')


def open_existing(where: str | Path) -> Store:
    """Open for reading; WrongUsage if there is no such file."""
    url, name = _url(where)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise WrongUsage("no_record", f"{name}: no such record", "see `evenflow sessions list`")
    return _opened(url, name)


def _url(where: str | Path) -> tuple[str, str]:
    text = str(where)
    return (text, text) if "://" in text else (f"sqlite:///{Path(text).absolute()}", text)


def _opened(url: str, name: str) -> Store:
    try:
        engine = create_engine(url)
    except (ArgumentError, ModuleNotFoundError) as error:
        raise WrongUsage(
            "no_record", f"{name}: not a database that can be opened: {error}", "name a file"
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _make_durable)
    return Store(engine, name)


def _make_durable(connection: SqliteConnection, _: object) -> None:
    """A commit that returned survives a power cut; readers never block the writer."""
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def unusable(name: str, error: SQLAlchemyError) -> CheckFailed:
    """What to say when the store takes no more."""
    cause = getattr(error, "orig", None) or error
    return CheckFailed(
        "record_failed", f"{name}: cannot be written: {cause}", "check path, space and permissions"
    )
