"""The drug library: the shipped figures, the pump's rows, unsound files."""

import json
import tomllib
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from evenflow.dose import library
from evenflow.dose.entry import Entry, Range
from evenflow.errors import Refused, WrongUsage
from pumpapp import drug_library
from pumpcore import library as device
from pumpcore import units

SHIPPED_TEXT = library.SHIPPED.read_text()


@pytest.fixture
def ketamine() -> Entry:
    entry = library.shipped().entry("mood-clinic", "ketamine")
    assert entry is not None
    return entry


def _texts(numbers: Range) -> tuple[str, ...]:
    return tuple(number.text for _, number in numbers.by_name())


@pytest.mark.requirement("KET-02", "KET-03", "KET-04", "KET-06", "KET-07", "OVR-12")
def test_shipped_limits_are_those_of_the_requirements(ketamine: Entry) -> None:
    assert _texts(ketamine.weight) == ("35 kg", "45 kg", "70 kg", "120 kg", "180 kg")
    assert _texts(ketamine.dose) == (
        "0.1 mg/kg",
        "0.2 mg/kg",
        "0.5 mg/kg",
        "0.5 mg/kg",
        "1.0 mg/kg",
    )
    assert _texts(ketamine.duration) == ("30 min", "40 min", "40 min", "60 min", "120 min")
    assert _texts(ketamine.dose_rate)[2:] == ("0.75 mg/kg/h", "0.75 mg/kg/h", "1.5 mg/kg/h")
    assert _texts(ketamine.mass)[2:] == ("35 mg", "60 mg", "100 mg")
    assert ketamine.loaded_mass_hard_high.text == "120 mg"
    assert ketamine.loaded_mass_per_kg_hard_high.text == "1.5 mg/kg"
    assert ketamine.loaded_to_prescribed_soft_high.value == 2
    assert [one.text for one in ketamine.concentrations] == ["1 mg/mL", "2 mg/mL", "5 mg/mL"]
    assert [one.text for one in ketamine.soft_concentrations] == ["10 mg/mL"]


def test_the_shipped_library_says_that_nobody_has_reviewed_it() -> None:
    assert library.shipped().reviewed_by == ""
    assert "No clinician has reviewed it" in SHIPPED_TEXT


def test_every_number_of_the_shipped_library_has_grade_and_source() -> None:
    def sourced(table: object) -> list[dict[str, object]]:
        if isinstance(table, dict):
            own = [table] if "value" in table else []
            return own + [one for value in table.values() for one in sourced(value)]
        return [one for item in table for one in sourced(item)] if isinstance(table, list) else []

    numbers = sourced(tomllib.loads(SHIPPED_TEXT))

    # Six ranges, the rules of vital signs and course, thirteen figures alone; concentrations.
    assert len(numbers) == 4 * (6 * 5 + 11 + 4 + 13) + 4 + 3 + 3 + 1
    assert all(number["grade"] in {"F", "M", "U", "P"} for number in numbers)
    assert all(number["source"] for number in numbers)


def test_the_pump_s_file_bears_the_digest_of_what_stands_after_it() -> None:
    compiled = library.compile_library(library.shipped())
    head = b'{"schema":2,"digest":"' + library.shipped().digest.hex().encode() + b'",'

    assert compiled[: len(head)] == head
    assert sha256(compiled[len(head) :]).digest()[:8] == library.shipped().digest
    assert json.loads(compiled)["version"] == library.shipped().version


