"""From a person's covariates to compartments: one small rule for each parameter set.

The rules are the words of `covariate_rules` in ketamine_models.json as code; numbers are read from
the file. Only the parent drug is worked out; metabolites of the esketamine sets are not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from evenflow.pk.compartments import Compartments, Peripheral
from evenflow.pk.error import CovariateError
from evenflow.pk.model import Model

REFERENCE_KG = 70.0
MIN_PER_H = 60.0
ALLOMETRIC = 0.75
# Of sets that do not say theirs: project choice, around the drug library's hard limits (35, 180).
ADULT_KG = (30.0, 200.0)
CHILD_KG = (2.0, 100.0)
ADULT_YEARS = (18.0, 100.0)
QH_FALLS_ABOVE_YEARS = 60.0


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a prediction is for; None where it was not said."""

    weight_kg: float
    age_years: float | None = None
    is_asian: bool | None = None


Rule = Callable[[Mapping[str, Any], Person], Compartments]


@dataclass(frozen=True, slots=True)
class Scope:
    """The rule of a set, and for whom it is: ranges in kg and years, both ends included."""

    rule: Rule
    weight_kg: tuple[float, float] = ADULT_KG
    age_years: tuple[float, float] = ADULT_YEARS
    is_for_children: bool = False
    knows_asian: bool = False


def compartments(
    model: Model, person: Person, parameters: Mapping[str, Any] | None = None
) -> Compartments:
    """The set's compartments for this person; CovariateError if it is not made for them.

    `parameters` stand in for the set's own; the rules are plain arithmetic, so that arrays of
    them, one of each patient, give compartments of arrays.
    """
    scope = SCOPES[model.name]
    _check_range(model, "weight_kg", person.weight_kg, scope.weight_kg)
    if person.age_years is not None:
        _check_range(model, "age_years", person.age_years, scope.age_years)
    elif scope.is_for_children:
        low, high = scope.age_years
        raise CovariateError(
            "covariate_missing",
            f"{model.name} was made for children of {low:g} to {high:g} years: "
            "age_years is missing",
            "choose a set for adults, or give the child's age",
        )
    if person.is_asian is not None and not scope.knows_asian:
        raise CovariateError(
            "covariate_unknown", f"{model.name} has no covariate is_asian", "leave it out"
        )
    return scope.rule(model.parameters if parameters is None else parameters, person)


def _check_range(model: Model, name: str, value: float, bounds: tuple[float, float]) -> None:
    low, high = bounds
    if not (isfinite(value) and low <= value <= high):
        raise CovariateError(
            "covariate_out_of_range",
            f"{model.name}: {name} {value:g} is outside {low:g} to {high:g}",
            "choose a set that was made for this person",
        )


