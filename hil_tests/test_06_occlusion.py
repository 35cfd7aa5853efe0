"""A shut line is found, and what it has stored does not reach the patient."""

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing

pytestmark = [pytest.mark.needs("balance", "occlude", "panel"), pytest.mark.timeout(600)]

_RATE_ML_PER_H = 26.25
_VOLUME_ML = 4.0
_BEFORE_S = 60.0
_LONGEST_S = 300.0
_RELEASE_S = 20.0


@pytest.mark.lasts("6 min")
@pytest.mark.requirement("OCC-01", "OCC-03")
@pytest.mark.measures(
    Measurement("time_to_alarm", "s", None, 200.0, "from the shut line, at 26.25 mL/h"),
    Measurement("released", "mL", None, 0.2, "what flows when the line is opened again"),
)
async def test_an_occlusion_is_found_and_releases_little(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    assert rig.syringe is not None
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted))
    await hands.wait(pump, _BEFORE_S)

    shut_s = rig.clock_s()
    await rig.syringe.occlude(blocked=True)
    held = await hands.until_state(pump, "held", _LONGEST_S)
    measure("time_to_alarm", rig.clock_s() - shut_s)

    assert "occlusion_downstream" in held.alarm_names
    weighing = Weighing(rig, pump)
    # The plunger goes back until the pressure has fallen.
    await hands.wait(pump, _RELEASE_S)
    await weighing.take()
    await rig.syringe.occlude(blocked=False)
    await hands.wait(pump, _RELEASE_S)
    measure("released", await weighing.take())
    assert pump.latest is not None
    assert pump.latest.state_name == "held"
