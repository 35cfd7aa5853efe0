"""From a motor's current to its driver's scale, against the datasheet's formula in fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.board.motor_current import current_scale, too_little

pytestmark = pytest.mark.requirement("DES-08")

CURRENTS = st.integers(50, 2_800)
RESISTORS = st.integers(20, 1_000)


def peak_ma(sense_mohm: int, scale: int, full_scale_mv: int) -> Fraction:
    return Fraction(scale + 1, 32) * Fraction(full_scale_mv * 1_000, sense_mohm + 20)


@given(CURRENTS, RESISTORS)
def test_the_motor_never_has_more_than_was_written_and_what_no_scale_reaches_is_refused(
    wanted: int, mohm: int
) -> None:
    if not peak_ma(mohm, 0, 180) <= wanted <= peak_ma(mohm, 31, 325):
        with pytest.raises(ValueError, match=r"motor\.peak_ma"):
            current_scale(wanted, mohm)
        return

    is_sensitive, scale = current_scale(wanted, mohm)

    full_scale_mv = 180 if is_sensitive else 325
    assert 0 <= scale <= 31
    # One scale up would be more.
    assert peak_ma(mohm, scale, full_scale_mv) <= wanted < peak_ma(mohm, scale + 1, full_scale_mv)
    # The finer range wherever it suffices.
    assert is_sensitive == (wanted <= peak_ma(mohm, 31, 180))


@given(RESISTORS)
def test_the_least_current_is_reached_and_less_is_not(mohm: int) -> None:
    least_ma = next(ma for ma in range(1, 200) if not too_little(ma, mohm))

    assert current_scale(least_ma, mohm) == (True, 0)
    assert least_ma - 1 < peak_ma(mohm, 0, 180) <= least_ma
    assert f"at least {least_ma}," in too_little(least_ma - 1, mohm)
