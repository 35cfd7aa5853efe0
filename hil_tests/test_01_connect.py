"""The pump answers, says who it is, and is heard without a gap."""

import random

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from pumpcore.wire.messages import SCHEMA

_SPAN_S = 10.0
_NOISE_BYTES = 200


@pytest.mark.requirement("PRC-06")
async def test_the_pump_says_who_it_is(pump: Pump) -> None:
    identity = pump.identity

    assert identity.schema == SCHEMA
    assert identity.firmware
    assert identity.board
    assert "NOT FOR USE ON PEOPLE" in identity.banner


@pytest.mark.requirement("LOG-07")
@pytest.mark.measures(
    Measurement("telemetry_rate", "1/s", 49.5, 50.5, "frames of telemetry by the rig's clock")
)
async def test_telemetry_comes_fifty_times_a_second(pump: Pump, measure: Measure) -> None:
    first, began_s = await newest(pump)
    await hands.wait(pump, _SPAN_S)
    last, ended_s = await newest(pump)

    measure("telemetry_rate", (last - first) / (ended_s - began_s))


async def newest(pump: Pump) -> tuple[int, float]:
    """The tick that was heard last, and when."""
    await hands.wait(pump, 0.1)
    assert pump.latest is not None
    return pump.latest.tick_count, pump.line.clock_s()


@pytest.mark.requirement("SEC-08")
async def test_noise_on_the_line_changes_nothing(pump: Pump) -> None:
    noise = random.Random(1).randbytes(_NOISE_BYTES)
    before = await pump.inspect()

    pump.line.write(noise + b"\0")
    await hands.wait(pump, 1.0)

    after = await pump.inspect()
    assert after.frame_error_count > before.frame_error_count
    assert hands.state_of(pump) == "idle"
