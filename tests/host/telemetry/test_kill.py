"""kill -9 of the writing host at any point: what was committed is there, the record sound."""

import json
import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from host.postgres import new_database
from host.telemetry.frames import IDENTITY, opening

from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.timeline import Timeline
from evenflow.telemetry.verify import verify

pytestmark = pytest.mark.requirement("LOG-04")

SCRIPT = Path(__file__).with_name("endless_writer.py")


def killed(count: int, *places: str) -> list[dict[str, object]]:
    """What the writers told; the seed is printed, though time itself is drawn anew."""
    seed = str(random.randrange(2**32))
    sys.stdout.write(f"seed {seed}\n")
    command = [sys.executable, SCRIPT, seed, str(count), *places]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(report: dict[str, object]) -> int:
    """The record is sound, and written on; how many ticks of the killed session are in it."""
    with create(str(report["where"])) as store:
        archive = Archive(store)
        ids = {line.id for line in archive.sessions()}
        if report["id"] not in ids:
            assert report["durable"] == 0, report
            return 0
        found = [(fault.where, fault.code) for fault in verify(archive, str(report["id"]))]
        ticks = [
            record.tick_count
            for _, items in archive.frames(str(report["id"]))
            for item in items
            for record in item
        ]
    assert found == [("session", "not_closed")], report
    assert ticks == list(range(len(ticks))), report
    assert len(ticks) >= int(str(report["durable"])), report
    return len(ticks)


@pytest.mark.parametrize("part", range(4))
def test_a_record_in_sqlite_outlives_its_writer(tmp_path: Path, part: int) -> None:
    places = [str(tmp_path / f"{part}-{number}.db") for number in range(50)]
    reports = killed(50, *places)

    counts = [check(report) for report in reports]
    assert len(counts) == 50
    assert len(set(counts)) > 10
    for place in places:
        raw = sqlite3.connect(place)
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        raw.close()


def test_a_record_in_postgresql_outlives_its_writers(tmp_path: Path) -> None:
    reports = killed(20, new_database())

    counts = [check(report) for report in reports]
    assert len(set(counts)) > 5


def test_a_record_is_written_on_after_its_writer_was_killed(tmp_path: Path) -> None:
    (report,) = killed(1, str(tmp_path / "record.db"))
    with create(str(report["where"])) as store:
        Recorder(store, opening("next"), IDENTITY, Timeline()).close("complete", {})
        archive = Archive(store)

        assert verify(archive, "next") == []
