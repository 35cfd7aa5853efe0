"""Factors between units, each against the two units that it joins."""

from fractions import Fraction

import pytest

from pumpcore import units

pytestmark = pytest.mark.requirement("LIB-07")


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (units.FL_PER_NL, 10**6),
        (units.NL_PER_UL, 10**3),
        (units.NL_PER_ML, 10**6),
        (units.UL_PER_ML, 10**3),
        (units.NG_PER_UG, 10**3),
        (units.NG_PER_MG, 10**6),
        (units.NG_PER_KG, 10**12),
        (units.MS_PER_S, 10**3),
        (units.MS_PER_MIN, 60 * 10**3),
        (units.MS_PER_H, 3_600 * 10**3),
        (units.US_PER_MS, 10**3),
        (units.US_PER_S, 10**6),
        (units.S_PER_H, 3_600),
        (units.UM_PER_MM, 10**3),
    ],
)
def test_factors_are_powers_of_ten_and_sixty(factor: int, expected: int) -> None:
    assert expected == factor


def test_a_millimetre_of_mercury_is_the_conventional_one() -> None:
    mmhg = Fraction(units.PA_PER_MMHG_NUM, units.PA_PER_MMHG_DEN)

    assert mmhg == Fraction("133.322387415")


def test_a_pound_is_a_whole_number_of_hundredths_of_a_microgram() -> None:
    """0.45359237 kg exactly."""
    assert 45_359_237 * units.NG_PER_KG % 100_000_000 == 0
