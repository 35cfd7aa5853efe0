"""`evenflow pk`: predicted concentrations of ketamine; shown to people, never to a pump."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow.cli import _output
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from evenflow.cli._pk_input import Given

_MAX_TIMES = 100_000
_ROUNDING = 1e-9  # of a step: 120 is twelve times 10, also where tenths are not exact


@click.group()
def command() -> None:
    """Predict concentrations of ketamine from published models."""


@command.command()
@click.option("--order", type=click.Path(path_type=Path), help="An order of ketamine.")
@click.option("--weight", metavar="WEIGHT", help='In place of an order, such as "70 kg".')
@click.option(
    "--infusion",
    "infusions",
    multiple=True,
    metavar='"START STOP RATE"',
    help='With --weight: minutes, and a rate such as "0 40 0.875mg/min"; may be repeated.',
)
@click.option("--model", "names", multiple=True, metavar="NAME", help="Only these; see pk models.")
@click.option(
    "--age", "age_years", type=float, metavar="YEARS", help="Needed by sets of children."
)
@click.option(
    "--ke0", type=float, metavar="PER_MIN", help="The effect site instead, with this ke0 in 1/min."
)
@click.option("--every", type=float, default=10.0, show_default=True, metavar="MIN")
@click.option("--until", type=float, default=120.0, show_default=True, metavar="MIN")
@_output.json_option
def predict(
    order: Path | None,
    weight: str | None,
    infusions: tuple[str, ...],
    names: tuple[str, ...],
    age_years: float | None,
    ke0: float | None,
    every: float,
    until: float,
    as_json: bool,
) -> None:
    """Predict concentrations over time, one column for each model, and their band.

    Without --model: every set for adults of racemic ketamine. The band goes from the lowest to the
    highest of these. It is simulation, and never used to control the pump.
    """
    from evenflow.cli import _pk_table
    from evenflow.pk.many import predictions

    given = _given(order, weight, infusions)
    table = predictions(
        names,
        weight_kg=given.weight_kg,
        age_years=age_years,
        infusions=given.infusions,
        times_min=_times(every, until),
        ke0_per_min=ke0,
    )
    if as_json:
        _output.print_json(_pk_table.as_json(given, table))
    else:
        _pk_table.show(given, table)


@command.command()
@_output.json_option
def models(as_json: bool) -> None:
    """List the parameter sets with citation, population, rules and status."""
    from evenflow.cli import _pk_table

    if as_json:
        _output.print_json(_pk_table.models_as_json())
    else:
        _pk_table.show_models()


def _given(order: Path | None, weight: str | None, infusions: tuple[str, ...]) -> "Given":
    from evenflow.cli import _pk_input

    if order is not None:
        if weight is not None or infusions:
            reason = "an order says weight and infusion itself"
            raise WrongUsage("wrong_usage", reason, "give --order, or --weight and --infusion")
        return _pk_input.from_order(order)
    if weight is None or not infusions:
        reason = "nothing says what is infused, and into whom"
        raise WrongUsage("wrong_usage", reason, "give --order, or --weight and --infusion")
    return _pk_input.from_words(weight, infusions)


def _times(every: float, until: float) -> list[float]:
    # Written so that NaN is refused too.
    if not (0 < every <= until and until / every <= _MAX_TIMES):
        reason = f"every {every:g} min until {until:g} min"
        hint = f"give times above 0, the first not above the second, {_MAX_TIMES} at most"
        raise WrongUsage("wrong_usage", reason, hint)
    return [index * every for index in range(int(until / every + _ROUNDING) + 1)]
