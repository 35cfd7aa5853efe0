"""The parameter sets of ketamine with their provenance, as `ketamine_models.json` has them.

They are transcribed from public software, not from the papers; `status` says so for each.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

SHIPPED = Path(__file__).with_name("ketamine_models.json")


@dataclass(frozen=True, slots=True)
class Ke0Option:
    """A published ke0 in 1/min, or the words of a rule for it, and where it is from."""

    value: float | str
    source: str


@dataclass(frozen=True, slots=True)
class Model:
    """A parameter set: what it is for, where it is from, and its numbers as transcribed.

    `parameters` have their units in their names; rate constants (k10, k12 ...) are in 1/min, CL1
    to CL3 of domino-1982 in L/min.
    """

    name: str
    drug: str
    citation: str
    structure: str
    covariate_rules: str
    population: str
    notes: str
    status: str
    transcribed_from: str
    ke0_options: tuple[Ke0Option, ...]
    parameters: Mapping[str, Any]

    @property
    def is_racemic(self) -> bool:
        """Whether it is of racemic ketamine; the others are of esketamine."""
        return self.drug.startswith("racemic")


@cache
def models() -> Mapping[str, Model]:
    """Every parameter set by its name, in the file's order."""
    content = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return MappingProxyType({row["id"]: _model(row) for row in content["models"]})


def _model(row: Mapping[str, Any]) -> Model:
    options = tuple(Ke0Option(one["value"], one["source"]) for one in row["ke0_options"])
    return Model(
        name=row["id"],
        drug=row["drug"],
        citation=row["citation"],
        structure=row["structure"],
        covariate_rules=row["covariate_rules"],
        population=row["population"],
        notes=row["notes"],
        status=row["status"],
        transcribed_from=row["transcribed_from"],
        ke0_options=options,
        parameters=MappingProxyType(row["params"]),
    )
