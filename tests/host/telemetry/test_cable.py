"""A cable that comes off in the middle of an infusion and is put back; a host that comes later."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from host.session.scripted import SilentView
from host.session.test_over_pty import started
from host.telemetry import attached
from host.telemetry.recorded import faults, replayed

from evenflow.client.pump import Pump
from evenflow.dose.order import from_table
from evenflow.dose.plan import Plan, plan
from evenflow.emulator import Board, EmulatedBoard
from evenflow.link import EmulatedLine, open_line
from evenflow.session.opening import Opened, open_port
from evenflow.session.run import Session
from evenflow.session.summary import Summary
from evenflow.session.view import Progress
from evenflow.telemetry.archive import Archive, EventLine
from evenflow.telemetry.keyframe import PART_COUNT
from evenflow.telemetry.store import create, open_existing

pytestmark = pytest.mark.requirement("LOG-07", "LOG-08", "LOG-01")

# 24 s of infusion.
TABLE = {
    "schema": 1,
    "therapy": {"care_area": "bench", "rate": "600 mL/h", "volume": "4 mL"},
    "syringe": {"model": "bd-plastipak-50", "fill": "20 mL"},
}


class Cut(EmulatedLine):
    """A line that is cut for a while: nothing passes, either way."""

    until_s = 0.0

    def cut(self, span_s: float) -> None:
        """From now on, for so long."""
        self.until_s = self.clock_s() + span_s

    async def read(self, horizon_s: float) -> bytes:
        """What came; nothing while it is cut."""
        chunk = await super().read(horizon_s)
        return chunk if self.clock_s() >= self.until_s else b""

    def write(self, frame: bytes) -> None:
        """Lost while it is cut."""
        if self.clock_s() >= self.until_s:
            super().write(frame)


class Cutter(SilentView):
    """Cuts the line once half of the volume is given, and has a key pressed meanwhile."""

    def __init__(self, span_s: float) -> None:
        """For so long."""
        super().__init__()
        self.line: Cut | None = None
        self.board: Board | None = None
        self._span_s: float | None = span_s

    def progress(self, now: Progress) -> None:
        """Cut when it is time."""
        super().progress(now)
        if now.share >= 0.5 and self._span_s and self.line and self.board:
            self.line.cut(self._span_s)
            self.board.plant.press("audio_pause", 100)
            self._span_s = None


def session(path: Path, view: Cutter, runtime: str) -> Summary:
    """The order above on a fresh pico, recorded."""
    order: Plan = plan(from_table(TABLE, "bench"))

    async def run() -> Summary:
        opened = await open_port("emulated:pico", plan=order, speed=None, runtime=runtime)
        assert opened.board is not None
        view.board = opened.board
        view.line = Cut(opened.board, "emulated:pico", speed=None)
        with create(path) as store:
            return await Session(order, Opened(view.line, opened.board), store, view).run()

    return asyncio.run(run())


def events(path: Path) -> list[EventLine]:
    """Of the only session."""
    with open_existing(path) as store:
        archive = Archive(store)
        (line,) = archive.sessions()
        return list(archive.events(line.id))


@pytest.mark.parametrize(
    ("span_s", "runtime"), [(3.0, "cpython"), (3.0, "micropython"), (8.0, "cpython")]
)
def test_a_cable_put_back_leaves_a_gap_with_all_that_is_known_of_it(
    tmp_path: Path, span_s: float, runtime: str
) -> None:
    path = tmp_path / "record.db"
    view = Cutter(span_s)

    summary = session(path, view, runtime)

    # The dose is whole, and so is the record.
    assert (summary.outcome, summary.error) == ("complete", None)
    assert view.board is not None
    counted_ml = summary.facts.volume_of_nl(summary.counted_microsteps) / 1e6
    assert view.board.plant.patient_volume_ml == pytest.approx(counted_ml, abs=0.02)
    assert counted_ml == pytest.approx(4.0, abs=0.001)
    assert faults(path) == []

    # The gap is named, with what was given in it by the pump's count at both its ends.
    told = events(path)
    (gap,) = [one for one in told if one.name == "gap"]
    missing = gap.detail["missing_ticks"]
    assert isinstance(missing, int)
    assert missing == pytest.approx(span_s * 50, abs=60)
    before, after = gap.detail["delivered_microsteps"]  # type: ignore[misc]
    per_tick = summary.counted_microsteps / (24 * 50)
    assert (after - before) / per_tick == pytest.approx(missing, rel=0.05)

    # What the pump's journal has of it is in the record, with its own ticks.
    journal = [one for one in told if one.name == "journal"]
    first = gap.tick_count - missing
    assert all(one.source == "pump" for one in journal)
    assert all(first <= one.tick_count < gap.tick_count for one in journal)
    kinds = [(one.detail["kind"], one.detail.get("alarm")) for one in journal]
    assert ("key", None) in kinds
    assert (("alarm_raised", "link_lost") in kinds) == (span_s > 5)
    (filled,) = [one for one in told if one.name == "gap_filled"]
    assert filled.detail["record_count"] == len(journal)

    # Every tick but those, and those until the keyframe that was asked for.
    found = replayed(path)
    compared, lost, rest = found.spans
    assert (found.difference, found.ended, found.is_equal) == (None, None, True)
    assert (compared.first_tick, compared.last_tick) == (0, first - 1)
    assert lost.first_tick == gap.tick_count
    assert lost.last_tick - lost.first_tick < 2 * PART_COUNT + 60
    assert rest.first_tick == lost.last_tick + 1
    assert found.tick_count == rest.last_tick + 1 - missing - (rest.first_tick - lost.first_tick)


def test_after_a_kill_another_host_s_record_is_executed_from_its_first_keyframe(
    tmp_path: Path,
) -> None:
    """The first host came late, too, and is killed while the pump infuses; the pump goes on."""
    first, second = tmp_path / "first.db", tmp_path / "second.db"

    async def infuse() -> None:
        async with await Pump.connect(await open_line(emulated.port)) as pump:
            await started(pump, emulated)

    with EmulatedBoard("pico", runtime="cpython", speed=2.0) as emulated:
        asyncio.run(infuse())
        command = [sys.executable, attached.__file__, emulated.port, str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
            assert host.stdout is not None
            while int(host.stdout.readline()) < 100:
                pass
            host.send_signal(signal.SIGKILL)
            then_ml = emulated.plant.patient_volume_ml
        asyncio.run(attached.attach(emulated.port, second, 6.0))
        given_ml = emulated.plant.patient_volume_ml

    assert host.returncode == -signal.SIGKILL
    assert then_ml < 0.95
    assert given_ml == pytest.approx(1.0, abs=0.02)
    assert {one.code for one in faults(first)} == {"not_closed"}
    assert faults(second) == []
    for path in (first, second):
        found = replayed(path)
        late, compared = found.spans
        assert late.first_tick > 500
        assert "not with the pump's boot" in (late.reason or "")
        # The keyframe that was asked for; one may have been on its way.
        assert late.last_tick - late.first_tick < 4 * PART_COUNT
        assert compared.first_tick == late.last_tick + 1
        assert (found.difference, found.ended, found.is_equal) == (None, None, True)
        assert found.tick_count == compared.last_tick + 1 - compared.first_tick >= 50
