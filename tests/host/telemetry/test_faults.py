"""A store that is full, read-only, slow or away is named; nothing that was taken is lost."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from host.postgres import new_database
from host.telemetry.frames import IDENTITY, batch, opening
from sqlalchemy import event, text

from evenflow.errors import CheckFailed
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create, open_existing
from evenflow.telemetry.timeline import Timeline
from evenflow.telemetry.verify import verify

pytestmark = pytest.mark.requirement("LOG-04")

SCRIPT = Path(__file__).with_name("faulty_places.py")


class Writing:
    """A session being written by hand."""

    def __init__(self, store: Store, name: str = "one") -> None:
        """Begun."""
        self.store = store
        self.timeline = Timeline()
        self.recorder = Recorder(store, opening(name), IDENTITY, self.timeline)
        self.heard_count = 0

    def hear(self, piece_count: int) -> None:
        """That many pieces of fifty ticks, handed over each by itself."""
        for _ in range(piece_count):
            added = batch(*range(self.heard_count, self.heard_count + 50))
            self.heard_count += 50
            self.timeline.add(added)
            self.recorder.take(added)
            self.recorder.event("pump", "state", {"at": self.heard_count})
            self.recorder._hand_over()

    def found(self) -> list[tuple[str, str]]:
        """Faults of the session."""
        found = verify(Archive(self.store), self.recorder.session_id)
        return [(fault.where, fault.code) for fault in found]


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    with create(tmp_path / "record.db") as store:
        yield Writing(store)


def full(writing: Writing) -> Callable[[], None]:
    """No page more than there is; what it returns makes room again."""
    limit = {"pages": 1}

    def bound(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    event.listen(writing.store.engine, "checkout", bound)
    return lambda: limit.update(pages=1_000_000)


def test_a_full_disk_is_named_and_costs_nothing_once_there_is_room(writing: Writing) -> None:
    writing.hear(2)
    make_room = full(writing)
    writing.hear(20)
    with pytest.raises(CheckFailed) as error:
        writing.recorder.wait()
    trouble = writing.recorder.trouble
    make_room()
    writing.hear(2)
    writing.recorder.close("complete", {})

    assert (error.value.code, trouble.code) == ("record_failed", "record_failed")
    assert "full" in error.value.reason
    assert writing.recorder.trouble is None
    assert writing.found() == []
    assert Archive(writing.store).session("one")["frame_count"] == 24 * 50


def test_a_store_that_is_closed_while_it_is_full_leaves_a_record_that_was_not_closed(
    writing: Writing,
) -> None:
    writing.hear(2)
    writing.recorder.wait()
    full(writing)
    writing.hear(20)
    with pytest.raises(CheckFailed):
        writing.recorder.close("complete", {})
    writing.store.close()

    assert writing.found() == [("session", "not_closed")]
    assert Archive(writing.store).session("one")["frame_count"] == 100


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("full", ("full", "disk I/O error")),
        ("read-only", ("readonly",)),
        ("read-only-folder", ("unable to open", "readonly")),
    ],
)
def test_where_nothing_can_be_written_is_named_and_what_was_there_stays(
    folder: Path, kind: str, words: tuple[str, ...]
) -> None:
    command = [sys.executable, SCRIPT, kind, folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    error = json.loads(done.stdout)

    assert error["code"] == "record_failed"
    assert any(one in error["reason"] for one in words), error
    folder.chmod(0o755)
    with open_existing(folder / "record.db") as store:
        archive = Archive(store)
        ids = [line.id for line in archive.sessions()]
        faults = {(one, fault.code) for one in ids for fault in verify(archive, one)}
    assert "one" in ids
    assert faults <= {("two", "not_closed")}


@pytest.fixture
def gate(writing: Writing) -> Event:
    """Commits wait for it: a disk whose fsync takes as long as one likes."""
    gate = Event()
    event.listen(writing.store.engine, "commit", lambda _: gate.wait())
    return gate


def test_a_slow_disk_is_told_and_nothing_waits_for_it(
    writing: Writing, gate: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.writer.SLOW_S", 0.0)
    writing.hear(20)
    trouble = writing.recorder.trouble
    seen = Archive(writing.store).session("one")["frame_count"]
    gate.set()
    writing.recorder.close("complete", {})

    assert (trouble.code, seen) == ("record_slow", 0)
    assert writing.found() == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_that_somebody_holds_is_told_and_nothing_waits_for_it(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.writer.SLOW_S", 0.0)
    where = tmp_path / "record.db" if kind == "sqlite" else new_database()
    hold = "BEGIN EXCLUSIVE" if kind == "sqlite" else "LOCK TABLE event IN ACCESS EXCLUSIVE MODE"
    with create(where) as store, open_existing(where) as other:
        writing = Writing(store)
        with other.engine.connect() as connection:
            connection.exec_driver_sql(hold)
            writing.hear(20)
            trouble = writing.recorder.trouble
            connection.rollback()
        writing.recorder.close("complete", {})

        assert trouble.code == "record_slow"
        assert writing.found() == []


def test_what_does_not_fit_into_the_queue_is_told_and_the_record_ends_there(
    writing: Writing, gate: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.writer.MAX_WAITING_ROWS", 20)
    writing.hear(30)
    trouble = writing.recorder.trouble
    gate.set()
    with pytest.raises(CheckFailed) as error:
        writing.recorder.close("complete", {})
    writing.store.close()

    assert (trouble.code, error.value.code) == ("record_lost", "record_lost")
    assert "20 rows wait" in trouble.reason
    assert writing.found() == [("session", "not_closed")]
    assert Archive(writing.store).session("one")["frame_count"] == 10 * 50


def test_two_sessions_of_one_store_share_its_commits(writing: Writing, gate: Event) -> None:
    gate.set()
    other = Writing(writing.store, "other")
    gate.clear()
    commits = []
    event.listen(writing.store.engine, "commit", commits.append)
    for _ in range(20):
        writing.hear(1)
        other.hear(1)
    gate.set()
    writing.recorder.close("complete", {})
    other.recorder.close("complete", {})

    assert len(commits) <= 4
    assert (writing.found(), other.found()) == ([], [])


def test_a_server_that_cut_the_line_costs_nothing() -> None:
    url = new_database()
    errors = []
    with create(url) as store, create(url) as other:
        writing = Writing(store)
        event.listen(store.engine, "handle_error", errors.append)
        writing.hear(2)
        writing.recorder.wait()
        with other.engine.connect() as connection:
            others = text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(others).all()
        writing.hear(2)
        writing.recorder.wait()
        writing.recorder.close("complete", {})

        assert len(errors) == 1
        assert writing.found() == []


def test_a_commit_that_came_in_before_the_line_was_cut_is_not_stored_twice(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = writing.store.writer._attempt
    answers = iter([CheckFailed("record_failed", "the answer was lost")])

    def unanswered(pieces: list[object], *, is_again: bool) -> CheckFailed | None:
        return attempt(pieces, is_again=is_again) or next(answers, None)

    monkeypatch.setattr(writing.store.writer, "_attempt", unanswered)
    writing.hear(3)
    writing.recorder.close("complete", {})

    assert writing.found() == []


@pytest.mark.requirement("LOG-05")
@pytest.mark.parametrize("by_s", [-3600.0, 7200.0])
def test_a_clock_that_was_set_is_told_and_the_order_holds(tmp_path: Path, by_s: float) -> None:
    began = datetime.now(UTC)
    wall = [began]
    with create(tmp_path / "record.db") as store:
        recorder = Recorder(store, opening("one"), IDENTITY, Timeline(), clock=lambda: wall[0])
        recorder.event("pump", "before", {})
        wall[0] += timedelta(seconds=by_s)
        recorder.event("pump", "after", {})
        recorder.event("pump", "later", {})
        recorder.close("complete", {})
        events = list(Archive(store).events("one"))
        found = verify(Archive(store), "one")

    assert [one.name for one in events] == ["before", "clock_set", "after", "later"]
    assert [one.seq for one in events] == [1, 2, 3, 4]
    assert events[1].detail["by_s"] == pytest.approx(by_s, abs=0.5)
    assert found == []
