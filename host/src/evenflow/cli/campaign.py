"""`evenflow campaign`: every single fault, drawn over rates and moments, and what is declared."""

import json
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow import __version__
from evenflow.cli import _output
from evenflow.errors import CheckFailed, WrongUsage

if TYPE_CHECKING:
    from evenflow.campaign.case import Case

_OUT = Path("evenflow-runs") / "campaign"
SCHEMA = 1
# The runtimes of evenflow.campaign.case, which is imported only when it runs.
_RUNTIMES = ("cpython", "micropython")


@click.command
@click.option("--runs", type=click.IntRange(1, 1000), default=1, help="Of each fault and rate.")
@click.option("--seed", type=int, default=1, help="Of moments and arguments.")
@click.option("--fault", "wanted", multiple=True, help="Only faults whose name has this in it.")
@click.option("--rate", "rates", type=float, multiple=True, help="Only these rates, in mL/h.")
@click.option("--runtime", type=click.Choice(_RUNTIMES), default="cpython")
@click.option("--workers", type=click.IntRange(1, 64), help="Runs at a time; default: one a core.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=_OUT, show_default=True
)
@_output.json_option
def command(
    runs: int,
    seed: int,
    wanted: tuple[str, ...],
    rates: tuple[float, ...],
    runtime: str,
    workers: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Plant every single fault in emulated pumps and declare the worst of it.

    Each fault at each rate, infusing and paused, in a run of its own; every run's scenario, result
    and trace stay in the folder, and `evenflow simulate` runs one again. Exit 1: a run gave too
    much, stopped late, or was silent.
    """
    cases = _cases(wanted, rates, seed, runs, runtime)
    rows = _run(cases, out, min(len(cases), workers or os.cpu_count() or 1))
    data = {
        "schema": SCHEMA,
        "command": _again(wanted, rates, seed, runs, runtime),
        "firmware": __version__,
        "runtime": runtime,
        "rows": rows,
    }
    _write(out, data)
    _say(data, out, as_json=as_json)


def _cases(
    wanted: Sequence[str], rates: Sequence[float], seed: int, runs: int, runtime: str
) -> "list[Case]":
    from evenflow.campaign.case import RATES_ML_PER_H, cases
    from evenflow.campaign.faults import FAULTS

    for text in wanted:
        if not any(text in fault.name for fault in FAULTS):
            raise WrongUsage(
                "unknown_fault", f"no fault has {text!r} in its name", "see docs/single-faults.md"
            )
    for rate in rates:
        if rate not in RATES_ML_PER_H:
            known = ", ".join(f"{known:g}" for known in RATES_ML_PER_H)
            raise WrongUsage("unknown_rate", f"no campaign at {rate:g} mL/h", f"one of {known}")
    return [
        case
        for case in cases(seed, runs, runtime=runtime)
        if (not wanted or any(text in case.fault.name for text in wanted))
        and (not rates or case.rate_ml_per_h in rates)
    ]


def _run(cases: "Sequence[Case]", out: Path, workers: int) -> list[dict[str, Any]]:
    from rich import progress

    from evenflow.campaign.run import run

    shown = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
        console=_output.console(to_stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with shown:
        task = shown.add_task(f"{len(cases)} runs", total=1.0)
        return run(cases, out, workers, lambda share: shown.update(task, completed=share))


def _again(
    wanted: Sequence[str], rates: Sequence[float], seed: int, runs: int, runtime: str
) -> str:
    parts = ["evenflow", "campaign", "--runs", str(runs), "--seed", str(seed)]
    parts += ["--runtime", runtime]
    for text in wanted:
        parts += ["--fault", text]
    for rate in rates:
        parts += ["--rate", f"{rate:g}"]
    return shlex.join(parts)


def _write(out: Path, data: dict[str, Any]) -> None:
    from evenflow.campaign import report

    (out / "single-faults.json").write_text(_one_line_a_row(data), encoding="utf-8")
    (out / "single-faults.md").write_text(report.markdown(data), encoding="utf-8")


def _one_line_a_row(data: dict[str, Any]) -> str:
    head = json.dumps({key: value for key, value in data.items() if key != "rows"}, indent=1)
    rows = ",\n".join(json.dumps(row, allow_nan=False) for row in data["rows"])
    return f'{head.removesuffix("}").rstrip()},\n "rows": [\n{rows}\n]}}\n'


def _say(data: dict[str, Any], out: Path, *, as_json: bool) -> None:
    from evenflow.campaign import report

    rows = data["rows"]
    broken = [row for row in rows if row["broken"]]
    if as_json:
        summary = {key: value for key, value in data.items() if key != "rows"}
        summary["runs"] = len(rows)
        summary["declared_ml"] = report.declared_ml(rows)
        summary["broken"] = broken
        summary["report"] = str(out / "single-faults.md")
        _output.print_json(summary)
    else:
        click.echo(
            f"{len(rows)} runs: at most {report.declared_ml(rows):.2f} mL too much; "
            f"{len(broken)} broke a rule; report {out / 'single-faults.md'}"
        )
    if broken:
        worst = broken[0]
        raise CheckFailed(
            "rule_broken",
            f"{worst['case']}: {'; '.join(worst['broken'])}",
            f"run it again: evenflow simulate {out / worst['case']}.toml",
        )
