"""Concentrations measured in people, with where they are from, to hold a band against."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isclose
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("measured.json")


@dataclass(frozen=True, slots=True)
class Measured:
    """A level, or a range of them, in ng/mL; `grade` F was read in the source, U is unsure.

    `regimen` is (mg/kg, min) of an infusion, None where none is said or it is not by weight.
    """

    what: str
    is_racemic: bool
    regimen: tuple[float, float] | None
    low_ng_per_ml: float
    high_ng_per_ml: float
    citation: str
    grade: str
    grade_words: str

    def is_of(self, mg_per_kg: float, duration_min: float) -> bool:
        """Whether it was measured with such an infusion, to a thousandth."""
        if self.regimen is None:
            return False
        asked = (mg_per_kg, duration_min)
        return all(
            isclose(one, other, rel_tol=1e-3)
            for one, other in zip(self.regimen, asked, strict=True)
        )


@cache
def measured() -> tuple[Measured, ...]:
    """Every row of `measured.json`, in its order."""
    content = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return tuple(_measured(row, content["grades"]) for row in content["measured"])


def _measured(row: Mapping[str, Any], grades: Mapping[str, str]) -> Measured:
    regimen = row["regimen"]
    return Measured(
        what=row["what"],
        is_racemic=row["drug"] == "racemic",
        regimen=None if regimen is None else (regimen["mg_per_kg"], regimen["duration_min"]),
        low_ng_per_ml=row["low_ng_per_ml"],
        high_ng_per_ml=row["high_ng_per_ml"],
        citation=row["citation"],
        grade=row["grade"],
        grade_words=grades[row["grade"]],
    )
