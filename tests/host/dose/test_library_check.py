"""Unsound libraries: each mistake is named at its place, and all of them at once."""

import tomllib
from datetime import datetime
from typing import Any

import pytest
from bench import library_cost
from host.dose.library_tables import MOOD, PAIN, SEDATION, TRIAL, refusals, tables, without
from hypothesis import assume, given
from hypothesis import strategies as st

from evenflow.dose import library

RANGES = ("weight", "dose", "duration", "dose_rate", "mass", "volume")
NAMES = ("hard_low", "soft_low", "typical", "soft_high", "hard_high")

# entry, key in it, the value there instead; key of the problem, its code
MISTAKES = (
    # LIB-03, in each range
    (MOOD, "weight.soft_low.value", "34 kg", "weight", "order"),
    (MOOD, "dose.soft_high.value", "1.1 mg/kg", "dose", "order"),
    (MOOD, "duration.typical.value", "61 min", "duration", "order"),
    (PAIN, "dose_rate.hard_high.value", "0.4 mg/kg/h", "dose_rate", "order"),
    (SEDATION, "mass.hard_low.value", "11 ug", "mass", "order"),
    (SEDATION, "volume.typical.value", "50 mL", "volume", "order"),
    # beyond what the pump itself holds to
    (MOOD, "weight.hard_high.value", "401 kg", "weight.hard_high", "beyond_pump"),
    (TRIAL, "duration.hard_low.value", "59 s", "duration.hard_low", "beyond_pump"),
    (SEDATION, "kvo.value", "1.1 mL/h", "kvo", "beyond_pump"),
    (MOOD, "occlusion.value", "49 mmHg", "occlusion", "beyond_pump"),
    (MOOD, "course.spacing_hard_low.value", "4393 h", "course", "order"),
    # units and words
    (MOOD, "dose.typical.value", "0,5 mg/kg", "dose.typical", "decimal_comma"),
    (MOOD, "dose.typical.value", "0.5 mg", "dose.typical", "unit_wrong"),
    (MOOD, "duration.typical.value", "40", "duration.typical", "unit_missing"),
    (MOOD, "presence.value", 900, "presence.value", "wrong_value"),
    (MOOD, "dose.typical.grade", "A", "dose.typical.grade", "wrong_value"),
    (MOOD, "dose.typical.source", " ", "dose.typical.source", "wrong_value"),
    (MOOD, "ident", 65_536, "ident", "wrong_value"),
    (PAIN, "ident", 1, "ident", "double"),
    (MOOD, "drug", "Ketamine", "drug", "wrong_value"),
    (MOOD, "care_area", "bench", "care_area", "reserved"),
    (MOOD, "bolus.value", True, "bolus.value", "wrong_value"),
    # vital signs
    (
        MOOD,
        "vital_signs.heart_rate_stop_low_per_min.value",
        131,
        "vital_signs.heart_rate_stop",
        "order",
    ),
    (
        MOOD,
        "vital_signs.baseline_systolic_soft_high_mmhg.value",
        161,
        "vital_signs.baseline_systolic",
        "order",
    ),
    (
        MOOD,
        "vital_signs.systolic_stop_high_mmhg.value",
        159,
        "vital_signs.systolic_stop_high_mmhg",
        "below_baseline",
    ),
    (
        MOOD,
        "vital_signs.diastolic_stop_high_mmhg.value",
        99,
        "vital_signs.diastolic_stop_high_mmhg",
        "below_baseline",
    ),
    (
        MOOD,
        "vital_signs.diastolic_stop_high_mmhg.value",
        180,
        "vital_signs.diastolic_stop_high_mmhg",
        "order",
    ),
    (
        MOOD,
        "vital_signs.systolic_stop_high_mmhg.value",
        301,
        "vital_signs.systolic_stop_high_mmhg",
        "beyond_pump",
    ),
    (
        MOOD,
        "vital_signs.oxygen_saturation_stop_low_percent.value",
        101,
        "vital_signs.oxygen_saturation_stop_low_percent",
        "beyond_pump",
    ),
    (
        SEDATION,
        "vital_signs.heart_rate_stop_low_per_min.value",
        301,
        "vital_signs.heart_rate_stop_low_per_min",
        "beyond_pump",
    ),
    # questions that come too often, or never
    (MOOD, "presence.value", "59 s", "presence", "too_often"),
    (MOOD, "presence.value", "41 min", "presence", "never"),
    (
        MOOD,
        "vital_signs.observing_interval.value",
        "121 h",
        "vital_signs.observing_interval",
        "beyond_pump",
    ),
    # a course
    (MOOD, "course.spacing_hard_low.value", "49 h", "course", "order"),
    (MOOD, "course.spacing_hard_low.value", False, "course.spacing_soft_low", "no_spacing"),
    (TRIAL, "course.induction_sessions.value", 6, "course.induction_sessions", "no_spacing"),
    (
        MOOD,
        "course.sessions_per_week_soft_high.value",
        5,
        "course.sessions_per_week_soft_high",
        "never",
    ),
    (PAIN, "course.spacing_soft_low.value", "24 h", "course.spacing", "window"),
    # syringes, advice, concentrations
    (MOOD, "syringes.value", ["bd-plastipak-60"], "syringes", "unknown_syringe"),
    (MOOD, "syringes.value", ["bd-plastipak-50"] * 2, "syringes", "double"),
    (PAIN, "syringes.value", ["bd-plastipak-10"], "syringes", "no_plan"),
    (MOOD, "advice.value.0", "x" * 161, "advice.0", "too_long"),
    (MOOD, "advice.value.1", "Stay.\n", "advice.1", "wrong_text"),
    (MOOD, "concentration.1.value", "1 mg/mL", "concentration", "double"),
    (SEDATION, "concentration.0.kind", "soft", "concentration", "no_normal"),
    (MOOD, "concentration.3.value", "1000 mg/mL", "concentration", "rate_range"),
    # figures that do not belong together
    (MOOD, "mass.typical.value", "35.2 mg", "mass.typical", "mismatch"),
    (MOOD, "dose_rate.typical.value", "0.7 mg/kg/h", "dose_rate.typical", "mismatch"),
    (SEDATION, "volume.typical.value", "21.2 mL", "volume.typical", "mismatch"),
    (MOOD, "loaded_mass_per_kg_hard_high.value", "0.5 mg/kg", "syringes", "no_plan"),
    (MOOD, "loaded_mass_hard_high.value", "35 mg", "syringes", "no_plan"),
    (MOOD, "observe_soft_low.value", "39 min", "observe_soft_low", "observe_short"),
    (MOOD, "near_end.value", "40 min", "near_end", "never"),
)


