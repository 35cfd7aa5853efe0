"""The plasma that `evenflow order show` predicts: a band, what was measured, no control."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow import resources
from evenflow.cli import main
from evenflow.pk import predict
from evenflow.pk.many import band_names

ORDERS = resources.path("examples", "orders")
REFERENCE = ORDERS / "ketamine-70kg.toml"


def _show(path: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["order", "show", str(path), *options])


def _changed(folder: Path, written: str, instead: str) -> Path:
    text = REFERENCE.read_text()
    assert written in text
    path = folder / "order.toml"
    path.write_text(text.replace(written, instead))
    return path


@pytest.mark.requirement("KET-01", "PRC-06")
def test_the_plan_is_shown_with_its_predicted_band() -> None:
    shown = _show(REFERENCE).stdout

    assert "Predicted plasma: band across 8 published models" in shown
    assert "peak 177 to 328 ng/mL at 40 min, 13 to 83 ng/mL at 120 min from START" in shown
    assert "measured 185 ng/mL: peak after 0.5 mg/kg over 40 min" in shown
    assert "THIS INFUSION (Zanos 2018 Table 1 (PMC6020109), citing Zarate 2006; grade F" in shown
    assert "never used to control the pump" in shown


@pytest.mark.requirement("PRC-06")
def test_json_has_the_prediction_as_an_object() -> None:
    found = json.loads(_show(REFERENCE, "--json").stdout)["prediction"]

    ends = [
        predict(name, weight_kg=70, infusions=[(0, 40, 0.875)], times_min=[40, 120])
        for name in band_names()
    ]
    peaks, lasts = zip(*ends, strict=True)
    assert found["models"] == list(band_names())
    assert (found["peak_min"], found["until_min"]) == (40, 120)
    assert found["peak_lowest_ng_per_ml"] == pytest.approx(min(peaks))
    assert found["peak_highest_ng_per_ml"] == pytest.approx(max(peaks))
    assert found["until_lowest_ng_per_ml"] == pytest.approx(min(lasts))
    assert found["until_highest_ng_per_ml"] == pytest.approx(max(lasts))
    assert [one["is_this_infusion"] for one in found["measured"]] == [True, True, False]
    assert "never used to control the pump" in found["note"]


def test_another_dose_is_not_called_the_one_that_was_measured(tmp_path: Path) -> None:
    path = _changed(tmp_path, "0.5 mg/kg", "0.4 mg/kg")

    assert "THIS INFUSION" not in _show(path).stdout


def test_an_order_of_the_bench_has_no_prediction() -> None:
    path = ORDERS / "bench-5ml-per-h.toml"

    assert "Predicted" not in _show(path).stdout
    assert json.loads(_show(path, "--json").stdout)["prediction"] is None


def test_whom_no_model_is_made_for_is_said_and_not_refused_for_it(tmp_path: Path) -> None:
    path = _changed(tmp_path, "70 kg", "25 kg")

    shown, content = _show(path), json.loads(_show(path, "--json").stdout)
    # The weight is below the library's own limit; the end is that of the limits.
    assert "Predicted plasma: not predicted: domino-1984: weight_kg 25 is outside" in shown.stdout
    assert "weight" in shown.stderr
    assert content["prediction"]["error"]["code"] == "covariate_out_of_range"


def test_a_plan_is_shown_without_numpy_and_sqlalchemy() -> None:
    script = (
        "import sys\n"
        "from evenflow.cli import main\n"
        f"main(['order', 'show', {str(REFERENCE)!r}], standalone_mode=False)\n"
        "print([one for one in ('numpy', 'sqlalchemy', 'asyncio') if one in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stdout.splitlines()[-1] == b"[]"
