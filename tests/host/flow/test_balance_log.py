"""What a balance said of its own rest counts; a log that means another thing is refused."""

import re
from pathlib import Path

import pytest
from host.flow.logs import log

from evenflow.errors import EvenflowError
from evenflow.flow import source
from evenflow.flow.measured import Measured

pytestmark = pytest.mark.requirement("FLO-01")

HEAD = "# evenflow balance log, schema 1\n"


def load(text: str, tmp_path: Path) -> Measured:
    file = tmp_path / "readings.csv"
    file.write_text(text, encoding="utf-8")
    return source.load(file)


def unstable(text: str, phase: str, every: int = 1) -> str:
    """Each so many rows of a phase called unstable, and shifted by 50 mg where others are not."""
    lines = text.splitlines()
    at = [number for number, line in enumerate(lines) if f",{phase}," in line]
    for number in at[::every]:
        t_s, _, mass_ug, _ = lines[number].split(",")
        shifted = int(mass_ug) + (50_000 if every > 1 else 0)
        lines[number] = f"{t_s},{phase},{shifted},0"
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_rest_in_which_nothing_was_stable_is_refused(phase: str, tmp_path: Path) -> None:
    with pytest.raises(EvenflowError) as refused:
        load(unstable(log(), phase), tmp_path)

    assert refused.value.code == "rest_unstable"
    assert phase in refused.value.reason


def test_unstable_readings_of_a_rest_are_no_drift(tmp_path: Path) -> None:
    found = load(unstable(log(), "before", every=4), tmp_path)

    assert found.corrections["drift_before_mg_per_h"] == pytest.approx(-12.0, abs=2.5)


def test_the_share_of_unstable_readings_in_the_run_is_told(tmp_path: Path) -> None:
    assert "721 of 721 readings of the run" in load(log(), tmp_path).notes[-1]
    assert "(100 %)" in load(log(), tmp_path).notes[-1]
    steady = re.sub(r"(,run,-?\d+),0", r"\1,1", log())
    assert not load(steady, tmp_path).notes


@pytest.mark.parametrize("noise_ug", [0.0, 100.0, 3000.0])
def test_a_balance_that_was_tared_in_the_run_is_refused(noise_ug: float, tmp_path: Path) -> None:
    text = log(noise_ug=noise_ug, rest_s=0)
    load(text, tmp_path)
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("3600.000,run"))
    tare_ug = int(lines[at].split(",")[2])
    for number in range(at, len(lines)):
        t_s, phase, mass_ug, stable = lines[number].split(",")
        lines[number] = f"{t_s},{phase},{int(mass_ug) - tare_ug},{stable}"
    with pytest.raises(EvenflowError) as refused:
        load("\n".join(lines) + "\n", tmp_path)

    assert refused.value.code == "mass_fell"
    assert "3600" in refused.value.reason


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (HEAD, "# evenflow balance log, schema 2\n", "bad_header"),
        (HEAD, "# evenflow balance log, schema one\n", "bad_header"),
        (HEAD, f"{HEAD}# schema = 2\n", "bad_header"),
        (HEAD, f"{HEAD}# schema = true\n", "bad_header"),
        ("rate_ml_per_h = 5.0", 'rate_ml_per_h = "5.0"', "bad_header"),
        ("rate_ml_per_h = 5.0", "rate_ml_per_h = true", "bad_header"),
        ("rate_ml_per_h = 5.0", "rate_ml_per_h = nan", "bad_header"),
        ("rate_ml_per_h = 5.0", "rate_ml_per_h = 0", "bad_header"),
        ("rate_ml_per_h = 5.0", "rate_ml_per_h = 1e300", "bad_header"),
        (",0\n", ",2\n", "bad_row"),
        (",0\n", ",\n", "bad_row"),
        (",0\n", ",true\n", "bad_row"),
    ],
)
def test_a_log_that_means_another_thing_is_refused(
    old: str, new: str, code: str, tmp_path: Path
) -> None:
    text = log()
    assert old in text
    with pytest.raises(EvenflowError) as refused:
        load(text.replace(old, new, 1), tmp_path)

    assert refused.value.code == code
