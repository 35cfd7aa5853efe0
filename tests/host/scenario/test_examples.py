"""The shipped scenarios pass on MicroPython, and each of their bounds would catch something."""

import json
from pathlib import Path

import pytest

from evenflow import resources
from evenflow.scenario import batch, expectation, file

SCENARIOS = sorted(resources.path("examples", "scenarios").glob("*.toml"))


def moved(name: str, bound: object, value: object) -> object:
    """The nearest bound of that kind that the value does not keep."""
    if name == "equals":
        return f"not {bound}"
    assert isinstance(value, int | float)
    margin = 1e-6 + abs(value) * 1e-6
    if name == "within":
        return [value + margin, value + 1]
    return value - margin if name == "at_most" else value + margin


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_shipped_scenario_passes_and_a_mutated_bound_fails(path: Path, tmp_path: Path) -> None:
    job = batch.Job(path, tmp_path / "result.json", tmp_path / "trace.csv")
    batch.run(job)
    result = json.loads(job.result.read_text(encoding="utf-8"))

    assert [entry for entry in result["expect"] if not entry["ok"]] == []
    assert result["undone"] == []
    assert result["passed"] is True
    assert result["expect"] != []
    for entry in result["expect"]:
        for bound in expectation.BOUNDS:
            if bound in entry:
                row = {"that": entry["that"], bound: moved(bound, entry[bound], entry["value"])}
                read = expectation.read(1, row, [])
                assert read is not None
                assert read.judge(result)["ok"] is False


def test_every_shipped_scenario_runs_on_micropython_and_says_what_to_see() -> None:
    assert len(SCENARIOS) >= 7
    for path in SCENARIOS:
        text = path.read_text(encoding="utf-8")
        assert file.load(path).runtime == "micropython"
        assert text.startswith("# ")
        assert "# See: " in text
