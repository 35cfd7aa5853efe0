"""Slips by ten, of unit and of field are named where an order is stopped, and stop none."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from host.dose.orders import bench_table, order_of, plan_of, reference_table
from host.dose.test_oracle import decimals, orders, text
from hypothesis import given
from hypothesis import strategies as st

from evenflow.dose import slip
from evenflow.errors import NeedsOverride, Refused

pytestmark = pytest.mark.requirement("LIB-07", "LIB-08")


UNIT = "another unit"


def _by_flow(**form: str) -> dict[str, Any]:
    table = reference_table()
    del table["therapy"]["dose"], table["therapy"]["duration"]
    table["therapy"] |= form
    return table


def _read(key: str, value: str, how: str) -> str:
    return f'did you mean {key} = "{value}" ({how})?'


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        (reference_table(patient__weight="350 kg"), _read("patient.weight", "35 kg", "a tenth")),
        (reference_table(patient__weight="7 kg"), _read("patient.weight", "70 kg", "ten times")),
        (reference_table(patient__weight="70 lb"), _read("patient.weight", "70 kg", UNIT)),
        (
            reference_table(patient__weight="154 kg"),
            _read("patient.weight", "154 lb", UNIT),
        ),
        (reference_table(therapy__dose="5 mg/kg"), _read("therapy.dose", "0.5 mg/kg", "a tenth")),
        (
            reference_table(therapy__dose="0.5 ug/kg"),
            _read("therapy.dose", "0.5 mg/kg", UNIT),
        ),
        (
            reference_table(therapy__dose="0.5 mg"),
            _read("therapy.dose", "0.5 mg/kg", UNIT),
        ),
        (
            reference_table(therapy__duration="40 h"),
            _read("therapy.duration", "40 min", UNIT),
        ),
        (
            reference_table(therapy__concentration="20 mg/mL"),
            _read("therapy.concentration", "2 mg/mL", "a tenth"),
        ),
        (reference_table(syringe__fill="200 mL"), _read("syringe.fill", "20 mL", "a tenth")),
        (
            _by_flow(rate="26.25 mL/min", volume="17.5 mL"),
            _read("therapy.rate", "26.25 mL/h", UNIT),
        ),
        (
            _by_flow(rate="17.5 mL/h", volume="26.25 mL"),
            'therapy.rate = "26.25 mL/h" and therapy.volume = "17.5 mL" (exchanged)?',
        ),
        (
            _by_flow(rate="26.25 mL/h", volume="20 mL"),
            "volume is what is given, fill what the syringe holds before the purge",
        ),
        (
            reference_table(patient__weight="175 kg", patient__height="70 cm"),
            'patient.weight = "70 kg" and patient.height = "175 cm" (exchanged)?',
        ),
        (
            reference_table(therapy__duration="120 min", session__observe="40 min"),
            'therapy.duration = "40 min" and session.observe = "120 min" (exchanged)?',
        ),
        (
            reference_table(therapy__dose="2 mg/kg", therapy__concentration="0.5 mg/mL"),
            'therapy.dose = "0.5 mg/kg" and therapy.concentration = "2 mg/mL" (exchanged)?',
        ),
        (bench_table(therapy__rate="0.05 mL/h"), 'therapy.rate = "0.5 mL/h" (ten times) or'),
    ],
)  # fmt: skip
def test_a_refusal_names_the_slip(table: dict[str, Any], hint: str) -> None:
    error = plan_of(table).error()

    assert isinstance(error, Refused)
    assert hint in error.hint


def test_a_soft_limit_names_it_too() -> None:
    error = plan_of(reference_table(patient__weight="160 kg", therapy__dose="35 mg")).error()

    assert isinstance(error, NeedsOverride)
    assert _read("patient.weight", "160 lb", UNIT) in error.hint
    assert "--override" in error.hint


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"therapy__dose": "2 mg/mL"}, "mg/mL belongs to therapy.concentration"),
        ({"therapy__duration": "26.25mL/h"}, "mL/h belongs to therapy.rate or therapy.kvo"),
        ({"therapy__concentration": "0.5 mcg/kg"}, "ug/kg belongs to therapy.dose"),
        ({"patient__weight": "175 cm"}, "cm belongs to patient.height"),
        ({"patient__height": "1.75 cm"}, "did you mean 1.75 m?"),
        ({"patient__height": "70 in", "therapy__dose": "1 s"}, "s belongs to therapy.duration"),
        ({"patient__height": "69 m"}, "did you mean 69 cm or 69 in?"),
        ({"patient__height": "9 m"}, "check the number and the unit"),
    ],
)
def test_a_unit_in_the_wrong_field_names_the_right_one(
    changes: dict[str, object], hint: str
) -> None:
    with pytest.raises(Refused) as refused:
        plan_of(reference_table(**changes))

    assert hint in str(refused.value)


@given(orders())
def test_no_slip_decides(case: tuple[dict[str, Any], Fraction, Fraction, Fraction]) -> None:
    """The end of an order follows from its limits alone, and what is suggested keeps them."""
    plan = plan_of(case[0])

    error = plan.error()
    expected = Refused if plan.refused else NeedsOverride if plan.needs_override else type(None)
    assert type(error) is expected
    if error is not None:
        passed = plan.refused or plan.needs_override
        assert [one.code for one in error.problems] == [one.code for one in passed]
        for reading in slip.readings(plan.order, plan.entry):
            meant = deepcopy(case[0])
            for key, value in reading.changes:
                table, _, name = key.partition(".")
                meant[table][name] = value
            assert plan_of(meant).refused == ()
    else:
        assert slip.readings(plan.order, plan.entry) == ()


@given(
    decimals("35", "180", 3),
    decimals("0.1", "1", 4),
    decimals("30", "120", 2),
    st.sampled_from((1, 2, 5, 10)),
)
def test_a_legal_order_ends_by_the_limits_of_the_requirements(
    kg: Fraction, mg_per_kg: Fraction, minutes: Fraction, mg_per_ml: int
) -> None:
    mg = mg_per_kg * kg
    fill = mg / mg_per_ml + 1
    table = reference_table(
        patient__weight=text(kg, "kg"),
        therapy__dose=text(mg_per_kg, "mg/kg"),
        therapy__duration=text(minutes, "min"),
        therapy__concentration=f"{mg_per_ml} mg/mL",
        syringe__fill=text(Fraction(-(-fill * 10 // 1)) / 10, "mL"),
    )
    loaded = Fraction(-(-fill * 10 // 1)) / 10 * mg_per_ml
    rate = mg_per_kg / minutes * 60

    hard = (
        not Fraction("3.5") <= mg <= 100
        or rate > Fraction("1.5")
        or loaded > min(120, Fraction("1.5") * kg)
        or fill > 50
        or mg / mg_per_ml / minutes * 60 > 1200
    )
    soft = (
        not 45 <= kg <= 120
        or not Fraction("0.2") <= mg_per_kg <= Fraction("0.5")
        or not 40 <= minutes <= 60
        or not Fraction("0.2") <= rate <= Fraction("0.75")
        or not 9 <= mg <= 60
        or mg_per_ml == 10
        or loaded > 2 * mg
    )
    error = plan_of(table).error()
    assert (0 if error is None else error.exit_code) == (3 if hard else 4 if soft else 0)


def test_an_order_of_steps_has_no_slip_to_tell() -> None:
    table = bench_table()
    del table["therapy"]["rate"], table["therapy"]["volume"]
    table["therapy"]["step"] = [{"rate": "1300 mL/h", "volume": "5 mL"}]

    assert slip.readings(order_of(table), None) == ()
