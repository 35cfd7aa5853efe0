"""Users of SQL find vital signs and overrides as tables, alike in both databases."""

import re
from pathlib import Path

import pytest
from host.postgres import new_database
from host.telemetry.frames import IDENTITY, opening

from evenflow.session.chart import ENTERED_EVENT
from evenflow.session.finding import figures
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create
from evenflow.telemetry.timeline import Timeline
from pumpcore.vital_signs import VitalSigns

pytestmark = pytest.mark.requirement("LOG-01")

RECORDS = Path(__file__).parents[3] / "docs" / "records.md"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """One session in which each limit was passed."""
    where = tmp_path / "record.db" if request.param == "sqlite" else new_database()
    with create(where) as store:
        recorder = Recorder(store, opening("one"), IDENTITY, Timeline())
        recorder.event("person", "override", {"reason": "weighed twice"})
        recorder.event("person", "course_override", {"passed": ["spacing"], "reason": "agreed"})
        entered = {"by": "person", "phase": "baseline", "is_late": False, "beyond": None}
        signs = figures(VitalSigns(150, 95, 61, 98, 1))
        recorder.event(
            "person", ENTERED_EVENT, {**signs, **entered, "override": "knows \"them\", 'well'"}
        )
        partly = figures(VitalSigns(0, 0, 62, 0, 0))
        recorder.event("person", ENTERED_EVENT, {**partly, **entered, "override": None})
        recorder.event("pump", "state", {"to": "idle"})
        recorder.close("complete", {})
        yield store


def found(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_vital_signs_are_a_row_each_and_null_where_not_measured(store: Store) -> None:
    query = "SELECT * FROM vital_signs ORDER BY seq"
    with store.engine.connect() as connection:
        names = tuple(connection.exec_driver_sql(query).keys())
    first, second = found(store, query)

    assert names[5:] == (
        "systolic_mmhg",
        "diastolic_mmhg",
        "heart_rate_per_min",
        "oxygen_percent",
        "sedation",
        "phase",
        "beyond",
        "entered_by",
    )
    assert first[:2] == ("one", 3)
    assert first[5:] == (150, 95, 61, 98, "alert", "baseline", None, "person")
    assert second[5:] == (None, None, 62, None, None, "baseline", None, "person")


def test_overrides_are_a_row_each_with_the_reason(store: Store) -> None:
    rows = found(store, "SELECT session_id, seq, what, reason FROM overrides ORDER BY seq")

    assert rows == [
        ("one", 1, "order", "weighed twice"),
        ("one", 2, "course", "agreed"),
        ("one", 3, "baseline", "knows \"them\", 'well'"),
    ]


def test_the_queries_of_the_documentation_run(store: Store) -> None:
    queries = re.findall(r"```sql\n(.*?)```", RECORDS.read_text(encoding="utf-8"), re.DOTALL)

    answers = [found(store, query) for query in queries]
    assert [len(rows) for rows in answers] == [1, 3]
