"""Where results and traces go: as asked, or under `evenflow-runs/` in the working directory."""

from collections.abc import Sequence
from pathlib import Path

from evenflow.errors import WrongUsage

ROOT = Path("evenflow-runs")
NAME = "{name}"


def paths(wanted: str | None, names: Sequence[str], suffix: str) -> list[Path]:
    """One path for each scenario; `wanted` is a file, a folder, or a pattern with `{name}`.

    WrongUsage if several would go to one file.
    """
    _check_names(names)
    if wanted is None:
        return [ROOT / f"{name}{suffix}" for name in names]
    if NAME in wanted:
        return [Path(wanted.replace(NAME, name)) for name in names]
    if wanted.endswith("/") or Path(wanted).is_dir():
        return [Path(wanted) / f"{name}{suffix}" for name in names]
    if len(names) > 1:
        raise WrongUsage(
            "one_file_for_many",
            f"{wanted}: {len(names)} scenarios would go to one file",
            f"name a folder (ending in /), or a pattern such as {NAME}{suffix}",
        )
    return [Path(wanted)]


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise WrongUsage(
                "same_name",
                f"{name}: two scenarios have this name, and so would their results",
                "run them one after the other",
            )
