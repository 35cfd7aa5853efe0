"""Several models side by side, and the band from the lowest to the highest of those that apply.

The band is of the sets for adults of racemic ketamine; it shows how far published models lie
apart, not how far people do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evenflow.pk.covariate import SCOPES
from evenflow.pk.error import UnknownAnalyte
from evenflow.pk.metabolite import KETAMINE, analytes
from evenflow.pk.model import Model, models
from evenflow.pk.prediction import EFFECT, PLASMA, Infusion, predict


@dataclass(frozen=True, slots=True)
class Column:
    """One model and its concentrations in ng/mL, one for each time."""

    model: Model
    ng_per_ml: list[float]

    @property
    def is_in_band(self) -> bool:
        """Whether the band counts it."""
        return _applies(self.model)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Columns of several models over the same times, of plasma or, with a ke0, the effect site."""

    times_min: Sequence[float]
    ke0_per_min: float | None
    columns: tuple[Column, ...]
    analyte: str = KETAMINE

    @property
    def site(self) -> str:
        """`plasma` or `effect`."""
        return PLASMA if self.ke0_per_min is None else EFFECT

    def band(self) -> list[tuple[float, float]]:
        """(lowest, highest) in ng/mL for each time; empty if no column counts."""
        counted = [column.ng_per_ml for column in self.columns if column.is_in_band]
        return [(min(row), max(row)) for row in zip(*counted, strict=True)]


def predictions(
    names: Iterable[str],
    *,
    weight_kg: float,
    infusions: Sequence[Infusion],
    times_min: Sequence[float],
    age_years: float | None = None,
    ke0_per_min: float | None = None,
    analyte: str = KETAMINE,
) -> Predictions:
    """A column for each name, once; of no names, for every set for adults of racemic ketamine.

    Of no names and a metabolite, for every set that has it: of esketamine, and so in no band.

    One ke0 for all, as the caller assumes. Raises what `predict` does, at the first such model.
    """
    chosen = dict.fromkeys(names) or _of_analyte(analyte)
    columns = []
    for name in chosen:
        found = predict(
            name,
            weight_kg=weight_kg,
            age_years=age_years,
            infusions=infusions,
            times_min=times_min,
            site=PLASMA if ke0_per_min is None else EFFECT,
            ke0_per_min=ke0_per_min,
            analyte=analyte,
        )
        columns.append(Column(models()[name], found))
    return Predictions(times_min, ke0_per_min, tuple(columns), analyte)


def band_names() -> tuple[str, ...]:
    """The sets that the band covers."""
    return tuple(name for name, one in models().items() if _applies(one))


def _of_analyte(analyte: str) -> tuple[str, ...]:
    if analyte == KETAMINE:
        return band_names()
    found = tuple(name for name, one in models().items() if analyte in analytes(one))
    if not found:
        known = sorted({name for one in models().values() for name in analytes(one)})
        reason = f"no set has {analyte}"
        raise UnknownAnalyte("unknown_analyte", reason, f"one of {', '.join(known)}")
    return found


def _applies(model: Model) -> bool:
    return model.is_racemic and not SCOPES[model.name].is_for_children
