"""Limits: inclusive, exact, before any rounding; refusals that name key, value and bound."""

import pytest
from host.dose.orders import ABSENT, bench_table, plan_of, reference_table

from evenflow import boards
from evenflow.dose import plan as plans
from evenflow.dose.limit import Limit
from evenflow.dose.plan import Plan
from evenflow.errors import NeedsOverride, Refused


def _failed(plan: Plan, kind: str) -> set[str]:
    return {limit.name for limit in plan.limits if limit.kind == kind and not limit.ok}


def _limit(plan: Plan, name: str, kind: str) -> Limit:
    (found,) = (one for one in plan.limits if (one.name, one.kind) == (name, kind))
    return found


BOUNDARIES = (
    ("weight 45 kg, fill 15 mL", "", ""),
    ("weight 44.999 kg, fill 15 mL", "weight", ""),
    ("weight 35 kg, fill 15 mL", "weight", ""),
    ("weight 34.999999999999 kg, fill 15 mL", "weight", "weight"),
    ("weight 120 kg, fill 31 mL", "", ""),
    ("weight 120.000000000001 kg, fill 32 mL", "weight mass", ""),
    ("weight 180 kg, fill 46 mL", "weight mass", ""),
    ("weight 180.001 kg, fill 47 mL", "weight mass", "weight"),
    ("dose 0.2 mg/kg, fill 10 mL", "", ""),
    ("dose 0.199999 mg/kg, fill 10 mL", "dose", ""),
    ("dose 0.1 mg/kg, fill 5 mL", "dose rate mass", ""),
    ("dose 0.099999 mg/kg, fill 5 mL", "dose rate mass", "dose"),
    ("dose 0.500001 mg/kg", "dose rate", ""),
    ("dose 1 mg/kg, fill 36 mL", "dose rate mass", ""),
    ("dose 1.0 mg/kg, fill 36 mL", "dose rate mass", ""),
    ("dose 1.000001 mg/kg, fill 37 mL", "dose rate mass", "dose rate"),
    ("over 60 min", "", ""),
    ("over 60.001 min", "duration", ""),
    ("over 39.999 min", "duration rate", ""),
    ("over 30 min", "duration rate", ""),
    ("over 1799.999 s", "duration rate", "duration"),
    ("over 2 h", "duration", ""),
    ("over 120.001 min, observe 121 min", "duration", "duration"),
    ("dose 0.75 mg/kg, over 30 min, fill 28 mL", "dose duration rate", ""),
    ("dose 0.750001 mg/kg, over 30 min, fill 28 mL", "dose duration rate", "rate"),
    ("dose 60 mg, weight 120 kg, fill 31 mL", "", ""),
    ("dose 100 mg, weight 150 kg, over 1 h, at 5 mg/mL, fill 21 mL", "weight dose mass", ""),
    ("dose 101 mg, weight 150 kg, over 1 h, at 5 mg/mL, fill 22 mL", "weight dose mass", "mass"),
    ("at 1 mg/mL, fill 36 mL", "", ""),
    ("at 5 mg/mL, fill 8 mL", "", ""),
    ("at 10 mg/mL, fill 5 mL", "concentration", ""),
    ("at 3 mg/mL", "concentration", "concentration"),
    ("at 50 mg/mL, fill 1.7 mL", "concentration loaded", "concentration"),
    ("fill 18.5 mL", "", ""),
    ("fill 18.499999 mL", "", "fill"),
    ("fill 35 mL", "", ""),
    ("fill 35.000001 mL", "loaded", ""),
    ("fill 50 mL", "loaded", ""),
    ("fill 50.000001 mL", "loaded", "fill"),
    ("at 5 mg/mL, fill 21 mL", "loaded", ""),
    ("at 5 mg/mL, fill 21.000001 mL", "loaded", "loaded/kg"),
    ("at 5 mg/mL, weight 120 kg, fill 24 mL", "", ""),
    ("at 5 mg/mL, weight 120 kg, fill 24.000001 mL", "loaded", "loaded"),
    ("weight 76.8 kg, height 160 cm, fill 21 mL", "bmi", ""),
    ("weight 76.8 kg, height 1.60001 m, fill 21 mL", "", ""),
    ("bore 27.501 mm", "", ""),
    ("bore 27.502 mm", "", "bore"),
    ("bore 25.899 mm", "", ""),
    ("bore 25.898 mm", "", "bore"),
    ("observe 119.999 min", "observe", ""),
    ("observe 40 min", "observe", ""),
    ("observe 39.999 min", "observe", "observe"),
    ("model bd-plastipak-20, fill 20 mL", "", ""),
    ("model bd-plastipak-10, fill 10 mL", "", "fill"),
)  # fmt: skip
KEYS = {
    "weight": "patient__weight",
    "height": "patient__height",
    "dose": "therapy__dose",
    "over": "therapy__duration",
    "at": "therapy__concentration",
    "model": "syringe__model",
    "fill": "syringe__fill",
    "bore": "syringe__bore",
    "observe": "session__observe",
}
NAMES = {
    "weight": "weight_kg",
    "dose": "dose_mg_per_kg",
    "duration": "duration_min",
    "rate": "dose_rate_mg_per_kg_h",
    "mass": "dose_mg",
    "concentration": "concentration_mg_per_ml",
    "fill": "fill_ml",
    "bore": "bore_mm",
    "loaded": "loaded_mass_mg",
    "loaded/kg": "loaded_mass_mg_per_kg",
    "bmi": "bmi_kg_per_m2",
    "observe": "observe_min",
}


