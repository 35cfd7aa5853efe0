"""Measurements: declared, taken once, judged inclusively, and never left out."""

from math import inf, nan

import pytest

from evenflow.errors import CheckFailed, WrongUsage
from evenflow.rig.measurement import Measure, Measurement, declared

pytestmark = pytest.mark.requirement("DES-11")

FLOW = Measurement("flow", "mL/h", 4.95, 5.05)


def measure() -> Measure:
    return Measure({"flow": FLOW})


@pytest.mark.parametrize(
    ("low", "high", "value", "holds"),
    [
        (1.0, 2.0, 1.0, True),
        (1.0, 2.0, 2.0, True),
        (1.0, 2.0, 2.0001, False),
        (1.0, None, 1e9, True),
        (None, 2.0, -1e9, True),
        (None, None, 0.0, True),
        (None, None, nan, False),
        (None, None, inf, False),
    ],
)
def test_bounds_are_inclusive_and_no_number_is_none(
    low: float | None, high: float | None, value: float, *, holds: bool
) -> None:
    assert Measurement("x", "s", low, high).holds(value) is holds


def test_what_is_out_of_bounds_is_named_with_value_and_bound() -> None:
    one = measure()
    one("flow", 5.2)

    with pytest.raises(CheckFailed) as failed:
        one.judge()

    assert failed.value.code == "out_of_bounds"
    assert failed.value.reason == "flow: 5.2 is not 4.95 to 5.05 mL/h"


def test_what_was_declared_must_be_taken() -> None:
    with pytest.raises(CheckFailed, match="flow: not taken"):
        measure().judge()


def test_a_name_is_declared_once() -> None:
    with pytest.raises(WrongUsage) as refused:
        declared([FLOW, Measurement("flow", "mL/h")])

    assert refused.value.code == "declared_twice"


def test_what_is_no_number_is_no_value_in_the_report() -> None:
    one = measure()
    one("flow", inf)

    assert (one.rows()[0]["value"], one.rows()[0]["ok"]) == (None, False)


def test_nothing_is_measured_that_was_not_declared_and_nothing_twice() -> None:
    one = measure()
    with pytest.raises(WrongUsage) as refused:
        one("rate", 5.0)
    assert refused.value.code == "undeclared"
    one("flow", 5.0)

    with pytest.raises(WrongUsage) as refused:
        one("flow", 5.0)

    assert refused.value.code == "measured_twice"


def test_rows_have_declaration_value_and_verdict() -> None:
    one = measure()
    one("flow", 5.0)

    assert one.rows() == [
        {
            "name": "flow",
            "unit": "mL/h",
            "low": 4.95,
            "high": 5.05,
            "meaning": "",
            "bounds": "4.95 to 5.05 mL/h",
            "value": 5.0,
            "ok": True,
        }
    ]
