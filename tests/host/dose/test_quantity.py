"""Quantities: every unit exactly, every doubtful spelling refused by name."""

import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evenflow.dose.dimension import (
    BODY_LENGTH,
    BODY_MASS,
    BORE,
    CONCENTRATION,
    DIMENSIONS,
    DRUG_MASS,
    DURATION,
    FLOW,
    MASS_PER_KG,
    MASS_RATE,
    MASS_RATE_PER_KG,
    VOLUME,
    Dimension,
)
from evenflow.dose.quantity import InvalidQuantity, parse, shown

UNITS = (
    ("1 kg", BODY_MASS, 10**12),
    ("1 g", BODY_MASS, 10**9),
    ("1 lb", BODY_MASS, 453_592_370_000),
    ("154 lb", BODY_MASS, 69_853_224_980_000),
    ("154.5 lb", BODY_MASS, 70_080_021_165_000),
    ("1 cm", BODY_LENGTH, 10_000),
    ("1.75 m", BODY_LENGTH, 1_750_000),
    ("1 in", BODY_LENGTH, 25_400),
    ("26.70 mm", BORE, 26_700),
    ("1 mg", DRUG_MASS, 10**6),
    ("1 ug", DRUG_MASS, 10**3),
    ("1 g", DRUG_MASS, 10**9),
    ("17.5 mL", VOLUME, 17_500_000),
    ("0.05 L", VOLUME, 50_000_000),
    ("0.000001 mL", VOLUME, 1),
    ("40 min", DURATION, 2_400_000),
    ("2400 s", DURATION, 2_400_000),
    ("0.5 h", DURATION, 1_800_000),
    ("2 mg/mL", CONCENTRATION, 2_000_000),
    ("2000 ug/mL", CONCENTRATION, 2_000_000),
    ("26.25 mL/h", FLOW, 26_250),
    ("0.4375 mL/min", FLOW, 26_250),
    ("0.875 mg/min", MASS_RATE, 52_500_000),
    ("52.5 mg/h", MASS_RATE, 52_500_000),
    ("875 ug/min", MASS_RATE, 52_500_000),
    ("0.5 mg/kg", MASS_PER_KG, 500_000),
    ("500 ug/kg", MASS_PER_KG, 500_000),
    ("0.75 mg/kg/h", MASS_RATE_PER_KG, 750_000),
    ("0.0125 mg/kg/min", MASS_RATE_PER_KG, 750_000),
    ("12.5 ug/kg/min", MASS_RATE_PER_KG, 750_000),
    ("750 ug/kg/h", MASS_RATE_PER_KG, 750_000),
    ("70kg", BODY_MASS, 70 * 10**12),
)

REFUSED = (
    ("", "empty"),
    ("   ", "empty"),
    ("70", "unit_missing"),
    (70, "unit_missing"),
    (70.5, "unit_missing"),
    (float("nan"), "not_finite"),
    (float("inf"), "not_finite"),
    (True, "wrong_type"),
    (["70 kg"], "wrong_type"),
    ({}, "wrong_type"),
    ("70,5 kg", "decimal_comma"),
    ("1,000 kg", "decimal_comma"),
    ("\uff17\uff10 kg", "foreign_digits"),
    ("\u0667\u0660 kg", "foreign_digits"),
    ("7\u00bd kg", "foreign_digits"),
    ("nan kg", "not_finite"),
    ("NaN kg", "not_finite"),
    ("inf kg", "not_finite"),
    ("Infinity kg", "not_finite"),
    ("-70 kg", "negative"),
    ("-inf kg", "negative"),
    ("\u221270 kg", "negative"),
    ("\u201370 kg", "negative"),
    ("+70 kg", "sign"),
    ("7e1 kg", "exponent"),
    ("7E1 kg", "exponent"),
    ("7.0e+1 kg", "exponent"),
    ("0x46 kg", "not_decimal"),
    ("0b1 kg", "not_decimal"),
    (".5 kg", "naked_point"),
    ("70. kg", "naked_point"),
    ("070 kg", "leading_zero"),
    ("00.5 kg", "leading_zero"),
    ("7.0.0 kg", "not_a_quantity"),
    ("7_0 kg", "not_a_quantity"),
    ("seventy kg", "not_a_quantity"),
    ("70 kg kg", "not_a_quantity"),
    ("kg", "not_a_quantity"),
    ("70  kg", "whitespace"),
    ("70\tkg", "whitespace"),
    ("70\u00a0kg", "whitespace"),
    (" 70 kg", "whitespace"),
    ("70 kg ", "whitespace"),
    ("70 kg\n", "whitespace"),
    ("70 Kg", "unit_wrong"),
    ("70 KG", "unit_wrong"),
    ("70 stone", "unit_wrong"),
    ("70 cm", "unit_wrong"),
    ("70 kg;", "unit_wrong"),
    ("0 kg", "zero"),
    ("0.000 kg", "zero"),
    ("70.0000000000001 kg", "too_fine"),
    ("154.12345 lb", "too_fine"),
    ("1" * 60 + " kg", "too_long"),
)


@pytest.mark.parametrize(("text", "dimension", "base_units"), UNITS)
def test_every_unit_of_the_list_is_exact(text: str, dimension: Dimension, base_units: int) -> None:
    assert parse(text, "therapy.x", dimension).value == base_units


