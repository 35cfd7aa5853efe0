"""How far people lie apart in one model: patients drawn from its published variances.

A parameter of a patient is that of the set times exp(eta), with eta normal of variance omega2, as
the sources have it: log-normal, and correlated where a covariance is given. Of the ketamine itself
only; the error of its measurement (`prop_sd`) is no spread of people and is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenflow.pk.covariate import Person
from evenflow.pk.error import NoVariances, OutOfBounds
from evenflow.pk.model import Model
from evenflow.pk.prediction import Infusion, check_infusion, known

MAX_PATIENTS = 100_000
_PERCENTS = (5.0, 50.0, 95.0)
_ALL = 100.0

# What each eta of `omega2` multiplies; that of the liver's flow also what age takes from it.
VARIED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fanta-2015-esketamine": {"V1": ("V1_L_70",), "CL": ("CL_Lph_70",)},
    "simons-2022-esketamine": {
        "VK1": ("VK1_L_70",),
        "CLK1": ("CLK1_Lpm_70",),
        "CLK3": ("CLK3_Lpm_70",),
    },
    "perez-ruixo-2020-esketamine": {
        "Vc": ("Vc_L",),
        "Vp1": ("Vp1_L",),
        "Qh": ("Qh_Lph", "Qh_minus_Lph_per_year_over_60"),
        "Vh": ("Vh_L",),
        "kel": ("kel_per_h",),
    },
}


@dataclass(frozen=True, slots=True)
class Population:
    """Percentiles of drawn patients: `ng_per_ml` has a list for each of `percents`."""

    model: Model
    patient_count: int
    seed: int
    times_min: Sequence[float]
    percents: tuple[float, ...]
    ng_per_ml: tuple[list[float], ...]


def models_with_variances() -> tuple[str, ...]:
    """Names of the sets that `population` takes."""
    return tuple(VARIED)


def population(
    model: str,
    *,
    weight_kg: float,
    infusions: Sequence[Infusion],
    times_min: Sequence[float],
    patient_count: int = 1000,
    seed: int = 1,
    percents: Sequence[float] = _PERCENTS,
    age_years: float | None = None,
    is_asian: bool | None = None,
) -> Population:
    """Percentiles in ng/mL of plasma over patients alike in weight and age, drawn by a seed.

    The same seed gives the same patients. NoVariances names the set if none are transcribed for
    it; OutOfBounds for no patients or percents outside 0 to 100; else what `predict` raises.
    """
    chosen = known(model)
    if chosen.name not in VARIED:
        reason = f"{chosen.name}: no variances between people are transcribed for this set"
        raise NoVariances("no_variances", reason, f"one of {', '.join(VARIED)}")
    if not 1 <= patient_count <= MAX_PATIENTS:
        reason = f"{patient_count} patients are outside 1 to {MAX_PATIENTS}"
        raise OutOfBounds("patients_out_of_bounds", reason, "ask for as many as that")
    if not percents or not all(0 <= one <= _ALL for one in percents):
        reason = f"percents of {', '.join(map(str, percents)) or 'nothing'}"
        raise OutOfBounds("percents_out_of_bounds", reason, "give some from 0 to 100")
    for infusion in infusions:
        check_infusion(infusion)
    from evenflow.pk.drawn import percentiles

    person = Person(weight_kg, age_years, is_asian)
    varied = VARIED[chosen.name]
    found = percentiles(
        chosen, person, varied, infusions, times_min, patient_count, seed, tuple(percents)
    )
    return Population(chosen, patient_count, seed, times_min, tuple(percents), found)
