"""A bore from what was weighed; what is no correction is refused and nothing of it stored."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenflow.errors import EvenflowError
from evenflow.flow import FlowError, calibration_store
from evenflow.flow.calibration import Dispense, correction
from evenflow.flow.mass import Liquid

pytestmark = pytest.mark.requirement("FLO-01")

MODEL = "bd-plastipak-50"
WHEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def dispenses(*volumes_ml: float) -> list[Dispense]:
    return [Dispense(5.0, one, None) for one in volumes_ml]


@given(st.floats(-4.9, 4.9), st.integers(26_400, 27_000))
def test_a_planted_error_is_found_and_gone_with_the_corrected_bore(
    percent: float, believed_um: int
) -> None:
    nominal = (26_700 / believed_um) ** 2
    came_ml = 5.0 * (1 + percent / 100) * nominal
    found = correction(MODEL, dispenses(came_ml, came_ml, came_ml), believed_um)

    assert found.against_nominal_percent == pytest.approx(percent, abs=0.02)
    # What comes of 5 mL once the pump believes that bore.
    again_ml = came_ml * (believed_um / found.bore_um) ** 2
    assert again_ml == pytest.approx(5.0, rel=1e-4)


def test_residual_and_uncertainty_are_of_the_single_dispenses() -> None:
    found = correction(MODEL, dispenses(5.0, 5.02, 4.98))

    assert found.error_percent == pytest.approx(0.0, abs=1e-9)
    assert found.residual_percent == pytest.approx(0.4)
    assert found.uncertainty_percent == pytest.approx(2 * 0.4 / 3**0.5)
    assert found.order_line == 'bore = "26.700 mm"'


@pytest.mark.parametrize(
    ("model", "volumes_ml", "code"),
    [
        ("bd-plastipak-51", (5.0, 5.0, 5.0), "unknown_syringe"),
        (MODEL, (5.0, 5.0), "calibration_few"),
        (MODEL, (5.0, 5.0, 0.0), "volume_range"),
        (MODEL, (5.0, 5.0, float("nan")), "volume_range"),
        (MODEL, (1e300, 1e300, 1e300), "volume_range"),
        (MODEL, (5.0, 5.0, 1e-300), "volume_range"),
        (MODEL, (5.26, 5.26, 5.26), "calibration_range"),
        (MODEL, (4.74, 4.74, 4.74), "calibration_range"),
        # A 20 mL syringe by mistake.
        (MODEL, (2.57, 2.57, 2.57), "calibration_range"),
        (MODEL, (5.0, 5.0, 5.2), "calibration_spread"),
    ],
)
def test_what_is_no_correction_is_refused_by_name(
    model: str, volumes_ml: tuple[float, ...], code: str
) -> None:
    with pytest.raises(FlowError) as refused:
        correction(model, dispenses(*volumes_ml))

    assert refused.value.code == code


@pytest.mark.parametrize("commanded_ml", [1e-320, 1e-9, 1e200])
def test_a_volume_that_no_syringe_gives_is_refused(commanded_ml: float) -> None:
    with pytest.raises(FlowError) as refused:
        correction(MODEL, [Dispense(commanded_ml, 5.0, None)] * 3)

    assert refused.value.code == "volume_range"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("evenflow.flow.calibration_store.folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


def kept(serial: str = "lot 7/a", when: datetime = WHEN) -> Path:
    several = [Dispense(5.0, 5.15, 5.135), *dispenses(5.14, 5.16)]
    about = calibration_store.About(serial, "pump-1", "A. B.")
    found = calibration_store.content(correction(MODEL, several), several, Liquid(), about, when)
    return calibration_store.keep(found)


def test_a_calibration_is_kept_with_all_that_was_weighed(folder: Path) -> None:
    path = kept()
    (one,) = calibration_store.all_stored()

    assert path.name == "bd-plastipak-50-lot-7-a-20260105-090000.json"
    assert one == calibration_store.find("bd-plastipak-50-lot")
    assert (one["person"], one["pump"], one["serial"]) == ("A. B.", "pump-1", "lot 7/a")
    assert [row["volume_ml"] for row in one["dispenses"]] == [5.15, 5.14, 5.16]
    assert one["dispenses"][0]["weighed_g"] == 5.135
    assert one["bore_um"] == 27_098


def test_none_is_overwritten_and_two_are_told_apart(folder: Path) -> None:
    kept()
    with pytest.raises(EvenflowError) as there:
        kept()
    kept("lot-8")
    with pytest.raises(EvenflowError) as several:
        calibration_store.find("bd")

    assert there.value.code == "file_exists"
    assert several.value.code == "calibration_unknown"
    assert len(calibration_store.all_stored()) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"bore_um": 27_000},
        {"order_line": 'bore = "27.500 mm"'},
        {"dispenses": []},
        {"syringe": "another"},
        {"id": "another"},
        {"dispenses": [{"commanded_ml": 5}]},
    ],
)
def test_one_that_was_changed_is_spoilt(folder: Path, change: dict[str, object]) -> None:
    path = kept()
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(EvenflowError) as spoilt:
        calibration_store.all_stored()

    assert spoilt.value.code == "calibration_spoilt"
    assert str(path) in spoilt.value.reason
