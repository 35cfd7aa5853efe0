"""Whatever is killed or away for a while, every session is whole at the other end."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.broker import RunningBroker
from host.broker import running as running_broker
from host.fleet.parts import (
    Recording,
    closed_count,
    counts,
    everything,
    fault_count,
    once,
    running,
    stoppable_database,
    together,
    until,
)
from host.postgres import new_database

from evenflow.telemetry.store import create

pytestmark = pytest.mark.requirement("LOG-07", "LOG-08")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    """Without TLS, on loopback."""
    with running_broker(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def database() -> str:
    """A PostgreSQL with the tables of a record."""
    url = new_database()
    create(url).close()
    return url


def test_two_sessions_are_whole_though_the_broker_was_killed_while_they_were_written(
    tmp_path: Path, broker: RunningBroker, database: str
) -> None:
    runs = tmp_path / "runs"
    with (
        Recording(runs, "one", 0.2, 0.6) as one,
        Recording(runs, "two", 0.2, 0.6) as two,
        running("ingest", broker, "--db", database),
        running("bridge", broker, "--runs", str(runs)),
    ):
        pumps = one, two
        for pump in pumps:
            pump.wait()
        until(lambda: counts(database)["session"] == 2)
        broker.kill()
        for pump in pumps:
            pump.go_on()
            pump.wait()
        before = counts(database)
        broker.start()
        for pump in pumps:
            pump.go_on()
            pump.finish()
        until(lambda: closed_count(database) == 2)

    recorded = together(*(pump.path for pump in pumps))
    assert before["frames"] < len(recorded["frames"])
    assert counts(database) == {name: len(rows) for name, rows in recorded.items()}
    assert everything(database) == recorded
    assert fault_count(database) == 0


def test_an_ingest_that_is_killed_in_the_middle_loses_nothing(
    tmp_path: Path, broker: RunningBroker, database: str
) -> None:
    runs = tmp_path / "runs"
    with (
        Recording(runs, "one", 0.2, 0.6) as one,
        running("bridge", broker, "--runs", str(runs)),
    ):
        one.wait()
        with running("ingest", broker, "--db", database) as ingest:
            until(lambda: counts(database)["session"] == 1)
            ingest.send_signal(signal.SIGKILL)
            ingest.wait()
        one.go_on()
        one.wait()
        before = counts(database)
        with running("ingest", broker, "--db", database):
            one.go_on()
            one.finish()
            until(lambda: closed_count(database) == 1)

    assert before["frames"] < counts(database)["frames"]
    assert everything(database) == everything(one.path)
    assert fault_count(database) == 0


def test_a_bridge_that_is_killed_goes_on_where_it_was(
    tmp_path: Path, broker: RunningBroker, database: str
) -> None:
    runs = tmp_path / "runs"
    with (
        Recording(runs, "one", 0.2) as one,
        running("ingest", broker, "--db", database),
    ):
        one.wait()
        with running("bridge", broker, "--runs", str(runs)) as bridge:
            until(lambda: counts(database)["session"] == 1)
            bridge.send_signal(signal.SIGKILL)
            bridge.wait()
        one.go_on()
        one.finish()
        before = counts(database)
        done = once(broker, runs, "--json")

    assert done.returncode == 0, done.stderr
    recorded = everything(one.path)
    rows = sum(len(rows) - before[name] for name, rows in recorded.items() if name != "session")
    assert json.loads(done.stdout)["rows_stored"] == rows > 0
    assert everything(database) == recorded
    assert fault_count(database) == 0


def test_a_database_that_is_stopped_makes_everybody_wait(
    tmp_path: Path, broker: RunningBroker
) -> None:
    runs, log = tmp_path / "runs", tmp_path / "log"
    with stoppable_database() as database:
        create(database.url).close()
        with (
            Recording(runs, "one", 0.2) as one,
            running("ingest", broker, "--db", database.url, log=log) as ingest,
            running("bridge", broker, "--runs", str(runs)) as bridge,
        ):
            one.wait()
            until(lambda: counts(database.url)["session"] == 1)
            database.stop()
            one.go_on()
            one.finish()
            until(lambda: "record_failed" in log.read_text(encoding="utf-8"))
            assert ingest.poll() is bridge.poll() is None
            database.start()
            until(lambda: closed_count(database.url) == 1)
        assert everything(database.url) == everything(one.path)
        assert fault_count(database.url) == 0


@pytest.mark.parametrize("is_there", [False, True])
def test_once_without_broker_or_ingest_gives_up_and_says_that_nothing_is_lost(
    recorded: Path, broker: RunningBroker, *, is_there: bool
) -> None:
    before = everything(recorded)
    if not is_there:
        broker.kill()

    done = once(broker, recorded.parent.parent, "--patience-s", "2", "--json")

    assert done.returncode == 5
    assert json.loads(done.stdout)["error"]["code"] == "not_stored"
    assert everything(recorded) == before
