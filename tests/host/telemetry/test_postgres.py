"""A record in a real PostgreSQL: written, read, verified, executed again, exported, dropped."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from host.postgres import new_database
from host.session.scripted import SilentView, bench_plan
from host.telemetry.frames import IDENTITY, batch, opening
from sqlalchemy import func, text, update

from evenflow.cli import main
from evenflow.session.opening import open_port
from evenflow.session.run import Session
from evenflow.telemetry import session_id
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create, open_existing
from evenflow.telemetry.tables import EVENT
from evenflow.telemetry.timeline import Timeline
from evenflow.telemetry.verify import verify

pytestmark = pytest.mark.requirement("LOG-06", "LOG-08")


@pytest.fixture(scope="module")
def url() -> str:
    """A database with the session of an emulated board."""
    url = new_database()
    order = bench_plan()

    async def run() -> None:
        opened = await open_port("emulated:pico", plan=order, speed=None, runtime="cpython")
        with create(url) as store:
            await Session(order, opened, store, SilentView()).run()

    asyncio.run(run())
    return url


def sessions(url: str, *arguments: str | Path) -> Result:
    result = CliRunner().invoke(main, ["sessions", *map(str, arguments), "--db", url])
    assert result.exit_code == 0, result.output
    return result


def test_it_is_listed_and_shown(url: str) -> None:
    (line,) = json.loads(sessions(url, "list", "--json").stdout)["sessions"]
    shown = json.loads(sessions(url, "show", line["id"], "--json").stdout)

    assert line["outcome"] == "complete"
    assert shown["event_count"] == len(shown["events"]) > 10


def test_it_is_sound_and_executes_again(url: str) -> None:
    assert ": sound\n  signed by this host, " in sessions(url, "verify").output
    assert "every output equal" in sessions(url, "replay").output


def test_it_is_exported(url: str, tmp_path: Path) -> None:
    (line,) = json.loads(sessions(url, "list", "--json").stdout)["sessions"]
    sessions(url, "export", line["id"], tmp_path / "out")

    lines = (tmp_path / "out" / "telemetry.csv").read_text().count("\n")
    assert lines > 500


@pytest.mark.parametrize("column", ["detail_json", "source", "wall_at"])
def test_an_edit_is_found(url: str, column: str) -> None:
    event_3 = update(EVENT).where(EVENT.c.seq == 3)
    with open_existing(url) as store:
        (line,) = Archive(store).sessions()
        with store.engine.begin() as connection:
            connection.execute(event_3.values({column: EVENT.c[column] + " "}))
        found = verify(Archive(store), line.id)
        with store.engine.begin() as connection:
            connection.execute(event_3.values({column: func.left(EVENT.c[column], -1)}))
        afterwards = verify(Archive(store), line.id)

    assert [fault.where for fault in found] == ["event 3"]
    assert afterwards == []


def write(store: Store, name: str) -> None:
    timeline = Timeline()
    recorder = Recorder(store, opening(name), IDENTITY, timeline)
    added = batch(*range(1, 101))
    timeline.add(added)
    recorder.take(added)
    recorder.close("complete", {})


def places(store: Store) -> dict[str, str]:
    """Which table holds the frames of each session."""
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT session_id, tableoid::regclass::text FROM frames"))
        return dict(iter(rows))


@pytest.mark.requirement("LOG-03")
def test_an_old_month_is_dropped_and_the_others_stay() -> None:
    ids = [session_id.fresh(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 2, 12)]
    with create(new_database()) as store:
        for name in (*ids, "one"):
            write(store, name)
        before = places(store)
        with store.engine.begin() as connection:
            connection.execute(text("ALTER TABLE frames DETACH PARTITION frames_2026_01"))
            connection.execute(text("DROP TABLE frames_2026_01"))
        found = {name: [one.where for one in verify(Archive(store), name)] for name in ids}

    assert before == {
        ids[0]: "frames_2026_01",
        ids[1]: "frames_2026_02",
        ids[2]: "frames_2026_12",
        "one": "frames_other",
    }
    assert found == {ids[0]: ["frames 1"], ids[1]: [], ids[2]: []}


def test_frames_of_one_session_are_looked_for_in_one_table() -> None:
    name = session_id.fresh(datetime(2026, 1, 5, tzinfo=UTC))
    with create(new_database()) as store:
        write(store, name)
        with store.engine.connect() as connection:
            query = text("EXPLAIN SELECT * FROM frames WHERE session_id = :name")
            plan = "\n".join(connection.scalars(query, {"name": name}))

    assert "frames_2026_01" in plan
    assert "frames_other" not in plan


def test_a_session_whose_month_cannot_be_parted_is_recorded_all_the_same() -> None:
    name = session_id.fresh(datetime(2026, 1, 5, tzinfo=UTC))
    by_chance = name[:14] + "4" + name[15:]
    with create(new_database()) as store:
        write(store, by_chance)
        write(store, name)

        assert places(store) == {by_chance: "frames_other", name: "frames_other"}


def test_who_may_make_no_tables_records_all_the_same() -> None:
    url = new_database()
    name = session_id.fresh(datetime(2031, 1, 5, tzinfo=UTC))
    with create(url) as store, store.engine.connect() as connection:
        for statement in (
            "CREATE ROLE nurse LOGIN",
            "GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO nurse",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
    with create(url.replace("postgres:@", "nurse@")) as store:
        write(store, name)

        assert places(store) == {name: "frames_other"}
        assert verify(Archive(store), name) == []


def test_a_commit_waits_for_the_disk_whatever_the_servers_default() -> None:
    url = new_database()
    with create(url) as store, store.engine.connect() as connection:
        connection.exec_driver_sql("ALTER ROLE CURRENT_USER SET synchronous_commit TO off")
        connection.commit()
    with open_existing(url) as store, store.engine.connect() as connection:
        found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
        connection.exec_driver_sql("ALTER ROLE CURRENT_USER RESET synchronous_commit")
        connection.commit()

    assert found == "on"
