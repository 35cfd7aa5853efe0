"""What the STEP pin does, by another clock than the pump's."""

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement, Series
from evenflow.rig.rig import Rig

pytestmark = [pytest.mark.needs("capture", "panel"), pytest.mark.requirement("FLO-07", "DES-01")]

_RATE_ML_PER_H = 30.0
_VOLUME_ML = 0.5
_NS_PER_S = 1_000_000_000
_FL_PER_ML = 1_000_000_000_000
_S_PER_H = 3_600
# Of the end, in which nothing may move.
_AFTER_S = 3.0


@pytest.mark.measures(
    Measurement("steps_off", "microsteps", 0, 0, "captured less those of the order"),
    Measurement("rate_error", "ppm", -150, 150, "mean step rate; two crystals differ by 100 ppm"),
    Measurement("jitter", "us", 0, 250, "worst step against an even train"),
    Measurement("first_step", "s", 0, 15, "from START to the first step"),
)
async def test_every_step_of_a_programme_comes_when_it_is_due(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    assert rig.capture is not None
    mounted = hands.filling(pump, rig.mounted.model)
    planned = hands.bench_order(_RATE_ML_PER_H, _VOLUME_ML, mounted)
    staged = await hands.stage(pump, planned)
    await hands.prepare(rig, pump)
    await rig.capture.begin()
    await hands.start(rig, pump)
    span_s = _VOLUME_ML / _RATE_ML_PER_H * _S_PER_H
    await hands.until_state(pump, "complete", span_s * 1.2)
    await hands.wait(pump, _AFTER_S)
    captured = await rig.capture.finish()

    steps_ns = captured.rising_ns("step")
    assert captured.lost_count == 0
    assert not [edge for edge in captured.edges["dir"] if not edge.is_high]
    assert not captured.edges["enable"][-1].is_high
    ordered = round(_VOLUME_ML * _FL_PER_ML) // staged.femtolitres_per_microstep
    measure("steps_off", len(steps_ns) - ordered)
    measure("first_step", (steps_ns[0] - captured.began_at_ns) / _NS_PER_S)
    period_ns = (steps_ns[-1] - steps_ns[0]) / (len(steps_ns) - 1)
    per_s = _RATE_ML_PER_H / _S_PER_H * _FL_PER_ML / staged.femtolitres_per_microstep
    measure("rate_error", (_NS_PER_S / period_ns / per_s - 1) * 1e6)
    off_us = [
        (at_ns - steps_ns[0] - number * period_ns) / 1_000 for number, at_ns in enumerate(steps_ns)
    ]
    measure("jitter", max(map(abs, off_us)))
    measure.plot(
        Series(
            "Each step against an even train",
            "step",
            "early or late, us",
            list(range(len(off_us))),
            off_us,
        )
    )
