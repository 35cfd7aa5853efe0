"""`evenflow simulate`: files in, results and traces out, one summary, the right exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow.cli import main

pytestmark = pytest.mark.requirement("DES-09")

HEAD = 'schema = 1\nuntil = "2 s"\nruntime = "cpython"\n'
HOLDS = '[[expect]]\nthat = "virtual_s"\nequals = 2\n'
FAILS = '[[expect]]\nthat = "virtual_s"\nwithin = [3, 4]\n'
NEVER = '[[event]]\nwhen = "alarm:motor_stall"\ndo = "plant.release_stall"\n'


@pytest.fixture
def simulate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command in the folder of the scenarios."""
    monkeypatch.chdir(folder)
    return lambda *words: CliRunner().invoke(main, ["simulate", *words])


def test_result_and_trace_are_always_written(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write(HOLDS, HEAD)
    ran = simulate("one.toml")

    assert ran.exit_code == 0, ran.output
    assert "passed" in ran.output
    result = json.loads((folder / "evenflow-runs" / "one.json").read_text(encoding="utf-8"))
    assert (result["schema"], result["scenario"], result["passed"]) == (1, "one", True)
    trace = (folder / "evenflow-runs" / "one.csv").read_text(encoding="utf-8")
    assert trace.startswith("t_s,state,")
    assert trace.endswith("\n")


def test_files_go_where_they_are_wanted(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write("", HEAD)
    ran = simulate("one.toml", "--json", "deep/r.json", "--trace", "t.csv")

    assert ran.exit_code == 0, ran.output
    assert (folder / "deep" / "r.json").is_file()
    assert (folder / "t.csv").is_file()
    assert not (folder / "evenflow-runs").exists()


def test_a_failed_expectation_is_exit_1_and_says_which(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write(HOLDS + FAILS, HEAD)
    ran = simulate("one.toml", "--json", "r.json")

    assert ran.exit_code == 1
    assert "FAILED" in ran.stdout
    assert "one.toml: expect 2: virtual_s is 2.0, not within = [3, 4]" in ran.stderr
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["passed"] is False


def test_what_never_came_is_exit_3_and_names_file_event_and_remedy(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write(HOLDS + NEVER, HEAD)
    ran = simulate("one.toml", "--json", "r.json")

    assert ran.exit_code == 3
    assert "one.toml: event 1 (plant.release_stall)" in ran.stderr
    assert "never came" in ran.stderr
    assert "what to do" in ran.stderr
    assert (folder / "r.json").is_file()


def test_a_bad_file_is_refused_before_anything_runs(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write("", HEAD)
    write("sed = 1\n", HEAD, "two.toml")
    ran = simulate("one.toml", "two.toml", "--json", "out/")

    assert ran.exit_code == 3
    assert "two.toml: sed: unknown key" in ran.stderr
    assert json.loads(ran.stdout)["error"]["code"] == "unknown_key"
    assert not (folder / "out").exists()


def test_several_run_side_by_side_with_the_bytes_of_one_alone(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write(HOLDS, HEAD)
    write(FAILS, HEAD, "two.toml")
    alone = simulate("one.toml", "--trace", "alone.csv")
    both = simulate(
        "one.toml", "two.toml", "--json", "{name}.r", "--trace", "out/", "--workers", "2"
    )

    assert (alone.exit_code, both.exit_code) == (0, 1)
    assert "one" in both.stdout
    assert "two" in both.stdout
    assert (folder / "one.r").is_file()
    assert (folder / "two.r").is_file()
    assert (folder / "alone.csv").read_bytes() == (folder / "out" / "one.csv").read_bytes()


def test_speed_changes_nothing_but_wall_time(
    simulate: Callable[..., Result], write: Callable[..., Path], folder: Path
) -> None:
    write("", HEAD)
    simulate("one.toml", "--trace", "max.csv")
    ran = simulate("one.toml", "--trace", "paced.csv", "--speed", "20", "--json", "r.json")

    assert ran.exit_code == 0
    assert (folder / "max.csv").read_bytes() == (folder / "paced.csv").read_bytes()
    assert json.loads((folder / "r.json").read_text(encoding="utf-8"))["wall_s"] >= 0.095


def test_one_can_be_watched(simulate: Callable[..., Result], write: Callable[..., Path]) -> None:
    write("", HEAD)
    ran = simulate("one.toml", "--watch")

    assert ran.exit_code == 0
    assert "patient" in ran.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ([], 2),
        (["none.toml"], 2),
        (["one.toml", "--speed", "0"], 2),
        (["one.toml", "--speed", "fast"], 2),
        (["one.toml", "--workers", "0"], 2),
        (["one.toml", "two.toml", "--watch"], 2),
        (["one.toml", "one.toml"], 2),
        (["one.toml", "two.toml", "--json", "r.json"], 2),
    ],
)
def test_wrong_usage_is_exit_2(
    simulate: Callable[..., Result], write: Callable[..., Path], words: list[str], code: int
) -> None:
    write("", HEAD)
    write("", HEAD, "two.toml")

    assert simulate(*words).exit_code == code


def test_the_stimuli_are_listed(simulate: Callable[..., Result]) -> None:
    listed = simulate("--stimuli")

    assert listed.exit_code == 0
    assert "| `plant.occlude` |" in listed.stdout
