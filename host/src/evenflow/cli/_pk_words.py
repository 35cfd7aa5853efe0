"""What every prediction says beside its figures: what was measured, and what it is not for."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.pk import NEVER_CONTROLS
from evenflow.pk.measurement import Measured, measured
from evenflow.pk.prediction import Infusion

NOTE = f"{NEVER_CONTROLS} {NOT_FOR_USE}"

_FEW = 8

Regimen = tuple[float, float] | None


def never() -> None:
    """Say, on stdout, what a prediction is not for."""
    console = _output.console()
    console.print(Text(NEVER_CONTROLS))
    console.print(Text(NOT_FOR_USE))


def infusion_lines(infusions: Sequence[Infusion]) -> Iterator[str]:
    """A line for each; of very many, as a session's telemetry gives, one for all."""
    if len(infusions) <= _FEW:
        yield from (
            f"{start:g} to {stop:g} min: {rate:g} mg/min" for start, stop, rate in infusions
        )
        return
    mass_mg = sum((stop - start) * rate for start, stop, rate in infusions)
    first, last = min(one[0] for one in infusions), max(one[1] for one in infusions)
    yield f"{first:.1f} to {last:.1f} min: {mass_mg:.4g} mg in {len(infusions)} pieces"


def measured_lines(regimen: Regimen, *, is_racemic: bool) -> Iterator[str]:
    """A line for each measured range of the drug."""
    for one in measured():
        if one.is_racemic == is_racemic:
            same = "; THIS INFUSION" if _is_same(one, regimen) else ""
            yield (
                f"{_range(one)} ng/mL: {one.what}{same} ({one.citation}; "
                f"grade {one.grade}: {one.grade_words})"
            )


def measured_objects(regimen: Regimen, *, is_racemic: bool) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [
        {
            "what": one.what,
            "lowest_ng_per_ml": one.low_ng_per_ml,
            "highest_ng_per_ml": one.high_ng_per_ml,
            "is_this_infusion": _is_same(one, regimen),
            "citation": one.citation,
            "grade": one.grade,
            "grade_words": one.grade_words,
        }
        for one in measured()
        if one.is_racemic == is_racemic
    ]


def _is_same(one: Measured, regimen: Regimen) -> bool:
    return regimen is not None and one.is_of(*regimen)


def _range(one: Measured) -> str:
    if one.low_ng_per_ml == one.high_ng_per_ml:
        return f"{one.low_ng_per_ml:g}"
    return f"{one.low_ng_per_ml:g} to {one.high_ng_per_ml:g}"
