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
_S_PER_H = 3_600
_BEGINNING_S = 20.0
_BEFORE_S = 60.0
_LONGEST_S = 300.0
_RELEASE_S = 20.0
_PA_PER_MMHG = 133.322


@pytest.mark.lasts("6 min")
@pytest.mark.alarms("occlusion_downstream", "pressure_rising")
@pytest.mark.requirement("OCC-01", "OCC-03")
@pytest.mark.measures(
    Measurement("given_before", "%", -3.0, 3.0, "of what the rate gives, with the line open"),
    Measurement("time_to_alarm", "s", 40.0, 200.0, "from the shut line, at 26.25 mL/h"),
    Measurement("given_shut", "mL", -0.01, 0.02, "what passes the shut line"),
    Measurement("released", "mL", None, 0.2, "what flows when the line is opened again"),
)
async def test_an_occlusion_is_found_and_releases_little(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    assert rig.syringe is not None
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted))
    await hands.wait(pump, _BEGINNING_S)
    weighing = Weighing(rig, pump)
    await weighing.take_for(_BEFORE_S)
    expected_ml = _RATE_ML_PER_H * weighing.time_s[-1] / _S_PER_H
    measure("given_before", (weighing.volume_ml[-1] / expected_ml - 1) * 100)
    assert hands.state_of(pump) == "infusing"

    shut_s = rig.clock_s()
    await rig.syringe.occlude(blocked=True)
    open_ml = await weighing.take()
    held = await hands.until_state(pump, "held", _LONGEST_S)
    measure("time_to_alarm", rig.clock_s() - shut_s)

    assert "occlusion_downstream" in held.alarm_names
    # The plunger goes back until the pressure has fallen.
    await hands.wait(pump, _RELEASE_S)
    shut_ml = await weighing.take()
    measure("given_shut", shut_ml - open_ml)
    await rig.syringe.occlude(blocked=False)
    await hands.wait(pump, _RELEASE_S)
    measure("released", await weighing.take() - shut_ml)
    assert pump.latest is not None
    assert pump.latest.state_name == "held"


@pytest.mark.lasts("6 min")
@pytest.mark.needs("pressure")
@pytest.mark.alarms("occlusion_downstream", "pressure_rising")
@pytest.mark.requirement("OCC-01")
@pytest.mark.measures(
    Measurement("pressure_before", "mmHg", -20.0, 60.0, "in the line while it is open"),
    Measurement("pressure_at_alarm", "mmHg", 250.0, 350.0, "of 300 mmHg, within 50"),
)
async def test_the_alarm_comes_at_the_set_pressure(rig: Rig, pump: Pump, measure: Measure) -> None:
    """By a gauge in the line; the greatest reading, a tenth of a second apart."""
    assert rig.syringe is not None
    assert rig.pressure is not None
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted))
    await hands.wait(pump, _BEGINNING_S)
    measure("pressure_before", await rig.pressure.read_pa() / _PA_PER_MMHG)
    await rig.syringe.occlude(blocked=True)
    greatest_pa = 0
    while hands.state_of(pump).startswith("infusing"):
        await hands.wait(pump, 0.1)
        greatest_pa = max(greatest_pa, await rig.pressure.read_pa())
    measure("pressure_at_alarm", greatest_pa / _PA_PER_MMHG)
    await hands.wait(pump, _RELEASE_S)
    await rig.syringe.occlude(blocked=False)
