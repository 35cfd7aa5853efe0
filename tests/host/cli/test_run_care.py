"""`evenflow run` with vital signs and a course: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from host.course.courses import course

from evenflow import resources
from evenflow.cli import main
from evenflow.course import file

ORDER = str(resources.path("examples", "orders") / "ketamine-70kg.toml")
HEADER = "at_min,sbp,dbp,hr,spo2,sedation,side_effect,severity\n"


def run(folder: Path, lines: str, *arguments: str) -> Result:
    """On a fresh pico, with a file of vital signs."""
    (folder / "vitals.csv").write_text(HEADER + lines)
    fixed = ("--port", "emulated:pico", "--yes", "--keep", str(folder))
    vitals = ("--vitals", str(folder / "vitals.csv"))
    return CliRunner().invoke(main, ["run", ORDER, *fixed, *vitals, *arguments])


@pytest.mark.requirement("KET-09", "KET-10")
def test_signs_of_a_file_are_told_and_hold_the_pump(tmp_path: Path) -> None:
    lines = "baseline,120,80,60,98,alert,,\n1,130,85,,,,nausea,mild\n2,,,,89,,,\n"

    result = run(tmp_path, lines, "--json")

    assert result.exit_code == 6, result.stderr
    summary = json.loads(result.stdout)
    assert summary["error"]["code"] == "vitals_limit"
    signs = summary["vital_signs"]
    assert (signs["entered"], signs["made_up"]) == (3, 0)
    assert signs["last"]["oxygen_percent"] == 89
    assert signs["side_effects"][0]["after_start_s"] == pytest.approx(60, abs=5)
    for words in (
        "vital signs: 120/80 mmHg, 60/min, 98 %, alert",
        "side effect: nausea, mild",
        "oxygen BEYOND ITS STOP LIMIT: the pump holds",
        "ALARM vitals_limit",
    ):
        assert words in result.stderr
    assert "makes up" not in result.stderr


@pytest.mark.requirement("KET-11")
@pytest.mark.parametrize(
    ("mmhg", "arguments", "exit_code", "code"),
    [
        ("165,80", ("--override", "agreed with the ward"), 3, "baseline_hard"),
        ("145,80", (), 4, "baseline_soft"),
    ],
)
def test_a_high_baseline_ends_the_session_by_name(
    tmp_path: Path, mmhg: str, arguments: tuple[str, ...], exit_code: int, code: str
) -> None:
    result = run(tmp_path, f"baseline,{mmhg},,,,,\n", "--json", *arguments)

    assert result.exit_code == exit_code
    assert json.loads(result.stdout)["error"]["code"] == code
    assert "145/80" in result.stderr or "165/80" in result.stderr


@pytest.mark.requirement("KET-09")
def test_a_wrong_file_opens_no_port(tmp_path: Path) -> None:
    result = run(tmp_path, "soon,120,80,6O,98,alert,,\n")

    assert result.exit_code == 3
    for words in ("line 2, at_min", "line 2, hr"):
        assert words in result.stderr
    assert not (tmp_path / "record.db").exists()


@pytest.mark.requirement("KET-09")
def test_vital_signs_for_an_order_that_asks_for_none_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "vitals.csv").write_text(HEADER + "baseline,120,80,,,,,\n")
    bench = str(resources.path("examples", "orders") / "bench-5ml-per-h.toml")
    arguments = ["--port", "emulated:pico", "--vitals", str(tmp_path / "vitals.csv")]

    result = CliRunner().invoke(main, ["run", bench, *arguments])

    assert result.exit_code == 2
    assert "asks for no vital signs" in result.stderr


@pytest.mark.requirement("KET-08")
def test_a_session_on_a_fresh_pump_is_added_to_its_course(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    file.save(course(), path)

    result = run(tmp_path, "baseline,120,80,,,,,\n1,190,80,,,,,\n", "--course", str(path))

    assert result.exit_code == 6
    assert "course.toml: item 1 added" in result.stdout
    (item,) = file.load(path).history
    assert item.outcome == "stopped"
    assert item.device_session == 1
    (tmp_path / "again").mkdir()
    again = run(tmp_path / "again", "baseline,120,80,,,,,\n", "--course", str(path), "--json")
    assert again.exit_code == 3
    assert json.loads(again.stdout)["error"]["code"] == "spacing_hard"
