"""The line is a requester: without it the infusion goes on, and noise on it stops nothing."""

import random

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing

pytestmark = pytest.mark.needs("balance", "panel")

_RATE_ML_PER_H = 60.0
_VOLUME_ML = 4.0
_BEFORE_S = 10.0
_ALONE_S = 60.0
_S_PER_H = 3_600
_PIECE_BYTES = 512
_PIECES = 40


@pytest.mark.lasts("2 min")
@pytest.mark.requirement("SEC-08")
@pytest.mark.measures(
    Measurement("given_alone", "%", -3.0, 3.0, "of what the rate gives, with no host on the line")
)
async def test_a_host_that_leaves_changes_nothing(rig: Rig, measure: Measure) -> None:
    async with hands.connected(rig, measure.notes) as pump:
        mounted = hands.filling(pump, rig.mounted.model)
        await hands.begin(rig, pump, hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted))
        await hands.wait(pump, _BEFORE_S)
        weighing = Weighing(rig, pump)
        await weighing.take()

    await rig.pause(_ALONE_S)

    given_ml = await weighing.take()
    expected_ml = _RATE_ML_PER_H / _S_PER_H * (weighing.time_s[-1] - weighing.time_s[0])
    measure("given_alone", (given_ml / expected_ml - 1) * 100)
    pump = await rig.connect()
    try:
        await pump.wait_for(lambda now: now.state_name == "infusing", 1.0)
    finally:
        await pump.close()


@pytest.mark.requirement("SEC-08", "SEC-10")
@pytest.mark.measures(
    Measurement("stop_in_noise", "ms", None, 400.0, "from STOP behind noise to the answer")
)
async def test_noise_does_not_keep_stop_from_the_pump(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted))
    draw = random.Random(8)
    for _ in range(_PIECES):
        pump.line.write(draw.randbytes(_PIECE_BYTES))
        await hands.wait(pump, 0.02)
    assert pump.latest is not None
    assert pump.latest.state_name == "infusing"
    pump.line.write(b"\0")

    asked_s = rig.clock_s()
    await pump.stop()

    measure("stop_in_noise", (rig.clock_s() - asked_s) * 1_000)
    await hands.until_state(pump, "paused", 1.0)
