"""The flow of a session, against a scripted pump: what is sent when, and what is said and kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from host.session.scripted import (
    FIRST_ASKED,
    INFUSION_TICKS,
    VOLUME_NL,
    InfusingDevice,
    SilentView,
    bench_plan,
    session,
)

from evenflow.errors import CheckFailed, Refused
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import Store, create


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
    assert device.commands == [*FIRST_ASKED, "stage", "confirm", "inspect"]
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


@pytest.mark.requirement("FLO-12", "LIB-06")
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
    assert device.commands == [*FIRST_ASKED, "stage", "cancel"]


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


@pytest.mark.requirement("LIB-02")
async def test_the_reason_of_an_override_is_recorded(store: Store) -> None:
    order = bench_plan("agreed with the ward")
    view = SilentView()
    running, _ = session(order, InfusingDevice(order), store, view)

    summary = await running.run()

    (event,) = [event for event in view.events if event.name == "override"]
    assert (event.source, event.detail) == ("person", {"reason": "agreed with the ward"})
    assert summary.as_json()["override"] == "agreed with the ward"


async def test_each_session_has_a_number_of_its_own(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.fields["programme_number"] = 65_535
    running, _ = session(order, device, store, SilentView())

    summary = await running.run()

    assert summary.staged.programme_number == 1


@pytest.mark.requirement("LOG-07")
async def test_lost_ticks_are_counted_and_told(store: Store) -> None:
    order = bench_plan()
    device = InfusingDevice(order)
    device.garble = lambda said: b"" if device.ticks_since_start in (50, 51, 80) else said
    view = SilentView()
    running, _ = session(order, device, store, view)

    summary = await running.run()

    gaps = [event.detail for event in view.events if event.name == "gap"]
    assert [gap["missing_ticks"] for gap in gaps] == [2, 1]
    # By the pump's count before and after.
    total = summary.counted_microsteps
    assert [gap["delivered_microsteps"] for gap in gaps] == [
        [total * 49 // 300, total * 52 // 300],
        [total * 79 // 300, total * 81 // 300],
    ]
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


# ---- another patient --------------------------------------------------------------------------

GIVEN = {"generation": 4, "total_ng": 35_000_000, "window_ng": 35_000_000}


@pytest.mark.requirement("LIB-13")
async def test_a_pump_that_has_given_nothing_asks_nothing(store: Store) -> None:
    view = SilentView()
    running, _ = session(bench_plan(), InfusingDevice(bench_plan()), store, view)

    await running.run()

    assert view.ledgers == []
    assert "same_patient" not in view.names


@pytest.mark.requirement("LIB-13")
async def test_the_same_patient_is_said_before_anything_is_staged(store: Store) -> None:
    device = InfusingDevice(bench_plan(), ledger=GIVEN)
    view = SilentView()
    running, _ = session(bench_plan(), device, store, view)

    await running.run()

    assert [ledger.total_ng for ledger in view.ledgers] == [35_000_000]
    assert "new_patient" not in device.commands
    assert view.names.index("same_patient") < view.names.index("compared")


@pytest.mark.requirement("LIB-13")
async def test_another_patient_clears_the_totals_that_were_read(store: Store) -> None:
    device = InfusingDevice(bench_plan(), ledger=GIVEN)
    view = SilentView()
    view.patient_answer = "new"
    running, _ = session(bench_plan(), device, store, view)

    await running.run()

    commands = device.commands
    assert commands.index("read_ledger") < commands.index("new_patient") < commands.index("stage")
    assert "new_patient" in view.names


@pytest.mark.requirement("LIB-13")
async def test_without_an_answer_nothing_is_staged(store: Store) -> None:
    device = InfusingDevice(bench_plan(), ledger=GIVEN)
    view = SilentView()
    view.patient_answer = ""
    running, _ = session(bench_plan(), device, store, view)

    with pytest.raises(CheckFailed) as failed:
        await running.run()

    assert failed.value.code == "patient_not_told"
    assert "stage" not in device.commands
    assert "new_patient" not in device.commands


@pytest.mark.requirement("LIB-13")
async def test_totals_that_the_pump_has_lost_can_be_cleared(store: Store) -> None:
    device = InfusingDevice(bench_plan(), ledger={"generation": 4, "flags": 2})
    view = SilentView()
    view.patient_answer = "new"
    running, _ = session(bench_plan(), device, store, view)

    await running.run()

    assert "new_patient" in device.commands


@pytest.mark.requirement("LIB-13", "LIB-11")
@pytest.mark.parametrize("state", ["staged", "paused", "held", "kvo"])
async def test_a_pump_with_a_programme_at_hand_is_left_alone(store: Store, state: str) -> None:
    device = InfusingDevice(bench_plan(), ledger=GIVEN)
    device.state = state
    device.on_tick = lambda _device: None
    view = SilentView()
    view.patient_answer = "new"
    running, _ = session(bench_plan(), device, store, view)

    with pytest.raises(Refused) as refused:
        await running.run()

    assert refused.value.code == "pump_engaged"
    assert not {"cancel", "new_patient", "stage"} & set(device.commands)
