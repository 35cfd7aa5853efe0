"""The client's reading of the line: signs of life, broken frames, listeners, telemetry."""

from collections.abc import AsyncIterator

import pytest
from host.client.fake_device import FakeDevice, FakeLine, connect, sealed

from evenflow.client.batch import Batch
from evenflow.client.exchange import Sent
from evenflow.client.pump import Pump
from evenflow.client.records import Telemetry
from evenflow.client.stream import Received
from evenflow.errors import LinkError


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


@pytest.mark.requirement("LOG-07")
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


@pytest.mark.requirement("LOG-07")
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
