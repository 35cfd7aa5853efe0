"""Orders: read strictly, refused as a whole, with every problem at its key."""

from pathlib import Path
from typing import Any

import pytest
from host.dose.orders import ABSENT, bench_table, order_of, reference_table

from evenflow import resources
from evenflow.dose.order import MAX_FILE_BYTES, load
from evenflow.dose.plan import plan
from evenflow.errors import Refused, WrongUsage


def _problems(table: dict[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(Refused) as refused:
        order_of(table)
    assert refused.value.reason.startswith("test.toml: ")
    assert refused.value.exit_code == 3
    return {(problem.where, problem.code) for problem in refused.value.problems}


REQUIRED = (
    "schema",
    "patient",
    "patient.id",
    "patient.weight",
    "therapy",
    "therapy.care_area",
    "therapy.drug",
    "therapy.concentration",
    "therapy.duration",
    "syringe",
    "syringe.model",
    "syringe.fill",
    "session",
    "session.observe",
)


@pytest.mark.parametrize("path", REQUIRED)
def test_a_missing_key_is_refused_by_name(path: str) -> None:
    table = reference_table(**{path.replace(".", "__"): ABSENT})

    assert (path, "missing") in _problems(table)


@pytest.mark.parametrize(
    "path", ["surprise", "patient.age", "therapy.doze", "syringe.size", "session.observation"]
)
def test_an_unknown_key_is_refused_by_name(path: str) -> None:
    table = reference_table(**{path.replace(".", "__"): "1"})

    assert _problems(table) == {(path, "unknown_key")}


def test_an_unknown_key_is_answered_with_the_nearest_known_one() -> None:
    with pytest.raises(Refused) as refused:
        order_of(reference_table(therapy__durations="40 min"))

    assert refused.value.hint == "did you mean duration?"


WRONG_VALUES = (
    ("schema", 2, "wrong_schema"),
    ("schema", "1", "wrong_schema"),
    ("schema", True, "wrong_schema"),
    ("schema", 1.0, "wrong_schema"),
    ("patient", "demo", "wrong_type"),
    ("therapy", ["0.5 mg/kg"], "wrong_type"),
    ("patient.id", 1, "wrong_type"),
    ("patient.id", "", "wrong_text"),
    ("patient.id", " demo", "wrong_text"),
    ("patient.id", "demo\n", "wrong_text"),
    ("patient.id", "d" * 65, "too_long"),
    ("patient.weight", 70, "unit_missing"),
    ("patient.weight", "70", "unit_missing"),
    ("patient.weight", float("nan"), "not_finite"),
    ("patient.weight", "nan kg", "not_finite"),
    ("patient.weight", "-70 kg", "negative"),
    ("patient.height", "175 m", "height_range"),
    ("patient.height", "17.5 cm", "height_range"),
    ("patient.height", "1.75", "unit_missing"),
    ("therapy.care_area", "ward", "unknown_care_area"),
    ("therapy.care_area", "Mood-Clinic", "unknown_care_area"),
    ("therapy.drug", "ketamin", "unknown_drug"),
    ("therapy.drug", "Ketamine", "unknown_drug"),
    ("therapy.concentration", "2", "unit_missing"),
    ("therapy.concentration", "2 mg/ml", "unit_wrong"),
    ("therapy.dose", "0,5 mg/kg", "decimal_comma"),
    ("therapy.dose", "inf mg/kg", "not_finite"),
    ("therapy.dose", "", "empty"),
    ("therapy.dose", "\uff10.\uff15 mg/kg", "foreign_digits"),
    ("therapy.dose", "5e-1 mg/kg", "exponent"),
    ("therapy.dose", "0.5 mg/kg/h", "unit_wrong"),
    ("therapy.duration", "40 m", "unit_wrong"),
    ("therapy.duration", "0 min", "zero"),
    ("syringe.model", "bd-plastipak-60", "unknown_syringe"),
    ("syringe.model", "bd-plastipak-1", "syringe_not_permitted"),
    ("syringe.fill", "20", "unit_missing"),
    ("syringe.fill", "20.0000001 mL", "too_fine"),
    ("syringe.bore", "26.7 cm", "unit_wrong"),
    ("session.observe", "2", "unit_missing"),
    ("session.on_link_loss", "ignore", "unknown_policy"),
    ("session.on_link_loss", False, "wrong_type"),
    ("session.vitals", "stop", "unknown_policy"),
    ("session.vitals", True, "wrong_type"),
)


@pytest.mark.requirement("LIB-07")
@pytest.mark.parametrize(("path", "value", "code"), WRONG_VALUES)
def test_a_wrong_value_is_refused_by_name(path: str, value: object, code: str) -> None:
    table = reference_table(**{path.replace(".", "__"): value})

    assert (path, code) in _problems(table)


NO_DOSE = {"therapy__dose": ABSENT, "therapy__duration": ABSENT}
FORMS_REFUSED: tuple[tuple[dict[str, object], set[tuple[str, str]]], ...] = (
    ({"therapy__dose": ABSENT}, {("therapy", "dose_missing")}),
    (NO_DOSE, {("therapy", "dose_missing")}),
    ({**NO_DOSE, "therapy__volume": "17.5 mL"}, {("therapy", "dose_missing")}),
    ({"therapy__dose_rate": "0.75 mg/kg/h"}, {("therapy", "dose_double")}),
    ({"therapy__rate": "26.25 mL/h"}, {("therapy", "dose_double")}),
    (
        {"therapy__rate": "26.25 mL/h", "therapy__volume": "17.5 mL"},
        {("therapy", "dose_double")},
    ),
    ({"therapy__volume": "17.5 mL"}, {("therapy.volume", "dose_double")}),
    (
        {**NO_DOSE, "therapy__rate": "26.25 mL/h"},
        {("therapy.volume", "missing")},
    ),
    (
        {**NO_DOSE, "therapy__dose_rate": "0.75 mg/kg/h"},
        {("therapy.duration", "missing")},
    ),
    (
        {
            "therapy__dose": ABSENT,
            "therapy__rate": "26.25 mL/h",
            "therapy__volume": "17.5 mL",
        },
        {("therapy.duration", "dose_double")},
    ),
)


@pytest.mark.parametrize(("changes", "expected"), FORMS_REFUSED)
def test_the_dose_is_said_once_and_completely(
    changes: dict[str, object], expected: set[tuple[str, str]]
) -> None:
    assert _problems(reference_table(**changes)) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("drug", "ketamine"),
        ("concentration", "2 mg/mL"),
        ("dose", "0.5 mg/kg"),
        ("dose_rate", "0.75 mg/kg/h"),
        ("duration", "40 min"),
    ],
)
def test_the_bench_takes_no_drug(key: str, value: str) -> None:
    table = bench_table(**{f"therapy__{key}": value})

    assert _problems(table) == {(f"therapy.{key}", "bench_only")}


