"""What the balance weighs: the standard's rates, back pressure, and an error that is planted.

Method and formulas: docs/flow.md. The first hour is start-up, the second is judged. What the
balance gains or loses alone is measured in five minutes before and after, and taken off.
"""

from itertools import pairwise

import pytest

from evenflow.client.pump import Pump
from evenflow.flow import trumpet
from evenflow.flow.calibration import Dispense, correction
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement, Series
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing

pytestmark = [pytest.mark.needs("balance", "panel"), pytest.mark.timeout(900)]

_PA_PER_MMHG = 133.322
_S_PER_H = 3_600
_TWO_HOURS_S = 7_200.0
_MARGIN_ML = 1.0
# Back pressure: start-up, then spans of which the first part lets the line settle.
_START_UP_S = 1_800.0
_SETTLING_S = 300.0
_SPAN_S = 1_800.0
# Of the planted error.
_FAST_ML_PER_H = 120.0
_FAST_ML = 8.0
_BEGINNING_S = 20.0
_DISPENSES = 3
_DISPENSE_S = 60.0


def _bounds(mean: float, *windows: tuple[int, float]) -> tuple[Measurement, ...]:
    return (
        Measurement("mean_error", "%", -mean, mean, "mean flow over the second hour"),
        *(
            Measurement(f"worst_{minutes}_min", "%", 0, most, "worst window of that length")
            for minutes, most in windows
        ),
    )


async def weighed(rig: Rig, pump: Pump, rate_ml_per_h: float) -> Weighing:
    """Two hours at a rate, weighed twice a minute, and a rest before and after."""
    weighing = Weighing(rig, pump)
    before = await weighing.rest()
    mounted = hands.filling(pump, rig.mounted.model)
    volume_ml = rate_ml_per_h * _TWO_HOURS_S / _S_PER_H + _MARGIN_ML
    await hands.begin(rig, pump, hands.bench_order(rate_ml_per_h, volume_ml, mounted))
    await weighing.take_for(_TWO_HOURS_S)
    await hands.leave_idle(pump)
    await weighing.settle()
    weighing.correct(before, await weighing.rest())
    return weighing


def judge(weighing: Weighing, rate_ml_per_h: float, measure: Measure) -> None:
    """Measure the second hour, in every window that is declared."""
    found = trumpet(weighing.time_s, weighing.volume_ml, rate_ml_per_h)
    measure("mean_error", found.long_run_percent)
    for row in found:
        if f"worst_{row.window_min:g}_min" in measure.declared:
            measure(f"worst_{row.window_min:g}_min", row.worst_percent)
    measure.plot(weighing.flow("Flow, half a minute each"))
    rows = list(found)
    measure.plot(
        Series(
            "Trumpet of the second hour: the worst windows, above and below",
            "window, min",
            "error, %",
            [row.window_min for row in (*rows, *reversed(rows))],
            [
                *(row.worst_positive_percent for row in rows),
                *(row.worst_negative_percent for row in reversed(rows)),
            ],
        )
    )


@pytest.mark.lasts("135 min")
@pytest.mark.requirement("FLO-01", "FLO-02")
@pytest.mark.measures(*_bounds(1.0, (2, 5.0), (5, 3.0), (11, 2.5), (19, 2.0), (31, 2.0)))
async def test_5_ml_per_h(rig: Rig, pump: Pump, measure: Measure) -> None:
    judge(await weighed(rig, pump, 5.0), 5.0, measure)


@pytest.mark.lasts("135 min")
@pytest.mark.requirement("FLO-03")
@pytest.mark.measures(*_bounds(2.0, (2, 10.0)))
async def test_1_ml_per_h(rig: Rig, pump: Pump, measure: Measure) -> None:
    judge(await weighed(rig, pump, 1.0), 1.0, measure)


@pytest.mark.lasts("155 min")
@pytest.mark.needs("back_pressure")
@pytest.mark.requirement("FLO-04")
@pytest.mark.measures(
    Measurement("mean_error", "%", -1.0, 1.0, "mean flow without back pressure"),
    Measurement("shift_up", "%", -1.0, 1.0, "of the mean flow, at +100 mmHg"),
    Measurement("shift_down", "%", -1.0, 1.0, "of the mean flow, at -100 mmHg"),
    Measurement("kept_by_line", "mL", 0.1, 1.0, "what the line took up: the pressure was there"),
)
async def test_back_pressure_shifts_the_flow_by_no_more_than_1_percent(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    """In one infusion: half an hour without, then with each, after the line has settled."""
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(5.0, 15.0, mounted))
    weighing = Weighing(rig, pump)
    await weighing.take()
    await hands.wait(pump, _START_UP_S)
    alone = await flow_at(rig, pump, 0)
    before_ml = await weighing.take()
    began_s = weighing.time_s[-1]
    above = await flow_at(rig, pump, 100)
    owed_ml = 5.0 * ((await weighing.take(), weighing.time_s[-1])[1] - began_s) / _S_PER_H
    measure("kept_by_line", owed_ml - (weighing.volume_ml[-1] - before_ml))
    below = await flow_at(rig, pump, -100)

    measure("mean_error", (alone / 5.0 - 1) * 100)
    measure("shift_up", (above / alone - 1) * 100)
    measure("shift_down", (below / alone - 1) * 100)


async def flow_at(rig: Rig, pump: Pump, back_mmhg: int) -> float:
    """The mean flow at a pressure of the line's end, in mL/h."""
    assert rig.syringe is not None
    await rig.syringe.set_back_pressure_pa(round(back_mmhg * _PA_PER_MMHG))
    await hands.wait(pump, _SETTLING_S)
    weighing = Weighing(rig, pump)
    await weighing.take_for(_SPAN_S)
    return weighing.volume_ml[-1] * _S_PER_H / weighing.time_s[-1]


@pytest.mark.world(screw_lead_percent=3.0)
@pytest.mark.requirement("DES-11")
@pytest.mark.measures(
    Measurement("found_error", "%", 2.8, 3.2, "of the screw's lead, 3 % too long, by weighing"),
    Measurement("left_error", "%", -0.2, 0.2, "the same once the syringe is calibrated"),
)
async def test_a_planted_lead_error_is_found_and_removed(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    """By the calibration of `evenflow calibrate`, of portions of a steady flow."""
    found = correction(rig.mounted.model, await dispenses(rig, pump, bore_um=None))
    measure("found_error", found.error_percent)
    await hands.leave_idle(pump)

    again = await dispenses(rig, pump, bore_um=found.bore_um)

    measure("left_error", correction(rig.mounted.model, again, found.bore_um).error_percent)


async def dispenses(rig: Rig, pump: Pump, bore_um: int | None) -> list[Dispense]:
    """Three portions of a minute each, weighed while it flows."""
    mounted = hands.filling(pump, rig.mounted.model)
    order = hands.bench_order(_FAST_ML_PER_H, _FAST_ML, mounted, bore_um=bore_um)
    await hands.begin(rig, pump, order)
    await hands.wait(pump, _BEGINNING_S)
    weighing = Weighing(rig, pump)
    await weighing.take_for(_DISPENSES * _DISPENSE_S, _DISPENSE_S)
    points = list(zip(weighing.time_s, weighing.volume_ml, strict=True))
    return [
        Dispense((later_s - at_s) * _FAST_ML_PER_H / _S_PER_H, later_ml - ml, None)
        for (at_s, ml), (later_s, later_ml) in pairwise(points)
    ]
