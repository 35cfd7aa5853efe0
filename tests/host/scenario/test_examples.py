"""The shipped scenarios pass on MicroPython, and each of their bounds would catch something."""

import json
from pathlib import Path

import pytest

from evenflow import resources
from evenflow.flow import analysis, source
from evenflow.scenario import batch, expectation, file

FOLDER = resources.path("examples", "scenarios")
SCENARIOS = sorted(FOLDER.glob("*.toml"))


def moved(name: str, bound: object, value: object) -> object:
    """The nearest bound of that kind that the value does not keep."""
    if name == "equals":
        return f"not {bound}"
    assert isinstance(value, int | float)
    margin = 1e-6 + abs(value) * 1e-6
    if name == "within":
        return [value + margin, value + 1]
    return value - margin if name == "at_most" else value + margin


def check_flow(trace: Path, name: str) -> None:
    """The analysis of a trumpet's trace: FLO-01, FLO-02 and FLO-03, a tenth of what they allow."""
    found = analysis.analyse(source.load(trace))

    assert found.rate_ml_per_h == float(name.rpartition("-")[2])
    assert found.trumpet is not None
    assert abs(found.trumpet.long_run_percent) <= 0.1
    for row, bound_percent in zip(found.trumpet, (0.5, 0.3, 0.25, 0.2, 0.2), strict=True):
        assert row.worst_percent <= bound_percent
    assert found.time_to_90_percent_s is not None
    assert found.time_to_90_percent_s <= 15.0
    assert found.startup is not None
    assert found.startup.lag_volume_ml <= 0.01


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("back-pressure", marks=pytest.mark.requirement("OCC-10")),
        pytest.param("bad-library", marks=pytest.mark.requirement("LIB-03", "LIB-04", "LIB-17")),
        pytest.param("brown-out", marks=pytest.mark.requirement("PWR-07", "TST-09", "OVR-08")),
        pytest.param("by-hand", marks=pytest.mark.requirement("OVR-11", "SYR-01", "SYR-10")),
        pytest.param("clock-wrap", marks=pytest.mark.requirement("FLO-10", "FLO-06")),
        pytest.param(
            "golden-session",
            marks=pytest.mark.requirement("FLO-06", "SYR-04", "SYR-07", "SYR-08", "OCC-10"),
        ),
        pytest.param("hang", marks=pytest.mark.requirement("TST-06", "TST-09", "OVR-09")),
        pytest.param(
            "keep-open", marks=pytest.mark.requirement("SYR-07", "SYR-08", "OVR-09", "OVR-11")
        ),
        pytest.param("link-story", marks=pytest.mark.requirement("SEC-05", "SEC-08")),
        pytest.param(
            "loading-and-taper", marks=pytest.mark.requirement("FLO-01", "FLO-07", "OVR-04")
        ),
        pytest.param("long-pause", marks=pytest.mark.requirement("KET-14", "ALM-19")),
        pytest.param("maximum-dose", marks=pytest.mark.requirement("LIB-15", "LIB-18")),
        pytest.param("missed-presence", marks=pytest.mark.requirement("KET-13", "OVR-11")),
        pytest.param(
            "occlusion-and-recovery", marks=pytest.mark.requirement("OCC-06", "OCC-08", "ALM-10")
        ),
        pytest.param("other-controller", marks=pytest.mark.requirement("TST-06", "OVR-09")),
        pytest.param("power", marks=pytest.mark.requirement("PWR-01", "PWR-02")),
        pytest.param("prime-in-a-pause", marks=pytest.mark.requirement("SYR-11", "SYR-12")),
        pytest.param("repeated-occlusion", marks=pytest.mark.requirement("OCC-07", "ALM-08")),
        pytest.param("runaway", marks=pytest.mark.requirement("OVR-01", "OVR-03", "DES-10")),
        pytest.param(
            "second-session-too-early", marks=pytest.mark.requirement("KET-08", "LIB-13", "LIB-15")
        ),
        pytest.param("stall", marks=pytest.mark.requirement("OVR-04", "SYR-14")),
        pytest.param(
            "syringe-handling", marks=pytest.mark.requirement("SYR-02", "OVR-11", "ALM-12")
        ),
        pytest.param("trumpet-1", marks=pytest.mark.requirement("FLO-03", "FLO-09", "OCC-10")),
        pytest.param("trumpet-5", marks=pytest.mark.requirement("FLO-01", "FLO-02", "OCC-10")),
        pytest.param("vitals-hold", marks=pytest.mark.requirement("KET-10", "KET-13", "OVR-11")),
    ],
)
def test_a_shipped_scenario_passes_and_a_mutated_bound_fails(name: str, tmp_path: Path) -> None:
    path = FOLDER / f"{name}.toml"
    job = batch.Job(path, tmp_path / "result.json", tmp_path / "trace.csv")
    batch.run(job)
    result = json.loads(job.result.read_text(encoding="utf-8"))

    assert [entry for entry in result["expect"] if not entry["ok"]] == []
    assert result["undone"] == []
    assert result["passed"] is True
    assert result["expect"] != []
    if name.startswith("trumpet"):
        check_flow(job.trace, name)
    for entry in result["expect"]:
        for bound in expectation.BOUNDS:
            if bound in entry:
                row = {"that": entry["that"], bound: moved(bound, entry[bound], entry["value"])}
                read = expectation.read(1, row, [])
                assert read is not None
                assert read.judge(result)["ok"] is False


def test_every_shipped_scenario_is_run_above() -> None:
    marks = test_a_shipped_scenario_passes_and_a_mutated_bound_fails.pytestmark
    (cases,) = (mark.args[1] for mark in marks if mark.name == "parametrize")

    assert [case.values[0] for case in cases] == [path.stem for path in SCENARIOS]


def test_every_shipped_scenario_runs_on_micropython_and_says_what_to_see() -> None:
    assert len(SCENARIOS) >= 10
    for path in SCENARIOS:
        text = path.read_text(encoding="utf-8")
        assert file.load(path).runtime == "micropython"
        assert text.startswith("# ")
        assert "# See: " in text
