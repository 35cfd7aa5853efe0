"""Small volumes in a row: mean and worst, from single figures and from one record of them all."""

import random

import pytest

from evenflow.flow import FlowError, boluses
from evenflow.flow.bolus import delivered

pytestmark = pytest.mark.requirement("FLO-08")


def test_mean_and_worst_are_in_percent_of_the_set_volume() -> None:
    found = boluses([1.0] * 23 + [1.04, 0.95], 1.0)

    assert found.count == 25
    assert found.mean_percent == pytest.approx(-0.04)
    assert found.worst_positive_percent == pytest.approx(4.0)
    assert found.worst_negative_percent == pytest.approx(-5.0)


def test_deliveries_are_found_between_their_rests() -> None:
    draw = random.Random(3)
    time_s, volume_ml, level_ml = [], [], 0.0
    for number in range(26 * 120):
        if number % 120 >= 60 and number < 25 * 120:
            level_ml += 1.01 / 60
        time_s.append(float(number))
        volume_ml.append(level_ml + draw.gauss(0, 0.002))
    found = delivered(time_s, volume_ml, 1.0, rest_s=30.0)

    assert len(found) == 25
    assert found == pytest.approx([1.01] * 25, abs=0.003)


@pytest.mark.parametrize(
    ("volumes_ml", "set_ml", "code"),
    [([], 1.0, "no_bolus"), ([1.0], 0.0, "volume_range"), ([float("nan")], 1.0, "not_finite")],
)
def test_no_volumes_are_refused(volumes_ml: list[float], set_ml: float, code: str) -> None:
    with pytest.raises(FlowError) as refused:
        boluses(volumes_ml, set_ml)

    assert refused.value.code == code


def test_a_record_without_rests_has_no_deliveries() -> None:
    time_s = [float(number) for number in range(600)]
    with pytest.raises(FlowError) as refused:
        delivered(time_s, [one / 60 for one in time_s], 1.0, rest_s=30.0)

    assert refused.value.code == "no_bolus"
