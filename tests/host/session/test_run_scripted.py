"""The flow of a session, against a scripted pump: what is sent when, and what is said and kept."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from host.session.scripted import (
    INFUSION_TICKS,
    VOLUME_NL,
    InfusingDevice,
    SilentView,
    bench_plan,
    session,
)

from evenflow.errors import CheckFailed, LinkError, Refused, StoppedByAlarm
from evenflow.session.summary import Summary
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import Store, create
from pumpcore import alarms
from pumpcore.kernel import FIRST_ALARM_REASON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path / "record.db") as store:
        yield store


def outcome(store: Store) -> object:
    """Of the one session in the record."""
    archive = Archive(store)
    (line,) = archive.sessions()
    return archive.session(line.id)["outcome"]


async def test_a_session_stages_confirms_and_watches_to_the_end(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    view = SilentView()
    running, line = session(order, device, store, view)

    summary = await running.run()

    assert summary.outcome == "complete"
    assert summary.error is None
    assert device.commands == ["hello", "hello", "stage", "confirm", "inspect"]
    assert view.asked[0].digest == order.digest
    assert summary.counted_nl == pytest.approx(VOLUME_NL, abs=200)
    assert summary.left_nl == pytest.approx(19_000_000, abs=300)
    assert summary.infused_s == pytest.approx(INFUSION_TICKS * 0.02, abs=0.1)
    assert summary.given.is_certain
    assert summary.truth is None
    assert line.is_closed
    assert outcome(store) == "complete"


async def test_the_record_has_every_frame_from_the_first_and_every_command(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    running, _ = session(order, device, store, SilentView())

    await running.run()

    archive = Archive(store)
    (line,) = archive.sessions()
    ticks = [
        record.tick_count
        for _, items in archive.frames(line.id)
        for item in items
        if hasattr(item, "rows")
        for record in item
    ]
    sent = [command.name for command in archive.commands(line.id)]
    assert ticks == list(range(1, len(ticks) + 1))
    assert [name for name in sent if name != "ping"] == device.commands
    assert archive.session(line.id)["order_name"] == "bench"


async def test_progress_shows_share_rate_and_pressure(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.fields.update(force_mn=22_400, baseline_mn=0)
    view = SilentView()
    running, _ = session(order, device, store, view)

    await running.run()

    infusing = [now for now in view.shown if now.state_name == "infusing"]
    assert infusing[-1].commanded_ul_per_h == 600_000
    assert 0 < infusing[-1].share <= 1
    # 22.4 N on a bore of 26.7 mm are 40 kPa.
    assert infusing[-1].pressure_mmhg == pytest.approx(300, abs=1)
    assert view.shown[-1].remaining_nl == 0
    assert view.shown[-1].share == 1.0


async def test_observation_goes_on_after_the_volume_was_given(store: Store) -> None:
    order = bench_plan(observe="30 s")
    running, _ = session(order, InfusingDevice(order), store, SilentView())

    summary = await running.run()

    assert summary.outcome == "complete"
    assert summary.observed_s == pytest.approx(30.0, abs=1.1)
    assert summary.infused_s == pytest.approx(6.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("volume_nl", VOLUME_NL + 1),
        ("rate_ul_per_h", 600_001),
        ("microsteps", 5_714),
        ("femtolitres_per_microstep", 174_969_531),
        ("mass_ng", 1),
        ("digest", b"another!"),
    ],
)
async def test_any_difference_in_arithmetic_starts_nothing(
    store: Store, name: str, wrong: int | bytes
) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.staged[name] = wrong
    view = SilentView()
    running, _ = session(order, device, store, view)

    with pytest.raises(Refused) as error:
        await running.run()

    assert error.value.code == "arithmetic"
    assert name in error.value.reason
    assert "confirm" not in device.commands
    assert device.commands[-1] == "cancel"
    assert view.asked == []
    assert outcome(store) == "refused"


async def test_a_digest_that_is_not_agreed_to_is_cancelled(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    running, _ = session(order, device, store, SilentView(answer=False))

    with pytest.raises(CheckFailed) as error:
        await running.run()

    assert error.value.code == "not_confirmed"
    assert device.commands == ["hello", "hello", "stage", "cancel"]


async def test_a_refusal_by_the_pump_is_told_and_recorded(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order, refuses={"stage": ("wrong_state", 0)})
    running, _ = session(order, device, store, SilentView())

    with pytest.raises(Refused) as error:
        await running.run()

    assert error.value.code == "wrong_state"
    assert outcome(store) == "refused"


async def test_a_failed_self_test_is_named_and_nothing_staged(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order, self_test_failures=0b1001000)
    running, _ = session(order, device, store, SilentView())

    with pytest.raises(Refused) as error:
        await running.run()

    assert "force_sensor, no_motion" in error.value.reason
    assert "stage" not in device.commands


async def test_each_session_has_a_number_of_its_own(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.fields["programme_number"] = 65_535
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.staged.programme_number == 1


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
    assert device.commands == ["hello", "hello", "stage", "confirm"]
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


def losing_the_disk(store: Store) -> Callable[[InfusingDevice], None]:
    def lose(_: InfusingDevice) -> None:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE frames")

    return lose


async def test_a_record_that_cannot_be_written_ends_the_session_and_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.telemetry.recorder.COMMIT_S", 0.0)
    order = bench_plan()
    device = InfusingDevice(order)
    device.events[100] = losing_the_disk(store)
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.outcome == "record_failed"
    assert summary.error.code == "record_failed"
    assert summary.given.high_nl > summary.counted_nl


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


async def test_lost_ticks_are_counted_and_told(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.garble = lambda said: b"" if device.ticks_since_start in (50, 51, 80) else said
    view = SilentView()
    running, _ = session(order, device, store, view)

    summary = await running.run()

    gaps = [event.detail for event in view.events if event.name == "gap"]
    assert gaps == [{"missing_ticks": 2}, {"missing_ticks": 1}]
    assert summary.tracker.missing_tick_count == 3


async def test_the_summary_as_json_has_every_figure(store: Store) -> None:
    order = bench_plan()
    running, _ = session(order, InfusingDevice(order), store, SilentView())

    summary = await running.run()
    content = summary.as_json()

    assert content["notice"].startswith("NOT FOR USE ON PEOPLE")
    assert content["ordered"]["volume_ml"] == 1.0
    assert content["computed_by_host"] == {
        "dose_mg": None,
        "volume_ml": 1.0,
        "rate_ml_per_h": 600.0,
    }
    assert content["computed_by_pump"]["microsteps"] == 5_715
    assert content["counted_by_pump"]["volume_ml"] == pytest.approx(1.0, abs=0.001)
    assert content["counted_by_pump"]["dose_mg"] is None
    assert content["delivered_in_truth"] is None
    assert content["given"]["is_certain"] is True
    assert content["controller"]["heap_bytes"] == 177_000
    assert content["started_t_s"] > 0


async def test_a_board_that_this_host_does_not_know_is_compared_without_its_profile(
    store: Store,
) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.board_name = "home-made"
    view = SilentView()
    running, _ = session(order, device, store, view)

    summary = await running.run()

    (compared,) = [event.detail for event in view.events if event.name == "compared"]
    assert "femtolitres_per_microstep" not in compared
    assert summary.facts.encoder_steps_num == 0
    assert replace(summary.facts) == summary.facts