@pytest.mark.requirement("LIB-03", "LIB-06", "LIB-07")
@pytest.mark.parametrize(
    ("entry", "key", "value", "where", "code"), MISTAKES, ids=lambda one: str(one)[:40]
)
def test_a_mistake_is_named_at_its_place(
    entry: int, key: str, value: object, where: str, code: str
) -> None:
    found = refusals(tables((f"entry.{entry}.{key}", value)))

    assert (f"entry.{entry}.{where}", code) in found


@pytest.mark.requirement("LIB-03")
def test_mistakes_of_several_kinds_come_at_once() -> None:
    found = refusals(
        tables(
            without("entry.0.ident"),
            ("entry.0.dose.soft_low.value", "0.6 mg/kg"),
            ("entry.0.weight.typical.value", "70"),
            ("entry.0.colour", "blue"),
            ("entry.1.presence.value", "1 s"),
            ("entry.1.mass.hard_high.value", "119 mg"),
            ("entry.2.observe_soft_low.grade", "X"),
            ("entry.3.duration.typical.value", "361 min"),
            ("version", "1.0"),
        )
    )

    assert found == {
        ("entry.0.ident", "missing"),
        ("entry.0.dose", "order"),
        ("entry.0.weight.typical", "unit_missing"),
        ("entry.0.colour", "unknown_key"),
        ("entry.1.presence", "too_often"),
        ("entry.1.mass", "order"),
        ("entry.2.observe_soft_low.grade", "wrong_value"),
        ("entry.3.duration", "order"),
        ("version", "wrong_value"),
    }


