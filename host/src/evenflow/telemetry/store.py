"""The record's database: SQLite unless a URL says otherwise, durable at every commit.

A record of an older revision is read as it is, and brought to the present one once it is written
to. One of a later revision, or with a session of a later schema, is refused.
"""

from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from sqlalchemy import Engine, Table, create_engine, event, func, inspect, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry import migration
from evenflow.telemetry.address import Address, address
from evenflow.telemetry.tables import SCHEMA, SESSION
from evenflow.telemetry.writer import Writer

_BUSY_TIMEOUT_MS = 5_000
# A disk that takes longer for its last commit is left to itself.
_CLOSING_S = 30.0


class Store:
    """An open database; `engine` is SQLAlchemy's."""

    def __init__(self, engine: Engine, place: Address) -> None:
        """Over an engine whose tables exist."""
        self.engine = engine
        self.name = place.name
        self._place = place
        self.writer = Writer(engine, place.name, self.unusable)
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
        """Write what waits, if the store takes it, and give every connection back."""
        self.writer.close(_CLOSING_S)
        self.engine.dispose()

    def unusable(self, error: Exception) -> CheckFailed:
        """What to say when the store takes no more."""
        return _unusable(self._place, error)

    def unreadable(self, error: Exception) -> CheckFailed:
        """What to say when what is there is no record, or does not answer."""
        reason = f"{self.name}: cannot be read: {_cause(self._place, error)}"
        hint = "name a record of `evenflow run`, in a folder that this user may write to"
        return CheckFailed("record_unreadable", reason, hint)

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
    place = address(where)
    try:
        if place.path is not None:
            place.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(place, error) from error
    store = _opened(place)
    try:
        require_known(store)
        with store.engine.connect() as connection:
            migration.bring_to_head(connection)
    except SQLAlchemyError as error:
        store.close()
        raise store.unusable(error) from error
    except CheckFailed:
        store.close()
        raise
    return store


def require_known(store: Store) -> None:
    """CheckFailed if tables or a session are of a later version than this one."""
    with store.engine.connect() as connection:
        revision = migration.revision(connection)
        if revision is not None and revision > migration.HEAD:
            raise _too_late(store, f"record revision {revision}", migration.HEAD)
        if revision is None or "schema" in store.lacking(SESSION):
            return
        highest = connection.execute(select(func.max(SESSION.c.schema))).scalar()
    if highest is not None and highest > SCHEMA:
        raise _too_late(store, f"record schema {highest}", str(SCHEMA))


def _too_late(store: Store, what: str, known: str) -> CheckFailed:
    return CheckFailed(
        "record_schema",
        f"{store.name}: {what}, written by a later Evenflow; this one knows up to {known}",
        "use the version that wrote it, or a later one",
    )


def open_existing(where: str | Path) -> Store:
    """Open for reading; WrongUsage if there is no such file."""
    place = address(where)
    if place.path is not None and not place.path.is_file():
        raise WrongUsage(
            "no_record", f"{place.name}: no such record", "see `evenflow sessions list`"
        )
    return _opened(place)


def _opened(place: Address) -> Store:
    try:
        engine = create_engine(place.url)
    except ModuleNotFoundError as error:
        raise WrongUsage("no_driver", *_missing_driver(place, error)) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise WrongUsage(
            "no_record",
            f"{place.name}: not a database that can be opened: {_cause(place, error)}",
            "name a file, or postgresql://…",
        ) from error
    listener = _AT_CONNECT.get(engine.dialect.name)
    if listener is not None:
        event.listen(engine, "connect", listener)
    return Store(engine, place)


def _missing_driver(place: Address, error: ModuleNotFoundError) -> tuple[str, str]:
    reason = f"{place.name}: the driver {error.name!r} is not installed"
    if place.url.get_backend_name() == "postgresql":
        return reason, "install it with: pip install 'evenflow[postgres]'"
    return reason, "name a file, or postgresql://…"


class _Cursor(Protocol):
    def execute(self, statement: str, /) -> object: ...
    def close(self) -> None: ...


class _Connection(Protocol):
    """What every driver's connection has."""

    def cursor(self) -> _Cursor: ...
    def commit(self) -> None: ...


def _make_sqlite_durable(connection: _Connection, _: object) -> None:
    """A commit that returned survives a power cut; readers never block the writer."""
    _execute(
        connection,
        f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
    )


def _make_postgres_durable(connection: _Connection, _: object) -> None:
    """The same, whatever the server's default is."""
    _execute(connection, "SET synchronous_commit TO on")


_AT_CONNECT = {"sqlite": _make_sqlite_durable, "postgresql": _make_postgres_durable}


def _execute(connection: _Connection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    connection.commit()


def _unusable(place: Address, error: Exception) -> CheckFailed:
    return CheckFailed(
        "record_failed",
        f"{place.name}: cannot be written: {_cause(place, error)}",
        "check path, space and permissions; of a server, that it is up",
    )


def _cause(place: Address, error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return place.without_secrets(str(cause).strip())
