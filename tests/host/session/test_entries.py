"""What may be entered of a patient: a CSV file, and lines that a person types."""

from pathlib import Path

import pytest

from evenflow.errors import Refused, WrongUsage
from evenflow.session import typed, vitals_file
from evenflow.session.finding import Finding, SideEffect, figures, words
from pumpcore.vital_signs import NOT_TAKEN, SEDATION, VitalSigns

pytestmark = pytest.mark.requirement("KET-09")

HEADER = "at_min,sbp,dbp,hr,spo2,sedation"
ALERT, DROWSY = SEDATION.index("alert"), SEDATION.index("drowsy")
MIN_US = 60_000_000


def loaded(folder: Path, *lines: str) -> tuple[vitals_file.Timed, ...]:
    path = folder / "vitals.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return vitals_file.load(path)


def problems(folder: Path, *lines: str) -> dict[str, str]:
    """Places and codes of the refusal."""
    with pytest.raises(Refused) as refused:
        loaded(folder, *lines)
    assert "vitals.csv" in refused.value.reason
    return {one.where: one.code for one in refused.value.problems}


def test_a_file_is_read_with_its_blanks_and_its_side_effects(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        HEADER + ",side_effect,severity",
        "baseline,120,80,60,98,alert,,",
        "",
        "10,,,61,,,,",
        "12.5,,,,,,nausea,moderate",
        "12.5,130,85,70,97,drowsy,dizziness,mild",
    )

    assert [one.at_us for one in found] == [None, 10 * MIN_US, 12.5 * MIN_US, 12.5 * MIN_US]
    assert found[0].finding == Finding("file", VitalSigns(120, 80, 60, 98, ALERT))
    assert found[1].finding.signs == VitalSigns(0, 0, 61, 0, 0)
    assert found[2].finding == Finding("file", NOT_TAKEN, (SideEffect("nausea", "moderate"),))
    assert found[3].finding.has_signs
    assert found[3].finding.effects[0].words == "dizziness, mild"


def test_the_example_of_the_docs_is_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "sessions.md").read_text(encoding="utf-8")
    example = text.partition("```text\n")[2].partition("```")[0]

    found = loaded(tmp_path, *example.splitlines())

    assert [one.at_us for one in found] == [None, 10 * MIN_US, 12.5 * MIN_US, 20 * MIN_US]


def test_every_wrong_cell_is_named_at_once(tmp_path: Path) -> None:
    assert problems(
        tmp_path,
        HEADER + ",side_effect,severity",
        "soon,120,80,60,98,alert,,",
        "10,301,80,6O,101,asleep,,",
        "20,80,120,60,98,alert,,",
        "30,120,,60,98,alert,,",
        "40,120,80,60,98",
        "50,,,,,,,",
        "60,,,,,,sleepiness,awful",
        "70,,,,,,,mild",
        "1441,120,80,,,,,",
        "1e2,120,80,,,,,",
    ) == {
        "line 2, at_min": "wrong_cell",
        "line 3, sbp": "wrong_cell",
        "line 3, hr": "wrong_cell",
        "line 3, spo2": "wrong_cell",
        "line 3, sedation": "wrong_cell",
        "line 4, sbp": "vitals_range",
        "line 5, sbp": "vitals_range",
        "line 6": "cell_count",
        "line 7": "nothing_entered",
        "line 8, side_effect": "wrong_cell",
        "line 8, severity": "wrong_cell",
        "line 9, side_effect": "wrong_cell",
        "line 10, at_min": "wrong_cell",
        "line 11, at_min": "wrong_cell",
    }


def test_wrong_columns_are_named(tmp_path: Path) -> None:
    assert problems(tmp_path, "at_min,sbp,dbp,hr,hr,pulse,side_effect") == {
        "line 1, spo2": "missing",
        "line 1, sedation": "missing",
        "line 1, hr": "column_twice",
        "line 1, pulse": "unknown_column",
        "line 1": "missing",
    }
    assert problems(tmp_path, HEADER) == {"": "nothing_entered"}


def test_time_does_not_go_back_and_the_baseline_comes_first(tmp_path: Path) -> None:
    lines = ("20,120,80,,,", "10,120,80,,,", "baseline,120,80,,,")

    assert problems(tmp_path, HEADER, *lines) == {
        "line 3, at_min": "order",
        "line 4, at_min": "order",
    }


def test_what_is_no_csv_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "long.csv").write_bytes(b"a" * 70_000)

    with pytest.raises(Refused, match="not CSV"):
        vitals_file.load(tmp_path / "raw.csv")
    with pytest.raises(Refused, match="more than a session has"):
        vitals_file.load(tmp_path / "long.csv")
    with pytest.raises(WrongUsage, match="no such file"):
        vitals_file.load(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("v 120/80 60 98 alert", VitalSigns(120, 80, 60, 98, ALERT)),
        ("v 120/80", VitalSigns(120, 80, 0, 0, 0)),
        ("v - 60", VitalSigns(0, 0, 60, 0, 0)),
        ("v - - - drowsy", VitalSigns(0, 0, 0, 0, DROWSY)),
        ("v  119/79   - 97", VitalSigns(119, 79, 0, 97, 0)),
    ],
)
def test_signs_are_typed_in_one_line(line: str, signs: VitalSigns) -> None:
    assert typed.finding(line) == Finding("person", signs)


@pytest.mark.parametrize(
    ("line", "severity"), [("s nausea 2", "moderate"), ("s nausea mild", "mild")]
)
def test_a_side_effect_is_typed_with_its_severity(line: str, severity: str) -> None:
    assert typed.finding(line).effects == (SideEffect("nausea", severity),)


@pytest.mark.parametrize(
    "line",
    [
        "v",
        "v 120",
        "v 120/",
        "v 80/120",
        "v 120/80 60 101",
        "v 120/80 sixty",
        "v 120/80 60 98 asleep",
        "v 120/80 60 98 alert more",
        "v 0/0",
        "s",
        "s nausea",
        "s nausea 4",
        "s hiccups 1",
    ],
)
def test_what_cannot_be_read_is_told_with_an_example(line: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        typed.finding(line)

    assert wrong.value.hint


DIGITS = "9" * 5_000


def test_figures_of_thousands_of_digits_are_refused_by_name(tmp_path: Path) -> None:
    first, second = f"{DIGITS},120,80,60,{DIGITS},alert", "10,0000000120,80,,,"
    assert problems(tmp_path, HEADER, first, second) == {
        "line 2, at_min": "wrong_cell",
        "line 2, spo2": "wrong_cell",
        "line 3, sbp": "wrong_cell",
    }
    for line in (f"v {DIGITS}/80 60 98 alert", f"v 120/80 {DIGITS}"):
        with pytest.raises(WrongUsage, match="'999999999' is no whole number"):
            typed.finding(line)


def test_no_more_is_read_than_a_session_has() -> None:
    with pytest.raises(Refused, match="more than a session has"):
        vitals_file.load("/dev/zero")


def test_signs_in_words_and_in_the_record_leave_out_what_was_not_measured() -> None:
    signs = VitalSigns(120, 80, 0, 98, ALERT)

    assert words(signs) == "120/80 mmHg, 98 %, alert"
    assert words(VitalSigns(0, 0, 61, 0, 0)) == "61/min"
    assert figures(signs) == {
        "systolic_mmhg": 120,
        "diastolic_mmhg": 80,
        "heart_rate_per_min": None,
        "oxygen_percent": 98,
        "sedation": "alert",
    }
