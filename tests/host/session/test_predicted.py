"""The band beside a running session: of what was given, not of what was ordered."""

from pathlib import Path

import pytest

from evenflow.dose.order import load
from evenflow.dose.plan import Plan, plan
from evenflow.pk.many import predictions
from evenflow.session.predicted import Predicted, predicted

pytestmark = pytest.mark.requirement("KET-01")

ORDERS = Path(__file__).parents[3] / "examples" / "orders"
FL_PER_STEP = 174_969_530
# 2 mg/mL.
NG_PER_STEP = FL_PER_STEP / 1e6 * 2_000_000 / 1e6
STEPS_PER_S = 35e6 / 2_400 / NG_PER_STEP


def ordered(name: str) -> Plan:
    return plan(load(ORDERS / f"{name}.toml"))


def shown(name: str = "ketamine-70kg") -> Predicted:
    found = predicted(ordered(name), FL_PER_STEP)
    assert found is not None
    return found


def test_an_infusion_as_ordered_has_the_band_of_the_order() -> None:
    live = shown()
    for at_s in range(10, 2_401, 10):
        live.take(at_s, round(at_s * STEPS_PER_S))
    table = predictions((), weight_kg=70.0, infusions=[(0.0, 40.0, 0.875)], times_min=[39.0, 40.0])
    lowest, highest = table.band()[0]

    assert live.ng_per_ml == pytest.approx((lowest, highest), rel=0.02)


def test_it_falls_in_a_pause_that_the_order_does_not_know() -> None:
    live = shown()
    for at_s in range(10, 1_201, 10):
        live.take(at_s, round(at_s * STEPS_PER_S))
    before = live.ng_per_ml
    for at_s in range(1_210, 1_801, 10):
        live.take(at_s, round(1_200 * STEPS_PER_S))

    assert before is not None
    assert live.ng_per_ml is not None
    assert live.ng_per_ml[0] < 0.8 * before[0]
    assert live.ng_per_ml[1] < 0.8 * before[1]


def test_what_is_drawn_back_is_no_error() -> None:
    live = shown()
    live.take(10.0, 1_000)
    live.take(20.0, 900)

    assert live.ng_per_ml is not None


def test_nothing_is_shown_before_ten_seconds() -> None:
    live = shown()
    live.take(9.9, 400)

    assert live.ng_per_ml is None


@pytest.mark.parametrize("name", ["bench-5ml-per-h", "dexmedetomidine-sedation"])
def test_of_another_drug_or_none_nothing_is_predicted(name: str) -> None:
    assert predicted(ordered(name), FL_PER_STEP) is None
