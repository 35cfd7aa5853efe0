"""The record's database: SQLite unless a URL says otherwise, durable at every commit."""

from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry.tables import METADATA

_BUSY_TIMEOUT_MS = 5_000


class Store:
    """An open database; `engine` is SQLAlchemy's."""

    def __init__(self, engine: Engine, name: str) -> None:
        """Over an engine whose tables exist."""
        self.engine = engine
        self.name = name

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


def create(where: str | Path) -> Store:
    """Open for writing, tables made if missing; `where` is a file or an SQLAlchemy URL."""
    url, name = _url(where)
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    store = _opened(url, name)
    try:
        METADATA.create_all(store.engine)
    except SQLAlchemyError as error:
        store.close()
        raise unusable(name, error) from error
    return store


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
