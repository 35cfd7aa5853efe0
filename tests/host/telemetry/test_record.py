"""The record: everything that was heard and sent comes back, whatever happened to the writer."""

import csv
import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from host.telemetry.frames import IDENTITY, batch, frame, opening

from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.stream import Received, Stream
from evenflow.errors import CheckFailed, WrongUsage
from evenflow.telemetry import place
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.export import export
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create, open_existing
from evenflow.telemetry.timeline import Moment, Timeline

WALL = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)
WALL_TEXT = "2026-01-05T09:00:00.000Z"


class Writing:
    """A session being written, and a second reader of the same file."""

    def __init__(self, path: Path) -> None:
        """Open both."""
        self.path = path
        self.store = create(path)
        self.timeline = Timeline()
        self.recorder = Recorder(
            self.store, opening("0a1b"), IDENTITY, self.timeline, clock=lambda: WALL
        )
        self.reader = open_existing(path)
        self.archive = Archive(self.reader)

    def hear(self, added: Batch) -> None:
        """As a listener of a pump does."""
        self.timeline.add(added)
        self.recorder.take(added)

    def ticks(self) -> list[int]:
        """What a reader finds."""
        return [
            record.tick_count
            for _, items in self.archive.frames("0a1b")
            for item in items
            if isinstance(item, Batch)
            for record in item
        ]


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    writing = Writing(tmp_path / "deep" / "record.db")
    yield writing
    writing.reader.close()
    writing.store.close()


def test_a_session_is_in_the_record_as_soon_as_it_begins(writing: Writing) -> None:
    (line,) = writing.archive.sessions()
    session = writing.archive.session("0a1b")

    assert (line.id, line.board, line.outcome) == ("0a1b", "pico", "not closed")
    assert session["notice"].startswith("NOT FOR USE ON PEOPLE")
    assert session["started_at"] == WALL_TEXT
    assert session["order_text"] == "schema = 1\n"
    assert session["plan"] == {"volume_ml": 17.5}
    assert session["unique_id"] == "0102030405060708"
    assert session["summary"] is None


