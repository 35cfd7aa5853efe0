"""Percentiles of drawn patients, for people and for scripts."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from evenflow.cli import _output
from evenflow.cli._pk_input import Given
from evenflow.cli._pk_words import NOTE, infusion_lines, never
from evenflow.pk import Population

_ABOUT = "ng/mL in plasma, of esketamine: the mass that is infused is taken as esketamine."
_SPREAD = "Between people as the variances say; the error of a measurement is not in it."


def show(given: Given, tables: Sequence[Population]) -> None:
    """Print a table for each model, on stdout."""
    console = _output.console()
    console.print(Text(f"{given.source}: {given.weight_kg:g} kg"))
    for line in infusion_lines(given.infusions):
        console.print(Text(f"  {line}"))
    for one in tables:
        console.print(Text(f"{one.model.name}: {one.patient_count} patients, seed {one.seed}"))
        table = Table("min")
        for percent in one.percents:
            table.add_column(f"{percent:g} %", justify="right")
        for index, time_min in enumerate(one.times_min):
            table.add_row(f"{time_min:g}", *(f"{line[index]:.1f}" for line in one.ng_per_ml))
        console.print(table)
        console.print(Text(f"{one.model.citation}; {one.model.status}"), soft_wrap=True)
    console.print(Text(_ABOUT))
    console.print(Text(_SPREAD))
    never()


def as_json(given: Given, tables: Sequence[Population]) -> dict[str, Any]:
    """The object of `pk population --json`."""
    return {
        "source": given.source,
        "weight_kg": given.weight_kg,
        "infusions": [
            {"start_min": start, "stop_min": stop, "mg_per_min": rate}
            for start, stop, rate in given.infusions
        ],
        "populations": [
            {
                "model": one.model.name,
                "citation": one.model.citation,
                "status": one.model.status,
                "patient_count": one.patient_count,
                "seed": one.seed,
                "times_min": list(one.times_min),
                "percentiles": [
                    {"percent": percent, "ng_per_ml": line}
                    for percent, line in zip(one.percents, one.ng_per_ml, strict=True)
                ],
            }
            for one in tables
        ],
        "note": f"{_ABOUT} {_SPREAD} {NOTE}",
    }
