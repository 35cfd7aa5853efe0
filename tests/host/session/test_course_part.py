"""A session within its course: refused, overridden, begun and added to the file."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from host.client.fake_device import FakeLine
from host.course import courses
from host.course.courses import course, utc
from host.dose.orders import plan_of, reference_table
from host.session.scripted import InfusingDevice, SilentView

from evenflow.course import file
from evenflow.course.file import Course
from evenflow.course.moment import DEVICE_EPOCH
from evenflow.course.record import Given, added
from evenflow.dose.plan import Plan, patient_hash
from evenflow.errors import CheckFailed, NeedsOverride, Refused
from evenflow.session.course_part import CoursePart
from evenflow.session.opening import Opened
from evenflow.session.run import Session
from evenflow.telemetry.store import Store, create
from pumpcore.memory import put

pytestmark = pytest.mark.requirement("KET-08")

NOW = utc("2026-12-03T09:00:00")
HOUR = timedelta(hours=1)
OWN = patient_hash("demo-0001")[:4]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path / "record.db") as store:
        yield store


def row(began: datetime, number: int, *, patient: bytes = OWN, **masses: int) -> bytes:
    """One of the pump's sessions."""
    raw = bytearray(32)
    at = put(raw, 0, int((began - DEVICE_EPOCH).total_seconds()), 4)
    at = put(raw, at, number, 2)
    at = put(raw, at, 1, 2)
    raw[at : at + 4] = patient
    at = put(raw, at + 4, masses.get("ordered_ng", 35_000_000), 6)
    put(raw, at, masses.get("given_ng", 35_000_000), 6)
    return bytes(raw)


def device(order: Plan, *rows: bytes, count: int = 0, cleared: int = 0) -> InfusingDevice:
    """A scripted pump that has these sessions, the newest first, and knows the time."""
    sessions: dict[str, int | bytes] = {f"row_{place}": raw for place, raw in enumerate(rows)}
    sessions |= {
        "row_count": len(rows),
        "session_count": count or len(rows),
        "cleared_count": cleared,
    }
    clock_s = int((NOW - DEVICE_EPOCH).total_seconds())
    return InfusingDevice(order, sessions=sessions, ledger={"clock_s": clock_s})


async def judged(
    order: Plan, pump: InfusingDevice, store: Store, path: Path | None = None
) -> SilentView:
    """What is said by a session that is not confirmed: it is judged before."""
    view = SilentView(answer=False)
    part = CoursePart(order, path, lambda: NOW)
    session = Session(order, Opened(FakeLine(pump), None), store, view, course=part)
    with pytest.raises(CheckFailed, match="not confirmed"):
        await session.run()
    return view


async def refused(
    order: Plan, pump: InfusingDevice, store: Store, kind: type, path: Path | None = None
) -> str:
    """The code with which a session ends before anything is staged."""
    part = CoursePart(order, path, lambda: NOW)
    session = Session(order, Opened(FakeLine(pump), None), store, SilentView(), course=part)
    with pytest.raises(kind) as error:
        await session.run()
    assert "stage" not in pump.commands
    return error.value.code


def saved(of: Course, folder: Path) -> Path:
    """The course on disk."""
    path = folder / "course.toml"
    file.save(of, path)
    return path


async def test_the_pumps_ledger_alone_refuses_what_is_too_soon(store: Store) -> None:
    order = plan_of(reference_table())

    assert await refused(order, device(order, row(NOW - 20 * HOUR, 1)), store, Refused) == (
        "spacing_hard"
    )
    assert await refused(order, device(order, row(NOW - 30 * HOUR, 1)), store, NeedsOverride) == (
        "spacing_soft"
    )


async def test_a_soft_rule_passes_with_a_reason_which_is_recorded(store: Store) -> None:
    order = plan_of(reference_table(), "as agreed with the ward")

    view = await judged(order, device(order, row(NOW - 30 * HOUR, 1)), store)

    (event,) = [event for event in view.events if event.name == "course_override"]
    assert event.detail == {"passed": "spacing_soft", "reason": "as agreed with the ward"}


@pytest.mark.parametrize("patient", [OWN, b"\xff" * 4])
async def test_of_those_before_new_patient_the_patients_own_count(
    store: Store, patient: bytes
) -> None:
    order = plan_of(reference_table())
    own = device(order, row(NOW - 20 * HOUR, 7, patient=patient), count=7, cleared=7)
    other = device(order, row(NOW - 20 * HOUR, 7, patient=b"else"), count=7, cleared=7)
    after = device(order, row(NOW - 20 * HOUR, 7, patient=b"else"), count=7, cleared=6)

    assert await refused(order, own, store, Refused) == "spacing_hard"
    assert "course_note" not in (await judged(order, other, store)).names
    assert await refused(order, after, store, Refused) == "spacing_hard"


