"""A real PostgreSQL takes a record as SQLite does."""

import pytest
from host.postgres import new_database
from host.telemetry.frames import IDENTITY, batch, opening

from evenflow.telemetry.archive import Archive
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create, open_existing
from evenflow.telemetry.timeline import Timeline

pytestmark = pytest.mark.requirement("LOG-08")


def test_a_session_in_postgresql_is_read_back_and_verified() -> None:
    url = new_database()
    with create(url) as store:
        timeline = Timeline()
        recorder = Recorder(store, opening("one"), IDENTITY, timeline)
        added = batch(*range(1, 101))
        timeline.add(added)
        recorder.take(added)
        recorder.event("pump", "state", {"to": "idle"})
        recorder.close("completed", {})
    with open_existing(url) as store:
        (line,) = Archive(store).sessions()
        assert line.id == "one"
        assert [len(items) for _, items in Archive(store).frames("one")] == [1]