def _micro_constants(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """V1 by weight; rate constants in 1/min do not change with it."""
    volume_l = parameters["V1_L_per_kg"] * person.weight_kg
    peripherals = tuple(
        Peripheral(
            volume_l * parameters[f"k1{index}"] / parameters[f"k{index}1"],
            volume_l * parameters[f"k1{index}"],
        )
        for index in (2, 3)
        if f"k1{index}" in parameters
    )
    return Compartments(volume_l, volume_l * parameters["k10"], peripherals)


def _fixed(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """No covariate at all; CL in L/min."""
    del person
    return _mammillary(parameters, ("V{}_L", 1.0), ("CL{}", 1.0))


def _per_kg(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """Volumes and clearances in proportion to weight, in L/min/kg."""
    weight = person.weight_kg
    return _mammillary(parameters, ("V{}_L_per_kg", weight), ("CL{}_L_per_min_per_kg", weight))


def _linear(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """Volumes and clearances in proportion to weight, in L/h at 70 kg."""
    ratio = person.weight_kg / REFERENCE_KG
    return _mammillary(parameters, ("V{}_L_70", ratio), ("CL{}_Lph_70", ratio / MIN_PER_H))


def _allometric(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """Volumes as weight, clearances as its power of 0.75; L/h or L/min at 70 kg."""
    ratio = person.weight_kg / REFERENCE_KG
    clearances = ratio**ALLOMETRIC
    if "CL1_Lpm_70" in parameters:
        return _mammillary(parameters, ("V{}_L_70", ratio), ("CL{}_Lpm_70", clearances))
    per_min = clearances / MIN_PER_H
    return _mammillary(parameters, ("V{}_L_70", ratio), ("CL{}_Lph_70", per_min))


def _fanta(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """V1 as weight, CL as its power of 0.75; peripheral volumes and flows are not scaled."""
    ratio = person.weight_kg / REFERENCE_KG
    peripherals = tuple(
        Peripheral(parameters[f"Vp{index}_L"], parameters[f"Q{index}_Lph"] / MIN_PER_H)
        for index in (1, 2)
    )
    clearance = parameters["CL_Lph_70"] / MIN_PER_H * ratio**ALLOMETRIC
    return Compartments(parameters["V1_L_70"] * ratio, clearance, peripherals)


def _simons(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """The parent of the allometric set; exponents as its transcription assumes them."""
    ratio = person.weight_kg / REFERENCE_KG
    return _mammillary(parameters, ("VK{}_L_70", ratio), ("CLK{}_Lpm_70", ratio**ALLOMETRIC))


def _flint(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """The parent of the allometric set of children in intensive care."""
    ratio = person.weight_kg / REFERENCE_KG
    flows = ratio**ALLOMETRIC / MIN_PER_H
    peripheral = Peripheral(parameters["V2_L_70"] * ratio, parameters["Q_Lph_70"] * flows)
    return Compartments(
        parameters["V1_L_70"] * ratio, parameters["CL_Lph_70"] * flows, (peripheral,)
    )


def _perez_ruixo(parameters: Mapping[str, Any], person: Person) -> Compartments:
    """No weight; the liver eliminates, its flow Qh falls above 60 years; defaults: 60, not Asian.

    Elimination (kel, kmet) is from the liver, which exchanges with the centre by Qh: well stirred.
    """
    known = parameters["covariates"]
    years = QH_FALLS_ABOVE_YEARS if person.age_years is None else person.age_years
    fall = known["Qh_minus_Lph_per_year_over_60"] * max(0.0, years - QH_FALLS_ABOVE_YEARS)
    factor = known["Asian_kel_factor"] if person.is_asian else 1.0
    from_liver_per_h = parameters["kel_per_h"] * factor + parameters["kmet_per_h"]
    liver = Peripheral(
        parameters["Vh_L"],
        (parameters["Qh_Lph"] - fall) / MIN_PER_H,
        parameters["Vh_L"] * from_liver_per_h / MIN_PER_H,
    )
    first = Peripheral(parameters["Vp1_L"], parameters["Q1_Lph"] / MIN_PER_H)
    second = Peripheral(parameters["Vp2_L"], parameters["Q2_Lph"] / MIN_PER_H)
    return Compartments(parameters["Vc_L"], 0.0, (first, second, liver))


def _mammillary(
    parameters: Mapping[str, Any], volumes: tuple[str, float], clearances: tuple[str, float]
) -> Compartments:
    """Compartments 1 to 2 or 3 by the names of their parameters, each times a factor."""
    (volume, by_volume), (clearance, by_clearance) = volumes, clearances
    rows = [
        (
            parameters[volume.format(index)] * by_volume,
            parameters[clearance.format(index)] * by_clearance,
        )
        for index in (1, 2, 3)
        if volume.format(index) in parameters
    ]
    (volume_l, out_l_per_min), *others = rows
    return Compartments(volume_l, out_l_per_min, tuple(Peripheral(*row) for row in others))


SCOPES: Mapping[str, Scope] = {
    "domino-1984": Scope(_micro_constants),
    "domino-1982": Scope(_fixed),
    "clements-1981-250": Scope(_micro_constants),
    "clements-1981-125": Scope(_per_kg),
    "kamp-2020-linear": Scope(_linear),
    "abuhelwa-2022": Scope(_allometric),
    "hijazi-2003": Scope(_micro_constants),
    "herd-2007": Scope(_allometric, (10.8, 74.8), (1.0, 14.0), is_for_children=True),
    "hornik-2018": Scope(_allometric, (2.0, 176.0), (1.0, 18.0), is_for_children=True),
    "fanta-2015-esketamine": Scope(_fanta),
    "simons-2022-esketamine": Scope(_simons),
    "perez-ruixo-2020-esketamine": Scope(
        _perez_ruixo, (39.0, 170.0), (18.0, 86.0), knows_asian=True
    ),
    "flint-2017-esketamine": Scope(_flint, CHILD_KG, (0.02, 12.5), is_for_children=True),
    "kamp-2020-allometric": Scope(_allometric),
}
