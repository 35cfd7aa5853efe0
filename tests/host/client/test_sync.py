"""The sync facade speaks to the same pump, from a program without asyncio."""

import pytest
from host.client.fake_device import DIGEST, STAGE, FakeDevice, FakeLine

from evenflow.client import SyncPump
from evenflow.errors import LinkError, Refused


def test_every_command_waits_for_its_answer() -> None:
    device = FakeDevice()

    with SyncPump(FakeLine(device)) as pump:
        assert pump.identity.board == "fake"
        assert pump.stage(STAGE).digest == DIGEST
        pump.confirm(3, DIGEST)
        assert pump.wait_for(lambda now: now.state_name == "confirmed", 1.0).programme_number == 3
        pump.cancel(3)
        pump.acknowledge()
        pump.audio_pause()
        pump.ping()
        pump.stop()
        assert pump.inspect().heap_bytes == 177_000

    assert device.commands[-2:] == ["stop", "inspect"]


def test_telemetry_is_iterated_until_the_loop_is_left() -> None:
    with SyncPump(FakeLine(FakeDevice())) as pump:
        ticks = []
        for record in pump.telemetry():
            ticks.append(record.tick_count)
            if len(ticks) == 20:
                break

    assert ticks == list(range(ticks[0], ticks[0] + 20))


def test_errors_are_those_of_the_async_pump() -> None:
    with SyncPump(FakeLine(FakeDevice(refuses={"stop": ("busy", 0)}))) as pump:
        with pytest.raises(Refused):
            pump.stop()
        pump.close()

    with pytest.raises(LinkError):
        SyncPump(FakeLine(FakeDevice(is_silent=True)))
