"""What-ifs of an order beside its plan: what is asked, and the band's answer to each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from evenflow.cli import _output, _pk_input
from evenflow.cli._pk_words import NOTE, measured_lines, measured_objects, never
from evenflow.dose.order import load
from evenflow.errors import WrongUsage
from evenflow.pk.what_if import Outcome, WhatIf, aborted, doubled, outcome, paused, pushed

_BAND = "Lowest to highest of the sets for adults of racemic ketamine; not a spread of people."


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom, and the plan with its what-ifs behind it."""

    given: _pk_input.Given
    outcomes: tuple[Outcome, ...]


def ask(path: Path, pause: tuple[float, float], abort_min: float, resume_min: float) -> Asked:
    """The plan of an order and each what-if; Refused as by `pk predict`."""
    order = load(path)
    given = _pk_input.of_order(order)
    plan = given.infusions
    if not resume_min > abort_min:
        reason = f"resumed at {resume_min:g} min, but stopped at {abort_min:g} min"
        raise WrongUsage("wrong_usage", reason, "give --resume a later time than --abort")
    at, span = pause
    away = resume_min - abort_min
    asked = [
        ("as planned", plan),
        (f"paused at {at:g} min for {span:g} min", paused(plan, at, span)),
        (f"aborted at {abort_min:g} min", aborted(plan, abort_min)),
        (f"... and resumed at {resume_min:g} min", paused(plan, abort_min, away)),
        ("double dose, in the same time", doubled(plan)),
    ]
    loaded_mg = _pk_input.loaded_mg(order)
    if loaded_mg is not None:
        asked.append((f"whole syringe, {loaded_mg:g} mg, in a minute", pushed(loaded_mg)))
    last = max(stop for _, infusions in asked for _, stop, _ in infusions)
    until_min = max(last, _pk_input.observed_min(order) or 0.0)
    outcomes = tuple(
        outcome(WhatIf(name, tuple(one)), weight_kg=given.weight_kg, until_min=until_min)
        for name, one in asked
    )
    return Asked(given, outcomes)


def show(asked: Asked) -> None:
    """Print a row for each, on stdout."""
    console = _output.console()
    plan = asked.outcomes[0]
    table = Table("what if", "mg", title=Text(asked.given.source), title_justify="left")
    for name in ("peak, ng/mL", "at, min", "of the plan's", f"at {plan.until_min:g} min, ng/mL"):
        table.add_column(name, justify="right")
    for one in asked.outcomes:
        table.add_row(
            Text(one.what_if.name),
            f"{one.mass_mg:.2f}",
            _range(one.peak_ng_per_ml),
            f"{one.peak_min:g}",
            f"{one.peak_ng_per_ml[1] / plan.peak_ng_per_ml[1]:.2f} times",
            _range(one.end_ng_per_ml),
        )
    console.print(table)
    console.print(Text(_BAND))
    for line in measured_lines(asked.given.regimen, is_racemic=True):
        console.print(Text(f"measured {line}"), soft_wrap=True)
    never()


def as_json(asked: Asked) -> dict[str, Any]:
    """The object of `pk what-if --json`; the first is the plan."""
    return {
        "source": asked.given.source,
        "weight_kg": asked.given.weight_kg,
        "what_ifs": [
            {
                "name": one.what_if.name,
                "infusions": [
                    {"start_min": start, "stop_min": stop, "mg_per_min": rate}
                    for start, stop, rate in one.what_if.infusions
                ],
                "mass_mg": one.mass_mg,
                "peak_lowest_ng_per_ml": one.peak_ng_per_ml[0],
                "peak_highest_ng_per_ml": one.peak_ng_per_ml[1],
                "peak_min": one.peak_min,
                "until_min": one.until_min,
                "until_lowest_ng_per_ml": one.end_ng_per_ml[0],
                "until_highest_ng_per_ml": one.end_ng_per_ml[1],
            }
            for one in asked.outcomes
        ],
        "measured": measured_objects(asked.given.regimen, is_racemic=True),
        "note": f"{_BAND} {NOTE}",
    }


def _range(bounds: tuple[float, float]) -> str:
    lowest, highest = bounds
    return f"{lowest:.0f} to {highest:.0f}"
