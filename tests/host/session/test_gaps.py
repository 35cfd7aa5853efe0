"""What a session does once ticks come again after some were lost, at a scripted pump."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from host.client.fake_device import FakeDevice
from host.session.scripted import InfusingDevice, SilentView, bench_plan, session

from evenflow.client.journal import Entry
from evenflow.session.gaps import detail_of
from evenflow.telemetry.store import Store, create

pytestmark = pytest.mark.requirement("LOG-07", "LOG-01")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty record."""
    with create(tmp_path / "record.db") as opened:
        yield opened


def lose(device: InfusingDevice, *ticks: int) -> None:
    """Nothing of these ticks after START arrives."""
    device.garble = lambda said: b"" if device.ticks_since_start in ticks else said


class Other(InfusingDevice):
    """Another pump, from half of the infusion on."""

    def _identity(self) -> dict[str, object]:
        is_other = self.ticks_since_start > 100
        return super()._identity() | {"unique_id": b"other..." if is_other else bytes(8)}


async def test_another_pump_behind_the_same_port_ends_the_session(store: Store) -> None:
    order = bench_plan()
    device = Other(order)
    lose(device, *range(101, 110))
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "other_pump"
    assert summary.error is not None
    assert "another pump" in summary.error.reason


async def test_what_cannot_be_had_of_a_gap_is_told_and_the_session_goes_on(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.refuses["read_journal"] = ("memory_failed", 0)
    lose(device, *range(101, 110))
    view = SilentView()
    running, _ = session(order, device, store, view)

    summary = await running.run()

    assert summary.outcome == "complete"
    (told,) = [event for event in view.events if event.name == "gap_unfilled"]
    assert told.detail["code"] == "memory_failed"
    assert "read_keyframe" in device.commands


async def test_a_line_that_is_silent_is_told_and_waited_for(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.refuses["read_journal"] = ("no_journal", 0)
    # Four seconds of the six.
    lose(device, *range(50, 250))
    view = SilentView()
    running, _ = session(order, device, store, view)

    summary = await running.run()

    assert summary.outcome == "complete"
    assert view.names.count("silent") == 1
    (gap,) = [event for event in view.events if event.name == "gap"]
    assert gap.detail["missing_ticks"] == 200
    assert view.names.index("silent") < view.names.index("gap")


async def test_a_line_that_stays_silent_is_lost_after_half_a_minute(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.events[100] = _fall_silent
    running, line = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "link_lost"
    assert "for 30 s" in summary.error.reason if summary.error else False
    assert line.clock_s() >= 32


def _fall_silent(device: FakeDevice) -> None:
    device.is_silent = True


def test_a_record_s_figures_have_the_names_of_its_kind() -> None:
    entry = Entry(17, 3, 900, None, "alarm_raised", 8, 5_000, 5_000, None)

    assert detail_of(entry) == {
        "kind": "alarm_raised",
        "sequence": 17,
        "alarm": "link_lost",
        "measured": 5_000,
        "limit": 5_000,
        "at": None,
    }
