"""Ideal and adjusted weight: shown from a body mass index of 30 on, ordered as a number."""

from fractions import Fraction
from typing import Any

import pytest
from host.dose.orders import ABSENT, plan_of, reference_table
from host.dose.test_oracle import decimals, text
from hypothesis import given
from hypothesis import strategies as st

from evenflow.dose import body, slip
from evenflow.dose.plan import Plan
from evenflow.dose.plan_json import as_json
from evenflow.errors import Refused

pytestmark = pytest.mark.requirement("KET-07")
KG = 10**12
HEAVY = {
    "patient__weight": "104 kg",
    "patient__height": "175 cm",
    "patient__sex": "male",
    "syringe__fill": "27 mL",
}


def _heavy(**changes: object) -> Plan:
    return plan_of(reference_table(**(HEAVY | changes)))


def _codes(plan: Plan) -> tuple[set[str], set[str]]:
    return {one.code for one in plan.refused}, {one.code for one in plan.needs_override}


@pytest.mark.parametrize(
    ("sex", "height", "ideal", "adjusted"),
    [
        ("male", "70 in", "73", "85.4"),
        ("female", "66 in", "59.3", "77.18"),
        ("male", "60 in", "50", "71.6"),
        ("female", "152.4 cm", "45.5", "68.9"),
    ],
)
def test_the_formulas_by_hand(sex: str, height: str, ideal: str, adjusted: str) -> None:
    """50 or 45.5 and 2.3 x inches above 60; 104 kg adjusted by four tenths."""
    known = _heavy(patient__sex=sex, patient__height=height).body

    assert known is not None
    assert known.ideal_ng == Fraction(ideal) * KG
    assert known.adjusted_ng == Fraction(adjusted) * KG


def test_from_30_on_the_order_asks_and_a_dosing_weight_answers() -> None:
    asked = _heavy()
    answered = _heavy(patient__dosing_weight="83.9 kg", syringe__fill="22 mL")

    assert _codes(asked) == (set(), {"body_mass_index_soft"})
    assert "patient.dosing_weight" in str(asked.error())
    assert _codes(answered) == (set(), set())


def test_the_ordered_number_is_what_the_dose_is_reckoned_with_and_travels() -> None:
    plan = _heavy(patient__dosing_weight="80 kg", syringe__fill="22 mL")

    content = as_json(plan)
    assert (content["dose_mg"], content["volume_ml"], content["weight_kg"]) == (40, 20, 80)
    assert content["dose_mg_per_kg"] == 0.5
    assert content["measured_weight_kg"] == 104
    assert plan.stage_values(1)["weight_ng"] == 80 * KG
    assert (
        plan.digest
        == plan_of(reference_table(patient__weight="80 kg", syringe__fill="22 mL")).digest
    )


@pytest.mark.parametrize(
    ("dosing", "codes"),
    [
        ("70.4 kg", (set(), set())),
        ("70.3 kg", (set(), {"dosing_weight_soft"})),
        ("83.9 kg", (set(), set())),
        ("84 kg", (set(), {"dosing_weight_soft"})),
        ("104 kg", (set(), {"dosing_weight_soft"})),
        ("104.1 kg", ({"dosing_weight_over"}, {"dosing_weight_soft"})),
        ("44 kg", (set(), {"weight_soft", "dosing_weight_soft"})),
    ],
)
def test_it_lies_between_ideal_and_adjusted(dosing: str, codes: tuple[set[str], set[str]]) -> None:
    """175 cm: ideal 70.46, adjusted 83.88."""
    plan = _heavy(patient__dosing_weight=dosing, therapy__dose="35 mg", syringe__fill="18.5 mL")

    assert _codes(plan) == (codes[0], codes[1] | _by_weight(plan))


def _by_weight(plan: Plan) -> set[str]:
    """What 35 mg in this weight pass besides."""
    return {"dose_soft", "dose_rate_soft"} & _codes(plan)[1]


def test_the_measured_weight_keeps_its_own_range() -> None:
    plan = _heavy(patient__weight="190 kg", patient__dosing_weight="100 kg", syringe__fill="26 mL")

    assert _codes(plan)[0] == {"weight_hard"}


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"patient__sex": ABSENT}, "patient.sex", "missing"),
        ({"patient__height": ABSENT}, "patient.height", "missing"),
        ({"patient__sex": "m"}, "patient.sex", "unknown_sex"),
        ({"patient__dosing_weight": "80"}, "patient.dosing_weight", "unit_missing"),
        ({"patient__dosing_weight": "ideal"}, "patient.dosing_weight", "not_a_quantity"),
        ({"patient__height": "152 cm"}, "patient.dosing_weight", "dosing_weight_height"),
    ],
)
def test_what_it_needs(changes: dict[str, Any], where: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        _heavy(**({"patient__dosing_weight": "80 kg"} | changes))

    assert (where, code) in {(one.where, one.code) for one in refused.value.problems}


def test_of_the_slender_it_is_not_more_than_measured() -> None:
    slender = {"patient__weight": "60 kg", "patient__height": "175 cm", "patient__sex": "male"}

    plan = plan_of(reference_table(**slender, patient__dosing_weight="60 kg"))

    assert _codes(plan) == (set(), set())
    assert plan.body == body.Body(plan.body.mass_index, plan.body.ideal_ng, None)


@given(
    decimals("35", "180", 1),
    decimals("152.4", "210", 1),
    st.sampled_from(("female", "male", None)),
    decimals("35", "180", 1),
)
def test_an_order_is_as_it_was_without_a_dosing_weight_and_stricter_with_one(
    kg: Fraction, cm: Fraction, sex: str | None, dosing_kg: Fraction
) -> None:
    plain = {
        "patient__weight": text(kg, "kg"),
        "patient__height": text(cm, "cm"),
        "syringe__fill": "48 mL",
        "session__observe": "1000 h",
    }
    without = plan_of(reference_table(**plain))
    with_sex = plan_of(reference_table(**plain, **({} if sex is None else {"patient__sex": sex})))
    assert with_sex.limits == without.limits
    if sex is None:
        return

    dosed = plan_of(
        reference_table(**plain, patient__sex=sex, patient__dosing_weight=text(dosing_kg, "kg"))
    )

    assert dosed.figures.weight_ng == dosing_kg * KG
    if dosing_kg > kg:
        assert "dosing_weight_over" in _codes(dosed)[0]
    elif not dosed.refused:
        assert (dosed.figures.mass_ng or 0) <= (without.figures.mass_ng or 0)
    slip.readings(dosed.order, dosed.entry)
