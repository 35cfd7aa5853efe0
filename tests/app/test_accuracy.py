"""What reaches the patient is what was ordered: truth from the plant, never from the pump."""

import pytest
from app.rig import Rig, bench_order
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from evenflow.dose import order as orders
from evenflow.dose import plan as plans

_ML = 1_000_000

_CONCENTRATIONS_MG_PER_ML = (1, 2, 5, 10)


def _order_table(weight_g: int, concentration: int, dose_ug_per_kg: int, minutes: int) -> dict:
    volume_ml = weight_g * dose_ug_per_kg / 1e6 / concentration
    return {
        "schema": 1,
        "patient": {"id": "accuracy", "weight": f"{weight_g / 1000:.3f} kg"},
        "therapy": {
            "care_area": "mood-clinic",
            "drug": "ketamine",
            "concentration": f"{concentration} mg/mL",
            "dose": f"{dose_ug_per_kg / 1000:.3f} mg/kg",
            "duration": f"{minutes} min",
        },
        "syringe": {"model": "bd-plastipak-50", "fill": f"{volume_ml + 1.01:.2f} mL"},
        "session": {"observe": "120 min"},
    }


def _stage_values(table: dict) -> tuple[dict[str, object], float] | None:
    """Stage fields and ordered volume in mL; None where a hard limit refuses the combination."""
    plan = plans.plan(orders.from_table(table, "accuracy"), override="accuracy test")
    if plan.refused:
        return None
    return dict(plan.stage_values(1)), float(plan.figures.volume_nl) / _ML


def _assert_accurate(
    order: dict[str, object], volume_ml: float, duration_s: float, runtime: str
) -> None:
    with Rig(order, runtime) as rig:
        rig.start()
        began_us = rig.now_us
        assert rig.plant.patient_volume_ml == pytest.approx(0, abs=0.001)
        minute = 5
        while minute * 60 < duration_s:
            rig.run_for(began_us / 1e6 + minute * 60 - rig.now_us / 1e6)
            due_ml = volume_ml * minute * 60 / duration_s
            bound_ml = max(0.02 * due_ml, 0.03)
            assert rig.plant.patient_volume_ml == pytest.approx(due_ml, abs=bound_ml)
            minute += 1
        rig.run_until(lambda: rig.state == "complete", duration_s * 1.01 + 60)
        rig.run_for(30)

        assert rig.plant.patient_volume_ml == pytest.approx(
            volume_ml, abs=max(0.01 * volume_ml, 0.02)
        )
        assert rig.plant.waste_volume_ml <= 0.3


@pytest.mark.requirement("FLO-06")
@settings(
    max_examples=4,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    weight_g=st.integers(35_000, 180_000),
    concentration=st.sampled_from(_CONCENTRATIONS_MG_PER_ML),
    dose_ug_per_kg=st.integers(100, 1000),
    minutes=st.integers(30, 120),
)
@pytest.mark.timeout(1500)
def test_any_order_within_the_limits_is_given_as_ordered(
    weight_g: int, concentration: int, dose_ug_per_kg: int, minutes: int
) -> None:
    """Over the whole domain of the library's hard limits, on CPython."""
    staged = _stage_values(_order_table(weight_g, concentration, dose_ug_per_kg, minutes))
    if staged is None:
        return
    order, volume_ml = staged
    _assert_accurate(order, volume_ml, minutes * 60, "cpython")


@pytest.mark.requirement("FLO-06")
@pytest.mark.parametrize(
    ("weight_g", "concentration", "dose_ug_per_kg", "minutes"),
    [(70_000, 2, 500, 40), (35_000, 10, 100, 30), (48_500, 1, 700, 30)],
)
@pytest.mark.timeout(600)
def test_three_orders_are_given_as_ordered_by_micropython(
    weight_g: int, concentration: int, dose_ug_per_kg: int, minutes: int
) -> None:
    """The 70 kg example, a very small volume, and a large one."""
    staged = _stage_values(_order_table(weight_g, concentration, dose_ug_per_kg, minutes))
    assert staged is not None
    order, volume_ml = staged
    _assert_accurate(order, volume_ml, minutes * 60, "micropython")


@pytest.mark.requirement("FLO-07")
def test_start_reaches_its_rate_within_15_s() -> None:
    """90 % of 26.25 mL/h after take-up."""
    with Rig(bench_order(26_250, 5 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(13)
        before_ml = rig.plant.patient_volume_ml
        rig.run_for(2)
        rate_ml_per_h = (rig.plant.patient_volume_ml - before_ml) / 2 * 3600

        assert rate_ml_per_h >= 0.9 * 26.25
