"""Plans: the figures of an order in all its units, and what the pump is asked."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from host.dose.orders import bench_table, plan_of, reference_table

from evenflow.dose import plan as plan_module
from evenflow.dose.plan_json import as_json
from evenflow.errors import CheckFailed, NeedsOverride, Refused, WrongUsage
from pumpcore import programme
from pumpcore.wire import codec
from pumpcore.wire.messages import by_name

# kg, mg, then mL at 1, 2, 5 and 10 mg/mL: safety research, appendix B (FLO-12)
APPENDIX_B = (
    ("40", 20, (20, 10, 4, 2), (30, 15, 6, 3)),
    ("55", 27.5, (27.5, 13.75, 5.5, 2.75), (41.25, 20.625, 8.25, 4.125)),
    ("70", 35, (35, 17.5, 7, 3.5), (52.5, 26.25, 10.5, 5.25)),
    ("85", 42.5, (42.5, 21.25, 8.5, 4.25), (63.75, 31.875, 12.75, 6.375)),
    ("100", 50, (50, 25, 10, 5), (75, 37.5, 15, 7.5)),
    ("120", 60, (60, 30, 12, 6), (90, 45, 18, 9)),
)


@pytest.mark.requirement("KET-01")
def test_the_reference_session_in_all_its_units() -> None:
    content = as_json(plan_of(reference_table()))

    expected = {
        "dose_mg": 35.0,
        "volume_ml": 17.5,
        "rate_ml_per_h": 26.25,
        "duration_s": 2400.0,
        "dose_mg_per_kg": 0.5,
        "dose_rate_mg_per_kg_h": 0.75,
        "dose_rate_ug_per_kg_min": 12.5,
        "weight_kg": 70.0,
        "concentration_mg_per_ml": 2.0,
        "needs_override": [],
    }
    assert expected == {key: content[key] for key in expected}
    assert len(content["digest"]) == 16
    assert all(
        limit.keys() >= {"name", "value", "low", "high", "kind", "ok"}
        for limit in content["limits"]
    )
    assert {limit["kind"] for limit in content["limits"]} == {"soft", "hard"}


@pytest.mark.requirement("FLO-12")
@pytest.mark.parametrize(("kg", "mg", "volumes_ml", "rates_ml_per_h"), APPENDIX_B)
@pytest.mark.parametrize("column", range(4))
def test_appendix_b(
    kg: str,
    mg: float,
    volumes_ml: tuple[float, ...],
    rates_ml_per_h: tuple[float, ...],
    column: int,
) -> None:
    concentration = (1, 2, 5, 10)[column]
    plan = plan_of(
        reference_table(
            patient__weight=f"{kg} kg",
            therapy__concentration=f"{concentration} mg/mL",
            syringe__fill="50 mL",
        )
    )

    content = as_json(plan)
    assert content["dose_mg"] == mg
    assert content["volume_ml"] == volumes_ml[column]
    assert content["rate_ml_per_h"] == rates_ml_per_h[column]
    does_not_fit = "fill_ml" in {limit.name for limit in plan.refused}
    assert does_not_fit == (volumes_ml[column] + 1 > 50)


EQUIVALENT = (
    {"dose": "0.5 mg/kg", "duration": "40 min"},
    {"dose": "500 ug/kg", "duration": "2400 s"},
    {"dose": "500 mcg/kg", "duration": "40 min"},
    {"dose": "35 mg", "duration": "40 min"},
    {"dose": "35000 \u00b5g", "duration": "40 min"},
    {"dose": "0.035 g", "duration": "40 min"},
    {"dose_rate": "0.75 mg/kg/h", "duration": "40 min"},
    {"dose_rate": "0.0125 mg/kg/min", "duration": "40 min"},
    {"dose_rate": "12.5 ug/kg/min", "duration": "40 min"},
    {"dose_rate": "12.5 \u03bcg/kg/min", "duration": "40 min"},
    {"dose_rate": "750 ug/kg/h", "duration": "40 min"},
    {"dose_rate": "0.875 mg/min", "duration": "40 min"},
    {"dose_rate": "52.5 mg/h", "duration": "40 min"},
    {"dose_rate": "875 ug/min", "duration": "40 min"},
    {"rate": "26.25 mL/h", "volume": "17.5 mL"},
    {"rate": "0.4375 mL/min", "volume": "0.0175 L"},
)


@pytest.mark.parametrize("form", EQUIVALENT)
@pytest.mark.parametrize("weight", ["70 kg", "70000 g"])
@pytest.mark.parametrize("concentration", ["2 mg/mL", "2000 ug/mL"])
def test_equivalent_forms_come_to_the_same(
    form: dict[str, str], weight: str, concentration: str
) -> None:
    table = reference_table(patient__weight=weight, therapy__concentration=concentration)
    del table["therapy"]["dose"], table["therapy"]["duration"]
    table["therapy"] |= form

    content = as_json(plan_of(table))
    reference = as_json(plan_of(reference_table()))
    assert content["needs_override"] == []
    for key in (
        "dose_mg",
        "volume_ml",
        "rate_ml_per_h",
        "duration_s",
        "dose_mg_per_kg",
        "dose_rate_mg_per_kg_h",
        "dose_rate_ug_per_kg_min",
        "weight_kg",
        "concentration_mg_per_ml",
    ):
        assert content[key] == reference[key]


@pytest.mark.requirement("LIB-07")
def test_pounds_are_exact_and_echoed_in_kilograms() -> None:
    plan = plan_of(reference_table(patient__weight="154 lb"))

    assert plan.stage_values(1)["weight_ng"] == 69_853_224_980_000
    content = as_json(plan)
    assert content["weight_kg"] == 69.85322498
    assert content["weight_echo"] == "154 lb = 69.853 kg"
    # 0.5 mg/kg at 2 mg/mL: 17.463306245 mL floored to 1 nL, over 40 min floored to 1 uL/h
    assert (content["volume_ml"], content["rate_ml_per_h"]) == (17.463306, 26.194)


# what is changed, and the limits that are passed then: soft, hard
@pytest.mark.requirement("LIB-05")
def test_a_bench_plan_is_marked_as_outside_the_library() -> None:
    content = as_json(plan_of(bench_table()))

    assert content["outside_library"] is True
    assert (content["library"], content["dose_mg"], content["weight_kg"]) == (None, None, None)
    assert (content["volume_ml"], content["rate_ml_per_h"]) == (5.0, 5.0)
    assert content["duration_s"] == 3600.0


@pytest.mark.requirement("LIB-02")
def test_a_soft_limit_needs_a_reason_and_stays_visible() -> None:
    table = reference_table(therapy__duration="70 min")

    bare, overridden = plan_of(table), plan_of(table, "as titrated")
    error = bare.error()
    assert error is not None
    assert error.code == "duration_soft"
    assert "--override" in error.hint
    with pytest.raises(NeedsOverride):
        bare.stage_values(1)
    assert overridden.error() is None
    assert overridden.stage_values(1)["override"] == 1
    content = as_json(overridden)
    assert content["needs_override"] == ["duration_min"]
    assert content["override"] == "as titrated"
    assert overridden.digest == bare.digest


@pytest.mark.requirement("LIB-01")
def test_an_override_does_not_pass_a_hard_limit() -> None:
    plan = plan_of(reference_table(therapy__dose="1.1 mg/kg", syringe__fill="45 mL"), "please")

    assert isinstance(plan.error(), Refused)
    with pytest.raises(Refused):
        plan.stage_values(1)


def test_an_override_that_nothing_needs_changes_nothing() -> None:
    assert plan_of(reference_table(), "why not").digest == plan_of(reference_table()).digest
    assert plan_of(reference_table(), "why not").stage_values(1)["override"] == 0


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "x" * 201])
def test_an_override_needs_words(reason: str) -> None:
    with pytest.raises(WrongUsage):
        plan_of(reference_table(), reason)


def test_the_pump_is_asked_in_the_order_s_own_quantities() -> None:
    plan = plan_of(
        reference_table(
            syringe__bore="26.70 mm", session__on_link_loss="stop", session__vitals="hold"
        )
    )

    assert plan.stage_values(7) == {
        "programme_number": 7,
        "library": plan.library.digest,
        "entry": 1,
        "dose_form": programme.MASS_PER_KG,
        "dose_value": 500_000,
        "weight_ng": 70_000_000_000_000,
        "concentration_ng_per_ml": 2_000_000,
        "duration_ms": 2_400_000,
        "rate_ul_per_h": 0,
        "volume_nl": 0,
        "syringe": 7,
        "bore_um": 26_700,
        "fill_nl": 20_000_000,
        "stop_on_link_loss": 1,
        "override": 0,
        "occlusion_mmhg": 0,
        "step_count": 0,
        "kvo_ul_per_h": 0,
        "vitals_hold": 1,
        "patient": plan_module.patient_hash("demo-0001"),
    }


@pytest.mark.requirement("OCC-04")
def test_an_order_may_choose_a_lower_pressure_limit() -> None:
    plain, chosen = reference_table(), reference_table(therapy__occlusion_limit="150 mmHg")

    assert plan_of(chosen).stage_values(1)["occlusion_mmhg"] == 150
    assert plan_of(chosen).digest != plan_of(plain).digest
    assert as_json(plan_of(chosen))["occlusion_limit_mmhg"] == 150
    assert as_json(plan_of(plain))["occlusion_limit_mmhg"] == 300
    assert as_json(plan_of(bench_table()))["occlusion_limit_mmhg"] == 300


@pytest.mark.requirement("OCC-04")
@pytest.mark.parametrize(
    ("table", "lowest", "highest"), [(reference_table, 50, 300), (bench_table, 50, 750)]
)
def test_a_pressure_limit_is_between_the_pumps_least_and_the_entrys(
    table: Callable[..., dict[str, Any]], lowest: int, highest: int
) -> None:
    for value in (lowest, highest):
        assert plan_of(table(therapy__occlusion_limit=f"{value} mmHg")).error() is None
    for value, bound in ((lowest - 1, lowest), (highest + 1, highest)):
        error = plan_of(table(therapy__occlusion_limit=f"{value} mmHg")).error()
        assert error is not None
        assert error.code == "occlusion_limit"
        assert f"{bound} mmHg" in error.reason


@pytest.mark.parametrize("table", [reference_table(), bench_table()])
def test_what_the_pump_is_asked_fits_the_stage_message(table: dict[str, Any]) -> None:
    message = by_name("stage")
    values = {"request_id": 1, **plan_of(table).stage_values(1)}
    sent = [values[field.name] for field in message.fields]

    buffer = bytearray(message.size_bytes)
    received: list[object] = [None] * len(sent)
    codec.decode(message, buffer, 0, codec.encode(message, sent, buffer, 0), received)
    assert received == sent


@pytest.mark.requirement("FLO-12")
def test_a_plan_on_which_host_and_pump_differ_does_not_exist(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(programme, "volume_and_rate", lambda _asked: (17_500_001, 26_250))

    with pytest.raises(CheckFailed) as failed:
        plan_of(reference_table())

    assert failed.value.code == "arithmetic"


def test_a_plan_needs_the_library_that_the_order_was_read_with() -> None:
    order = plan_of(reference_table()).order
    empty = plan_module.Library("empty", "0", "", (), date(2028, 12, 31))

    with pytest.raises(Refused) as refused:
        plan_module.plan(order, library=empty)

    assert refused.value.code == "unknown_drug"


@pytest.mark.requirement("FLO-14", "SYR-06")
def test_the_rate_is_floored_and_the_end_told_with_it() -> None:
    table = reference_table(patient__weight="69.3 kg", therapy__duration="41 min")
    plan = plan_of(table)

    # 17.325 mL in 41 min is 25.353658… mL/h
    assert plan.figures.pumped_rate_ul_per_h == 25_353
    assert plan.figures.pumped_duration_ms == Fraction(17_325_000 * 3_600, 25_353)
    assert as_json(plan)["duration_s"] == 2460.0
