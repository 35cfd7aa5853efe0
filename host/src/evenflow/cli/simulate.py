"""`evenflow simulate`: scenarios in virtual time on an emulated board, one summary for all."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenflow.cli import _output
from evenflow.errors import CheckFailed, EvenflowError, Refused, WrongUsage

if TYPE_CHECKING:
    from rich.progress import Progress

    from evenflow.scenario.batch import Job, Result

_MAX_SPEED = "max"


@click.command
@click.argument("scenarios", nargs=-1, metavar="SCENARIO...")
@click.option(
    "--json", "result", metavar="RESULT", help="Where the result goes: file, or folder/."
)
@click.option("--trace", metavar="TRACE.csv", help="Where the trace goes: file, or folder/.")
@click.option("--speed", default=_MAX_SPEED, help="Virtual seconds a second, or max.")
@click.option("--uf2", metavar="FILE", help="Run on an emulated RP2040 with this MicroPython.")
@click.option("--workers", type=click.IntRange(1, 64), help="Runs at a time; default: one a core.")
@click.option("--watch", is_flag=True, help="Show one scenario live.")
@click.option("--stimuli", is_flag=True, help="List everything that an event can do, and leave.")
@click.pass_context
def command(
    ctx: click.Context,
    scenarios: tuple[str, ...],
    result: str | None,
    trace: str | None,
    speed: str,
    uf2: str | None,
    workers: int | None,
    watch: bool,
    stimuli: bool,
) -> None:
    """Run scenarios in virtual time on an emulated board.

    Result and trace are always written, under evenflow-runs/ unless told otherwise; {name} in a
    path stands for the scenario's. Exit 0: every expectation holds; 1: one failed; 2 or 3: a file
    is wrong, or asks for what never came.

    With --uf2 the firmware runs on a whole emulated RP2040, in the MicroPython of that file: some
    twenty times slower than a real one. docs/scenarios.md says what that covers.
    """
    if stimuli:
        from evenflow.scenario.stimuli import markdown

        click.echo(markdown(), nl=False)
        return
    if not scenarios:
        raise WrongUsage("no_scenario", "no scenario is named", "see examples/scenarios")
    if watch and len(scenarios) > 1:
        raise WrongUsage("watch_one", "only one scenario can be watched", "name one")
    jobs = _jobs(scenarios, result, trace, _speed(speed), None if uf2 is None else Path(uf2))
    count = min(len(jobs), workers or os.cpu_count() or 1)
    outcomes = _run_one(jobs[0], watch=watch) if len(jobs) == 1 else _run_many(jobs, count)
    ctx.exit(_report(jobs, outcomes))


def _jobs(
    scenarios: Sequence[str],
    result: str | None,
    trace: str | None,
    speed: float | None,
    uf2: Path | None,
) -> "list[Job]":
    """Every file is read before any runs; all that are wrong are said."""
    from evenflow.scenario import file, on_chip, place
    from evenflow.scenario.batch import Job

    if uf2 is not None:
        on_chip.check_firmware(uf2)
    refused: list[EvenflowError] = []
    for path in scenarios:
        try:
            scenario = file.load(path)
            if uf2 is not None:
                on_chip.check(scenario)
        except EvenflowError as invalid:
            refused.append(invalid)
    if refused:
        for error in refused[:-1]:
            _output.report(error, as_json=False)
        raise refused[-1]
    names = [Path(path).stem for path in scenarios]
    results = place.paths(result, names, ".json")
    traces = place.paths(trace, names, ".csv")
    rows = zip(scenarios, results, traces, strict=True)
    return [Job(Path(path), one, other, speed, uf2) for path, one, other in rows]


def _speed(text: str) -> float | None:
    if text == _MAX_SPEED:
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if 0 < speed < float("inf"):
        return speed
    raise WrongUsage("speed", f"speed {text!r} is not above 0", "give a number, or max")


def _run_one(job: "Job", *, watch: bool) -> "list[Result | EvenflowError]":
    from evenflow.scenario import batch

    if watch:
        from evenflow.cli._live import Live

        with Live() as live:
            return [batch.run(job, watch=live.show)]
    with _progress() as progress:
        task = progress.add_task(job.scenario.stem, total=1.0)
        return [batch.run(job, lambda _, share: progress.update(task, completed=share))]


def _run_many(jobs: "Sequence[Job]", workers: int) -> "list[Result | EvenflowError]":
    from evenflow.scenario import batch

    with _progress() as progress:
        tasks = {
            job.scenario.stem: progress.add_task(job.scenario.stem, total=1.0) for job in jobs
        }
        return batch.run_all(
            jobs, workers, lambda name, share: progress.update(tasks[name], completed=share)
        )


def _progress() -> "Progress":
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TimeElapsedColumn(),
        console=_output.console(to_stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def _report(jobs: "Sequence[Job]", outcomes: "Sequence[Result | EvenflowError]") -> int:
    """The table, then everything that was not as it should be; the exit code of the worst."""
    from rich.table import Table

    table = Table(
        "scenario", "result", "state", "patient mL", "alarms", "virtual s", "wall s", "x"
    )
    codes = [0]
    problems: list[EvenflowError] = []
    for job, outcome in zip(jobs, outcomes, strict=True):
        if isinstance(outcome, EvenflowError):
            table.add_row(job.scenario.stem, "error")
            found = [outcome]
        else:
            table.add_row(*_cells(outcome))
            found = _problems(job, outcome)
        problems += found
        codes += [problem.exit_code for problem in found]
    _output.console().print(table)
    if len(jobs) == 1:
        click.echo(f"result {jobs[0].result}, trace {jobs[0].trace}")
    for problem in problems:
        _output.report(problem, as_json=False)
    return 1 if 1 in codes else max(codes)


def _cells(result: "Result") -> list[str]:
    final = _mapping(result["final"])
    alarms = result["alarms"] if isinstance(result["alarms"], list) else []
    ids = dict.fromkeys(str(alarm["id"]) for alarm in alarms)
    virtual_s, wall_s = _number(result["virtual_s"]), _number(result["wall_s"])
    return [
        str(result["scenario"]),
        "passed" if result["passed"] else "FAILED",
        str(final["state"]),
        f"{final['patient_volume_ml']:.3f}",
        " ".join(ids) or "none",
        f"{virtual_s:.0f}",
        f"{wall_s:.1f}",
        f"{virtual_s / wall_s:.0f}" if wall_s else "",
    ]


def _problems(job: "Job", result: "Result") -> list[EvenflowError]:
    from evenflow.scenario.result import never_came

    found: list[EvenflowError] = []
    expected = result["expect"] if isinstance(result["expect"], list) else []
    for number, entry in enumerate(expected, 1):
        if not entry["ok"]:
            bounds = ", ".join(
                f"{name} = {bound}"
                for name, bound in entry.items()
                if name not in ("that", "value", "ok")
            )
            reason = f"{job.scenario}: expect {number}: {entry['that']} is {entry['value']}"
            found.append(
                CheckFailed("expectation_failed", f"{reason}, not {bounds}", f"see {job.result}")
            )
    found += [
        Refused("never_came", f"{job.scenario}: {one['where']}: {one['reason']}", str(one["hint"]))
        for one in never_came(result)
    ]
    return found


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
