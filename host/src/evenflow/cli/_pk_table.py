"""Predictions for people and for scripts: times by models, the band, and where each is from."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rich.table import Table
from rich.text import Text

from evenflow.cli import _output
from evenflow.cli._pk_input import Given
from evenflow.cli._pk_words import NOTE, infusion_lines, measured_lines, measured_objects, never
from evenflow.pk.many import Predictions
from evenflow.pk.metabolite import KETAMINE, analytes
from evenflow.pk.model import Model, models
from evenflow.pk.people import models_with_variances

Row = TypeVar("Row")

_BAND = (
    "Band: lowest to highest of the sets for adults of racemic ketamine; not a spread of people."
)
_EQUIVALENTS = "ng/mL of esketamine equivalents, not converted by molar mass"
_UNSAID = "not said"


def show(given: Given, table: Predictions) -> None:
    """Print the times, then a key of the models, on stdout."""
    console = _output.console()
    console.print(Text(f"{given.source}: {given.weight_kg:g} kg"))
    for line in infusion_lines(given.infusions):
        console.print(Text(f"  {line}"))
    if table.ke0_per_min is not None:
        assumed = f"effect site with ke0 = {table.ke0_per_min:g} 1/min for every model, as asked"
        console.print(Text(f"  {assumed}: an assumption"))
    band = table.band()
    title = f"ng/mL in {'plasma' if table.ke0_per_min is None else 'the effect site'}"
    if table.analyte != KETAMINE:
        title = f"{table.analyte} in plasma, {_EQUIVALENTS}"
    times = Table("min", title=title, title_justify="left")
    for number, _ in enumerate(table.columns, 1):
        # Of Text, since brackets are markup.
        times.add_column(Text(f"[{number}]"), justify="right")
    if band:
        times.add_column("lowest", justify="right")
        times.add_column("highest", justify="right")
    for index, time_min in enumerate(table.times_min):
        row = [column.ng_per_ml[index] for column in table.columns]
        row += band[index] if band else ()
        times.add_row(f"{time_min:g}", *(f"{one:.1f}" for one in row))
    console.print(times)
    console.print(
        Text(_BAND if band else "No band: none of these is of adults and racemic ketamine.")
    )
    for line in _measured(given, table, measured_lines):
        console.print(Text(f"measured {line}"), soft_wrap=True)
    for number, one in enumerate(table.columns, 1):
        console.print(_words(number, one.model), soft_wrap=True)
    never()


def show_models() -> None:
    """Print every parameter set, on stdout."""
    for number, model in enumerate(models().values(), 1):
        _output.console().print(_words(number, model), soft_wrap=True)
    never()


def as_json(given: Given, table: Predictions) -> dict[str, Any]:
    """The object of `pk predict --json`."""
    band = table.band()
    return {
        "source": given.source,
        "weight_kg": given.weight_kg,
        "infusions": [
            {"start_min": start, "stop_min": stop, "mg_per_min": rate}
            for start, stop, rate in given.infusions
        ],
        "site": table.site,
        "analyte": table.analyte,
        "unit": "ng/mL" if table.analyte == KETAMINE else _EQUIVALENTS,
        "ke0_per_min": table.ke0_per_min,
        "times_min": list(table.times_min),
        "models": [
            {**_fields(one.model), "in_band": one.is_in_band, "ng_per_ml": one.ng_per_ml}
            for one in table.columns
        ],
        "band": {
            "models": [one.model.name for one in table.columns if one.is_in_band],
            "lowest_ng_per_ml": [lowest for lowest, _ in band],
            "highest_ng_per_ml": [highest for _, highest in band],
        },
        "measured": _measured(given, table, measured_objects),
        "note": NOTE,
    }


def models_as_json() -> dict[str, Any]:
    """The object of `pk models --json`."""
    return {
        "models": [_fields(model) for model in models().values()],
        "note": NOTE,
    }


def _fields(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "drug": model.drug,
        "citation": model.citation,
        "population": model.population,
        "covariate_rules": model.covariate_rules,
        "structure": model.structure,
        "status": model.status,
        "transcribed_from": model.transcribed_from,
        "notes": model.notes,
        "analytes": list(analytes(model)),
        "has_variances": model.name in models_with_variances(),
        "ke0_options": [
            {"value": option.value, "source": option.source} for option in model.ke0_options
        ],
    }


def _words(number: int, model: Model) -> Text:
    """What a reader needs to judge a model by, on lines that are not cut."""
    return Text(
        f"[{number}] {model.name}: {model.drug}; {model.status}: {model.transcribed_from}\n"
        f"    {model.citation}\n"
        f"    population: {model.population or _UNSAID}; covariates: {model.covariate_rules}"
    )


def _measured(
    given: Given, table: Predictions, rows_of: Callable[..., Iterable[Row]]
) -> list[Row]:
    """Rows of each drug of the table; of its plasma alone, which is what was measured."""
    if table.ke0_per_min is not None or table.analyte != KETAMINE:
        return []
    kinds = dict.fromkeys(one.model.is_racemic for one in table.columns)
    return [row for kind in kinds for row in rows_of(given.regimen, is_racemic=kind)]
