"""Whole sessions on an emulated board: the real firmware, and the plant as the truth."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from host.session.scripted import SilentView, bench_plan

from evenflow.emulator import Board
from evenflow.session.opening import open_port
from evenflow.session.run import Session
from evenflow.session.summary import Summary
from evenflow.session.view import Progress
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import Store, create

# max(1 %, 0.02 mL) of 1 mL
TOLERANCE_NL = 20_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path / "record.db") as store:
        yield store


class Meddler(SilentView):
    """Does something to the board once half of the volume is given."""

    def __init__(self, act: Callable[[Board], None]) -> None:
        """`act` is called once."""
        super().__init__()
        self.board: Board | None = None
        self._act: Callable[[Board], None] | None = act

    def progress(self, now: Progress) -> None:
        """Act when it is time."""
        super().progress(now)
        if self._act is not None and self.board is not None and now.share >= 0.5:
            act, self._act = self._act, None
            act(self.board)


async def run(store: Store, view: SilentView, runtime: str = "cpython") -> Summary:
    """1 mL at 600 mL/h, on a fresh pico."""
    order = bench_plan()
    opened = await open_port("emulated:pico", plan=order, speed=None, runtime=runtime)
    if isinstance(view, Meddler):
        view.board = opened.board
    return await Session(order, opened, store, view).run()


@pytest.mark.requirement("LOG-08")
@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
async def test_the_patient_gets_what_was_ordered_and_the_summary_says_so(
    store: Store, runtime: str
) -> None:
    view = SilentView()

    summary = await run(store, view, runtime)

    assert summary.outcome == "complete"
    assert summary.error is None
    assert summary.identity.interpreter.startswith(runtime)
    assert summary.counted_microsteps == summary.staged.microsteps
    assert summary.truth.patient_volume_nl == pytest.approx(1_000_000, abs=TOLERANCE_NL)
    # Slack that was taken up moved no fluid.
    left_nl = summary.truth.syringe_volume_nl
    assert summary.left_nl <= left_nl <= summary.left_nl + 40_000
    assert summary.truth.waste_volume_nl <= 2_000_000
    assert [one.name for one in summary.tracker.alarms] == ["near_end", "end_of_infusion"]
    assert summary.as_json()["delivered_in_truth"]["patient_volume_ml"] > 0.97


@pytest.mark.requirement("LOG-07")
async def test_every_tick_from_power_on_is_in_the_record(store: Store) -> None:
    await run(store, SilentView())

    archive = Archive(store)
    (line,) = archive.sessions()
    ticks = [
        record.tick_count
        for _, items in archive.frames(line.id)
        for item in items
        if hasattr(item, "rows")
        for record in item
    ]
    assert ticks == list(range(len(ticks)))
    assert len(ticks) > 1_000


STOPS = [
    ("occlusion_downstream", lambda board: board.plant.occlude()),
    ("motor_stall", lambda board: board.plant.stall()),
    ("plunger_unseated", lambda board: board.plant.unseat_plunger()),
    ("barrel_open", lambda board: board.plant.open_barrel()),
]


@pytest.mark.parametrize(("alarm", "act"), STOPS, ids=[name for name, _ in STOPS])
async def test_a_stopping_alarm_ends_the_run_with_bounds_that_hold(
    store: Store, alarm: str, act: Callable[[Board], None]
) -> None:
    summary = await run(store, Meddler(act))

    assert summary.outcome == "stopped_by_alarm"
    assert summary.error.exit_code == 6
    assert summary.error.code == alarm
    truth_nl = summary.truth.patient_volume_nl
    assert summary.given.low_nl - 20_000 <= truth_nl <= summary.given.high_nl + 20_000
    held_s = (summary.ended.t_us - summary.tracker.state_since.t_us) / 1e6
    assert held_s == pytest.approx(60.0, abs=1.1)


@pytest.mark.parametrize("act", [lambda board: board.kill(), lambda board: board.hang()])
async def test_a_pump_whose_firmware_dies_restarts_and_gives_nothing_more(
    store: Store, act: Callable[[Board], None]
) -> None:
    summary = await run(store, Meddler(act))

    assert summary.outcome == "restarted"
    assert summary.error.exit_code == 6
    assert summary.error.code == "watchdog_reset"
    truth_nl = summary.truth.patient_volume_nl
    assert summary.given.low_nl - 20_000 <= truth_nl <= summary.given.high_nl + 20_000
    assert summary.counted_nl < 700_000


async def test_a_stop_by_the_key_is_told_as_such(store: Store) -> None:
    summary = await run(store, Meddler(lambda board: board.plant.press("stop")))

    assert summary.outcome == "stopped"
    assert "stop_key" in summary.error.reason
    assert summary.given.is_certain
