"""What is done to a record afterwards is found and named, and a sound one is called so."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from host.session.scripted import SilentView
from host.telemetry.frames import IDENTITY, batch, frame, opening
from host.telemetry.recorded import Meddler, edit, faults, record, unsay
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from evenflow.client.stream import Stream
from evenflow.errors import CheckFailed
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create, open_existing
from evenflow.telemetry.tables import CHAINED, EVENT, SESSION
from evenflow.telemetry.timeline import Moment, Timeline

pytestmark = pytest.mark.requirement("LOG-06")

TABLES = st.sampled_from(CHAINED)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of an emulated board."""
    return record(tmp_path_factory.mktemp("whole") / "record.db", SilentView())


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(whole, tmp_path / "record.db"))


def places(path: Path) -> list[str]:
    return [fault.where for fault in faults(path)]


def test_a_session_as_it_was_written_is_sound(whole: Path) -> None:
    assert faults(whole) == []


@pytest.mark.requirement("LOG-08")
@pytest.mark.parametrize("act", [lambda board: board.plant.occlude(), lambda board: board.kill()])
def test_a_session_that_went_wrong_is_sound_all_the_same(tmp_path: Path, act: object) -> None:
    assert faults(record(tmp_path / "record.db", Meddler(act))) == []


@contextmanager
def opened(path: Path) -> Iterator[Connection]:
    """The file, to be changed."""
    with open_existing(path) as store, store.engine.begin() as connection:
        yield connection


def count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def row_of(connection: Connection, table: Table, seq: int) -> dict[str, object]:
    row = connection.execute(select(table).where(table.c.seq == seq)).mappings().one()
    return {name: row[name] for name in row if name != "seq"}


def put(connection: Connection, table: Table, seq: int, row: dict[str, object]) -> None:
    connection.execute(update(table).where(table.c.seq == seq).values(row))


def another(value: object, place: int) -> object:
    """The value with one bit, digit or character changed, or with one more."""
    if isinstance(value, int):
        return value ^ 1 << place % 20
    if isinstance(value, bytes):
        at = place % len(value)
        return value[:at] + bytes([value[at] ^ 1 << place % 8]) + value[at + 1 :]
    text = str(value)
    at = place % len(text) if text else 0
    return text[:at] + ("1" if text[at : at + 1] != "1" else "2") + text[at + 1 :]


