"""The absolute bounds, and how a value outside is refused."""

import pytest

from pumpcore import limits

pytestmark = pytest.mark.requirement("DES-08")


@pytest.mark.parametrize("value", [1, 2, 3])
def test_a_value_within_its_bounds_is_itself(value: int) -> None:
    assert limits.require("rate_ul_per_h", value, 1, 3) == value


@pytest.mark.parametrize("value", [0, 4])
def test_a_value_outside_is_refused_with_its_bounds(value: int) -> None:
    with pytest.raises(limits.OutOfRange) as caught:
        limits.require("rate_ul_per_h", value, 1, 3)

    error = caught.value
    assert (error.name, error.value, error.low, error.high) == ("rate_ul_per_h", value, 1, 3)
    assert str(error) == f"rate_ul_per_h: {value} is outside 1 to 3"


def test_lower_bounds_are_below_upper_bounds() -> None:
    for name in dir(limits):
        if name.startswith("MIN_"):
            assert getattr(limits, name) < getattr(limits, "MAX_" + name.removeprefix("MIN_"))


@pytest.mark.requirement("OCC-04", "ALM-08", "SYR-04", "SYR-05", "OVR-05")
def test_bounds_hold_to_their_requirements() -> None:
    assert limits.MAX_OCCLUSION_MMHG <= 750
    assert limits.AUDIO_PAUSE_MS <= 120_000
    assert 60_000 <= limits.NEAR_END_MS <= 900_000
    assert limits.EMPTY_RESIDUAL_NL <= 500_000
    assert limits.DIVERGENCE_NL <= 50_000
    assert limits.DIVERGENCE_FULL_STEPS <= 10


def test_every_bound_fits_a_small_integer_where_it_is_used_in_a_tick() -> None:
    for name in ("MAX_RATE_UL_PER_H", "AUDIO_PAUSE_MS", "LINK_SILENCE_MS", "MAX_TICK_US"):
        assert getattr(limits, name) < 1 << 30
