"""An older record is brought to the present tables, whole or not at all; a fresh one has them."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from host.postgres import new_database
from host.session.scripted import SilentView
from host.telemetry.frames import IDENTITY, batch, opening
from host.telemetry.recorded import edit, record, unsay
from sqlalchemy import Connection, create_engine, inspect

from evenflow.errors import CheckFailed
from evenflow.telemetry import migration
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create, open_existing
from evenflow.telemetry.tables import METADATA
from evenflow.telemetry.timeline import Timeline
from evenflow.telemetry.verify import verify

pytestmark = pytest.mark.requirement("LOG-04")

# Of PostgreSQL: whatever a table is made of. Names of what it numbers by itself are left out.
SHAPE = """
SELECT c.relname, c.relkind::text, c.relispartition, pg_get_partkeydef(c.oid),
  pg_get_expr(c.relpartbound, c.oid), a.attname, format_type(a.atttypid, a.atttypmod),
  a.attnotnull, l.collname
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
ORDER BY c.relname, a.attname
"""
RULES = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    return tmp_path / "record.db" if request.param == "sqlite" else new_database()


def steps_to(where: str | Path, number: str) -> None:
    """Have an empty database go through the steps as far as that."""
    url = f"sqlite:///{where}" if isinstance(where, Path) else where
    engine = create_engine(url)
    with engine.begin() as connection:
        migration._VERSION.create(connection)
        script(connection, number)
    engine.dispose()


def script(connection: Connection, number: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(migration.__file__).parent))
    command.upgrade(config, number)


def differences(store: Store) -> list[object]:
    def is_ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        # Partitions are of the table that they part.
        return not (kind == "table" and str(name).startswith("frames_"))

    with store.engine.connect() as connection:
        options = {"compare_type": True, "include_object": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, METADATA)


def shape(store: Store) -> list[object]:
    """Everything that the database says of tables and views."""
    with store.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            queries = (SHAPE, RULES)
            return [tuple(row) for one in queries for row in connection.exec_driver_sql(one)]
        inspector = inspect(connection)
        views = {name: inspector.get_view_definition(name) for name in inspector.get_view_names()}
        return [
            sorted(views.items()),
            *((name, inspector.get_indexes(name)) for name in sorted(inspector.get_table_names())),
            *(
                (name, sorted((str(one["name"]), str(one["type"])) for one in columns))
                for (_, name), columns in sorted(inspector.get_multi_columns().items())
            ),
        ]


def test_the_last_step_is_the_present_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migration.__file__).parent))

    assert ScriptDirectory.from_config(config).get_current_head() == migration.HEAD


@pytest.mark.parametrize("number", ["0001", "0002"])
def test_an_older_database_and_a_fresh_one_come_to_the_same_tables(
    where: str | Path, number: str, tmp_path: Path
) -> None:
    steps_to(where, number)
    fresh_where = tmp_path / "fresh.db" if isinstance(where, Path) else new_database()

    with create(where) as stepped, create(fresh_where) as fresh:
        assert differences(stepped) == []
        assert differences(fresh) == []
        assert shape(stepped) == shape(fresh)


def test_what_was_recorded_before_is_there_afterwards(where: str | Path) -> None:
    steps_to(where, "0002")
    with open_existing(where) as store:
        timeline = Timeline()
        recorder = Recorder(store, opening("old"), IDENTITY, timeline)
        added = batch(*range(1, 101))
        timeline.add(added)
        recorder.take(added)
        recorder.close("complete", {})

    with create(where) as store:
        Recorder(store, opening("new"), IDENTITY, Timeline()).close("refused", {})
        archive = Archive(store)
        found = {line.id: verify(archive, line.id) for line in archive.sessions()}

    assert found == {"old": [], "new": []}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("whole") / "record.db", SilentView())


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Iterator[Path]:
    return Path(shutil.copy(whole, tmp_path / "record.db"))


def test_a_file_that_says_no_revision_is_known_by_its_columns(path: Path) -> None:
    unsay(path)

    with create(path) as store:
        assert differences(store) == []
        with store.engine.connect() as connection:
            assert migration.revision(connection) == migration.HEAD


def test_reading_changes_nothing(path: Path) -> None:
    unsay(path)
    before = path.read_bytes()

    with open_existing(path) as store:
        Archive(store).sessions()

    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_the_record_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsay(path)
    edit(path, *(f"ALTER TABLE {name} DROP COLUMN row_hash" for name in ("event", "session")))
    edit(path, "ALTER TABLE session DROP COLUMN schema")
    before = tables(path)
    monkeypatch.setattr("evenflow.telemetry.views.NAMES", ("vital_signs", "event"))

    with pytest.raises(CheckFailed) as error:
        create(path)

    assert error.value.code == "record_failed"
    assert tables(path) == before


def tables(path: Path) -> list[tuple[str, ...]]:
    raw = sqlite3.connect(path)
    found = raw.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
    raw.close()
    return found


def test_hosts_that_begin_together_make_the_tables_once(where: str | Path) -> None:
    code = "import sys; from evenflow.telemetry.store import create; create(sys.argv[1]).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", code, where], stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    assert [one.communicate()[1] for one in started] == [""] * 6
    with create(where) as store:
        assert differences(store) == []


def test_a_record_of_a_later_revision_is_refused(where: str | Path) -> None:
    with create(where) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(CheckFailed) as written:
        create(where)
    with open_existing(where) as store, pytest.raises(CheckFailed) as read:
        Archive(store).sessions()

    assert (read.value.code, written.value.code) == ("record_schema", "record_schema")
    assert "9999" in written.value.reason


def test_what_is_costly_is_not_loaded_for_a_present_record(tmp_path: Path, path: Path) -> None:
    code = (
        "import sys; from evenflow.telemetry.store import create, open_existing\n"
        "for name in sys.argv[1:]:\n"
        "    create(name).close(); open_existing(name).close()\n"
        "costly = 'alembic', 'numpy', 'cryptography', 'sqlalchemy.dialects.postgresql'\n"
        "print([name for name in costly if name in sys.modules])"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "fresh.db"), str(path)]

    assert subprocess.run(line, check=True, capture_output=True, text=True).stdout == "[]\n"
