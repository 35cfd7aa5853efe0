"""A lead screw that is 3 % off is found with a balance, and gone once the order has the new bore.

On an emulated pump with its real firmware; what is weighed is the plant's own volume, as a balance
of a milligram would show it.
"""

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from host.scenario.ran import Ran

from evenflow.cli import main
from evenflow.flow.mass import water
from evenflow.scenario import engine, file, result

pytestmark = pytest.mark.requirement("FLO-01", "FLO-02")

LEAD_PERCENT = 3.0
SCENARIO = """
schema = 1
seed = {seed}
runtime = "cpython"
until = "{until_s:.0f} s"
[order]
schema = 1
[order.therapy]
care_area = "bench"
rate = "60 mL/h"
volume = "{ml} mL"
[order.syringe]
model = "bd-plastipak-50"
fill = "20 mL"
{bore}
[plant]
bore_um = 26700
screw_lead_percent = {lead}
[operator]
auto = true
"""
WATER = water(21.0)


def run(path: Path, ml: float, bore: str = "", seed: int = 1) -> Ran:
    text = SCENARIO.format(seed=seed, until_s=60 * ml + 20, ml=ml, bore=bore, lead=LEAD_PERCENT)
    path.write_text(text, encoding="utf-8")
    stream = io.StringIO()
    one = engine.Run(file.load(path), stream, None)
    one.run()
    return Ran(result.assemble(one), stream.getvalue())


def dispensed_ml(ran: Ran) -> float:
    assert ran.result["final"]["state"] == "complete"
    return float(ran.result["final"]["patient_volume_ml"])


def shown_g(volume_ml: float) -> float:
    return round(volume_ml / WATER.ml_per_g, 3)


def test_a_lead_screw_that_is_off_is_found_and_corrected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenflow.flow.calibration_store.folder", lambda: tmp_path / "kept")
    path = tmp_path / "one.toml"
    weighed = []
    for seed, ml in enumerate((3.0, 2.5, 3.5), 1):
        weighed += [
            "--commanded",
            ml,
            "--weighed",
            shown_g(dispensed_ml(run(path, ml, seed=seed))),
        ]
    about = ["--syringe", "bd-plastipak-50", "--serial", "1", "--pump", "p", "--person", "a"]
    words = ["calibrate", *about, *weighed, "--temperature", 21, "--yes", "--json"]
    told = CliRunner().invoke(main, [str(word) for word in words])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)

    assert found["error_percent"] == pytest.approx(LEAD_PERCENT, abs=0.2)
    corrected = dispensed_ml(run(path, 3.0, found["order_line"]))
    assert corrected == pytest.approx(3.0, rel=0.002)