@pytest.mark.requirement("LIB-03")
@given(data=st.data(), entry=st.integers(0, 3), key=st.sampled_from(RANGES))
def test_limits_in_any_other_order_are_refused(data: st.DataObject, entry: int, key: str) -> None:
    content = tables()
    numbers = content["entry"][entry][key]
    shuffled = data.draw(st.permutations([numbers[name]["value"] for name in NAMES]))
    values = [float(text.split()[0]) for text in shuffled]
    assume(values != sorted(values))

    for name, text in zip(NAMES, shuffled, strict=True):
        numbers[name]["value"] = text

    assert (f"entry.{entry}.{key}", "order") in refusals(content)


@pytest.mark.requirement("LIB-03")
@given(
    entry=st.integers(0, 3),
    key=st.sampled_from(RANGES),
    index=st.integers(0, 4),
    thousandths=st.integers(1, 5_000),
)
def test_a_limit_that_is_pushed_past_its_neighbour_is_refused(
    entry: int, key: str, index: int, thousandths: int
) -> None:
    content = tables()
    numbers = content["entry"][entry][key]
    number, unit = numbers[NAMES[index]]["value"].split()
    pushed = float(number) * thousandths / 1_000
    values = [float(numbers[name]["value"].split()[0]) for name in NAMES]
    values[index] = pushed
    assume(values != sorted(values))

    numbers[NAMES[index]]["value"] = f"{pushed:.12f} {unit}"

    found = refusals(content)
    # So fine a figure may have more digits than the pump takes; that is a refusal as well.
    assert {code for where, code in found if where.startswith(f"entry.{entry}.{key}")} & {
        "order",
        "too_fine",
        "zero",
    }


@pytest.mark.parametrize("path", ["schema", "name", "version", "reviewed_on", "entry"])
def test_nothing_has_a_default(path: str) -> None:
    assert (path, "missing") in refusals(tables(without(path)))


@pytest.mark.parametrize(
    ("by", "on"),
    [
        ("Dr. A. Example", ""),
        ("", datetime(2026, 5, 4).astimezone().date()),
        (" ", datetime(2026, 5, 4).astimezone().date()),
        ("Dr. A. Example", datetime(2030, 5, 4).astimezone().date()),
    ],
)
def test_a_review_has_a_name_and_a_day(by: str, on: object) -> None:
    assert refusals(tables(("reviewed_by", by), ("reviewed_on", on))) == {
        ("reviewed_on", "review")
    }


@pytest.mark.parametrize("on", ["yesterday", 20260504, datetime(2026, 5, 4).astimezone()])
def test_the_day_of_a_review_is_a_day(on: object) -> None:
    assert ("reviewed_on", "wrong_value") in refusals(tables(("reviewed_on", on)))


def test_who_has_reviewed_it_is_said() -> None:
    day = datetime(2026, 5, 4).astimezone().date()
    reviewed = tables(("reviewed_by", "Dr. A. Example"), ("reviewed_on", day))

    assert library.shipped().review == "NOT REVIEWED: reviewed by nobody"
    assert library.from_tables(reviewed, "x").review == "reviewed by Dr. A. Example on 2026-05-04"


@pytest.mark.requirement("LIB-03")
def test_a_large_library_is_read_as_a_small_one() -> None:
    tables_of_many = tomllib.loads(library_cost.large(40))

    assert len(library.from_tables(tables_of_many, "large.toml").entries) == 40


@pytest.mark.parametrize("content", [{}, {"entry": 3}, {"entry": [3]}, {"entry": [{"dose": 1}]}])
def test_what_is_no_library_at_all_is_refused(content: dict[str, Any]) -> None:
    assert refusals(content)