@settings(max_examples=60)
@given(choice=st.data())
def test_one_edit_is_found_and_named(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    path = Path(shutil.copy(whole, tmp_path_factory.mktemp("edit") / "record.db"))
    table = choice.draw(TABLES)
    columns = [one.name for one in table.columns if one.name not in ("session_id", "seq")]
    column = choice.draw(st.sampled_from(columns))
    with opened(path) as connection:
        seq = choice.draw(st.integers(1, count(connection, table)))
        before = row_of(connection, table, seq)[column]
        after = another(before, choice.draw(st.integers(0, 100_000)))
        put(connection, table, seq, {column: after})

    assert f"{table.name} {seq}" in places(path)


@settings(max_examples=25)
@given(choice=st.data())
def test_one_deletion_is_found_and_named(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    path = Path(shutil.copy(whole, tmp_path_factory.mktemp("deletion") / "record.db"))
    table = choice.draw(TABLES)
    with opened(path) as connection:
        seq = choice.draw(st.integers(1, count(connection, table)))
        connection.execute(delete(table).where(table.c.seq == seq))

    assert f"{table.name} {seq}" in places(path)


@settings(max_examples=25)
@given(choice=st.data())
def test_one_swap_is_found_and_named(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    path = Path(shutil.copy(whole, tmp_path_factory.mktemp("swap") / "record.db"))
    table = choice.draw(TABLES)
    with opened(path) as connection:
        rows = st.integers(1, count(connection, table))
        first, second = choice.draw(st.lists(rows, min_size=2, max_size=2, unique=True))
        one, other = (row_of(connection, table, seq) for seq in (first, second))
        put(connection, table, first, other)
        put(connection, table, second, one)

    assert {f"{table.name} {first}", f"{table.name} {second}"} <= set(places(path))


@settings(max_examples=25)
@given(choice=st.data())
def test_one_truncation_is_found_and_named(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, choice: st.DataObject
) -> None:
    path = Path(shutil.copy(whole, tmp_path_factory.mktemp("truncation") / "record.db"))
    table = choice.draw(TABLES)
    with opened(path) as connection:
        last = count(connection, table)
        seq = choice.draw(st.integers(1, last))
        connection.execute(delete(table).where(table.c.seq >= seq))

    lost = str(seq) if seq == last else f"{seq} to {last}"
    assert f"{table.name} {lost}" in places(path)


OF_A_SESSION = [one.name for one in SESSION.columns if one.name not in ("id", "schema")]


@pytest.mark.parametrize("column", OF_A_SESSION)
def test_an_edit_of_the_sessions_own_row_is_found(path: Path, column: str) -> None:
    with opened(path) as connection:
        before = connection.execute(select(SESSION.c[column])).scalar_one()
        connection.execute(update(SESSION).values({column: another(before, 3)}))

    assert "session" in places(path)


@pytest.mark.parametrize("schema", [2, 1, None, 0])
def test_a_session_that_claims_an_older_schema_is_not_called_sound(
    path: Path, schema: int | None
) -> None:
    with opened(path) as connection:
        connection.execute(update(SESSION).values(schema=schema))

    assert "session" in places(path)


def test_a_row_that_was_added_is_found(path: Path) -> None:
    with opened(path) as connection:
        last = count(connection, EVENT)
        row = row_of(connection, EVENT, last)
        connection.execute(insert(EVENT).values({**row, "seq": last + 1}))

    assert set(places(path)) == {f"event {last + 1}"}


def test_a_whole_chain_made_anew_needs_another_seal(path: Path) -> None:
    edit(path, "DELETE FROM event", "DELETE FROM frames", "DELETE FROM command")
    edit(path, "UPDATE session SET seal_json = '{\"rows\": {}}'")

    assert {fault.code for fault in faults(path)} >= {"changed"}


class Writing:
    """A session that is written by hand."""

    def __init__(self, path: Path) -> None:
        """Not closed."""
        self.path = path
        self.store = create(path)
        self.timeline = Timeline()
        self.recorder = Recorder(self.store, opening("0a1b"), IDENTITY, self.timeline)

    def hear(self, *ticks: int, **fields: int) -> None:
        """Telemetry of those ticks."""
        added = batch(*ticks, **fields)
        self.timeline.add(added)
        self.recorder.take(added)

    def found(self, **summary: object) -> list[tuple[str, str]]:
        """Close it; place and code of every fault."""
        self.recorder.close("complete", summary)
        return [(fault.where, fault.code) for fault in faults(self.path)]


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    writing = Writing(tmp_path / "record.db")
    yield writing
    writing.store.close()


@pytest.mark.requirement("LOG-07")
def test_a_gap_that_was_recorded_is_no_fault(writing: Writing) -> None:
    writing.hear(1, 2, 5)
    writing.recorder.event("link", "gap", {"missing_ticks": 2}, Moment(5, 80_000))

    assert writing.found() == []


@pytest.mark.requirement("LOG-07")
def test_a_gap_that_no_event_tells_of_is_named(writing: Writing) -> None:
    writing.hear(1, 2, 5)

    assert writing.found() == [("tick 5", "gap")]


def test_an_event_of_a_gap_that_is_none_is_named(writing: Writing) -> None:
    writing.hear(1, 2, 3)
    writing.recorder.event("link", "gap", {"missing_ticks": 2}, Moment(3, 80_000))

    assert writing.found() == [("event 1", "gap")]


@pytest.mark.requirement("LOG-08")
def test_every_alarm_is_in_telemetry_and_in_the_events(writing: Writing) -> None:
    writing.hear(1, alarms_low=0b10)

    (fault,) = writing.found()

    assert fault == ("events", "alarms")


@pytest.mark.requirement("LOG-08")
def test_a_summary_that_is_not_the_pumps_is_named(writing: Writing) -> None:
    writing.hear(1, delivered_microsteps=10)

    found = writing.found(counted_by_pump={"microsteps": 11}, link={"missing_tick_count": 1})

    assert found == [("summary", "total"), ("summary", "gap")]


@pytest.mark.requirement("LOG-08")
@pytest.mark.parametrize(("low_nl", "found"), [(11_000, []), (11_001, [("ledger", "total")])])
def test_the_pumps_ledger_may_differ_by_a_hundredth_of_a_millilitre(
    writing: Writing, low_nl: int, found: list[tuple[str, str]]
) -> None:
    told = frame("staged", femtolitres_per_microstep=10**8, digest=bytes(8))
    told += frame("telemetry", tick_count=1, delivered_microsteps=10)
    told += frame(
        "ledger", digest=bytes(8), library=bytes(8), volume_low_nl=low_nl, volume_high_nl=low_nl
    )
    for item in Stream().feed(told):
        if hasattr(item, "rows"):
            writing.timeline.add(item)
        writing.recorder.take(item)

    assert writing.found() == found


def test_a_session_that_was_never_closed_is_not_called_whole(writing: Writing) -> None:
    writing.hear(1, 2, 3)
    writing.recorder.commit()

    assert [(fault.where, fault.code) for fault in faults(writing.path)] == [
        ("session", "not_closed")
    ]


def as_of_schema_1(path: Path) -> None:
    """Without the columns that came with schema 2."""
    unsay(path)
    edit(
        path,
        *[f"ALTER TABLE {table.name} DROP COLUMN row_hash" for table in (SESSION, *CHAINED)],
        *[
            f"ALTER TABLE session DROP COLUMN {name}"
            for name in ("schema", "profile_json", "library_json", "core", "seal_json")
        ],
    )


def test_a_record_of_schema_1_is_read_and_its_lack_of_hashes_named(path: Path) -> None:
    as_of_schema_1(path)
    before = path.read_bytes()

    found = faults(path)
    with open_existing(path) as store:
        archive = Archive(store)
        (line,) = archive.sessions()
        session = archive.session(line.id)
        events = list(archive.events(line.id))

    assert [fault.code for fault in found] == ["not_chained"]
    assert (session["schema"], session["profile"], session["seal"]) == (1, None, None)
    assert len(events) == session["event_count"]
    assert path.read_bytes() == before


def test_a_record_of_schema_1_is_written_on(path: Path) -> None:
    as_of_schema_1(path)

    with create(path) as store:
        Recorder(store, opening("0a1b"), IDENTITY, Timeline()).close("refused", {})
        archive = Archive(store)
        schemas = [archive.session(line.id)["schema"] for line in archive.sessions()]

    assert sorted(schemas) == [1, 3]


def test_a_record_of_a_later_schema_is_refused(path: Path) -> None:
    edit(path, "UPDATE session SET schema = 4")

    with open_existing(path) as store, pytest.raises(CheckFailed) as read:
        Archive(store).sessions()
    with pytest.raises(CheckFailed) as written:
        create(path)

    assert (read.value.code, written.value.code) == ("record_schema", "record_schema")


def test_the_seal_counts_what_was_written(whole: Path) -> None:
    with opened(whole) as connection:
        text = connection.execute(select(SESSION.c.seal_json)).scalar_one()
        counts = {table.name: count(connection, table) for table in CHAINED}

    rows = json.loads(text)["rows"]
    assert {name: rows[name]["count"] for name in rows} == counts