def test_the_pump_reads_its_file_to_the_same_limits() -> None:
    content = json.loads(library.compile_library(library.shipped()))
    digest = bytes.fromhex(content["digest"])
    installed = device.Library(content["entries"], digest, content["valid_until_s"])

    last = datetime(2028, 12, 31, 23, 59, 59, tzinfo=UTC)
    last_s = int((last - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds())
    assert [installed.is_expired(last_s + late_s) for late_s in (0, 1)] == [False, True]
    entry = installed.entries[0]
    assert (entry.ident, entry.care_area, entry.drug) == (1, "mood-clinic", "ketamine")
    assert entry.weight_low_ng == 35 * units.NG_PER_KG
    assert entry.weight_high_ng == 180 * units.NG_PER_KG
    assert (entry.dose_low_ng_per_kg, entry.dose_high_ng_per_kg) == (100_000, 1_000_000)
    assert (entry.duration_low_ms, entry.duration_high_ms) == (1_800_000, 7_200_000)
    assert entry.dose_rate_high_ng_per_kg_h == 1_500_000
    assert entry.mass_high_ng == 100_000_000
    assert entry.loaded_mass_high_ng_per_kg == 1_500_000
    assert entry.loaded_mass_high_ng == 120_000_000
    assert entry.concentrations_ng_per_ml == [1_000_000, 2_000_000, 5_000_000, 10_000_000]
    assert (entry.occlusion_mmhg, entry.near_end_ms) == (300, 180_000)


@pytest.mark.requirement("LIB-03")
def test_the_firmware_s_own_reader_takes_every_entry() -> None:
    content = library.compile_library(library.shipped())
    installed = drug_library.parse(content)

    assert len(content) <= device.MAX_LIBRARY_BYTES
    assert [list(entry) for entry in installed.entries] == json.loads(content)["entries"]
    assert (installed.digest, installed.version) == (library.shipped().digest, "0.3.0")
    unlike = installed.entries[3]
    assert (unlike.drug, unlike.concentrations_ng_per_ml) == ("dexmedetomidine", [4_000])
    assert (unlike.steps, unlike.kvo_rate_ul_per_h) == (1, 500)
    assert (unlike.presence_ms, unlike.spacing_s) == (0, 0)
    assert [entry.steps for entry in installed.entries[:3]] == [0, 0, 0]


def test_the_digest_changes_with_any_hard_limit(tmp_path: Path) -> None:
    changed = _file(
        tmp_path, 'hard_high = { value = "1.0 mg/kg"', 'hard_high = { value = "0.9 mg/kg"'
    )

    assert library.load(changed).digest != library.shipped().digest


@pytest.mark.requirement("LIB-04")
def test_the_digest_changes_with_the_last_day(tmp_path: Path) -> None:
    changed = library.load(_file(tmp_path, "2028-12-31", "2029-01-01"))

    assert changed.valid_until == date(2029, 1, 1)
    assert changed.digest != library.shipped().digest


@pytest.mark.requirement("LIB-04")
@pytest.mark.parametrize(
    "last_day", ["2019-12-31", "2054-01-01", '"2028-12-31"', "2028-12-31T10:00:00", '""']
)
def test_a_last_day_that_the_pump_s_clock_does_not_know_is_refused(
    last_day: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="valid_until"):
        library.load(_file(tmp_path, "2028-12-31", last_day))


def test_unknown_drugs_and_care_areas_are_absent() -> None:
    assert library.shipped().entry("mood-clinic", "water") is None
    assert library.shipped().entry("ward", "ketamine") is None
    assert library.shipped().care_areas == (
        "mood-clinic",
        "chronic-pain",
        "bench-trial",
        "sedation",
    )
    assert library.shipped().drugs("mood-clinic") == ("ketamine",)


def test_idents_are_those_that_were_given_out_and_never_others() -> None:
    idents = {(one.care_area, one.drug): one.ident for one in library.shipped().entries}

    assert idents == {
        ("mood-clinic", "ketamine"): 1,
        ("chronic-pain", "ketamine"): 2,
        ("bench-trial", "ketamine"): 3,
        ("sedation", "dexmedetomidine"): 4,
    }


@pytest.mark.requirement("LIB-01")
def test_a_trial_on_the_bench_is_no_wider_than_the_clinic(ketamine: Entry) -> None:
    trial = library.shipped().entry("bench-trial", "ketamine")

    assert trial is not None
    for name in ("weight", "dose", "dose_rate", "mass"):
        highest, most = (getattr(one, name).hard_high.value for one in (trial, ketamine))
        assert highest <= most
    assert trial.loaded_mass_hard_high.value <= ketamine.loaded_mass_hard_high.value


UNSOUND = (
    # LIB-03: hard <= soft <= typical <= soft <= hard, for every range
    ('soft_low  = { value = "0.2 mg/kg"', 'soft_low  = { value = "0.6 mg/kg"', "dose", "order"),
    ('soft_low  = { value = "45 kg"', 'soft_low  = { value = "34 kg"', "weight", "order"),
    ('typical   = { value = "40 min"', 'typical   = { value = "61 min"', "duration", "order"),
    ('soft_high = { value = "60 mg"', 'soft_high = { value = "101 mg"', "mass", "order"),
    (
        'soft_high = { value = "0.75 mg/kg/h"',
        'soft_high = { value = "0.74 mg/kg/h"',
        "dose_rate",
        "order",
    ),
    ('soft_low  = { value = "0.01 mL"', 'soft_low  = { value = "18 mL"', "volume", "order"),
    # what the pump does not check itself may not be a hard limit of its own
    (
        'hard_low  = { value = "3.5 mg"',
        'hard_low  = { value = "4 mg"',
        "mass.hard_low",
        "beyond_pump",
    ),
    (
        'hard_low  = { value = "0.05 mg/kg/h"',
        'hard_low  = { value = "0.1 mg/kg/h"',
        "dose_rate.hard_low",
        "beyond_pump",
    ),
    ('hard_low  = { value = "0.01 mL"', 'hard_low  = { value = "0.011 mL"', "volume", "order"),
    (
        'hard_high = { value = "180 kg"',
        'hard_high = { value = "401 kg"',
        "weight.hard_high",
        "beyond_pump",
    ),
    (
        'hard_high = { value = "120 min"',
        'hard_high = { value = "121 h"',
        "duration.hard_high",
        "beyond_pump",
    ),
    ('value = "300 mmHg"', 'value = "751 mmHg"', "occlusion", "beyond_pump"),
    ('value = "300 mmHg"', 'value = "300 kPa"', "occlusion", "unit_wrong"),
    ('value = "300 mmHg"', "value = 300", "occlusion.value", "wrong_value"),
    ('value = "1 mg/mL"', 'value = "2 mg/mL"', "concentration", "double"),
    ('value = "1 mg/mL"', 'value = "1,5 mg/mL"', "concentration.0", "decimal_comma"),
    ('care_area = "mood-clinic"', 'care_area = "bench"', "care_area", "reserved"),
    ('care_area = "mood-clinic"', 'care_area = "Mood Clinic"', "care_area", "wrong_value"),
    ("ident = 1\n", "ident = 0\n", "ident", "wrong_value"),
    ("ident = 1\n", "ident = true\n", "ident", "wrong_value"),
    ("ident = 1\n", "ident = nan\n", "ident", "wrong_value"),
    ("ident = 1\n", "", "ident", "missing"),
    ("ident = 1\n", "ident = 1\nbolus_mg = 5\n", "bolus_mg", "unknown_key"),
    (
        'grade = "M"\nsource = "ideal',
        'grade = "X"\nsource = "ideal',
        "body_mass_index_soft.grade",
        "wrong_value",
    ),
    ("[entry.bolus]\nvalue = false", "[entry.bolus]\nvalue = true", "bolus.value", "wrong_value"),
    ("[entry.kvo]\nvalue = false", "[entry.kvo]\nvalue = true", "kvo.value", "wrong_value"),
    ("[entry.kvo]\nvalue = false", "[entry.kvo]\nvalue = 1", "kvo.value", "wrong_value"),
    ("[entry.kvo]\nvalue = false", '[entry.kvo]\nvalue = "1 mL"', "kvo", "unit_wrong"),
    ("[entry.kvo]\nvalue = false", '[entry.kvo]\nvalue = "0.09 mL/h"', "kvo", "beyond_pump"),
    ("[entry.kvo]\nvalue = false", '[entry.kvo]\nvalue = "1.01 mL/h"', "kvo", "beyond_pump"),
)


@pytest.mark.requirement("LIB-03")
@pytest.mark.parametrize(("written", "instead", "where", "code"), UNSOUND)
def test_an_unsound_library_is_refused_by_name(
    tmp_path: Path, written: str, instead: str, where: str, code: str
) -> None:
    path = _file(tmp_path, written, instead)

    with pytest.raises(Refused) as refused:
        library.load(path)

    found = {(problem.where, problem.code) for problem in refused.value.problems}
    assert (f"entry.0.{where}", code) in found
    assert str(path) in refused.value.reason


def test_two_entries_for_one_drug_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.toml"
    head, entry = SHIPPED_TEXT.split("[[entry]]\n")[:2]
    path.write_text(f"{head}[[entry]]\n{entry}\n[[entry]]\n{entry}")

    with pytest.raises(Refused) as refused:
        library.load(path)

    assert [problem.where for problem in refused.value.problems] == [
        "entry.1.ident",
        "entry.1.drug",
    ]


def test_all_problems_of_a_library_come_at_once(tmp_path: Path) -> None:
    text = SHIPPED_TEXT.replace('"300 mmHg"', '"300"').replace('"1 mg/mL"', '"0 mg/mL"')
    path = tmp_path / "library.toml"
    path.write_text(text)

    with pytest.raises(Refused) as refused:
        library.load(path)

    assert {problem.code for problem in refused.value.problems} == {"unit_missing", "zero"}


@pytest.mark.requirement("LIB-04")
@pytest.mark.parametrize("raw", [b"schema = ", b"\xff\xfe", b"schema = 2"])
def test_a_file_that_is_no_library_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "library.toml"
    path.write_bytes(raw)

    with pytest.raises(Refused):
        library.load(path)


def test_a_library_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage):
        library.load(tmp_path / "none.toml")


def _file(folder: Path, written: str, instead: str) -> Path:
    assert written in SHIPPED_TEXT
    path = folder / "library.toml"
    path.write_text(SHIPPED_TEXT.replace(written, instead, 1))
    return path
