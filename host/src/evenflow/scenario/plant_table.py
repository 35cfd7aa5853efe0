"""The [plant] table of a scenario: PlantConfig's facts by name, checked."""

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import get_args, get_type_hints

from evenflow.dose.order import Order
from evenflow.emulator.plant import PlantConfig
from evenflow.errors import Problem
from evenflow.scenario.suggestion import nearest
from pumpcore import syringe, units

_MAY_BE_NEGATIVE = (
    "back_pressure_mmhg",
    "clock_chip_ppb",
    "screw_lead_percent",
    "force_gain_percent",
    "force_offset_n",
    "force_drift_n_per_h",
    "force_n_per_c",
    "temperature_c",
)
_MUST_BE_POSITIVE = (
    "compliance_l_per_pa",
    "resistance_pa_s_per_l",
    "bore_um",
    "adc_bits",
    "drive_stiffness_n_per_mm",
    "stopper_stiffness_n_per_mm",
    "line_volume_ul",
    "idle_power_w",
    "battery_ah",
    "battery_ohm",
    "rail_capacitor_uf",
    "rail_v",
    "barrel_full_scale_mm",
)


def read(content: object, order: Order | None, problems: list[Problem]) -> PlantConfig:
    """The plant; syringe, bore and fill follow the order unless the table says otherwise."""
    values: dict[str, object] = {}
    if order is not None:
        values["syringe"] = order.syringe_model
        values["fill_ml"] = float(order.fill.value / units.NL_PER_ML)
        if order.bore is not None:
            values["bore_um"] = order.bore.whole
    if not isinstance(content, Mapping):
        problems.append(Problem("plant", "wrong_type", "is no table", "write it as [plant]"))
        return PlantConfig()
    types = get_type_hints(PlantConfig)
    known = [field.name for field in fields(PlantConfig)]
    before = len(problems)
    if content.get("syringe", values.get("syringe")) != values.get("syringe"):
        # Another syringe than the ordered one: its bore is not the one that was calibrated.
        values.pop("bore_um", None)
    for name, value in content.items():
        where = f"plant.{name}"
        if name not in known:
            problems.append(Problem(where, "unknown_key", "unknown key", nearest(name, known)))
        else:
            problem = _wrong_value(name, value, types[name], where)
            if problem is not None:
                problems.append(problem)
            values[name] = _as_declared(value, types[name])
    if len(problems) > before:
        return PlantConfig()
    _check_fill(values, problems)
    return PlantConfig(**values)  # type: ignore[arg-type]


def _as_declared(value: object, declared: object) -> object:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if is_whole and float in _kinds(declared) else value  # type: ignore[arg-type]


def _kinds(declared: object) -> tuple[object, ...]:
    return get_args(declared) or (declared,)


def _wrong_value(name: str, value: object, declared: object, where: str) -> Problem | None:
    kinds = _kinds(declared)
    if bool in kinds:
        is_right, words = isinstance(value, bool), "true or false"
    elif str in kinds:
        is_right, words = isinstance(value, str), "a text"
    elif float in kinds:
        is_right = isinstance(value, int | float) and not isinstance(value, bool)
        words = "a number"
    else:
        is_right = isinstance(value, int) and not isinstance(value, bool)
        words = "a whole number"
    if not is_right:
        return Problem(where, "wrong_type", f"{value!r} is not {words}", f"write {words}")
    if isinstance(value, str) and name == "syringe" and syringe.by_model(value) is None:
        models = [str(row.model) for row in syringe.SYRINGES]
        return Problem(
            where, "unknown_syringe", f"unknown syringe {value!r}", nearest(str(value), models)
        )
    if isinstance(value, int | float):
        return _wrong_number(name, value, where)
    return None


def _wrong_number(name: str, value: float, where: str) -> Problem | None:
    if not isfinite(value):
        return Problem(where, "not_finite", f"{value} is not finite", "write a finite number")
    if value < 0 and name not in _MAY_BE_NEGATIVE:
        return Problem(where, "negative", f"{value} is negative", "write zero or more")
    if value == 0 and name in _MUST_BE_POSITIVE:
        return Problem(where, "zero", "is zero", "write more than zero")
    return None


def _check_fill(values: Mapping[str, object], problems: list[Problem]) -> None:
    default = PlantConfig()
    mounted = syringe.by_model(str(values.get("syringe", default.syringe)))
    fill_ml = values.get("fill_ml", default.fill_ml)
    if mounted is None or not isinstance(fill_ml, float):
        return
    capacity_ml = mounted.capacity_nl / units.NL_PER_ML
    if fill_ml > capacity_ml:
        reason = f"{fill_ml:g} mL is more than {mounted.model} holds, {capacity_ml:g} mL"
        problems.append(Problem("plant.fill_ml", "fill_range", reason, "write less"))
