"""What a change of a library allows, in words, the widening ones first."""

import pytest
from host.dose.library_tables import MOOD, PAIN, SEDATION, TRIAL, tables, without

from evenflow.dose import library
from evenflow.formulary.difference import changes

pytestmark = pytest.mark.requirement("LIB-17")

VITALS = "vital_signs.systolic_stop_high_mmhg"
# entry, place, the value there instead, what is said of it
CHANGES = (
    (MOOD, "dose.hard_high", "1.2 mg/kg", "1.0 mg/kg -> 1.2 mg/kg", "wider"),
    (MOOD, "dose.hard_high", "900 ug/kg", "1.0 mg/kg -> 900 ug/kg", "narrower"),
    (MOOD, "dose.hard_high", "1000 ug/kg", "1.0 mg/kg -> 1000 ug/kg", "other"),
    (MOOD, "dose.soft_low", "0.15 mg/kg", "0.2 mg/kg -> 0.15 mg/kg", "wider"),
    (MOOD, "dose.hard_low", "0.11 mg/kg", "0.1 mg/kg -> 0.11 mg/kg", "narrower"),
    (MOOD, "weight.soft_low", "50 kg", "45 kg -> 50 kg", "narrower"),
    (MOOD, "weight.typical", "70.1 kg", "70 kg -> 70.1 kg", "other"),
    (MOOD, "occlusion", "400 mmHg", "300 mmHg -> 400 mmHg", "wider"),
    (MOOD, "near_end", "5 min", "3 min -> 5 min", "other"),
    (MOOD, "observe_soft_low", "90 min", "120 min -> 90 min", "wider"),
    (MOOD, "body_mass_index_soft", 35, "30 -> 35", "wider"),
    (MOOD, "presence", False, "15 min -> none", "wider"),
    (MOOD, "presence", "10 min", "15 min -> 10 min", "narrower"),
    (MOOD, VITALS, False, "180 -> none", "wider"),
    (MOOD, VITALS, 170, "180 -> 170", "narrower"),
    (SEDATION, "vital_signs.heart_rate_stop_low_per_min", 45, "40 -> 45", "narrower"),
    (TRIAL, "presence", "15 min", "none -> 15 min", "narrower"),
    (SEDATION, "kvo", False, "0.5 mL/h -> none", "narrower"),
    (SEDATION, "kvo", "0.6 mL/h", "0.5 mL/h -> 0.6 mL/h", "wider"),
    (MOOD, "kvo", "0.5 mL/h", "none -> 0.5 mL/h", "wider"),
    (MOOD, "steps", True, "none -> allowed", "wider"),
    (SEDATION, "steps", False, "allowed -> none", "narrower"),
    (MOOD, "course.spacing_hard_low", "20 h", "24 h -> 20 h", "wider"),
    (PAIN, "course.sessions_per_week_soft_high", 3, "4 -> 3", "narrower"),
    (MOOD, "course.induction_sessions", 8, "6 -> 8", "other"),
)


@pytest.mark.parametrize(("entry", "place", "value", "words", "effect"), CHANGES)
def test_a_change_is_said_with_what_it_allows(
    entry: int, place: str, value: object, words: str, effect: str
) -> None:
    new = tables((f"entry.{entry}.{place}.value", value))
    library.from_tables(new, "new")

    (change,) = changes(tables(), new)

    name = new["entry"][entry]
    assert change.where == f"{name['care_area']}/{name['drug']}"
    assert change.what == f"{place} {words}, its source the same as before"
    assert change.effect == effect


def test_the_line_of_a_wider_limit_is_loud() -> None:
    new = tables(
        ("entry.0.dose.hard_high.value", "1.2 mg/kg"),
        ("entry.0.dose.hard_high.source", "a trial"),
    )

    (change,) = changes(tables(), new)

    assert str(change) == "mood-clinic/ketamine: dose.hard_high 1.0 mg/kg -> 1.2 mg/kg: WIDER"


def test_the_widening_ones_come_first() -> None:
    new = tables(
        ("entry.0.dose.hard_low.value", "0.15 mg/kg"),
        ("version", "0.4.0"),
        ("entry.3.dose.hard_high.value", "4 ug/kg"),
    )

    found = changes(tables(), new)

    assert [one.effect for one in found] == ["wider", "narrower", "other"]
    assert str(found[2]) == "library: version 0.3.0 -> 0.4.0: other"


def test_syringes_concentrations_and_advice_are_told_one_by_one() -> None:
    new = tables(
        ("entry.1.syringes.value", ["bd-plastipak-50", "bd-plastipak-20"]),
        without("entry.1.concentration.0"),
        ("entry.0.concentration.0.value", "1.0 mg/mL"),
        ("entry.0.concentration.2.kind", "soft"),
        ("entry.0.concentration.3.kind", "normal"),
        ("entry.2.advice.value", ["Nobody."]),
    )

    (old_advice,) = tables()["entry"][TRIAL]["advice"]["value"]

    found = {str(one).partition(", its source")[0] for one in changes(tables(), new)}

    assert found == {
        "chronic-pain/ketamine: syringes: also bd-plastipak-20: WIDER",
        "chronic-pain/ketamine: syringes: without bd-plastipak-30: narrower",
        "chronic-pain/ketamine: concentration 1 mg/mL is gone: narrower",
        "mood-clinic/ketamine: concentration 5 mg/mL normal -> soft",
        "mood-clinic/ketamine: concentration 10 mg/mL soft -> normal",
        f"bench-trial/ketamine: advice: without {old_advice}: other",
        "bench-trial/ketamine: advice: also Nobody.: other",
    }


def test_entries_come_and_go() -> None:
    new = tables(("entry.2.care_area", "trial"), ("entry.1.ident", 9))

    assert [str(one) for one in changes(tables(), new)] == [
        "trial/ketamine: is a new entry: WIDER",
        "bench-trial/ketamine: is gone: narrower",
        "chronic-pain/ketamine: ident 2 -> 9: other",
    ]


def test_another_source_alone_is_said() -> None:
    (change,) = changes(tables(), tables(("entry.0.presence.grade", "F")))

    assert change.effect == "other"
    assert "presence: P (" in change.what


def test_the_same_library_has_no_changes() -> None:
    assert changes(tables(), tables()) == ()
