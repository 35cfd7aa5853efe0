"""A bridge and an ingest as processes, sessions that can be held, and what is in a database."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pgserver
from host.broker import PASSWORD, RunningBroker
from sqlalchemy import select

from evenflow.telemetry.archive import Archive
from evenflow.telemetry.place import RECORD
from evenflow.telemetry.store import Store, open_existing
from evenflow.telemetry.tables import CHAINED, SESSION
from evenflow.telemetry.verify import verify

EVENFLOW = Path(sys.executable).parent / "evenflow"
_HELD = Path(__file__).parent / "held_session.py"
_PATIENCE_S = 60.0


class Recording:
    """A session in a process of its own, which stands at some shares of its volume."""

    def __init__(self, runs: Path, name: str, *shares: float) -> None:
        """Recorded in a folder below the runs."""
        self.path = runs / name / RECORD
        self.path.parent.mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, str(_HELD), str(self.path), *map(str, shares)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def wait(self) -> None:
        """Until it stands."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "stands\n"

    def go_on(self) -> None:
        """Let it."""
        assert self._process.stdin is not None
        self._process.stdin.write("go on\n")
        self._process.stdin.flush()

    def finish(self) -> None:
        """Wait for its end."""
        assert self._process.wait(_PATIENCE_S) == 0


@contextmanager
def running(
    command: str, broker: RunningBroker, *options: str, log: Path | None = None
) -> Iterator["subprocess.Popen[str]"]:
    """`evenflow bridge` or `ingest`, ended as Ctrl-C ends it; `log` gets what it says."""
    words = None if log is None else log.open("w", encoding="utf-8")
    line = arguments(command, broker, *options)
    with subprocess.Popen(line, env=env(broker), text=True, stderr=words) as one:
        try:
            yield one
        finally:
            one.terminate()
            assert one.wait(_PATIENCE_S) in {0, -signal.SIGKILL}
            if words is not None:
                words.close()


def once(broker: RunningBroker, runs: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """`evenflow bridge --once`, to its end."""
    return subprocess.run(
        arguments("bridge", broker, "--runs", str(runs), "--once", *options),
        env=env(broker),
        text=True,
        capture_output=True,
        timeout=_PATIENCE_S,
        check=False,
    )


def arguments(command: str, broker: RunningBroker, *options: str) -> list[str]:
    """What is typed."""
    ca = ["--cafile", str(broker.ca)] if broker.ca else []
    return [str(EVENFLOW), command, "--broker", broker.address, *ca, *options]


def env(broker: RunningBroker) -> dict[str, str]:
    """With the password, if the broker wants one."""
    secret = {"EVENFLOW_MQTT_PASSWORD": PASSWORD} if broker.wants_password else {}
    return {**os.environ, **secret}


@dataclass(frozen=True)
class StoppableDatabase:
    """A PostgreSQL of its own."""

    url: str
    server: pgserver.PostgresServer

    def stop(self) -> None:
        """As a crash would, waiting for nobody."""
        arguments = ["-w", "-m", "immediate", "stop"]
        pgserver.pg_ctl(arguments, pgdata=self.server.pgdata, user=self.server.system_user)

    def start(self) -> None:
        """With what it had committed."""
        self.server.ensure_postgres_running()


@contextmanager
def stoppable_database() -> Iterator[StoppableDatabase]:
    """Empty; gone at the end."""
    server = pgserver.get_server(tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete")
    url = server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
    try:
        yield StoppableDatabase(url, server)
    finally:
        server.cleanup()


def until(holds: Callable[[], bool]) -> None:
    """Ask until it does: what other processes did is seen in no other way."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not holds():
        os.sched_yield()
        assert time.monotonic() < deadline_s


def everything(where: str | Path) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables, in their order."""
    with open_existing(where) as store:
        return rows_of(store)


def rows_of(store: Store) -> dict[str, list[dict[str, object]]]:
    """The same, of a record that is open."""
    content = {}
    with store.engine.connect() as connection:
        for table in (SESSION, *CHAINED):
            query = select(table).order_by(*table.primary_key.columns)
            content[table.name] = [dict(row) for row in connection.execute(query).mappings()]
    return content


def together(*records: Path) -> dict[str, list[dict[str, object]]]:
    """All rows of several records, as they would be in one."""
    whole: dict[str, list[dict[str, object]]] = {}
    for path in records:
        for name, rows in everything(path).items():
            whole.setdefault(name, []).extend(rows)
    for rows in whole.values():
        rows.sort(key=lambda row: (str(row.get("session_id", row.get("id"))), row.get("seq", 0)))
    return whole


def counts(where: str | Path) -> dict[str, int]:
    """Rows by table."""
    return {name: len(rows) for name, rows in everything(where).items()}


def closed_count(where: str | Path) -> int:
    """Sessions that have their seal."""
    return sum(row["closed_at"] is not None for row in everything(where)["session"])


def fault_count(where: str | Path) -> int:
    """Of all sessions, as `evenflow sessions verify` finds them."""
    with open_existing(where) as store:
        archive = Archive(store)
        return sum(len(verify(archive, line.id)) for line in archive.sessions())