@pytest.mark.parametrize("gram", ["ug", "\u00b5g", "\u03bcg", "mcg"])
def test_every_spelling_of_micro_is_the_same(gram: str) -> None:
    quantity = parse(f"12.5 {gram}/kg/min", "therapy.dose_rate", MASS_RATE_PER_KG)

    assert (quantity.value, quantity.unit) == (750_000, "ug/kg/min")


@pytest.mark.requirement("LIB-07")
@pytest.mark.parametrize(("value", "code"), REFUSED)
def test_a_doubtful_weight_is_refused_by_name(value: object, code: str) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        parse(value, "patient.weight", BODY_MASS)

    problem = refused.value.problem
    assert (problem.where, problem.code) == ("patient.weight", code)
    assert problem.hint
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("text", ["40 m", "40 M", "40 Min", "40 MIN", "40 H", "40 kg", "40 hours"])
def test_a_duration_is_in_min_s_or_h_only(text: str) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        parse(text, "therapy.duration", DURATION)

    assert refused.value.code == "unit_wrong"


def test_a_duration_in_m_is_told_the_units_there_are() -> None:
    with pytest.raises(InvalidQuantity) as refused:
        parse("40 m", "therapy.duration", DURATION)

    assert refused.value.hint == "a duration is in min, s, h"


@pytest.mark.requirement("LIB-07")
@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("5 ML/h", FLOW),
        ("5 ml/h", FLOW),
        ("5 mL", FLOW),
        ("0.5 Mg/kg", MASS_PER_KG),
        ("0.5 MG/KG", MASS_PER_KG),
        ("0.5 mg/kg/h", MASS_PER_KG),
        ("2 mg/ml", CONCENTRATION),
        ("2 mcg", CONCENTRATION),
        ("2 MCG/mL", CONCENTRATION),
        ("20 ML", VOLUME),
        ("1.75 M", BODY_LENGTH),
    ],
)
def test_a_unit_of_wrong_case_or_kind_is_refused(text: str, dimension: Dimension) -> None:
    with pytest.raises(InvalidQuantity) as refused:
        parse(text, "therapy.x", dimension)

    assert refused.value.code == "unit_wrong"
    assert repr(text) in refused.value.reason


def test_a_refusal_names_field_value_and_remedy() -> None:
    with pytest.raises(InvalidQuantity) as refused:
        parse("0,5 mg/kg", "therapy.dose", MASS_PER_KG, DRUG_MASS)

    assert str(refused.value) == (
        "therapy.dose: '0,5 mg/kg' has a comma; decimals need a point; "
        'write it like "0.5 mg/kg" or "35 mg"'
    )


def test_the_unit_decides_between_dimensions() -> None:
    assert parse("35 mg", "therapy.dose", MASS_PER_KG, DRUG_MASS).dimension is DRUG_MASS


def test_a_height_may_be_finer_than_a_micrometre() -> None:
    assert parse("68.12345 in", "patient.height", BODY_LENGTH).value.denominator != 1


def test_a_value_that_is_not_whole_does_not_pass_as_an_integer() -> None:
    height = parse("68.12345 in", "patient.height", BODY_LENGTH)

    with pytest.raises(ValueError, match="no whole number of um"):
        _ = height.whole


@given(
    st.sampled_from(DIMENSIONS),
    st.data(),
    st.integers(1, 10**7),
    st.integers(0, 16),
)
def test_a_decimal_is_read_exactly_or_refused_as_too_fine(
    dimension: Dimension, draw: st.DataObject, digits: int, places: int
) -> None:
    unit, factor = draw.draw(st.sampled_from(dimension.units))
    whole, rest = divmod(digits, 10**places)
    text = f"{whole}.{rest:0{places}d} {unit}" if places else f"{whole} {unit}"
    expected = Fraction(digits, 10**places) * factor

    outcome = _outcome(text, dimension)
    is_taken = expected.denominator == 1 or not dimension.is_on_wire
    assert outcome == (expected if is_taken else "too_fine")


def _outcome(text: str, *dimensions: Dimension) -> Fraction | str:
    """The value read, or the code of the refusal."""
    try:
        return parse(text, "x", *dimensions).value
    except InvalidQuantity as refused:
        return refused.code


_PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)? ?(kg|g|lb)", re.ASCII)


@given(
    st.one_of(
        st.text(max_size=12),
        st.text(alphabet="0123456789.,eExX+- kglbKG\u00b5\uff11\n\t", max_size=12),
        st.from_regex(_PLAIN),
    )
)
@example("1 kg\n")
def test_nothing_but_a_plain_decimal_with_its_unit_is_read(text: str) -> None:
    outcome = _outcome(text, BODY_MASS)

    if isinstance(outcome, str):
        assert outcome in {"zero", "too_fine", "too_long"} or not _PLAIN.fullmatch(text)
    else:
        assert _PLAIN.fullmatch(text)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (Fraction(35), 6, "35"),
        (Fraction(100), 0, "100"),
        (Fraction(1, 2), 6, "0.5"),
        (Fraction(2, 3), 3, "0.667"),
        (Fraction(69_853_224_980, 10**9), 3, "69.853"),
        (Fraction(-1, 4), 3, "-0.25"),
        (Fraction(1, 10**9), 6, "0"),
    ],
)
def test_decimals_for_the_screen(value: Fraction, places: int, text: str) -> None:
    assert shown(value, places) == text
