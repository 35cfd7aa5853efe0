"""`evenflow flow`: what a balance weighs, recorded; and how accurate a recorded flow is."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenflow.cli import _flow_record, _output
from evenflow.errors import CheckFailed, WrongUsage

if TYPE_CHECKING:
    from evenflow.flow.analysis import Analysis
    from evenflow.flow.mass import Liquid


@click.group()
def command() -> None:
    """Record a balance, and analyse a flow: start-up, trumpet, long-run error, occlusions."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rate", type=float, metavar="ML/H", help="What was set, if FILE does not say.")
@click.option("--session", metavar="ID", help="Of a record: the beginning of a session's id.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder for the curves, as SVG and PNG, and analysis.json.",
)
@click.option("--from", "from_min", type=float, metavar="MIN", help="Of the trumpet: from.")
@click.option("--to", "to_min", type=float, metavar="MIN", help="Of the trumpet: to.")
@click.option(
    "--window",
    "windows_min",
    type=float,
    multiple=True,
    metavar="MIN",
    help="Of the trumpet, instead of 2, 5, 11, 19 and 31 min; may be repeated.",
)
@click.option("--sample", "sample_s", type=float, default=30.0, metavar="S", help="Default 30 s.")
@click.option(
    "--therapy", "therapy_min", type=float, metavar="MIN", help="How long the therapy was."
)
@click.option("--bolus", "bolus_ml", type=float, metavar="ML", help="Deliveries of so much each.")
@click.option("--density", type=float, metavar="G/ML", help="Of the liquid; default 0.998.")
@click.option("--temperature", type=float, metavar="C", help="Of water, instead of its density.")
@click.option(
    "--air-density", type=float, metavar="G/ML", help="Default 0.0012; 0: no buoyancy correction."
)
@click.option(
    "--limit",
    type=float,
    metavar="PERCENT",
    help="End with 1 if the mean flow, or the therapy's volume, is further off than that.",
)
@_output.json_option
@click.pass_context
def analyse(
    ctx: click.Context,
    /,
    *,
    file: Path,
    rate: float | None,
    session: str | None,
    out: Path | None,
    from_min: float | None,
    to_min: float | None,
    windows_min: tuple[float, ...],
    sample_s: float,
    therapy_min: float | None,
    bolus_ml: float | None,
    density: float | None,
    temperature: float | None,
    air_density: float | None,
    limit: float | None,
    as_json: bool,
) -> None:
    """Say how accurate the flow in FILE is.

    FILE is a balance log, two columns such as time_s,mass_g, a trace of `evenflow simulate`, or a
    record of sessions: that is seen from what is in it. Of a session it is the pump's own count,
    and said to be. Ends with 3 if FILE cannot be analysed, and with 1 if --limit is passed.
    """
    from evenflow.flow import analysis, analysis_json, source
    from evenflow.flow.series import S_PER_MIN

    def seconds(minutes: float | None) -> float | None:
        return None if minutes is None else minutes * S_PER_MIN

    if rate is not None and not 0 < rate < float("inf"):
        raise WrongUsage("rate_range", f"--rate {rate} is not above 0", "give it in mL/h")
    numbers = {"--from": from_min, "--to": to_min, "--therapy": therapy_min, "--limit": limit}
    for option, value in numbers.items():
        # Of NaN and infinity, JSON knows neither, and a limit of them would hold nothing.
        if value is not None and not 0 <= value < float("inf"):
            reason = f"{option} {value} is no finite number from 0 on"
            raise WrongUsage("number_range", reason, "give another")
    wish = analysis.Wish(
        rate,
        seconds(from_min),
        seconds(to_min),
        windows_min or None,
        sample_s,
        seconds(therapy_min),
        bolus_ml,
    )
    liquid = liquid_of(density, temperature, air_density)
    with _working(f"analysing {file}", is_shown=not as_json):
        found = analysis.analyse(source.load(file, liquid, session), wish)
        content = {"file": str(file), **analysis_json.content(found)}
        content["files"] = [] if out is None else _written(found, content, out)
    content["limit_percent"] = limit
    failed = _held(found, limit)
    if not as_json:
        from evenflow.cli import _flow_table

        _flow_table.show(found, content["files"])
    if failed is not None:
        _output.report(failed, as_json=as_json, beside=content)
        ctx.exit(failed.exit_code)
    if as_json:
        _output.print_json(content)


def _held(found: "Analysis", limit: float | None) -> CheckFailed | None:
    """What is wrong with the mean error, if there is a limit for it."""
    error = found.mean_error_percent
    if limit is None:
        return None
    if error is None:
        reason = "there is no mean error to hold against --limit"
        return CheckFailed("limit_unknown", reason, "; ".join(found.left_out.values()))
    if abs(error) > limit:
        reason = f"the mean error is {error:+.3f} %, more than {limit:g} %"
        return CheckFailed("limit_passed", reason, "calibrate the syringe: evenflow calibrate")
    return None


def _working(words: str, *, is_shown: bool) -> AbstractContextManager[object]:
    """A sign of life on a terminal: a day's trace takes some seconds."""
    console = _output.console(to_stderr=True)
    return console.status(words) if is_shown and console.is_terminal else nullcontext()


def liquid_of(
    density: float | None, temperature: float | None, air_density: float | None
) -> "Liquid":
    """What the options say was weighed; WrongUsage if they contradict each other."""
    from evenflow.flow import mass

    if density is not None and temperature is not None:
        reason = "--density and --temperature both say what the liquid weighs"
        raise WrongUsage("density_twice", reason, "give one of them")
    air = mass.AIR_G_PER_ML if air_density is None else air_density
    if temperature is not None:
        return mass.water(temperature, air)
    return mass.Liquid(mass.STANDARD_G_PER_ML if density is None else density, air)


def _written(found: "Analysis", content: dict[str, object], out: Path) -> list[str]:
    """The curves and the figures, in the folder; WrongUsage without matplotlib."""
    import json

    try:
        from evenflow.flow import plot
    except ModuleNotFoundError as error:
        hint = "install it with: pip install 'evenflow[report]'"
        raise WrongUsage("no_matplotlib", f"{out}: plots need matplotlib", hint) from error
    paths = plot.write(found, out)
    figures = out / "analysis.json"
    figures.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return [str(path) for path in (figures, *paths)]


command.add_command(_flow_record.record)