@pytest.mark.parametrize("key", ["rate", "volume"])
def test_the_bench_needs_rate_and_volume(key: str) -> None:
    assert _problems(bench_table(**{f"therapy__{key}": ABSENT})) == {(f"therapy.{key}", "missing")}


def test_the_bench_needs_no_patient_and_no_observation() -> None:
    order = order_of(bench_table())

    assert order.is_bench
    assert (order.patient, order.weight, order.observe) == (None, None, None)


def test_a_patient_named_on_the_bench_is_read_whole() -> None:
    assert _problems(bench_table(patient__id="dummy")) == {("patient.weight", "missing")}
    named = order_of(bench_table(patient__id="dummy", patient__weight="70 kg"))
    assert named.patient == "dummy"


def test_all_problems_come_at_once() -> None:
    table = reference_table(
        patient__weight="70",
        therapy__drug="ketamin",
        therapy__dose="0,5 mg/kg",
        syringe__model="none",
        session=ABSENT,
        extra=1,
    )

    assert _problems(table) == {
        ("patient.weight", "unit_missing"),
        ("therapy.drug", "unknown_drug"),
        ("therapy.dose", "decimal_comma"),
        ("syringe.model", "unknown_syringe"),
        ("session", "missing"),
        ("extra", "unknown_key"),
    }


def test_several_problems_are_a_list_and_one_is_a_line() -> None:
    with pytest.raises(Refused) as several:
        order_of(reference_table(patient__weight="70", therapy__drug="ketamin"))
    with pytest.raises(Refused) as one:
        order_of(reference_table(patient__weight="70"))

    assert several.value.code == "several"
    assert several.value.reason.splitlines()[0] == "test.toml: 2 problems"
    assert one.value.code == "unit_missing"
    assert one.value.reason == "test.toml: patient.weight: '70' has no unit"


def test_a_lost_link_only_alarms_unless_the_order_says_stop() -> None:
    assert order_of(reference_table()).on_link_loss == "continue"
    assert order_of(reference_table(session__on_link_loss="stop")).on_link_loss == "stop"


@pytest.mark.requirement("KET-09")
def test_vital_signs_are_asked_for_unless_the_order_says_hold() -> None:
    assert order_of(reference_table()).vitals == "ask"
    assert order_of(reference_table(session__vitals="ask")).vitals == "ask"
    assert order_of(reference_table(session__vitals="hold")).vitals == "hold"
    assert plan(order_of(reference_table())).stage_values(1)["vitals_hold"] == 0
    assert plan(order_of(reference_table(session__vitals="hold"))).stage_values(1)["vitals_hold"]
    assert order_of(reference_table(therapy__care_area="bench-trial")).vitals is None


@pytest.mark.requirement("KET-09", "LIB-07")
@pytest.mark.parametrize("word", ["ask", "hold"])
@pytest.mark.parametrize("care_area", ["bench-trial", "bench"])
def test_vital_signs_without_an_interval_are_refused(care_area: str, word: str) -> None:
    table_of = bench_table if care_area == "bench" else reference_table
    table = table_of(therapy__care_area=care_area, session__vitals=word)
    table["session"]["observe"] = "120 min"

    with pytest.raises(Refused) as refused:
        order_of(table)

    assert [one.code for one in refused.value.problems] == ["vitals_hold"]
    assert refused.value.problems[0].where == "session.vitals"


def test_every_example_may_be_infused() -> None:
    examples = sorted(resources.path("examples", "orders").glob("*.toml"))

    assert len(examples) >= 4
    for example in examples:
        assert plan(load(example)).error() is None


@pytest.mark.parametrize(
    "raw",
    [
        b"schema = 1\n[patient",
        b"schema = 1\nschema = 1\n",
        b"\xff\xfes\x00",
        b"schema = " + b"[" * 5_000,
        b"#" * (MAX_FILE_BYTES + 1),
    ],
)
def test_a_file_that_is_no_order_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "order.toml"
    path.write_bytes(raw)

    with pytest.raises(Refused) as refused:
        load(path)

    assert str(path) in refused.value.reason


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage):
        load(tmp_path / "none.toml")
    with pytest.raises(WrongUsage):
        load(tmp_path)
