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

_WEIGHT = click.option("--weight", metavar="WEIGHT", help='In place of an order, such as "70 kg".')
_INFUSIONS = click.option(
    "--infusion",
    "infusions",
    multiple=True,
    metavar='"START STOP RATE"',
    help='With --weight: minutes, and a rate such as "0 40 0.875mg/min"; may be repeated.',
)
_MODELS = click.option(
    "--model", "names", multiple=True, metavar="NAME", help="Only these; see pk models."
)
_AGE = click.option(
    "--age", "age_years", type=float, metavar="YEARS", help="Needed by sets of children."
)
_EVERY = click.option("--every", type=float, default=10.0, show_default=True, metavar="MIN")
_UNTIL = click.option("--until", type=float, default=120.0, show_default=True, metavar="MIN")


@click.group()
def command() -> None:
    """Predict concentrations of ketamine from published models."""


@command.command()
@click.option("--order", type=click.Path(path_type=Path), help="An order of ketamine.")
@_WEIGHT
@_INFUSIONS
@_MODELS
@_AGE
@click.option(
    "--ke0", type=float, metavar="PER_MIN", help="The effect site instead, with this ke0 in 1/min."
)
@click.option(
    "--metabolite",
    metavar="NAME",
    help="In place of ketamine; by the sets that have it.",
)
@_EVERY
@_UNTIL
@_output.json_option
def predict(
    order: Path | None,
    weight: str | None,
    infusions: tuple[str, ...],
    names: tuple[str, ...],
    age_years: float | None,
    ke0: float | None,
    metabolite: str | None,
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
    from evenflow.pk.metabolite import KETAMINE

    if metabolite is not None and order is not None:
        reason = "sets that have metabolites are of esketamine, and orders of racemic ketamine"
        raise WrongUsage("wrong_usage", reason, "give --weight and --infusion of esketamine")
    given = _given(order, weight, infusions)
    table = predictions(
        names,
        weight_kg=given.weight_kg,
        age_years=age_years,
        infusions=given.infusions,
        times_min=_times(every, until),
        ke0_per_min=ke0,
        analyte=KETAMINE if metabolite is None else metabolite,
    )
    if as_json:
        _output.print_json(_pk_table.as_json(given, table))
    else:
        _pk_table.show(given, table)


@command.command()
@_WEIGHT
@_INFUSIONS
@_MODELS
@_AGE
@click.option("--patients", type=int, default=1000, show_default=True, metavar="COUNT")
@click.option("--seed", type=int, default=1, show_default=True, metavar="NUMBER")
@_EVERY
@_UNTIL
@_output.json_option
def population(
    weight: str | None,
    infusions: tuple[str, ...],
    names: tuple[str, ...],
    age_years: float | None,
    patients: int,
    seed: int,
    every: float,
    until: float,
    as_json: bool,
) -> None:
    """Draw patients from a model's published variances: 5th, 50th and 95th percentile.

    The sets that have variances are of esketamine, so that no order can be given; without --model,
    each of them. The same seed draws the same patients. Never used to control the pump.
    """
    from evenflow.cli import _pk_people
    from evenflow.pk import models_with_variances
    from evenflow.pk import population as drawn

    given = _given(None, weight, infusions)
    tables = [
        drawn(
            name,
            weight_kg=given.weight_kg,
            age_years=age_years,
            infusions=given.infusions,
            times_min=_times(every, until),
            patient_count=patients,
            seed=seed,
        )
        for name in dict.fromkeys(names) or models_with_variances()
    ]
    if as_json:
        _output.print_json(_pk_people.as_json(given, tables))
    else:
        _pk_people.show(given, tables)


@command.command("what-if")
@click.argument("order", type=click.Path(path_type=Path))
@click.option(
    "--pause", type=(float, float), default=(20.0, 10.0), show_default=True, metavar="AT FOR"
)
@click.option("--abort", type=float, default=20.0, show_default=True, metavar="AT")
@click.option(
    "--resume", type=float, default=60.0, show_default=True, metavar="AT", help="After the abort."
)
@_output.json_option
def what_if(
    order: Path, pause: tuple[float, float], abort: float, resume: float, as_json: bool
) -> None:
    """Compare an order's peak with a pause, an abort, a resumption, a double dose, a run-away.

    Times in minutes from START. The last is the whole syringe in a minute. Each is a question to
    the band of models; it changes nothing, and is never used to control the pump.
    """
    from evenflow.cli import _pk_what_if

    asked = _pk_what_if.ask(order, pause, abort, resume)
    if as_json:
        _output.print_json(_pk_what_if.as_json(asked))
    else:
        _pk_what_if.show(asked)


@command.command()
@click.argument("session")
@click.option("--db", metavar="DB", help="One record; default all below evenflow-runs/.")
@_MODELS
@_EVERY
@_output.json_option
def session(
    session: str, db: str | None, names: tuple[str, ...], every: float, as_json: bool
) -> None:
    """Predict from what a recorded session really gave, by its telemetry.

    SESSION is the beginning of its id; times are in minutes from START. For looking back, and
    never used to control the pump.
    """
    from evenflow.cli import _pk_session, _pk_table
    from evenflow.cli.sessions import found
    from evenflow.pk.many import predictions

    with found(session, db) as (archive, session_id):
        given, until = _pk_session.given(archive, session_id)
    table = predictions(
        names,
        weight_kg=given.weight_kg,
        infusions=given.infusions,
        times_min=_times(every, max(until, every)),
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
