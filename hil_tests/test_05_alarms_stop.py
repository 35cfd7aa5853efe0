"""Whatever stops the plunger stops it in time, at the STEP pin.

The moment of each act is the rig's, before the command to its instrument: what that takes is in
the figure.
"""

from collections.abc import Awaitable, Callable

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from evenflow.rig.rig import Rig

pytestmark = pytest.mark.needs("capture", "panel")

_RATE_ML_PER_H = 120.0
_VOLUME_ML = 4.0
_NS_PER_S = 1_000_000_000
_S_PER_H = 3_600
_FL_PER_ML = 1_000_000_000_000
_FRICTION_MN = 3_000
_BEFORE_S = 3.0
_AFTER_S = 3.0
_LONGEST_S = 12.0


def _bounds(longest_ms: float) -> Measurement:
    # Before the act by no more than from step to step, and what two clocks differ.
    meaning = "from the act to the last forward step"
    return Measurement("last_step", "ms", -20.0, longest_ms, meaning)


async def stopped(
    rig: Rig, pump: Pump, measure: Measure, act: Callable[[], Awaitable[object]], state: str
) -> None:
    """Infuse, act, and see when the last step came; nothing moves from then on."""
    assert rig.capture is not None
    mounted = hands.filling(pump, rig.mounted.model)
    order = hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted)
    staged = await hands.begin(rig, pump, order)
    await rig.capture.begin()
    await hands.wait(pump, _BEFORE_S)
    acted_ns = round(rig.clock_s() * _NS_PER_S)
    await act()
    await hands.until_state(pump, state, _LONGEST_S)
    await hands.wait(pump, _AFTER_S)
    captured = await rig.capture.finish()

    # After an occlusion it goes back.
    steps_ns = captured.forward_ns()
    assert captured.lost_count == 0
    before = sum(at_ns < acted_ns for at_ns in steps_ns)
    per_s = _RATE_ML_PER_H / _S_PER_H * _FL_PER_ML / staged.femtolitres_per_microstep
    assert before == pytest.approx(per_s * (acted_ns - captured.began_at_ns) / 1e9, rel=0.02)
    assert not captured.edges["enable"][-1].is_high
    measure("last_step", (steps_ns[-1] - acted_ns) / 1e6)
    assert rig.panel is not None
    await rig.panel.release("stop")


@pytest.mark.requirement("SEC-11")
@pytest.mark.measures(_bounds(100.0))
async def test_the_stop_key(rig: Rig, pump: Pump, measure: Measure) -> None:
    assert rig.panel is not None
    panel = rig.panel

    await stopped(rig, pump, measure, lambda: panel.hold("stop"), "paused")


@pytest.mark.requirement("SEC-10")
@pytest.mark.measures(_bounds(200.0))
async def test_stop_over_the_line(rig: Rig, pump: Pump, measure: Measure) -> None:
    await stopped(rig, pump, measure, pump.stop, "paused")


@pytest.mark.needs("seat")
@pytest.mark.alarms("plunger_unseated")
@pytest.mark.requirement("SYR-02")
@pytest.mark.measures(_bounds(500.0))
async def test_a_plunger_that_leaves_its_seat(rig: Rig, pump: Pump, measure: Measure) -> None:
    assert rig.syringe is not None
    syringe = rig.syringe

    await stopped(rig, pump, measure, lambda: syringe.seat_plunger(seated=False), "held")

    await syringe.seat_plunger(seated=True)
    await hands.wait(pump, 1.0)


@pytest.mark.needs("seat")
@pytest.mark.alarms("barrel_open")
@pytest.mark.requirement("SYR-02")
@pytest.mark.measures(_bounds(500.0))
async def test_a_barrel_clamp_that_opens(rig: Rig, pump: Pump, measure: Measure) -> None:
    assert rig.syringe is not None
    syringe = rig.syringe

    await stopped(rig, pump, measure, lambda: syringe.close_barrel(closed=False), "held")

    await syringe.close_barrel(closed=True)
    await hands.wait(pump, 1.0)


@pytest.mark.needs("force")
@pytest.mark.alarms("occlusion_downstream")
@pytest.mark.requirement("OCC-01", "DES-02")
@pytest.mark.measures(_bounds(110.0))
async def test_a_force_that_only_the_signal_shows(rig: Rig, pump: Pump, measure: Measure) -> None:
    """50 ms of filter, a tick, and the steps of that tick: far above the limit at once."""
    assert rig.sensors is not None
    sensors = rig.sensors

    await stopped(rig, pump, measure, lambda: sensors.set_force_mn(60_000), "held")

    await sensors.set_force_mn(_FRICTION_MN)
    await hands.wait(pump, 1.0)


@pytest.mark.needs("force")
@pytest.mark.alarms("motor_stall", "sensor_encoder", "under_delivery")
@pytest.mark.requirement("OVR-05")
@pytest.mark.measures(_bounds(10_000.0))
async def test_an_encoder_that_stands_while_the_motor_steps(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    assert rig.sensors is not None
    sensors = rig.sensors

    await stopped(rig, pump, measure, lambda: sensors.set_encoder_follows(follows=False), "held")

    await sensors.set_encoder_follows(follows=True)
    await hands.wait(pump, 1.0)
