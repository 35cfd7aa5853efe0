"""`evenflow order`: what it prints, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow import resources
from evenflow.cli import main

REFERENCE = resources.path("examples", "orders", "ketamine-70kg.toml")


def _order(folder: Path, *changes: tuple[str, str]) -> Path:
    text = REFERENCE.read_text()
    for written, instead in changes:
        assert written in text
        text = text.replace(written, instead)
    path = folder / "order.toml"
    path.write_text(text)
    return path


def _show(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["order", "show", str(path), *options])


def test_show_prints_every_unit_for_people() -> None:
    result = _show(REFERENCE)

    assert result.exit_code == 0
    assert result.stderr == ""
    for figure in (
        "70 kg",
        "ketamine 2 mg/mL",
        "35 mg = 0.5 mg/kg",
        "0.75 mg/kg/h = 12.5 ug/kg/min",
        "17.5 mL",
        "26.25 mL/h",
        "40 min",
        "0:40:00 after START",
        "NOT REVIEWED",
        "NOT FOR USE ON PEOPLE",
    ):
        assert figure in result.stdout


def test_show_prints_one_json_object_for_scripts() -> None:
    result = _show(REFERENCE, "--json")

    assert result.exit_code == 0
    content = json.loads(result.stdout)
    assert (content["volume_ml"], content["rate_ml_per_h"]) == (17.5, 26.25)
    assert "error" not in content
    assert content["digest"] in _show(REFERENCE).stdout


def test_pounds_are_echoed_on_the_screen(tmp_path: Path) -> None:
    assert "154 lb = 69.853 kg" in _show(_order(tmp_path, ("70 kg", "154 lb"))).stdout


def test_a_hard_limit_ends_with_3_and_the_whole_plan(tmp_path: Path) -> None:
    path = _order(tmp_path, ("0.5 mg/kg", "1.2 mg/kg"), ("20 mL", "45 mL"))

    result = _show(path, "--json", "--override", "as titrated")

    assert result.exit_code == 3
    content = json.loads(result.stdout)
    assert content["dose_mg_per_kg"] == 1.2
    assert content["digest"] is None
    assert "therapy.dose: dose 1.2 mg/kg is above the hard limit of 1 mg/kg" in result.stderr
    assert content["error"]["reason"] in result.stderr
    failed = [one for one in content["limits"] if not one["ok"] and one["kind"] == "hard"]
    assert {one["name"] for one in failed} >= {"dose_mg_per_kg", "dose_rate_mg_per_kg_h"}
    assert "refused" in _show(path).stdout


def test_a_soft_limit_ends_with_4_unless_overridden(tmp_path: Path) -> None:
    path = _order(tmp_path, ("40 min", "70 min"))

    bare = _show(path, "--json")
    overridden = _show(path, "--json", "--override", "as titrated")

    assert (bare.exit_code, overridden.exit_code) == (4, 0)
    assert json.loads(bare.stdout)["error"]["code"] == "duration_soft"
    assert '--override "REASON"' in bare.stderr
    assert json.loads(overridden.stdout)["needs_override"] == ["duration_min"]
    assert json.loads(overridden.stdout)["override"] == "as titrated"
    assert "needs override" in _show(path).stdout
    assert "overridden" in _show(path, "--override", "as [b]titrated").stdout
    assert "as [b]titrated" in _show(path, "--override", "as [b]titrated").stdout


def test_an_override_that_is_not_needed_is_said_so() -> None:
    result = _show(REFERENCE, "--override", "just in case")

    assert result.exit_code == 0
    assert "not needed" in result.stderr


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_override_without_words_is_wrong_usage(reason: str) -> None:
    result = _show(REFERENCE, "--json", "--override", reason)

    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "override_reason"


@pytest.mark.parametrize(
    ("written", "instead", "where", "code"),
    [
        ('weight = "70 kg"\n', "", "patient.weight", "missing"),
        ('weight = "70 kg"', 'wieght = "70 kg"', "patient.wieght", "unknown_key"),
        ("70 kg", "70", "patient.weight", "unit_missing"),
        ("70 kg", "70 Kg", "patient.weight", "unit_wrong"),
        ('"70 kg"', "nan", "patient.weight", "not_finite"),
        ("70 kg", "nan kg", "patient.weight", "not_finite"),
        ("70 kg", "inf kg", "patient.weight", "not_finite"),
        ("70 kg", "-70 kg", "patient.weight", "negative"),
        ("70 kg", "70,0 kg", "patient.weight", "decimal_comma"),
        ("70 kg", "\uff17\uff10 kg", "patient.weight", "foreign_digits"),
        ("40 min", "40 m", "therapy.duration", "unit_wrong"),
        ('"ketamine"', '"esketamine"', "therapy.drug", "unknown_drug"),
        ("bd-plastipak-50", "bd-plastipak-60", "syringe.model", "unknown_syringe"),
        ("0.5 mg/kg", "1.1 mg/kg", "therapy.dose", "dose_hard"),
        ("20 mL", "18 mL", "syringe.fill", "fill_short"),
        ("20 mL", "60 mL", "syringe.fill", "fill_over"),
        ("schema = 1", "schema = 9", "schema", "wrong_schema"),
    ],
)
@pytest.mark.parametrize("command", ["show", "check"])
def test_bad_input_is_refused_by_name(
    tmp_path: Path, command: str, written: str, instead: str, where: str, code: str
) -> None:
    path = _order(tmp_path, (written, instead))

    result = CliRunner().invoke(main, ["order", command, str(path), "--json"])

    assert result.exit_code == 3
    error = json.loads(result.stdout)["error"]
    assert (where, code) in {(one["where"], one["code"]) for one in error["problems"]}
    assert str(path) in result.stderr
    assert where in result.stderr
    assert "what to do: " in result.stderr


def test_check_says_whether_an_order_may_be_infused(tmp_path: Path) -> None:
    sound = CliRunner().invoke(main, ["order", "check", str(REFERENCE)])
    soft = _order(tmp_path, ("40 min", "70 min"))

    assert sound.exit_code == 0
    assert "may be infused, digest " in sound.stdout
    assert CliRunner().invoke(main, ["order", "check", str(soft)]).exit_code == 4
    as_json = CliRunner().invoke(main, ["order", "check", str(REFERENCE), "--json"])
    assert json.loads(as_json.stdout)["ok"] is True


@pytest.mark.parametrize(
    "arguments", [["show"], ["show", "a", "b"], ["show", "none.toml"], ["eat"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["order", *arguments, "--json"])

    assert result.exit_code == 2
    assert set(json.loads(result.stdout)["error"]) == {"code", "reason", "hint"}


@pytest.mark.parametrize(
    ("changes", "exit_code"),
    [
        ((), 0),
        ((("0.5 mg/kg", "1.1 mg/kg"), ("20 mL", "45 mL")), 3),
        ((("40 min", "70 min"),), 4),
        ((("70 kg", "70"),), 3),
    ],
)
def test_the_installed_command_ends_the_same(
    tmp_path: Path, changes: tuple[tuple[str, str], ...], exit_code: int
) -> None:
    path = _order(tmp_path, *changes)
    program = Path(sys.executable).with_name("evenflow")

    done = subprocess.run(
        [program, "order", "show", path, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    )

    assert done.returncode == exit_code
    assert ("error" in json.loads(done.stdout)) == (exit_code != 0)
    assert (done.stderr == "") == (exit_code == 0)
    assert "Traceback" not in done.stderr


def test_a_plain_terminal_gets_the_tables_too(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("evenflow")
    path = _order(tmp_path, ('"demo-0001"', '"\u00b5-0001"'))

    done = subprocess.run(
        [program, "order", "show", path],
        capture_output=True,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    )

    assert done.returncode == 0
    assert "26.25 mL/h" in done.stdout


@pytest.mark.parametrize("command", ["show", "check"])
def test_the_board_s_drive_bounds_the_rate(tmp_path: Path, command: str) -> None:
    slower = (resources.path("board_configs", "pico.toml")).read_text()
    board = tmp_path / "slower.toml"
    board.write_text(slower.replace("max_step_rate_hz = 2500", "max_step_rate_hz = 40"))
    arguments = ["order", command, str(REFERENCE)]

    on_pico = CliRunner().invoke(main, arguments)
    on_slower = CliRunner().invoke(main, [*arguments, "--board", str(board)])

    assert (on_pico.exit_code, on_slower.exit_code) == (0, 3)
    assert "therapy.duration: rate 26.25 mL/h is above the hard limit of" in on_slower.stderr


@pytest.mark.requirement("KET-07")
def test_from_a_mass_index_of_30_on_ideal_and_adjusted_weight_are_shown(tmp_path: Path) -> None:
    heavy = '"104 kg"\nheight = "175 cm"\nsex = "male"'

    asked = _show(_order(tmp_path, ('"70 kg"', heavy), ("20 mL", "27 mL")))
    dosed = '\ndosing_weight = "83.9 kg"'
    answered = _show(_order(tmp_path, ('"70 kg"', heavy + dosed), ("20 mL", "22 mL")))

    assert (asked.exit_code, answered.exit_code) == (4, 0)
    for words in ("34 kg/m2", "70.5 kg", "83.9 kg: ideal + 0.4 x (measured - ideal)", "Devine"):
        assert words in asked.stdout
    assert "83.9 kg, with which the dose is reckoned" in answered.stdout
    assert "41.95 mg = 0.5 mg/kg" in answered.stdout
    assert "Devine" not in _show(REFERENCE).stdout
