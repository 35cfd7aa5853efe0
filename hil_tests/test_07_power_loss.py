"""Power that goes takes the plunger with it; power that comes back starts nothing."""

import pytest

from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing

pytestmark = pytest.mark.needs("balance", "panel", "supply")

_RATE_ML_PER_H = 60.0
_VOLUME_ML = 4.0
_BEGINNING_S = 10.0
_BEFORE_S = 30.0
_WITHOUT_S = 20.0
_BOOT_S = 5.0
_SETTLING_S = 10.0


@pytest.mark.lasts("2 min")
@pytest.mark.requirement("TST-09", "PWR-08")
@pytest.mark.measures(
    Measurement("given_before", "mL", 0.45, 0.55, "in the half minute before: it is weighed"),
    Measurement("given_without_power", "mL", -0.01, 0.05, "what the line still gives"),
    Measurement("given_after_it", "mL", -0.01, 0.01, "in the first seconds with power again"),
)
async def test_power_lost_and_back_stops_for_good(rig: Rig, measure: Measure) -> None:
    assert rig.supply is not None
    async with hands.connected(rig, measure.notes) as pump:
        mounted = hands.filling(pump, rig.mounted.model)
        await hands.begin(rig, pump, hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted))
        await hands.wait(pump, _BEGINNING_S)
        weighing = Weighing(rig, pump)
        await weighing.take()
        await hands.wait(pump, _BEFORE_S)
        measure("given_before", before_ml := await weighing.take())
        number = hands.programme_of(pump)

    await rig.supply.switch(on=False)
    await rig.pause(_WITHOUT_S)
    without_ml = await weighing.take()
    measure("given_without_power", without_ml - before_ml)
    await rig.supply.switch(on=True)
    await rig.pause(_BOOT_S)

    async with hands.connected(rig, measure.notes, ("supply_dip", "mains_lost")) as pump:
        await hands.wait(pump, _SETTLING_S)
        measure("given_after_it", await weighing.take() - without_ml)
        assert pump.latest is not None
        assert pump.latest.state_name == "idle"
        ledger = await pump.ledger()
        # It knows what it was doing.
        assert ledger.programme_number == number
        assert ledger.ended_by