@pytest.mark.requirement("KET-14")
async def test_the_rest_of_a_session_is_no_session_too_soon(store: Store) -> None:
    order = plan_of(reference_table(therapy__dose="15 mg"), "the rest")
    cut_short = row(NOW - HOUR, 3, given_ng=20_000_000)

    view = await judged(order, device(order, cut_short, count=3), store)

    (event,) = [event for event in view.events if event.name == "session_rest"]
    assert event.detail == {"device_session": 3}
    whole = plan_of(reference_table())
    assert (
        await refused(whole, device(whole, cut_short, count=3), store, Refused) == "spacing_hard"
    )


async def test_the_file_and_the_pump_are_judged_together(store: Store, tmp_path: Path) -> None:
    order = plan_of(reference_table())
    path = saved(courses.given(course(), NOW - 72 * HOUR), tmp_path)

    assert "course_override" not in (await judged(order, device(order), store, path)).names
    unknown = device(order, row(NOW - 60 * HOUR, 9), count=9)
    assert await refused(order, unknown, store, NeedsOverride, path) == "device_session_unknown"
    saved(courses.given(course(), NOW - 20 * HOUR), tmp_path)
    assert await refused(order, device(order), store, Refused, path) == "spacing_hard"


def test_a_course_of_another_patient_or_drug_is_refused(tmp_path: Path) -> None:
    path = saved(course(patient="demo-0002"), tmp_path)

    with pytest.raises(Refused) as error:
        CoursePart(plan_of(reference_table(therapy__care_area="chronic-pain")), path)

    assert [one.where for one in error.value.problems] == ["course.patient", "course.care_area"]
    assert error.value.code == "another_course"


async def test_a_session_that_began_is_added_to_the_file(store: Store, tmp_path: Path) -> None:
    changes = {"therapy__duration": "30 min", "session__observe": "30 min"}
    order = plan_of(reference_table(**changes), "short, on a bench")
    path = saved(courses.given(course(), NOW - 72 * HOUR), tmp_path)
    pump, view = device(order, count=4), SilentView()
    pump.events[1] = lambda now: now.sessions.update(session_count=5)
    part = CoursePart(order, path, lambda: NOW)

    summary = await Session(order, Opened(FakeLine(pump), None), store, view, course=part).run()

    item = file.load(path).history[-1]
    assert (item.count, item.given, item.outcome) == (2, "35 mg", "complete")
    assert item.at_utc == NOW
    assert item.session == summary.session_id
    assert item.device_session == 5
    # No rule of the course was passed; the reason was for others.
    assert item.override is None
    course_keys = {"file": str(path), "item": 2, "is_overridden": False}
    assert summary.as_json()["course"] == course_keys
    (event,) = [event for event in view.events if event.name == "course_added"]
    assert event.detail["hash"] == item.hash


async def test_a_file_that_was_lost_meanwhile_is_told_and_changes_nothing_else(
    store: Store, tmp_path: Path
) -> None:
    changes = {"therapy__duration": "30 min", "session__observe": "30 min"}
    order = plan_of(reference_table(**changes), "short, on a bench")
    path = saved(course(), tmp_path)
    pump, view = device(order), SilentView()
    pump.events[1] = lambda _: path.unlink()
    part = CoursePart(order, path, lambda: NOW)

    pump.events[310] = lambda now: setattr(now, "state", "idle")

    summary = await Session(order, Opened(FakeLine(pump), None), store, view, course=part).run()

    assert summary.outcome == "cancelled"
    (event,) = [event for event in view.events if event.name == "course_not_added"]
    assert "NOT ADDED, 35 mg aborted" in event.words


@pytest.mark.requirement("KET-14")
async def test_a_second_rest_is_added_to_the_session_and_not_to_its_rest(
    store: Store, tmp_path: Path
) -> None:
    changes = {"therapy__duration": "30 min", "session__observe": "30 min"}
    order = plan_of(reference_table(therapy__dose="15 mg", **changes), "the rest")
    began, again = NOW - HOUR, NOW - HOUR / 2
    cut_short = courses.given(course(), began, outcome="aborted")
    rest = Given(again, "2 mg", "stopped", rest_of=1)
    path = saved(added(cut_short, rest, again), tmp_path)
    pump = device(order, row(began, 3, given_ng=20_000_000), count=3)
    part = CoursePart(order, path, lambda: NOW)

    await Session(order, Opened(FakeLine(pump), None), store, SilentView(), course=part).run()

    assert [item.rest_of for item in file.load(path).history] == [None, 1, 1]
