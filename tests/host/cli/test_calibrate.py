"""`evenflow calibrate`: by options and by questions, listed and shown; nothing without a yes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow.cli import _calibrate_ask, main

pytestmark = pytest.mark.requirement("FLO-01", "PRC-06")

ABOUT = ("--syringe", "bd-plastipak-50", "--serial", "lot 7", "--pump", "p", "--person", "A. B.")
MASSES = ("--commanded", 5, "--weighed", 5.139, "--weighed", 5.137, "--weighed", 5.14)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("evenflow.flow.calibration_store.folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


def calibrate(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["calibrate", *(str(word) for word in words)], input=typed)


def test_a_calibration_by_options_is_stored_listed_and_shown(folder: Path) -> None:
    stored = json.loads(calibrate(*ABOUT, *MASSES, "--temperature", 20, "--yes", "--json").stdout)
    (path,) = folder.iterdir()

    assert stored["file"] == str(path)
    assert stored["error_percent"] == pytest.approx(3.06, abs=0.02)
    assert stored["order_line"] == f'bore = "{stored["bore_um"] / 1000:.3f} mm"'
    listed = json.loads(calibrate("list", "--json").stdout)
    assert [one["id"] for one in listed["calibrations"]] == [stored["id"]]
    assert stored["id"] in calibrate("list").stdout
    assert json.loads(calibrate("show", "bd", "--json").stdout) == listed["calibrations"][0]
    shown = calibrate("show", "bd").stdout
    assert stored["order_line"] in shown
    assert "NOT FOR USE ON PEOPLE" in shown


def test_what_is_shown_can_be_put_into_an_order(folder: Path, tmp_path: Path) -> None:
    line = json.loads(calibrate(*ABOUT, *MASSES, "--yes", "--json").stdout)["order_line"]
    order = tmp_path / "order.toml"
    order.write_text(
        'schema = 1\n[therapy]\ncare_area = "bench"\nrate = "5 mL/h"\nvolume = "10 mL"\n'
        f'[syringe]\nmodel = "bd-plastipak-50"\nfill = "20 mL"\n{line}\n',
        encoding="utf-8",
    )
    shown = CliRunner().invoke(main, ["order", "show", str(order), "--json"])

    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["syringe"]["is_calibrated"] is True


def test_beyond_five_percent_it_is_refused_and_nothing_is_stored(folder: Path) -> None:
    volumes = ("--commanded", 5, "--volume", 5.3, "--volume", 5.3, "--volume", 5.3)
    result = calibrate(*ABOUT, *volumes, "--yes", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "calibration_range"
    assert not folder.exists()


def test_a_second_calibration_counts_from_the_bore_that_was_believed() -> None:
    volumes = ("--commanded", 5, "--volume", 5.0, "--volume", 5.0, "--volume", 5.0)
    again = json.loads(
        calibrate(*ABOUT, *volumes, "--bore", "27.098 mm", "--yes", "--json").stdout
    )

    assert again["bore_um"] == 27_098
    assert again["error_percent"] == pytest.approx(0.0)
    assert again["against_nominal_percent"] == pytest.approx(3.0, abs=0.01)


def test_where_nobody_answers_what_is_missing_is_named(folder: Path) -> None:
    result = calibrate("--syringe", "bd-plastipak-50", "--json")

    assert result.exit_code == 2
    reason = json.loads(result.stdout)["error"]["reason"]
    assert reason == "not said: --serial, --pump, --person, --commanded, --weighed"
    unconfirmed = calibrate(*ABOUT, *MASSES, "--json")
    assert "--yes" in json.loads(unconfirmed.stdout)["error"]["reason"]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--commanded", 5, "--weighed", 5, "--volume", 5), "dispense_twice"),
        (("--commanded", 5, "--commanded", 6, "--volume", 5), "length_differs"),
    ],
)
def test_contradictions_are_told(words: tuple[object, ...], code: str) -> None:
    result = calibrate(*ABOUT, *words, "--yes", "--json")

    assert (json.loads(result.stdout)["error"]["code"], result.exit_code) == (code, 2)


TYPED = (
    "\nbd-plastipak-51\nbd-plastipak-50\nlot 7\np\nA. B.\nfive\n5\n5.139\n\n5,1\n5.137\n5.14\n\n"
)


@pytest.mark.parametrize(("answer", "count"), [("yes\n", 1), ("no\n", 0), ("\n", 0)])
def test_the_wizard_asks_again_and_stores_after_a_yes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str, count: int
) -> None:
    monkeypatch.setattr(_calibrate_ask, "_has_terminal", lambda *, as_json: not as_json)
    result = calibrate(typed=TYPED + answer)

    assert "unknown syringe 'bd-plastipak-51'" in result.output
    assert "'five' is no number above 0" in result.output
    assert "'5,1' is no number above 0" in result.output
    assert 'bore = "27.' in result.output
    assert result.exit_code == (0 if count else 1)
    assert len(list(folder.iterdir()) if folder.exists() else []) == count


@pytest.mark.parametrize("option", ["--person", "--pump", "--serial"])
@pytest.mark.parametrize("text", ["A. B.\nC. D.", "A\x1b[2J", "A\x00", "  ", "A" * 201])
def test_a_text_that_would_not_be_one_line_is_refused(
    folder: Path, option: str, text: str
) -> None:
    result = calibrate(*ABOUT, *MASSES, option, text, "--yes", "--json")

    assert (json.loads(result.stdout)["error"]["code"], result.exit_code) == ("text_range", 2)
    assert not folder.exists()


def test_a_mass_beyond_all_syringes_is_refused(folder: Path) -> None:
    masses = ("--commanded", 5, *["--weighed", 1e300] * 3)
    result = calibrate(*ABOUT, *masses, "--yes", "--json")

    assert (json.loads(result.stdout)["error"]["code"], result.exit_code) == ("volume_range", 3)
    assert not folder.exists()
