"""The plan as one JSON object: every figure in every unit that a person or a script may ask for.

Keys end with their unit. Values are the nearest floats of exact figures; volume and rate are those
that are programmed, already floored to 1 nL and 1 uL/h. Without a drug the dose keys are null.
"""

from fractions import Fraction
from typing import Any

from evenflow import NOT_FOR_USE
from evenflow.dose.plan import Plan
from evenflow.dose.quantity import Quantity, shown
from evenflow.dose.step import Row, duration_ms
from pumpcore import syringe, units

SCHEMA = 1


def as_json(plan: Plan) -> dict[str, Any]:
    """The object that `evenflow order show --json` prints."""
    order = plan.order
    figures = plan.figures
    return {
        "schema": SCHEMA,
        "notice": NOT_FOR_USE,
        "order": order.name,
        "care_area": order.care_area,
        "drug": order.drug,
        "outside_library": order.is_bench,
        "patient_id": order.patient,
        "weight_kg": _scaled(figures.weight_ng, units.NG_PER_KG),
        "weight_echo": weight_echo(order.weight),
        "measured_weight_kg": _quantity(order.weight, units.NG_PER_KG),
        **_body(plan),
        "concentration_mg_per_ml": _quantity(order.concentration, units.NG_PER_MG),
        "dose_mg": _scaled(figures.mass_ng, units.NG_PER_MG),
        "dose_mg_per_kg": _scaled(figures.dose_ng_per_kg, units.NG_PER_MG),
        "dose_rate_mg_per_kg_h": _scaled(figures.dose_rate_ng_per_kg_h, units.NG_PER_MG),
        "dose_rate_ug_per_kg_min": _scaled(figures.dose_rate_ng_per_kg_h, 60 * units.NG_PER_UG),
        "volume_ml": figures.pumped_volume_nl / units.NL_PER_ML,
        "rate_ml_per_h": figures.pumped_rate_ul_per_h / units.UL_PER_ML,
        "duration_s": float(figures.duration_ms / units.MS_PER_S),
        "infusion_end_s": _scaled(figures.pumped_duration_ms, units.MS_PER_S),
        "observe_s": _quantity(order.observe, units.MS_PER_S),
        "steps": [_step(row) for row in figures.rows],
        "kvo_ml_per_h": _quantity(order.kvo, units.UL_PER_ML),
        "occlusion_limit_mmhg": plan.occlusion_mmhg,
        "syringe": _syringe(plan),
        "loaded_mass_mg": _loaded_mass_mg(plan),
        "on_link_loss": order.on_link_loss,
        "vitals": order.vitals,
        "library": None if order.is_bench else _library(plan),
        "digest": None if plan.digest is None else plan.digest.hex(),
        "limits": [limit.as_json() for limit in plan.limits],
        "refused": [limit.name for limit in plan.refused],
        "needs_override": [limit.name for limit in plan.needs_override],
        "override": plan.override,
    }


def _step(row: Row) -> dict[str, float]:
    rate, to_rate, volume_nl = row
    return {
        "rate_ml_per_h": rate / units.UL_PER_ML,
        "to_rate_ml_per_h": to_rate / units.UL_PER_ML,
        "volume_ml": volume_nl / units.NL_PER_ML,
        "duration_s": float(duration_ms(row) / units.MS_PER_S),
    }


def _body(plan: Plan) -> dict[str, Any]:
    """Mass index, ideal and adjusted weight; null where nothing is known."""
    known = plan.body
    return {
        "bmi_kg_per_m2": None if known is None else float(known.mass_index),
        "ideal_weight_kg": None if known is None else _scaled(known.ideal_ng, units.NG_PER_KG),
        "adjusted_weight_kg": None
        if known is None
        else _scaled(known.adjusted_ng, units.NG_PER_KG),
    }


def weight_echo(weight: Quantity | None) -> str | None:
    """What a weight in another unit was converted to; None if it was ordered in kg."""
    if weight is None or weight.unit == "kg":
        return None
    return f"{weight.text} = {shown(weight.value / units.NG_PER_KG, 3)} kg"


def _scaled(value: Fraction | None, scale: int) -> float | None:
    return None if value is None else float(value / scale)


def _quantity(quantity: Quantity | None, scale: int) -> float | None:
    return None if quantity is None else float(quantity.value / scale)


def _syringe(plan: Plan) -> dict[str, Any]:
    order = plan.order
    mounted = syringe.by_model(order.syringe_model)
    nominal_um = None if mounted is None else mounted.bore_um
    bore_um = nominal_um if order.bore is None else order.bore.whole
    return {
        "model": order.syringe_model,
        "bore_mm": None if bore_um is None else bore_um / units.UM_PER_MM,
        "is_calibrated": order.bore is not None,
        "capacity_ml": None if mounted is None else mounted.capacity_nl / units.NL_PER_ML,
        "fill_ml": float(order.fill.value / units.NL_PER_ML),
    }


def _loaded_mass_mg(plan: Plan) -> float | None:
    concentration = plan.order.concentration
    if concentration is None:
        return None
    loaded_ng = plan.order.fill.value * concentration.value / units.NL_PER_ML
    return float(loaded_ng / units.NG_PER_MG)


def _library(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.library.name,
        "version": plan.library.version,
        "digest": plan.library.digest.hex(),
        "reviewed_by": plan.library.reviewed_by or None,
    }
