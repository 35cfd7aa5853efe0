"""Metabolites of the sets that have them: what forms each, through which delay, into what.

Amounts are carried in mass of esketamine, as the sources do: a concentration is in ng/mL of
esketamine equivalents, not converted by molar mass. Volumes of perez-ruixo-2020 are apparent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from evenflow.pk.compartments import Compartments, Peripheral
from evenflow.pk.covariate import ALLOMETRIC, MIN_PER_H, REFERENCE_KG, Person
from evenflow.pk.error import UnknownAnalyte
from evenflow.pk.model import Model

KETAMINE = "ketamine"
NORKETAMINE = "norketamine"
HYDROXYNORKETAMINE = "hydroxynorketamine"

_CHANGES_IN_TIME = "flint-2017-esketamine"


@dataclass(frozen=True, slots=True)
class Metabolite:
    """Formed of a fraction of all that is eliminated before it, through compartments in a row."""

    name: str
    fraction: float
    transit_rates_per_min: tuple[float, ...]
    compartments: Compartments


Rule = Callable[[Mapping[str, Any], Person, Compartments], tuple[Metabolite, ...]]


def analytes(model: Model) -> tuple[str, ...]:
    """What `predict` can be asked for in this set: ketamine first."""
    return (KETAMINE, *_FORMED.get(model.name, ((), None))[0])


def metabolites(
    model: Model, person: Person, parent: Compartments, analyte: str
) -> tuple[Metabolite, ...]:
    """One after the other, up to the one that is asked for; UnknownAnalyte if the set lacks it."""
    if analyte not in analytes(model)[1:]:
        reason = f"{model.name} has no {analyte}"
        if model.name == _CHANGES_IN_TIME and analyte == NORKETAMINE:
            reason = (
                f"{model.name}: its clearance of norketamine changes with time, in no linear way"
            )
        raise UnknownAnalyte("unknown_analyte", reason, f"it has {', '.join(analytes(model))}")
    names, rule = _FORMED[model.name]
    return rule(model.parameters, person, parent)[: names.index(analyte) + 1]


def _fanta(
    parameters: Mapping[str, Any], person: Person, parent: Compartments
) -> tuple[Metabolite, ...]:
    """All of the clearance forms norketamine; its peripheral volume and flow are not scaled."""
    del parent
    ratio = person.weight_kg / REFERENCE_KG
    clearance = parameters["NK_CL_Lph_70"] / MIN_PER_H * ratio**ALLOMETRIC
    peripheral = Peripheral(parameters["NK_Vp_L"], parameters["NK_Q_Lph"] / MIN_PER_H)
    into = Compartments(parameters["NK_V_L_70"] * ratio, clearance, (peripheral,))
    return (Metabolite(NORKETAMINE, 1.0, (), into),)


def _simons(
    parameters: Mapping[str, Any], person: Person, parent: Compartments
) -> tuple[Metabolite, ...]:
    """Two compartments of delay before each, at 2 / MTT; norketamine's V1 is the parent's."""
    ratio = person.weight_kg / REFERENCE_KG
    flows = ratio**ALLOMETRIC
    nor = Compartments(
        parent.volume_l,
        parameters["CLN1_Lpm_70"] * flows,
        (Peripheral(parameters["VN2_L_70"] * ratio, parameters["CLN2_Lpm_70"] * flows),),
    )
    hydroxy = Compartments(
        parameters["VH1_L_70"] * ratio,
        parameters["CLH1_Lpm_70"] * flows,
        (Peripheral(parameters["VH2_L_70"] * ratio, parameters["CLH2_Lpm_70"] * flows),),
    )
    to_nor = (2 / parameters["MTT_K_NK_min"],) * 2
    to_hydroxy = (2 / parameters["MTT_NK_HNK_min"],) * 2
    return (
        Metabolite(NORKETAMINE, parameters["fm_NK"], to_nor, nor),
        Metabolite(HYDROXYNORKETAMINE, parameters["fm_HNK"], to_hydroxy, hydroxy),
    )


def _perez_ruixo(
    parameters: Mapping[str, Any], person: Person, parent: Compartments
) -> tuple[Metabolite, ...]:
    """What the liver eliminates by kmet, of kel and kmet; an Asian factor on both kel and CLn."""
    del parent
    known = parameters["covariates"]
    kel = parameters["kel_per_h"] * (known["Asian_kel_factor"] if person.is_asian else 1.0)
    kmet = parameters["kmet_per_h"]
    factor = known["Asian_CLn_factor"] if person.is_asian else 1.0
    into = Compartments(
        parameters["NK_Vc_L"],
        parameters["NK_CL_Lph"] * factor / MIN_PER_H,
        (Peripheral(parameters["NK_Vp_L"], parameters["NK_Q3_Lph"] / MIN_PER_H),),
    )
    return (Metabolite(NORKETAMINE, kmet / (kel + kmet), (), into),)


_FORMED: Mapping[str, tuple[tuple[str, ...], Rule]] = {
    "fanta-2015-esketamine": ((NORKETAMINE,), _fanta),
    "simons-2022-esketamine": ((NORKETAMINE, HYDROXYNORKETAMINE), _simons),
    "perez-ruixo-2020-esketamine": ((NORKETAMINE,), _perez_ruixo),
}
