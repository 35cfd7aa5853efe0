"""Runs cases in processes of their own and gathers their rows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from evenflow.campaign.case import Case
from evenflow.campaign.judge import row_of
from evenflow.errors import CheckFailed, EvenflowError
from evenflow.scenario import batch


def run(
    cases: Sequence[Case], folder: Path, workers: int, tell: Callable[[float], None]
) -> list[dict[str, Any]]:
    """Rows in the order of the cases; scenario, result and trace of each lie in `folder`.

    `tell` hears the share that is done, of 1. CheckFailed with the first that could not be run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = []
    for case in cases:
        scenario = folder / f"{case.name}.toml"
        scenario.write_text(case.toml(), encoding="utf-8")
        jobs.append(
            batch.Job(scenario, scenario.with_suffix(".json"), scenario.with_suffix(".csv"))
        )
    shares: dict[str, float] = {}

    def hear(name: str, share: float) -> None:
        shares[name] = share
        tell(sum(shares.values()) / len(jobs))

    outcomes = batch.run_all(jobs, workers, hear)
    rows = []
    for case, outcome in zip(cases, outcomes, strict=True):
        if isinstance(outcome, EvenflowError):
            raise CheckFailed(
                "case_failed",
                f"{folder / case.name}.toml: {outcome.reason}",
                f"run it alone: evenflow simulate {folder / case.name}.toml",
            )
        rows.append(row_of(case, outcome))
    return rows
