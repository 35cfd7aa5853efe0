"""How a session ends that does not simply complete: what is said, certain and kept."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.session import scripted
from host.session.scripted import VOLUME_NL, InfusingDevice, SilentView, bench_plan, session

from evenflow.errors import CheckFailed, LinkError, StoppedByAlarm
from evenflow.session.ending import not_started
from evenflow.session.summary import Summary
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import Store, create
from pumpcore import alarms
from pumpcore.stop_reason import FIRST_ALARM_REASON

KEPT_OPEN_STEPS = 100


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path / "record.db") as store:
        yield store


def outcome(store: Store) -> object:
    """Of the one session in the record."""
    archive = Archive(store)
    (line,) = archive.sessions()
    return archive.session(line.id)["outcome"]


def held(device: InfusingDevice) -> None:
    """As when a line is blocked."""
    device.state = "held"
    device.fields["alarms_low"] = alarms.OCCLUSION_DOWNSTREAM
    device.fields["stop_reason"] = FIRST_ALARM_REASON
    device.fields["force_mn"] = 22_400


def resumed(device: InfusingDevice) -> None:
    """As when the cause is gone and a person resumes."""
    device.state = "infusing"
    device.fields.update(alarms_low=0, stop_reason=0, force_mn=0)


async def test_an_alarm_that_stops_is_waited_out_and_then_told(store: Store) -> None:
    order = bench_plan(observe="60 s")
    device = InfusingDevice(order)
    device.events[150] = held
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "stopped_by_alarm"
    assert isinstance(summary.error, StoppedByAlarm)
    assert summary.error.code == "occlusion_downstream"
    assert summary.observed_s == pytest.approx(60.0, abs=1.1)
    assert summary.counted_nl == pytest.approx(VOLUME_NL / 2, abs=10_000)
    assert summary.given.low_nl < summary.given.high_nl == summary.counted_nl
    (alarm,) = summary.tracker.alarms
    assert (alarm.name, alarm.priority, alarm.cleared) == ("occlusion_downstream", "high", None)


@pytest.mark.parametrize(
    ("active", "code", "exit_code"),
    [
        ((), "operator", 1),
        (("near_end",), "operator", 1),
        (("near_end", "motor_stall"), "motor_stall", 6),
    ],
)
def test_a_start_that_an_alarm_prevents_names_it(
    active: tuple[str, ...], code: str, exit_code: int
) -> None:
    error = not_started(active, "the auto operator gave up")

    assert (error.code, error.exit_code) == (code, exit_code)


async def test_a_pump_that_is_resumed_goes_on_to_complete(store: Store) -> None:
    order = bench_plan(observe="60 s")
    device = InfusingDevice(order)
    device.events[150] = held

    device.events[400] = resumed
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "complete"
    assert summary.infused_s == pytest.approx(6.0, abs=0.2)
    assert summary.tracker.alarms[0].cleared is not None


async def test_an_infusion_that_outlasts_the_observation_is_watched_to_its_end(
    store: Store,
) -> None:
    order = bench_plan(observe="60 s")
    device = InfusingDevice(order)
    device.events[150] = held
    device.events[2_900] = resumed
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "complete"
    assert summary.observed_s > 60.5


def keeping_open(device: InfusingDevice) -> None:
    """As after the last step of a dose whose order keeps the vein open."""
    total = int(device.staged["microsteps"])
    device.state = "kvo"
    device.fields["delivered_microsteps"] = total + KEPT_OPEN_STEPS
    device.fields["commanded_ul_per_h"] = 1_000
    device.fields["stop_reason"] = 3


@pytest.mark.requirement("SYR-07")
async def test_what_keeps_the_vein_open_is_watched_to_its_end_and_told_apart(
    store: Store,
) -> None:
    order = bench_plan(kvo="1 mL/h", observe="60 s")
    device = InfusingDevice(order)
    device.events[400] = keeping_open
    device.events[3_900] = lambda device: setattr(device, "state", "complete")
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    told = summary.as_json()
    assert summary.outcome == "complete"
    assert summary.infused_s == pytest.approx(6.0, abs=0.2)
    assert told["kvo_s"] == pytest.approx(70.0, abs=0.2)
    assert summary.observed_s > 77
    kept_nl = KEPT_OPEN_STEPS * summary.facts.femtolitres_per_microstep // 10**6
    assert summary.kept_open_nl == pytest.approx(kept_nl, abs=1)
    assert told["counted_by_pump"]["kvo_volume_ml"] == pytest.approx(kept_nl / 1e6, abs=2e-6)
    assert summary.counted_nl == pytest.approx(VOLUME_NL + kept_nl, abs=200)
    assert summary.facts.volume_nl == pytest.approx(VOLUME_NL, abs=200)


@pytest.mark.requirement("SYR-07")
async def test_a_link_lost_in_it_leaves_it_open_how_much_of_it_was_given(store: Store) -> None:
    order = bench_plan(kvo="1 mL/h")
    device = InfusingDevice(order)
    device.events[400] = keeping_open
    device.events[500] = lambda device: setattr(device, "is_silent", True)
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "link_lost"
    assert summary.given.low_nl == summary.counted_nl
    assert summary.given.high_nl == pytest.approx(2 * VOLUME_NL, abs=200)
    assert "goes on to the end of its programme" in summary.error.reason


async def test_a_lost_link_says_what_is_certain_and_keeps_the_record(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)

    def go_silent(device: InfusingDevice) -> None:
        device.is_silent = True

    device.events[100] = go_silent
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "link_lost"
    assert isinstance(summary.error, LinkError)
    assert summary.error.exit_code == 5
    assert "goes on to the end of its programme" in summary.error.reason
    assert summary.counted_nl < summary.given.high_nl == pytest.approx(VOLUME_NL, abs=200)
    assert summary.given.low_nl == summary.counted_nl
    assert outcome(store) == "link_lost"
    assert "stop" not in device.commands


async def test_a_lost_link_that_stops_the_pump_bounds_what_was_given(store: Store) -> None:
    order = bench_plan(on_link_loss="stop")
    device = InfusingDevice(order)
    running, line = session(order, device, store, SilentView())
    device.events[100] = lambda device: setattr(line, "breaks_at_tick", device.tick_count)

    summary = await running.run()

    assert summary.outcome == "link_lost"
    assert "stops by itself" in summary.error.reason
    # 5.08 s at 600 mL/h would be 847 uL; what is left of the programme is less.
    assert summary.given.high_nl == pytest.approx(VOLUME_NL, abs=200)


async def test_leaving_sends_nothing_and_says_how_to_stop(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    running, _ = session(order, device, store, SilentView())
    still_cancelling: list[int] = []

    async def run() -> Summary:
        summary = await running.run()
        still_cancelling.append(asyncio.current_task().cancelling())
        return summary

    task = asyncio.create_task(run())
    device.events[100] = lambda _: task.cancel()

    summary = await task

    assert summary.outcome == "interrupted"
    assert still_cancelling == [0]
    assert summary.error.exit_code == 5
    assert "the pump infuses on" in summary.error.reason
    assert "evenflow stop --port fake" in summary.error.hint
    assert device.commands == [*scripted.FIRST_ASKED, "stage", "confirm"]
    assert outcome(store) == "interrupted"


async def test_a_pump_that_restarts_ends_the_session(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)

    def restart(device: InfusingDevice) -> None:
        device.tick_count = 0
        device.state = "self_test"
        device.fields.clear()

    device.events[100] = restart
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "restarted"
    assert summary.counted_nl == pytest.approx(VOLUME_NL / 3, abs=10_000)
    assert summary.given.high_nl > summary.counted_nl


async def test_a_stop_at_the_pump_is_no_alarm(store: Store) -> None:
    order = bench_plan(observe="20 s")
    device = InfusingDevice(order)

    def stopped(device: InfusingDevice) -> None:
        device.state = "paused"
        device.fields["stop_reason"] = 1

    device.events[100] = stopped
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "stopped"
    assert summary.error.exit_code == 1
    assert "stop_key" in summary.error.reason


@pytest.mark.requirement("SYR-07")
async def test_a_dose_left_short_by_a_stop_while_the_vein_is_kept_open_is_no_success(
    store: Store,
) -> None:
    order = bench_plan(kvo="1 mL/h", observe="60 s")
    device = InfusingDevice(order)

    def ended_short(device: InfusingDevice) -> None:
        device.state = "complete"
        device.fields["delivered_microsteps"] = int(device.staged["microsteps"]) - 571

    device.events[400] = keeping_open
    device.events[900] = ended_short
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "short"
    assert isinstance(summary.error, CheckFailed)
    assert summary.error.exit_code == 1
    assert "0.100 mL of the dose" in summary.error.reason
