"""What the balance weighs: the standard's rates, back pressure, and an error that is planted.

Method and formulas: docs/flow.md. The first hour is start-up, the second is judged.
"""

import pytest

from evenflow.client.pump import Pump
from evenflow.flow import trumpet
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement, Series
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing
from pumpcore import syringe

pytestmark = [pytest.mark.needs("balance", "panel"), pytest.mark.timeout(900)]

_PA_PER_MMHG = 133.322
_HOURS = 2.0
_S_PER_H = 3_600
_MARGIN_ML = 1.0
_FAST_ML_PER_H = 120.0
_FAST_ML = 6.0
_SETTLING_S = 20.0
_WEIGHED_S = 120.0


def _bounds(mean: float, two_min: float) -> tuple[Measurement, ...]:
    return (
        Measurement("mean_error", "%", -mean, mean, "mean flow over the second hour"),
        Measurement("worst_2_min_high", "%", None, two_min, "any 2 min of the second hour"),
        Measurement("worst_2_min_low", "%", -two_min, None, "any 2 min of the second hour"),
    )


async def weighed(rig: Rig, pump: Pump, rate_ml_per_h: float) -> Weighing:
    """Two hours at a rate, weighed twice a minute."""
    mounted = hands.filling(pump, rig.mounted.model)
    volume_ml = rate_ml_per_h * _HOURS + _MARGIN_ML
    await hands.begin(rig, pump, hands.bench_order(rate_ml_per_h, volume_ml, mounted))
    weighing = Weighing(rig, pump)
    await weighing.take_for(_HOURS * _S_PER_H)
    return weighing


def judge(weighing: Weighing, rate_ml_per_h: float, measure: Measure) -> float:
    """Measure the second hour; its mean error in percent."""
    found = trumpet(weighing.time_s, weighing.volume_ml, rate_ml_per_h)
    measure("mean_error", found.long_run_percent)
    measure("worst_2_min_high", found[2].worst_positive_percent)
    measure("worst_2_min_low", found[2].worst_negative_percent)
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
    return found.long_run_percent


@pytest.mark.lasts("2 h")
@pytest.mark.requirement("FLO-01", "FLO-02")
@pytest.mark.measures(*_bounds(1.0, 5.0))
async def test_5_ml_per_h(rig: Rig, pump: Pump, measure: Measure) -> None:
    judge(await weighed(rig, pump, 5.0), 5.0, measure)


@pytest.mark.lasts("2 h")
@pytest.mark.requirement("FLO-03")
@pytest.mark.measures(*_bounds(2.0, 10.0))
async def test_1_ml_per_h(rig: Rig, pump: Pump, measure: Measure) -> None:
    judge(await weighed(rig, pump, 1.0), 1.0, measure)


@pytest.mark.lasts("2 h")
@pytest.mark.needs("back_pressure")
@pytest.mark.requirement("FLO-04")
@pytest.mark.parametrize("back_mmhg", [100, -100])
@pytest.mark.measures(*_bounds(1.0, 5.0))
async def test_back_pressure_changes_the_flow_by_no_more_than_1_percent(
    rig: Rig, pump: Pump, measure: Measure, back_mmhg: int
) -> None:
    assert rig.syringe is not None
    await rig.syringe.set_back_pressure_pa(round(back_mmhg * _PA_PER_MMHG))

    judge(await weighed(rig, pump, 5.0), 5.0, measure)


@pytest.mark.world(screw_lead_percent=3.0)
@pytest.mark.requirement("DES-11")
@pytest.mark.measures(
    Measurement("found_error", "%", 2.8, 3.2, "of the screw's lead, 3 % too long, by weighing"),
    Measurement("left_error", "%", -0.2, 0.2, "the same once the syringe is calibrated"),
)
async def test_a_planted_lead_error_is_found_and_removed(
    rig: Rig, pump: Pump, measure: Measure
) -> None:
    """By the flow between two weights: what friction and line keep at the ends does not count."""
    found = await flow_error_percent(rig, pump, bore_um=None)
    measure("found_error", found)
    row = syringe.by_model(rig.mounted.model)
    assert row is not None
    await hands.leave_idle(pump)

    bore_um = round(row.bore_um * (1 + found / 100) ** 0.5)
    measure("left_error", await flow_error_percent(rig, pump, bore_um=bore_um))


async def flow_error_percent(rig: Rig, pump: Pump, bore_um: int | None) -> float:
    """By how many percent more flows than is set."""
    mounted = hands.filling(pump, rig.mounted.model)
    order = hands.bench_order(_FAST_ML_PER_H, _FAST_ML, mounted, bore_um=bore_um)
    await hands.begin(rig, pump, order)
    weighing = Weighing(rig, pump)
    await hands.wait(pump, _SETTLING_S)
    await weighing.take_for(_WEIGHED_S)
    flowed_ml = weighing.volume_ml[-1] * _S_PER_H / weighing.time_s[-1]
    return (flowed_ml / _FAST_ML_PER_H - 1) * 100
