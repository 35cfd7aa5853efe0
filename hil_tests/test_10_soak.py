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
_SHARE, _LEAST_ML = 0.01, 0.02


@pytest.mark.lasts("4 min", per_cycle=True)
@pytest.mark.requirement("FLO-06")
@pytest.mark.measures(
    Measurement("worst_volume", "", 0, 1.0, "error of the bound, 1 % or 0.02 mL, by weight"),
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
        error_ml = abs(await weighing.take() - volume_ml)
        worst = max(worst, error_ml / max(_SHARE * volume_ml, _LEAST_ML))
        await hands.leave_idle(pump)
    measure("worst_volume", worst)
    measure("infusions", cycles)
