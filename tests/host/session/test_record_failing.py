"""A session whose record fails: the infusion goes on, and the person is told."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from host.session.scripted import VOLUME_NL, InfusingDevice, SilentView, bench_plan, session
from sqlalchemy.event import listen

from evenflow.errors import CheckFailed
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import Store, create
from evenflow.telemetry.verify import verify

pytestmark = pytest.mark.requirement("LOG-01")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path / "record.db") as store:
        yield store


def losing_the_disk(store: Store) -> Callable[[InfusingDevice], None]:
    def lose(_: InfusingDevice) -> None:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE frames")

    return lose


async def until(claim: Callable[[], bool]) -> None:
    """Let the other tasks run; pytest's timeout is the bound."""
    for _ in iter(claim, True):
        await asyncio.sleep(0)


async def test_a_record_that_cannot_be_written_leaves_the_infusion_alone_and_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.recorder.COMMIT_S", 0.0)
    monkeypatch.setattr("evenflow.session.keeping._LOOK_S", 0.0)
    order = bench_plan()
    device = InfusingDevice(order)
    device.events[100] = losing_the_disk(store)
    view = SilentView()
    running, line = session(order, device, store, view)
    # The device waits for the disk to refuse, which takes the wall's time and not its own.
    read = line.read

    async def unhurried(within_s: float) -> bytes:
        if 110 < device.ticks_since_start < 200:
            await until(lambda: "record_failed" in view.names)
        return await read(within_s)

    line.read = unhurried

    summary = await running.run()

    assert summary.outcome == "complete"
    assert summary.counted_nl == pytest.approx(VOLUME_NL, abs=200)
    assert summary.error.code == "record_failed"
    assert "no such table: frames" in summary.error.reason
    assert view.names.count("record_failed") == 1


async def test_a_disk_that_hangs_does_not_stall_the_link(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.recorder.COMMIT_S", 0.0)
    monkeypatch.setattr("evenflow.telemetry.writer.GATHER_S", 0.0)
    monkeypatch.setattr("evenflow.telemetry.writer.SLOW_S", 0.0)
    monkeypatch.setattr("evenflow.session.keeping._LOOK_S", 0.0)
    is_quick = Event()
    is_quick.set()
    listen(store.engine, "commit", lambda _: is_quick.wait())
    order = bench_plan()
    device = InfusingDevice(order)
    device.events[100] = lambda _: is_quick.clear()
    device.events[250] = lambda _: is_quick.set()
    view = SilentView()
    running, _ = session(order, device, store, view)

    summary = await running.run()

    (line,) = Archive(store).sessions()
    assert (summary.outcome, summary.error) == ("complete", None)
    assert summary.counted_nl == pytest.approx(VOLUME_NL, abs=200)
    assert "record_slow" in view.names
    assert verify(Archive(store), line.id) == []


async def test_nothing_is_begun_that_cannot_be_recorded(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.recorder.COMMIT_S", 0.0)
    monkeypatch.setattr("evenflow.session.keeping._LOOK_S", 0.0)
    order = bench_plan()
    device = InfusingDevice(order)
    view = SilentView()
    running, _ = session(order, device, store, view)

    async def agrees(*_: object) -> bool:
        """A person who takes the time in which the disk is lost."""
        losing_the_disk(store)(device)
        await until(lambda: store.writer.trouble is not None)
        for _ in range(10):
            await asyncio.sleep(0)
        return True

    view.agrees = agrees

    with pytest.raises(CheckFailed) as error:
        await running.run()

    assert error.value.code == "record_failed"
    assert device.state == "idle"


async def test_a_record_that_cannot_be_closed_does_not_hide_what_was_given(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.recorder.COMMIT_S", 1e9)
    order = bench_plan()
    device = InfusingDevice(order)
    device.events[100] = losing_the_disk(store)
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "complete"
    assert summary.error.code == "record_failed"
    assert summary.counted_nl == pytest.approx(VOLUME_NL, abs=200)
