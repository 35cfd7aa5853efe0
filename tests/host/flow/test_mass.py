"""Grams become millilitres by published tables: water's density, and the factor Z of pipettes."""

import pytest

from evenflow.flow import FlowError
from evenflow.flow.mass import Liquid, water

pytestmark = pytest.mark.requirement("FLO-01")


@pytest.mark.parametrize(
    ("temperature_c", "g_per_ml"),
    [(0.0, 0.99984), (4.0, 0.99997), (15.0, 0.99910), (20.0, 0.99821), (25.0, 0.99705)],
)
def test_water_has_its_tabulated_density(temperature_c: float, g_per_ml: float) -> None:
    assert water(temperature_c).density_g_per_ml == pytest.approx(g_per_ml, abs=5e-6)


# Z at 101.3 kPa as calibrations of pipettes use it.
@pytest.mark.parametrize(("temperature_c", "ml_per_g"), [(20.0, 1.0029), (25.0, 1.0040)])
def test_a_gram_has_the_volume_of_pipette_calibrations(
    temperature_c: float, ml_per_g: float
) -> None:
    assert water(temperature_c).ml_per_g == pytest.approx(ml_per_g, abs=1e-4)


def test_without_air_only_the_density_counts() -> None:
    assert Liquid(0.998, 0.0).ml_per_g == pytest.approx(1 / 0.998)


@pytest.mark.parametrize(
    ("density", "air", "code"),
    [
        (0.0, 0.0012, "density_range"),
        (float("nan"), 0.0012, "density_range"),
        (1.0, 0.1, "density_range"),
    ],
)
def test_what_is_no_liquid_is_refused(density: float, air: float, code: str) -> None:
    with pytest.raises(FlowError) as refused:
        Liquid(density, air)

    assert refused.value.code == code


def test_water_that_is_ice_or_hot_is_refused() -> None:
    for temperature_c in (-1.0, 41.0, float("nan")):
        with pytest.raises(FlowError) as refused:
            water(temperature_c)

        assert refused.value.code == "temperature_range"
