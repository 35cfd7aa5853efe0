"""Commands against a scripted pump: numbers, refusals, lost answers."""

import asyncio

import pytest
from host.client.fake_device import DIGEST, STAGE, FakeDevice, connect

from evenflow.client.refusal import UncertainDelivery
from evenflow.errors import Refused
from pumpcore.wire.messages import by_name


async def test_stage_answers_what_the_pump_understood() -> None:
    async with await connect(FakeDevice(staged={"volume_nl": 17_500_000})) as pump:
        staged = await pump.stage(STAGE)

    assert (staged.programme_number, staged.volume_nl, staged.digest) == (3, 17_500_000, DIGEST)


async def test_a_refusal_carries_reason_bound_and_hint_of_the_cores_table() -> None:
    device = FakeDevice(refuses={"stage": ("dose_hard", 1_000_000)})

    async with await connect(device) as pump:
        with pytest.raises(Refused) as refusal:
            await pump.stage(STAGE)

    assert refusal.value.code == "dose_hard"
    assert refusal.value.reason == (
        "the pump refused stage: dose by weight outside the hard limits; the bound is 1 mg/kg"
    )
    assert refusal.value.hint == "check dose, weight and unit"
    assert refusal.value.exit_code == 3


async def test_a_refusal_that_this_host_does_not_know_is_still_a_refusal() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        device.garble = lambda _: device.frame(
            "answer", {"request_id": 1, "command": by_name("stop").ident, "refusal": 250}
        )
        with pytest.raises(Refused) as refusal:
            await pump.stop()

    assert refusal.value.code == "unknown_250"


async def test_every_command_reaches_the_pump_with_its_own_number() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        await pump.stage(STAGE)
        await pump.confirm(3, DIGEST)
        await pump.cancel(3)
        await pump.stop()
        await pump.acknowledge()
        await pump.audio_pause()
        await pump.ping()
        inspection = await pump.inspect()

    expected = ["hello", "stage", "confirm", "cancel", "stop", "acknowledge", "audio_pause"]
    assert [name for name, _ in device.taken_up] == [*expected, "ping", "inspect"]
    numbers = [values[0] for _, values in device.taken_up[1:]]
    assert numbers == list(range(numbers[0], numbers[0] + 8))
    assert inspection.heap_bytes == 177_000


async def test_numbers_go_on_from_the_last_one_the_pump_took_up() -> None:
    device = FakeDevice(last_request_id=0xFFFE)

    async with await connect(device) as pump:
        await pump.stop()
        await pump.stop()

    assert [values[0] for name, values in device.taken_up if name == "stop"] == [0xFFFF, 1]


async def test_a_lost_answer_is_asked_for_again_with_the_same_number() -> None:
    device = FakeDevice(loses_answers_to={"confirm"})
    device.on_tick = lambda device: (
        device.loses_answers_to.clear() if device.commands.count("confirm") == 2 else None
    )

    async with await connect(device) as pump:
        await pump.stage(STAGE)
        answer = await pump.confirm(3, DIGEST)

    confirms = [values[0] for name, values in device.taken_up if name == "confirm"]
    assert answer.command_name == "confirm"
    assert len(confirms) == 3
    assert len(set(confirms)) == 1


async def test_an_answer_lost_for_good_is_uncertain_and_telemetry_says_it_was_taken_up() -> None:
    async with await connect(FakeDevice(loses_answers_to={"confirm"})) as pump:
        with pytest.raises(UncertainDelivery) as error:
            await pump.confirm(3, DIGEST)
        settled = await pump.settle(error.value, 1.0)

    assert error.value.was_taken_up is True
    assert "took the command up" in error.value.reason
    assert error.value.exit_code == 5
    assert settled


async def test_a_command_that_never_arrived_is_uncertain_and_telemetry_says_so() -> None:
    device = FakeDevice(ignores={"stop"})

    async with await connect(device) as pump:
        with pytest.raises(UncertainDelivery) as error:
            await pump.stop()
        settled = await pump.settle(error.value, 1.0)

    assert error.value.was_taken_up is False
    assert not settled


async def test_without_telemetry_nothing_is_known_until_it_returns() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        device.is_silent = True
        with pytest.raises(UncertainDelivery) as error:
            await pump.stop()
        was_taken_up = error.value.was_taken_up
        device.is_silent = False
        settled = await pump.settle(error.value, 1.0)

    assert was_taken_up is None
    assert "unknown" in error.value.reason
    assert settled


async def test_taken_up_stays_so_when_a_later_command_has_been_taken_up_too() -> None:
    async with await connect(FakeDevice(loses_answers_to={"confirm"})) as pump:
        confirming = asyncio.ensure_future(pump.confirm(3, DIGEST))
        await pump.wait_for(lambda now: now.tick_count > 0, 1.0)
        await pump.wait_for(lambda now: now.last_request_id > 0, 1.0)
        pump.line.device.ignores.add("confirm")
        await pump.stop()
        with pytest.raises(UncertainDelivery) as error:
            await confirming

    assert error.value.was_taken_up is True


@pytest.mark.parametrize("reason", ["auth_busy", "asked_too_often"])
@pytest.mark.parametrize("command", ["acknowledge", "inspect"])
async def test_what_the_pump_had_no_room_for_is_asked_again(reason: str, command: str) -> None:
    device = FakeDevice(refuses={command: (reason, 0)})

    async with await connect(device) as pump:

        def relent(device: FakeDevice) -> None:
            if command in device.commands:
                device.refuses.clear()

        device.on_tick = relent
        await getattr(pump, command)()

        assert device.commands[-2:] == [command, command]


async def test_an_answer_to_another_hosts_command_is_not_taken_for_ones_own() -> None:
    """It has the same number, since both count alike."""
    device = FakeDevice()

    async with await connect(device) as pump:
        device.ignores.add("acknowledge")
        others = {"request_id": 1, "command": by_name("stop").ident, "refusal": 0}
        device.garble = lambda said: said + device.frame("answer", others)
        with pytest.raises(UncertainDelivery):
            await pump.acknowledge()
