"""Geometry against floating point, and the table of syringes."""

from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import limits, syringe

pytestmark = pytest.mark.requirement("DES-08")

BORE = st.integers(syringe.MIN_BORE_UM, syringe.MAX_BORE_UM)


@pytest.mark.requirement("FLO-12")
@given(BORE, st.integers(100, 10_000), st.integers(20, 256_000))
def test_a_microstep_displaces_area_times_travel(bore_um: int, lead_um: int, turn: int) -> None:
    """To half a femtolitre."""
    exact = pi / 4 * bore_um**2 * lead_um / turn

    assert syringe.femtolitres_per_microstep(bore_um, lead_um, turn) == pytest.approx(
        exact, abs=0.5, rel=1e-12
    )


@given(BORE)
def test_the_area_is_floored(bore_um: int) -> None:
    exact = pi / 4 * bore_um**2

    assert exact - 1.000001 < syringe.area_um2(bore_um) <= exact + 1e-6


def test_a_microstep_of_the_50_ml_syringe_is_0_175_ul() -> None:
    assert syringe.femtolitres_per_microstep(26_700, 1_000, 3_200) == 174_969_530


@pytest.mark.parametrize("bore_um", [syringe.MIN_BORE_UM - 1, syringe.MAX_BORE_UM + 1])
def test_an_impossible_bore_is_refused(bore_um: int) -> None:
    with pytest.raises(limits.OutOfRange):
        syringe.area_um2(bore_um)
    with pytest.raises(limits.OutOfRange):
        syringe.femtolitres_per_microstep(bore_um, 1_000, 3_200)


def test_the_table_is_the_one_promised() -> None:
    bores = {row.model: row.bore_um for row in syringe.SYRINGES}

    assert bores == {
        "bd-plastipak-1": 4_780,
        "bd-plastipak-3": 8_660,
        "bd-plastipak-5": 12_060,
        "bd-plastipak-10": 14_500,
        "bd-plastipak-20": 19_130,
        "bd-plastipak-30": 21_700,
        "bd-plastipak-50": 26_700,
    }
    assert [row.ident for row in syringe.SYRINGES] == list(range(1, 8))
    assert [row.capacity_nl // 1_000_000 for row in syringe.SYRINGES] == [1, 3, 5, 10, 20, 30, 50]


def test_syringes_are_found_by_ident_and_by_model() -> None:
    for row in syringe.SYRINGES:
        assert syringe.by_ident(row.ident) is row
        assert syringe.by_model(row.model) is row
    assert syringe.by_ident(0) is None
    assert syringe.by_model("bd-plastipak-60") is None
