"""A session with a drug unlike ketamine: nothing of it is hard-wired."""

from pathlib import Path

import pytest
from host.session.scripted import SilentView

from evenflow.dose.order import from_table
from evenflow.dose.plan import plan
from evenflow.session.opening import open_port
from evenflow.session.run import Session
from evenflow.telemetry.store import create


@pytest.mark.requirement("LIB-01")
async def test_steps_in_micrograms_are_given_as_ordered(tmp_path: Path) -> None:
    ordered = {
        "schema": 1,
        "patient": {"id": "demo-0004", "weight": "70 kg"},
        "therapy": {
            "care_area": "sedation",
            "drug": "dexmedetomidine",
            "concentration": "4 ug/mL",
            "step": [
                {"rate": "17.5 mL/h", "duration": "6 min"},
                {"rate": "17.5 mL/h", "to_rate": "8.75 mL/h", "duration": "5 min"},
            ],
        },
        "syringe": {"model": "bd-plastipak-20", "fill": "5 mL"},
        "session": {"observe": "12 min"},
    }
    order = plan(from_table(ordered, "sedation"), "a short run for a test")
    opened = await open_port("emulated:pico", plan=order, speed=None, runtime="cpython")

    with create(tmp_path / "record.db") as store:
        summary = await Session(order, opened, store, SilentView()).run()

    assert (summary.outcome, summary.error) == ("complete", None)
    assert order.figures.pumped_volume_nl == 2_843_750
    assert summary.truth.patient_volume_nl == pytest.approx(2_843_750, abs=28_437)
    content = summary.as_json()
    assert content["computed_by_host"]["dose_mg"] == pytest.approx(0.011375, abs=1e-9)
    assert content["computed_by_pump"]["dose_mg"] == pytest.approx(0.011375, abs=1e-6)