@pytest.mark.requirement("KET-02", "KET-03", "KET-04", "KET-06", "KET-07", "OVR-12", "LIB-06")
@pytest.mark.parametrize(("changed", "soft", "hard"), BOUNDARIES)
def test_limits_are_inclusive_and_exact(changed: str, soft: str, hard: str) -> None:
    words = [change.split(" ", 1) for change in changed.split(", ")]
    table = reference_table(**{KEYS[key]: value for key, value in words})
    plan = plan_of(table)

    assert _failed(plan, "soft") == {NAMES[name] for name in soft.split()}
    assert _failed(plan, "hard") == {NAMES[name] for name in hard.split()}
    error = plan.error()
    if hard:
        assert isinstance(error, Refused)
        assert plan.digest is None
    elif soft:
        assert isinstance(error, NeedsOverride)
        assert plan_of(table, "as titrated").error() is None
    else:
        assert error is None


BENCH_BOUNDARIES: tuple[tuple[dict[str, object], set[str]], ...] = (
    ({"therapy__rate": "0.1 mL/h"}, set()),
    ({"therapy__rate": "0.099 mL/h"}, {"rate_ml_per_h"}),
    ({"therapy__rate": "1200 mL/h"}, set()),
    ({"therapy__rate": "20 mL/min"}, set()),
    ({"therapy__rate": "1200.001 mL/h"}, {"rate_ml_per_h"}),
    ({"therapy__volume": "0.01 mL"}, set()),
    ({"therapy__volume": "0.009999 mL"}, {"volume_ml"}),
    ({"therapy__volume": "7 mL"}, set()),
    ({"therapy__volume": "7.000001 mL"}, {"fill_ml"}),
    ({"therapy__volume": "61 mL"}, {"volume_ml", "fill_ml"}),
    ({"therapy__volume": "1 L"}, {"volume_ml", "fill_ml", "duration_min"}),
    ({"syringe__fill": "10 mL"}, set()),
    ({"syringe__fill": "10.000001 mL"}, {"fill_ml"}),
    (
        {
            "therapy__rate": "0.1 mL/h",
            "therapy__volume": "12.001 mL",
            "syringe__model": "bd-plastipak-50",
            "syringe__fill": "14 mL",
        },
        {"duration_min"},
    ),
)


@pytest.mark.requirement("FLO-14", "LIB-01")
@pytest.mark.parametrize(("changes", "hard"), BENCH_BOUNDARIES)
def test_the_bench_is_held_to_the_pump_s_own_limits(
    changes: dict[str, object], hard: set[str]
) -> None:
    plan = plan_of(bench_table(**changes))

    assert (_failed(plan, "soft"), _failed(plan, "hard")) == (set(), hard)


@pytest.mark.parametrize(
    ("rate", "hard"), [("464.428 mL/h", set()), ("464.429 mL/h", {"rate_ml_per_h"})]
)
def test_a_board_s_drive_bounds_the_rate(rate: str, hard: set[str]) -> None:
    order = plan_of(bench_table(therapy__rate=rate)).order
    # 2500 steps/s of 51603114 fL each, for the 10 mL syringe
    board = boards.load("pico")

    assert _failed(plans.plan(order, board=board), "hard") == hard
    assert _failed(plans.plan(order), "hard") == set()


@pytest.mark.requirement("FLO-14")
@pytest.mark.parametrize(
    ("key", "value"),
    [("rate", "26.2505 mL/h"), ("rate", "0.00001 mL/min"), ("volume", "17.5000001 mL")],
)
def test_a_typed_rate_or_volume_between_increments_is_refused(key: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        plan_of(bench_table(**{f"therapy__{key}": value}))

    assert (refused.value.code, refused.value.problems[0].where) == ("too_fine", f"therapy.{key}")


def test_a_refusal_names_key_value_bound_and_remedy() -> None:
    error = plan_of(reference_table(therapy__dose="1.2 mg/kg", syringe__fill="45 mL")).error()

    assert error is not None
    first = error.problems[0]
    assert (first.where, first.code) == ("therapy.dose", "dose_hard")
    assert first.reason == "dose 1.2 mg/kg is above the hard limit of 1 mg/kg"
    assert first.hint == "check dose, weight and unit"


@pytest.mark.parametrize(
    ("dose", "shown"), [("1.000001 mg/kg", "1.000001"), ("70.000001 mg", "1.00000001")]
)
def test_a_value_just_beyond_its_bound_is_shown_to_differ(dose: str, shown: str) -> None:
    plan = plan_of(reference_table(therapy__dose=dose, syringe__fill="40 mL"))

    reason = _limit(plan, "dose_mg_per_kg", "hard").problem().reason
    assert reason == f"dose {shown} mg/kg is above the hard limit of 1 mg/kg"


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"syringe__fill": "10 mL"}, "syringe.fill", "fill_short"),
        ({"syringe__fill": "51 mL"}, "syringe.fill", "fill_over"),
        ({"therapy__concentration": "4 mg/mL"}, "therapy.concentration", "concentration"),
        ({"patient__weight": "30 kg"}, "patient.weight", "weight_hard"),
        ({"therapy__duration": "20 min"}, "therapy.duration", "duration_hard"),
        ({"syringe__bore": "30 mm"}, "syringe.bore", "bore_calibration"),
        ({"session__observe": "30 min"}, "session.observe", "observe_short"),
    ],
)
def test_each_hard_limit_has_the_pump_s_own_code(
    changes: dict[str, object], where: str, code: str
) -> None:
    error = plan_of(reference_table(**changes)).error()

    assert error is not None
    assert (where, code) in {(problem.where, problem.code) for problem in error.problems}
    assert all(problem.hint for problem in error.problems)


def test_an_absent_height_asks_nothing() -> None:
    plan = plan_of(reference_table(patient__height=ABSENT))

    assert "bmi_kg_per_m2" not in {limit.name for limit in plan.limits}
