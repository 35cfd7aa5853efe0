"""The client against a scripted pump: identity, commands, lost answers, silence."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from host.client.fake_device import DIGEST, FakeDevice, FakeLine

from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.pump import Pump
from evenflow.client.records import Telemetry
from evenflow.client.refusal import UncertainDelivery
from evenflow.client.stream import Received
from evenflow.errors import LinkError, Refused
from pumpcore.wire.frame import seal
from pumpcore.wire.messages import SCHEMA, by_name

STAGE = {
    field.name: bytes(8) if field.kind == "b8" else 0
    for field in by_name("stage").fields
    if field.name != "request_id"
} | {"programme_number": 3}


async def connect(device: FakeDevice) -> Pump:
    return await Pump.connect(FakeLine(device))


async def test_hello_tells_who_is_there() -> None:
    async with await connect(FakeDevice()) as pump:
        identity = pump.identity

    assert identity.board == "fake"
    assert identity.state_name == "idle"
    assert pump.line.is_closed


async def test_another_schema_is_refused_and_an_older_pump_is_the_one_to_update() -> None:
    with pytest.raises(Refused) as refusal:
        await connect(FakeDevice(schema=b"\1" * 8, firmware="0.0.9"))

    assert refusal.value.code == "wrong_schema"
    assert "0101010101010101" in refusal.value.reason
    assert SCHEMA.hex() in refusal.value.reason
    assert "evenflow flash" in refusal.value.hint


async def test_a_newer_pump_asks_for_a_newer_host() -> None:
    with pytest.raises(Refused) as refusal:
        await connect(FakeDevice(schema=b"\1" * 8, firmware="7.0.0"))

    assert "update the host to 7.0.0" in refusal.value.hint


async def test_a_schema_whose_hello_reply_is_longer_is_still_refused_by_name() -> None:
    device = FakeDevice()
    line = FakeLine(device)
    reply = bytes([by_name("hello_reply").ident]) + b"\1\0" + b"\2" * 8 + b"9.9.9" + bytes(40)
    device.garble = lambda _: sealed(reply)

    with pytest.raises(Refused) as refusal:
        await Pump.connect(line)

    assert refusal.value.code == "wrong_schema"
    assert "firmware 9.9.9" in refusal.value.reason
    assert line.is_closed


def sealed(payload: bytes) -> bytes:
    buffer = bytearray(1) + payload + bytes(10)
    return bytes(buffer[: seal(buffer, 1 + len(payload))])


async def test_ready_waits_for_the_self_test_and_has_its_result() -> None:
    device = FakeDevice()
    device.state = "self_test"

    def finish(device: FakeDevice) -> None:
        if device.tick_count == 40:
            device.state = "fault"
            device.self_test_failures = 8

    device.on_tick = finish
    async with await connect(device) as pump:
        before = pump.identity.state_name
        identity = await pump.ready()

    assert (before, identity.state_name) == ("self_test", "fault")
    assert identity.self_test_failures == 8


async def test_a_silent_port_is_given_up_after_two_seconds() -> None:
    device = FakeDevice(is_silent=True)
    line = FakeLine(device)

    with pytest.raises(LinkError) as error:
        await Pump.connect(line)

    assert error.value.code == "not_evenflow"
    assert "silent" in error.value.reason
    assert line.clock_s() == pytest.approx(2.0, abs=0.1)
    assert [name for name, _ in device.taken_up] == ["hello"] * 4


async def test_a_port_that_talks_something_else_is_not_evenflow() -> None:
    with pytest.raises(LinkError) as error:
        await connect(FakeDevice(garble=lambda _: b"login: \0 password: \0"))

    assert error.value.code == "not_evenflow"
    assert "something talks" in error.value.reason


async def test_a_pump_that_is_heard_but_does_not_answer_is_told_apart() -> None:
    with pytest.raises(LinkError) as error:
        await connect(FakeDevice(ignores={"hello"}))

    assert error.value.code == "hello_unanswered"


async def test_a_lost_hello_is_said_again() -> None:
    device = FakeDevice(ignores={"hello"})
    device.on_tick = lambda device: device.ignores.clear() if device.tick_count == 30 else None

    async with await connect(device) as pump:
        assert pump.identity.board == "fake"


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


async def test_stop_needs_no_hello() -> None:
    device = FakeDevice(schema=b"\1" * 8, ignores={"hello"})
    pump = Pump(FakeLine(device))
    pump.begin()

    answer = await pump.stop()

    await pump.close()
    assert answer.refusal_name == "none"
    assert device.commands == ["stop"]


async def test_the_link_is_kept_alive_once_a_second() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        before = len(device.taken_up)
        pump.horizon_s = 30.0
        began_s = pump.line.clock_s()
        await pump.wait_for(lambda now: now.tick_count >= 500, 60.0)
        seconds = pump.line.clock_s() - began_s

    pings = device.taken_up[before:]
    assert {name for name, _ in pings} == {"ping"}
    assert len(pings) == pytest.approx(seconds, abs=1.1)


async def test_two_seconds_of_silence_are_a_lost_link() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        device.is_silent = True
        silent_from_s = pump.line.clock_s()
        await pump.ended()
        silent_s = pump.line.clock_s() - silent_from_s

        assert isinstance(pump.failure, LinkError)
        assert pump.failure.code == "link_lost"
        assert silent_s == pytest.approx(2.0, abs=0.1)
        with pytest.raises(LinkError):
            await pump.ping()
        with pytest.raises(LinkError):
            await pump.wait_for(lambda _: True, 1.0)


async def test_garbage_alone_does_not_count_as_a_sign_of_life() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        device.garble = lambda _: b"\5\1\1\1\1\1\1\1\1\1\1\0"
        await pump.ended()

        assert isinstance(pump.failure, LinkError)
        assert pump.stream.errors["crc"] + pump.stream.errors["cobs"] > 50


async def test_a_line_that_breaks_fails_what_waits_on_it() -> None:
    device = FakeDevice(ignores={"stop"})

    async with await connect(device) as pump:
        pump.line.breaks_at_tick = device.tick_count + 5
        with pytest.raises(LinkError) as error:
            await pump.stop()

    assert error.value.code == "link_lost"


async def test_corrupt_truncated_and_oversize_frames_are_counted_and_passed_over() -> None:
    device = FakeDevice()

    def garble(said: bytes) -> bytes:
        spoilt = {
            3: said[:9] + b"\x7f" + said[10:],
            5: said[:20] + b"\0",
            7: b"\x11" * 900 + b"\0" + said,
        }
        return spoilt.get(device.tick_count % 10, said)

    async with await connect(device) as pump:
        device.garble = garble
        start = device.tick_count
        ticks: list[int] = []
        pump.listen(
            lambda item: (
                ticks.extend(record.tick_count for record in item)
                if isinstance(item, Batch)
                else None
            )
        )
        await pump.wait_for(lambda now: now.tick_count >= start + 31, 10.0)

    lost = set(range(start + 1, start + 31)) - set(ticks)
    assert {tick % 10 for tick in lost} == {3, 5}
    assert len(lost) == 6
    assert pump.stream.errors["oversize"] >= 3
    assert pump.stream.error_count >= 9


async def test_a_listener_hears_everything_in_order_and_can_leave() -> None:
    heard: list[str] = []

    def listen(item: object) -> None:
        if isinstance(item, Sent):
            heard.append(f"sent {item.command}")
        elif isinstance(item, Received):
            heard.append(f"received {item.record.MESSAGE}")
        elif isinstance(item, Batch) and heard[-1:] != ["telemetry"]:
            heard.append("telemetry")

    async with await connect(FakeDevice()) as pump:
        leave = pump.listen(listen)
        await pump.stop()
        leave()
        await pump.ping()

    assert heard[0] == "sent stop"
    assert heard.index("received answer") == 2
    assert heard.count("sent stop") == 1
    assert "sent ping" not in heard


async def test_an_error_of_a_listener_ends_the_reading_and_is_not_lost() -> None:
    def full(item: object) -> None:
        raise OSError(28, "No space left on device")

    async with await connect(FakeDevice()) as pump:
        pump.listen(full)
        await pump.ended()

        assert isinstance(pump.failure, OSError)


async def test_a_long_horizon_gathers_telemetry_and_a_command_is_answered_at_once() -> None:
    sizes: list[int] = []

    async with await connect(FakeDevice()) as pump:
        pump.horizon_s = 0.5
        pump.listen(lambda item: sizes.append(len(item)) if isinstance(item, Batch) else None)
        start = pump.latest.tick_count
        await pump.wait_for(lambda now: now.tick_count > start + 100, 10.0)
        gathered = max(sizes)
        before_s = pump.line.clock_s()
        await pump.ping()
        answered_s = pump.line.clock_s() - before_s

    assert gathered == 25
    assert answered_s <= 0.54


async def test_a_claim_that_never_holds_times_out_on_the_lines_clock() -> None:
    async with await connect(FakeDevice()) as pump:
        before_s = pump.line.clock_s()
        with pytest.raises(TimeoutError):
            await pump.wait_for(lambda now: now.state_name == "infusing", 3.0)

        assert pump.line.clock_s() - before_s == pytest.approx(3.0, abs=0.1)


async def test_telemetry_can_be_iterated_without_a_loss_and_ends_with_the_pump() -> None:
    async with await connect(FakeDevice()) as pump:
        ticks: list[int] = []
        async for record in pump.telemetry():
            ticks.append(record.tick_count)
            if len(ticks) == 200:
                break

    assert ticks == list(range(ticks[0], ticks[0] + 200))


async def test_iteration_raises_what_ended_the_link() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        pump.line.breaks_at_tick = device.tick_count + 40
        records = pump.telemetry()
        for _ in range(30):
            await anext(records)
        with pytest.raises(LinkError):
            await drain(records)


async def drain(records: AsyncIterator[Telemetry]) -> None:
    async for _ in records:
        pass


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


async def test_whole_frames_of_something_else_are_no_sign_of_life() -> None:
    device = FakeDevice()

    async with await connect(device) as pump:
        device.garble = lambda _: sealed(b"\x7e\1\2")
        await pump.ended()

        assert isinstance(pump.failure, LinkError)
        assert pump.stream.errors["ident"] > 50


async def test_a_state_that_lasts_one_tick_is_not_missed_in_a_long_horizon() -> None:
    device = FakeDevice()

    def blink(device: FakeDevice) -> None:
        device.state = "held" if device.tick_count == 110 else "idle"

    device.on_tick = blink
    async with await connect(device) as pump:
        pump.horizon_s = 1.0
        record = await pump.wait_for(lambda now: now.state_name == "held", 10.0)

    assert record.tick_count == 111
