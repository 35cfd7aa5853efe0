"""Who is at the other end: an Evenflow pump of this schema, or what else."""

import pytest
from host.client.fake_device import FakeDevice, FakeLine, connect, sealed

from evenflow.client.pump import Pump
from evenflow.errors import LinkError, Refused
from pumpcore.wire.messages import SCHEMA, by_name


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
