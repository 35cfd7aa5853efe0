"""Infusions one after the other, each another, none of them with a fault."""

import random

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing

pytestmark = [pytest.mark.needs("balance", "panel"), pytest.mark.timeout(900)]

_S_PER_H = 3_600
_SETTLING_S = 15.0


@pytest.mark.lasts("12 min")
@pytest.mark.requirement("FLO-06")
@pytest.mark.measures(
    Measurement("worst_volume_error", "%", None, 3.0, "of any infusion, at its end, by weight"),
    Measurement("infusions", "", 1, None, "how many there were"),
)
async def test_infusions_in_a_row(
    rig: Rig, pump: Pump, measure: Measure, request: pytest.FixtureRequest
) -> None:
    draw = random.Random(10)
    worst = 0.0
    cycles = request.config.getoption("--rig-cycles")
    for _ in range(cycles):
        rate_ml_per_h = draw.randint(20, 150)
        volume_ml = draw.randint(8, 20) / 10
        mounted = hands.filling(pump, rig.mounted.model)
        await hands.begin(rig, pump, hands.bench_order(rate_ml_per_h, volume_ml, mounted))
        weighing = Weighing(rig, pump)
        await weighing.take()
        await hands.until_state(pump, "complete", volume_ml / rate_ml_per_h * _S_PER_H * 1.2)
        await hands.wait(pump, _SETTLING_S)
        worst = max(worst, abs(await weighing.take() / volume_ml - 1) * 100)
        await hands.leave_idle(pump)
    measure("worst_volume_error", worst)
    measure("infusions", cycles)
