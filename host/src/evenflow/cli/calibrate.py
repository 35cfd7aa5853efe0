"""`evenflow calibrate`: a syringe's true bore on this pump, from dispenses that were weighed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.errors import CheckFailed

if TYPE_CHECKING:
    from evenflow.cli._calibrate_ask import Answers


@click.group(invoke_without_command=True)
@click.option("--syringe", default="", metavar="MODEL", help="Such as bd-plastipak-50.")
@click.option("--serial", default="", metavar="TEXT", help="Lot or mark of the syringe.")
@click.option("--pump", default="", metavar="TEXT", help="Its unique id, or a name.")
@click.option("--person", default="", metavar="NAME", help="Who calibrates.")
@click.option("--bore", metavar="'26.70 mm'", help="The bore of the order that was run, if any.")
@click.option(
    "--commanded",
    "commanded_ml",
    type=float,
    multiple=True,
    metavar="ML",
    help="Each dispense, as it was ordered; once, if all were alike.",
)
@click.option(
    "--weighed",
    "weighed_g",
    type=float,
    multiple=True,
    metavar="G",
    help="What the balance gained; three at least.",
)
@click.option(
    "--volume", "volumes_ml", type=float, multiple=True, metavar="ML", help="Instead of a mass."
)
@click.option("--density", type=float, metavar="G/ML", help="Of the liquid; default 0.998.")
@click.option("--temperature", type=float, metavar="C", help="Of water, instead of its density.")
@click.option("--air-density", type=float, metavar="G/ML", help="Default 0.0012; 0: no buoyancy.")
@click.option("--yes", "is_answered", is_flag=True, help="Store it without asking.")
@_output.json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    syringe: str,
    serial: str,
    pump: str,
    person: str,
    bore: str | None,
    commanded_ml: tuple[float, ...],
    weighed_g: tuple[float, ...],
    volumes_ml: tuple[float, ...],
    density: float | None,
    temperature: float | None,
    air_density: float | None,
    is_answered: bool,
    as_json: bool,
) -> None:
    """Weigh what a syringe gives, and correct its bore.

    Fill the syringe with water, purge, and give the same volume three times or more as a bench
    infusion, each into a vessel that is weighed before and after. What is not said by an option is
    asked at the terminal. Refused beyond 5 % of the volume (3), and nothing is stored then.
    """
    if ctx.invoked_subcommand is not None:
        return
    from evenflow.cli._calibrate_ask import Answers, completed
    from evenflow.cli.flow import liquid_of
    from evenflow.flow import calibration_store
    from evenflow.flow.calibration import correction

    answers = completed(
        Answers(
            syringe, serial, pump, person, bore, commanded_ml, weighed_g, volumes_ml, is_answered
        ),
        as_json=as_json,
    )
    liquid = liquid_of(density, temperature, air_density)
    dispenses = answers.dispenses(liquid)
    found = correction(answers.syringe, dispenses, answers.believed_um)
    about = calibration_store.About(answers.serial, answers.pump, answers.person)
    stored = calibration_store.content(found, dispenses, liquid, about, datetime.now(UTC))
    if not as_json:
        _say(stored)
    path = _stored(stored, answers)
    if as_json:
        _output.print_json({**stored, "file": str(path)})
    else:
        click.echo(f"{path}: stored")


@command.command("list")
@_output.json_option
def list_all(*, as_json: bool) -> None:
    """List the calibrations of this host, oldest first."""
    from evenflow.flow import calibration_store

    found = calibration_store.all_stored()
    if as_json:
        _output.print_json({"notice": NOT_FOR_USE, "calibrations": found})
        return
    from rich.table import Table

    table = Table("calibration", "made", "by", "pump", "bore", "of the volume", "residual")
    table.columns[0].no_wrap = True
    for one in found:
        table.add_row(
            one["id"],
            one["made_at"],
            one["person"],
            one["pump"],
            f"{one['bore_um'] / 1000:.3f} mm",
            f"{one['against_nominal_percent']:+.2f} %",
            f"{one['residual_percent']:.2f} %",
        )
    _output.console().print(table if found else "no calibrations on this host")


@command.command()
@click.argument("calibration")
@_output.json_option
def show(*, calibration: str, as_json: bool) -> None:
    """Show one, with what was weighed; CALIBRATION is the beginning of its id."""
    from evenflow.flow import calibration_store

    one = calibration_store.find(calibration)
    if as_json:
        _output.print_json(one)
    else:
        _say(one)


def _stored(stored: dict[str, Any], answers: "Answers") -> Path:
    from evenflow.flow import calibration_store

    if not answers.is_answered:
        answer = click.prompt("store it? Type yes", default="", show_default=False, type=str)
        if answer.strip().lower() != "yes":
            raise CheckFailed("not_written", "not confirmed; nothing was stored")
    return calibration_store.keep(stored)


def _say(one: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    console = _output.console()
    table = Table("commanded (mL)", "weighed (g)", "volume (mL)", "error (%)")
    for row in one["dispenses"]:
        weighed = "" if row["weighed_g"] is None else f"{row['weighed_g']:.4f}"
        error = 100 * (row["volume_ml"] / row["commanded_ml"] - 1)
        table.add_row(
            f"{row['commanded_ml']:g}", weighed, f"{row['volume_ml']:.4f}", f"{error:+.3f}"
        )
    console.print(table)
    console.print(
        Text(
            f"{one['syringe']} ({one['serial']}) on {one['pump']}, {one['person']}, "
            f"{one['made_at']}\n"
            f"it gave {one['error_percent']:+.3f} % (±{one['uncertainty_percent']:.3f} %), with a "
            f"bore of {one['believed_bore_um'] / 1000:.3f} mm believed; single dispenses within "
            f"{one['residual_percent']:.3f} %\n"
            f"in the order, below [syringe], for this syringe on this pump alone:\n"
            f"    {one['order_line']}\n{NOT_FOR_USE}"
        )
    )