def test_a_second_of_the_wall_is_enough_to_commit(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = writing.recorder._committed_at_s
    monkeypatch.setattr("evenflow.telemetry.recorder.time.monotonic", lambda: now_s + 0.75)
    writing.hear(batch(1))
    writing.recorder.wait()
    before = writing.ticks()
    monkeypatch.setattr("evenflow.telemetry.recorder.time.monotonic", lambda: now_s + 0.85)

    writing.recorder.commit_if_due()
    writing.recorder.wait()

    assert before == []
    assert writing.ticks() == [1]


def test_a_hurried_device_gets_a_blob_a_second_and_a_commit_a_second_of_the_wall(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = writing.recorder._committed_at_s
    monkeypatch.setattr("evenflow.telemetry.recorder.time.monotonic", lambda: now_s)
    for first in range(0, 500, 50):
        writing.hear(batch(*range(first, first + 50)))
    before = writing.ticks()
    writing.recorder.commit()

    assert before == []
    assert writing.ticks() == list(range(500))
    with sqlite3.connect(writing.path) as raw:
        ((blob_count,),) = raw.execute("SELECT count(*) FROM frames")
    raw.close()
    assert blob_count == 10


def test_frames_come_back_byte_for_byte_and_in_order(writing: Writing) -> None:
    answer = frame("answer", request_id=9, command=3)
    first, received, second = Stream().feed(
        frame("telemetry", tick_count=5) + answer + frame("telemetry", tick_count=6)
    )
    writing.hear(first)
    writing.recorder.take(received)
    writing.hear(second)
    writing.recorder.close("complete", {})

    ((_, items),) = writing.archive.frames("0a1b")

    assert [type(item) for item in items] == [Batch, Received, Batch]
    assert items[1].frame + b"\0" == answer
    with sqlite3.connect(writing.path) as raw:
        ((content, count),) = raw.execute("SELECT content, frame_count FROM frames")
    raw.close()
    assert content == frame("telemetry", tick_count=5) + answer + frame("telemetry", tick_count=6)
    assert count == 3


def test_commands_are_kept_with_the_tick_heard_before_them(writing: Writing) -> None:
    writing.hear(batch(10, 11))
    writing.recorder.take(Sent("stop", 4, b"\3\x24\4"))
    writing.recorder.commit()

    (command,) = writing.archive.commands("0a1b")

    assert (command.name, command.request_id, command.frame) == ("stop", 4, b"\3\x24\4")
    assert (command.tick_count, command.t_us, command.wall_at) == (11, 40_000, WALL_TEXT)


def test_events_are_kept_in_order_with_their_own_moment(writing: Writing) -> None:
    writing.hear(batch(10, 11))
    writing.recorder.event("pump", "state", {"from": "idle", "to": "staged"}, Moment(10, 20_000))
    writing.recorder.event("person", "confirmed", {"digest": "µ"})
    writing.recorder.commit()

    first, second = writing.archive.events("0a1b")

    assert (first.seq, first.tick_count, first.t_us) == (1, 10, 20_000)
    assert first.detail == {"from": "idle", "to": "staged"}
    assert (second.source, second.tick_count, second.detail) == ("person", 11, {"digest": "µ"})


def test_closing_commits_what_is_left_and_says_how_it_ended(writing: Writing) -> None:
    writing.hear(batch(1, 2))
    writing.recorder.close("complete", {"dose_mg": 35.0})

    session = writing.archive.session("0a1b")

    assert session["outcome"] == "complete"
    assert session["summary"] == {"dose_mg": 35.0}
    assert session["closed_at"] == WALL_TEXT
    assert session["frame_count"] == 2


def test_several_sessions_share_a_record(writing: Writing) -> None:
    timeline = Timeline()
    second = Recorder(writing.store, opening("0abc"), IDENTITY, timeline)
    second.close("refused", {})

    assert [line.id for line in writing.archive.sessions()] == ["0a1b", "0abc"]
    assert writing.archive.find("0ab") == "0abc"
    with pytest.raises(WrongUsage, match="2 sessions"):
        writing.archive.find("0a")
    with pytest.raises(WrongUsage, match="no session"):
        writing.archive.find("ff")


def test_damage_is_named_not_decoded(writing: Writing) -> None:
    writing.hear(batch(*range(50)))
    writing.recorder.commit()
    with sqlite3.connect(writing.path) as raw:
        raw.execute("UPDATE frames SET content = zeroblob(10)")
    raw.close()

    with pytest.raises(CheckFailed) as error:
        list(writing.archive.frames("0a1b"))

    assert error.value.code == "record_damaged"
    assert "piece 1" in error.value.reason


def test_a_store_that_cannot_be_written_says_so(writing: Writing) -> None:
    with sqlite3.connect(writing.path) as raw:
        raw.execute("DROP TABLE frames")
    raw.close()

    writing.hear(batch(*range(50)))
    with pytest.raises(CheckFailed) as error:
        writing.recorder.commit()

    assert error.value.code == "record_failed"


def test_what_is_no_record_is_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("not a database, whatever its name says, and long enough to be looked at" * 20)

    with pytest.raises(WrongUsage, match="no such record"):
        open_existing(tmp_path / "missing.db")
    with open_existing(text) as store, pytest.raises(CheckFailed) as error:
        Archive(store).sessions()
    with pytest.raises(CheckFailed):
        create(text)
    with pytest.raises(WrongUsage):
        create("nosuchdatabase://host/name")
    assert error.value.code == "record_unreadable"


def exported(writing: Writing) -> Store:
    writing.hear(batch(5, 6, 9, state=5, alarms_low=0b10))
    writing.recorder.take(Sent("ping", 1, b"\3\3\1"))
    writing.recorder.event("host", "note", {"words": 'a, "b"'})
    writing.recorder.close("complete", {"dose_mg": 35.0})
    return writing.reader


def test_an_export_is_plain_files_with_figures_and_names(writing: Writing, tmp_path: Path) -> None:
    exported(writing)

    names = export(writing.archive, "0a1b", tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    session = json.loads((tmp_path / "out" / "session.json").read_text())
    assert session["outcome"] == "complete"
    with (tmp_path / "out" / "telemetry.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["t_us"] for row in rows] == ["20000", "40000", "100000"]
    assert rows[0]["state_name"] == "infusing"
    assert rows[0]["alarm_names"] == "near_end"
    with (tmp_path / "out" / "events.csv").open(newline="") as file:
        (event,) = csv.DictReader(file)
    assert json.loads(event["detail"]) == {"words": 'a, "b"'}
    with (tmp_path / "out" / "commands.csv").open(newline="") as file:
        (command,) = csv.DictReader(file)
    assert command["frame"] == "030301"


def test_an_export_can_be_one_zip_with_the_same_content(writing: Writing, tmp_path: Path) -> None:
    exported(writing)
    names = export(writing.archive, "0a1b", tmp_path / "out")
    export(writing.archive, "0a1b", tmp_path / "out.zip")

    with ZipFile(tmp_path / "out.zip") as archive:
        for name in names:
            assert archive.read(name) == (tmp_path / "out" / name).read_bytes()


def test_an_export_overwrites_nothing(writing: Writing, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage) as error:
        export(writing.archive, "0a1b", tmp_path)

    assert error.value.code == "target_exists"


def test_each_run_of_a_day_has_its_own_folder(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    today = date(2026, 1, 5)

    first = place.fresh_directory(root, today)
    second = place.fresh_directory(root, today)
    (first / place.RECORD).touch()
    (root / place.SHARED).touch()

    assert [path.name for path in (first, second)] == ["2026-01-05-001", "2026-01-05-002"]
    assert place.records(root) == [first / place.RECORD, root / place.SHARED]
    assert place.records(tmp_path / "nowhere") == []


def test_a_commit_survives_a_power_cut_and_readers_do_not_block(writing: Writing) -> None:
    with writing.store.engine.connect() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert (journal, synchronous) == ("wal", 2)
