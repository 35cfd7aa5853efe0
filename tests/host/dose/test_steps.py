"""Orders of several steps: how they are read, what they come to, and what is refused."""

from fractions import Fraction
from typing import Any

import pytest
from host.dose.orders import ABSENT, bench_table, order_of, plan_of, reference_table

from evenflow.dose.plan_json import as_json
from evenflow.dose.step import given_nl
from evenflow.errors import Refused
from pumpcore import programme

pytestmark = pytest.mark.requirement("FLO-01", "FLO-12")

LOADING = {"rate": "60 mL/h", "volume": "2 mL"}
RAMP = {"rate": "60 mL/h", "to_rate": "20 mL/h", "duration": "100 s"}
MAINTENANCE = {"rate": "20 mL/h", "duration": "10 min"}
STEPS = [LOADING, RAMP, MAINTENANCE]


def bench(steps: object = STEPS, **changes: object) -> dict[str, Any]:
    """A bench order of these steps."""
    alone = {"therapy__rate": ABSENT, "therapy__volume": ABSENT, "syringe__fill": "10 mL"}
    return bench_table(**{**alone, "therapy__step": steps, **changes})


def refused(table: dict[str, Any]) -> tuple[str, str]:
    """(place, code) of the first problem of an order that is refused as it is read."""
    with pytest.raises(Refused) as caught:
        order_of(table)
    return caught.value.problems[0].where, caught.value.problems[0].code


def test_volumes_and_times_are_added_up() -> None:
    """60 mL/h for 2 mL, 100 s at 40 mL/h in the mean, 20 mL/h for 10 min."""
    plan = plan_of(bench())

    assert plan.error() is None
    assert [step.row for step in plan.order.steps] == [
        (60_000, 60_000, 2_000_000),
        (60_000, 20_000, 1_111_111),
        (20_000, 20_000, 3_333_333),
    ]
    assert plan.figures.pumped_volume_nl == 6_444_444
    assert plan.figures.pumped_rate_ul_per_h == 60_000
    exact_ms = 120_000 + Fraction(1_111_111 * 9, 100) + Fraction(3_333_333 * 18, 100)
    assert plan.figures.duration_ms == plan.figures.pumped_duration_ms == exact_ms


def test_the_pump_is_told_each_step_and_then_their_number() -> None:
    plan = plan_of(bench())
    values = plan.stage_values(9)

    assert (values["step_count"], values["rate_ul_per_h"], values["volume_nl"]) == (3, 0, 0)
    assert plan.step_values(9)[1] == {
        "programme_number": 9,
        "index": 1,
        "rate_ul_per_h": 60_000,
        "to_rate_ul_per_h": 20_000,
        "volume_nl": 1_111_111,
    }
    assert plan_of(bench_table()).step_values(9) == []


def test_the_plan_shows_every_step() -> None:
    content = as_json(plan_of(bench()))

    assert content["rate_ml_per_h"] == 60
    assert content["volume_ml"] == 6.444444
    assert content["steps"][1] == {
        "rate_ml_per_h": 60,
        "to_rate_ml_per_h": 20,
        "volume_ml": 1.111111,
        "duration_s": pytest.approx(100, abs=1e-3),
    }
    assert as_json(plan_of(bench_table()))["steps"] == []


def test_the_digest_is_that_of_all_steps() -> None:
    digests = {
        plan_of(bench(steps)).digest
        for steps in (STEPS, STEPS[::-1], STEPS[:2], [{**LOADING, "to_rate": "61 mL/h"}])
    }

    assert len(digests) == 4


@pytest.mark.parametrize(
    ("steps", "where", "code"),
    [
        ([], "therapy.step", "step_count"),
        ([LOADING] * 9, "therapy.step", "step_count"),
        ("60 mL/h", "therapy.step", "wrong_type"),
        ([1], "therapy.step", "wrong_type"),
        ([{"volume": "2 mL"}], "therapy.step.0.rate", "missing"),
        ([{"rate": "60 mL/h"}], "therapy.step.0", "step_extent"),
        ([LOADING, {**LOADING, "duration": "2 min"}], "therapy.step.1", "step_extent"),
        ([{**LOADING, "rates": "1 mL/h"}], "therapy.step.0.rates", "unknown_key"),
        ([{**LOADING, "to_rate": 20}], "therapy.step.0.to_rate", "unit_missing"),
        ([{**LOADING, "rate": "0.0001 mL/h"}], "therapy.step.0.rate", "too_fine"),
    ],
)
def test_a_step_that_is_not_clear_is_refused(steps: object, where: str, code: str) -> None:
    assert refused(bench(steps)) == (where, code)


@pytest.mark.parametrize("key", ["rate", "volume", "dose", "dose_rate", "duration"])
def test_steps_say_the_whole_dose(key: str) -> None:
    values = {
        "rate": "5 mL/h",
        "volume": "5 mL",
        "dose": "1 mg",
        "dose_rate": "1 mg/min",
        "duration": "10 min",
    }
    with pytest.raises(Refused) as caught:
        order_of(bench(**{f"therapy__{key}": values[key]}))

    assert (f"therapy.{key}", "dose_double") in [
        (problem.where, problem.code) for problem in caught.value.problems
    ]


@pytest.mark.requirement("KET-05")
def test_ketamine_is_given_in_one_step() -> None:
    table = reference_table(therapy__dose=ABSENT, therapy__duration=ABSENT, therapy__step=STEPS)

    assert refused(table) == ("therapy.step", "steps_not_permitted")


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"rate": "0.099 mL/h", "to_rate": "5 mL/h", "volume": "1 mL"}, "rate_range"),
        ({"rate": "5 mL/h", "to_rate": "1200.001 mL/h", "volume": "1 mL"}, "rate_range"),
        ({"rate": "5 mL/h", "volume": "0.009 mL"}, "volume_range"),
        ({"rate": "5 mL/h", "volume": "9.1 mL"}, "fill_short"),
    ],
)
def test_what_the_pump_cannot_give_is_refused(step: dict[str, str], code: str) -> None:
    error = plan_of(bench([LOADING, step])).error()

    assert error is not None
    assert error.code == code


def test_what_was_given_by_a_moment_follows_the_steps() -> None:
    rows = tuple(step.row for step in order_of(bench()).steps)

    assert given_nl(rows, 60_000) == 1_000_000
    # Half of the ramp's time at 50 mL/h in the mean.
    assert given_nl(rows, 170_000) == pytest.approx(2_000_000 + 50_000 * 50 / 3.6, rel=1e-6)
    assert given_nl(rows, 10**9) == 6_444_444


def test_the_pump_s_own_sums_are_the_host_s() -> None:
    order = programme.Order()
    order.rows = tuple(step.row for step in order_of(bench()).steps)

    figures = plan_of(bench()).figures
    assert programme.volume_and_rate(order) == (6_444_444, 60_000)
    assert Fraction(*programme.exact_duration_ms(order)) == figures.duration_ms
