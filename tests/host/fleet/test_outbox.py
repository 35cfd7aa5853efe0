"""What a host has recorded, as it is found: growing, of an older schema, or not whole."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from host.broker import running as running_broker
from host.fleet.parts import everything, once, running
from host.telemetry.frames import IDENTITY, batch, opening
from host.telemetry.recorded import edit

from evenflow.errors import CheckFailed
from evenflow.fleet.batch import MAX_BYTES, NOWHERE, Position, encoded
from evenflow.fleet.outbox import Content, Outbox, Source
from evenflow.telemetry import place
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.tables import CHAINED, EVENT, FRAMES
from evenflow.telemetry.timeline import Timeline

pytestmark = pytest.mark.requirement("LOG-07")


def _looked(outbox: Outbox) -> list[str]:
    return [source.session_id for _, sources in outbox.look() for source in sources]


def _source(outbox: Outbox) -> Source:
    ((_, (source,)),) = outbox.look()
    return source


def _counts(content: Content) -> dict[str, int]:
    return {table.name: len(rows) for table, rows in content.batch.rows.items()}


def _position(content: Content) -> Position:
    return Position(is_known=True, is_closed=False, seqs=_counts(content))


def test_sessions_are_found_once_and_new_ones_as_they_come(tmp_path: Path) -> None:
    outbox = Outbox(lambda: place.records(tmp_path))
    assert _looked(outbox) == []
    with create(tmp_path / "one" / place.RECORD) as store:
        Recorder(store, opening("first"), IDENTITY, Timeline())
        assert _looked(outbox) == ["first"]
        Recorder(store, opening("second"), IDENTITY, Timeline())
        assert _looked(outbox) == ["second"]
    with create(tmp_path / place.SHARED) as store:
        Recorder(store, opening("third"), IDENTITY, Timeline())
    assert _looked(outbox) == ["third"]
    assert _looked(outbox) == []
    outbox.close()


def test_rows_are_read_while_the_session_is_written(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    outbox = Outbox(lambda: [path])
    with create(path) as store:
        timeline = Timeline()
        recorder = Recorder(store, opening("one"), IDENTITY, timeline)
        source = _source(outbox)
        begun = outbox.following(source, NOWHERE, 1)
        assert begun.batch.opening is not None
        assert not any(_counts(begun).values())

        added = batch(*range(6, 56))
        timeline.add(added)
        recorder.take(added)
        recorder.event("pump", "state", {"to": "idle"})
        assert outbox.following(source, _position(begun), 2).is_empty
        recorder.commit()
        grown = outbox.following(source, _position(begun), 2)
        assert _counts(grown) == {"event": 1, "frames": 1, "command": 0}
        assert not grown.is_last

        recorder.close("completed", {})
        closed = outbox.following(source, _position(grown), 3)
        assert closed.is_last
        assert closed.batch.closing is not None
    outbox.close()


def test_a_batch_is_bounded_whatever_there_is(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with create(path) as store:
        recorder = Recorder(store, opening("one"), IDENTITY, Timeline())
        for number in range(40):
            recorder.event("host", "note", {"number": number, "words": "x" * 20_000})
        recorder.close("completed", {})
    outbox = Outbox(lambda: [path])
    source = _source(outbox)
    position = NOWHERE
    found = 0
    while True:
        content = outbox.following(source, position, 1)
        assert len(content.batch.rows[EVENT]) <= 13
        found += len(content.batch.rows[EVENT])
        if content.is_last:
            break
        assert content.rows_behind == 40 - found
        position = replace(_position(content), seqs={**NOWHERE.seqs, "event": found})
    outbox.close()
    assert found == 40


def test_a_row_larger_than_a_batch_goes_alone_and_one_that_nobody_takes_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "record.db"
    with create(path) as store:
        recorder = Recorder(store, opening("one"), IDENTITY, Timeline())
        for length in (1_000_000, MAX_BYTES):
            recorder.event("host", "note", {"words": "x" * length})
        recorder.close("completed", {})
    outbox = Outbox(lambda: [path])
    source = _source(outbox)
    known = replace(NOWHERE, is_known=True)
    first = outbox.following(source, known, 1)
    second = outbox.following(source, replace(known, seqs={**known.seqs, "event": 1}), 2)
    outbox.close()

    assert (_counts(first)["event"], first.rows_behind) == (1, 1)
    assert encoded(first.batch)
    with pytest.raises(CheckFailed) as refused:
        encoded(second.batch)
    assert refused.value.code == "row_too_large"


def test_a_session_without_hashes_is_refused_by_name(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with create(path) as store:
        Recorder(store, opening("old"), IDENTITY, Timeline()).close("completed", {})
    edit(path, "UPDATE session SET schema = 1")
    outbox = Outbox(lambda: [path])

    assert _looked(outbox) == []
    assert [one.code for one in outbox.refused.values()] == ["not_chained"]
    outbox.close()


def test_a_record_of_a_later_version_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    with create(path) as store:
        Recorder(store, opening("new"), IDENTITY, Timeline()).close("completed", {})
    edit(path, "UPDATE session SET schema = 1000")
    outbox = Outbox(lambda: [path])

    assert _looked(outbox) == []
    assert [one.code for one in outbox.refused.values()] == ["record_schema"]
    outbox.close()


def test_a_file_that_is_no_record_stops_no_other(tmp_path: Path) -> None:
    broken, sound = tmp_path / "broken.db", tmp_path / "sound.db"
    broken.write_bytes(b"no database" * 100)
    with create(sound) as store:
        Recorder(store, opening("one"), IDENTITY, Timeline())
    outbox = Outbox(lambda: [broken, sound])

    assert _looked(outbox) == ["one"]
    assert list(outbox.refused) == [str(broken)]
    outbox.close()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM frames WHERE seq = 2", "missing"),
        ("UPDATE event SET detail_json = '{}' WHERE seq = 2", "changed"),
        ("UPDATE session SET outcome = 'completed, and well'", "changed"),
        ("DELETE FROM event WHERE seq = 3", "missing"),
    ],
)
def test_a_record_that_was_edited_here_is_not_stored_there(
    statement: str, code: str, tmp_path: Path
) -> None:
    path = tmp_path / "runs" / place.SHARED
    for name in ("sound", "edited"):
        with create(path) as store:
            timeline = Timeline()
            recorder = Recorder(store, opening(name), IDENTITY, timeline)
            for start in (6, 56, 106):
                added = batch(*range(start, start + 50))
                timeline.add(added)
                recorder.take(added)
                recorder.event("pump", "state", {"tick": start})
            recorder.close("completed", {})
    table = "id" if "session" in statement else "session_id"
    joint = " AND " if "WHERE" in statement else " WHERE "
    edit(path, f"{statement}{joint}{table} = 'edited'")
    fleet = tmp_path / "fleet.db"

    with (
        running_broker(tmp_path / "broker") as broker,
        running("ingest", broker, "--db", str(fleet)),
    ):
        done = once(broker, path.parent, "--json")

    assert done.returncode == 1, done.stderr
    tally = json.loads(done.stdout)
    assert (tally["sessions"], tally["complete"]) == (2, 1)
    assert len(tally["refused"]) == 1
    assert f"{code}: session edited is refused" in done.stderr
    here, there = everything(path), everything(fleet)
    closed = {row["id"]: row["closed_at"] is not None for row in there["session"]}
    assert closed == {"sound": True, "edited": False}
    for table_ in CHAINED:
        kept = [row for row in there[table_.name] if row["session_id"] == "sound"]
        assert kept == [row for row in here[table_.name] if row["session_id"] == "sound"]
    assert len(there[FRAMES.name]) <= 6
