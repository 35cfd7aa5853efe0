"""Host and pump against a third arithmetic, over the whole domain and past its edges."""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from host.dose.orders import order_of, plan_of, reference_table
from hypothesis import event, given, settings
from hypothesis import strategies as st

from evenflow import boards
from evenflow.dose import plan as plan_module
from evenflow.dose.library import shipped
from evenflow.dose.plan import Plan
from evenflow.dose.quantity import shown
from pumpcore import library as device
from pumpcore import programme, syringe

PROFILE = boards.load("pico")
INSTALLED = device.Library(
    tuple(tuple(entry.device_row()) for entry in shipped().entries), shipped().digest
)
KG_PER_LB = Fraction("0.45359237")
# What the pump cannot know: the session's observation.
HOST_ONLY = {"observe_min"}


@st.composite
def decimals(draw: st.DrawFn, low: str, high: str, places: int) -> Fraction:
    """A decimal between two others, both of them included; the ends come often."""
    scale = 10 ** draw(st.integers(0, places))
    least, most = ceil(Fraction(low) * scale), floor(Fraction(high) * scale)
    if least > most or draw(st.integers(0, 7)) == 0:
        return Fraction(draw(st.sampled_from((low, high))))
    return Fraction(draw(st.integers(least, most)), scale)


@st.composite
def mostly(
    draw: st.DrawFn, bounds: tuple[str, str], wide: tuple[str, str], places: int
) -> Fraction:
    """A decimal within the bounds nine times in ten, else within wider ones."""
    low, high = wide if draw(st.integers(0, 9)) == 0 else bounds
    return draw(decimals(low, high, places))


def text(value: Fraction, unit: str) -> str:
    """A decimal as a person writes it."""
    return f"{shown(value, 15)} {unit}"


# key, unit; the value from mg/kg, kg and hours; decimals that the wire takes
FORMS = (
    ("dose", "mg/kg", lambda dose, _kg, _hours: dose, 6),
    ("dose", "ug/kg", lambda dose, _kg, _hours: dose * 1000, 3),
    ("dose", "mg", lambda dose, kg, _hours: dose * kg, 6),
    ("dose", "ug", lambda dose, kg, _hours: dose * kg * 1000, 3),
    ("dose", "g", lambda dose, kg, _hours: dose * kg / 1000, 9),
    ("dose_rate", "mg/kg/h", lambda dose, _kg, hours: dose / hours, 6),
    ("dose_rate", "mg/kg/min", lambda dose, _kg, hours: dose / hours / 60, 7),
    ("dose_rate", "ug/kg/min", lambda dose, _kg, hours: dose * 1000 / hours / 60, 4),
    ("dose_rate", "ug/kg/h", lambda dose, _kg, hours: dose * 1000 / hours, 3),
    ("dose_rate", "mg/min", lambda dose, kg, hours: dose * kg / hours / 60, 7),
    ("dose_rate", "mg/h", lambda dose, kg, hours: dose * kg / hours, 6),
    ("dose_rate", "ug/min", lambda dose, kg, hours: dose * kg * 1000 / hours / 60, 4),
)
# and back from the value, rounded to those decimals, to mg
MASSES = {
    "mg/kg": lambda value, kg, _hours: value * kg,
    "ug/kg": lambda value, kg, _hours: value / 1000 * kg,
    "mg": lambda value, _kg, _hours: value,
    "ug": lambda value, _kg, _hours: value / 1000,
    "g": lambda value, _kg, _hours: value * 1000,
    "mg/kg/h": lambda value, kg, hours: value * kg * hours,
    "mg/kg/min": lambda value, kg, hours: value * 60 * kg * hours,
    "ug/kg/min": lambda value, kg, hours: value / 1000 * 60 * kg * hours,
    "ug/kg/h": lambda value, kg, hours: value / 1000 * kg * hours,
    "mg/min": lambda value, _kg, hours: value * 60 * hours,
    "mg/h": lambda value, _kg, hours: value * hours,
    "ug/min": lambda value, _kg, hours: value / 1000 * 60 * hours,
}


def _rounded(value: Fraction, places: int) -> Fraction:
    return Fraction(max(1, round(value * 10**places)), 10**places)


@st.composite
def orders(draw: st.DrawFn) -> tuple[dict[str, Any], Fraction, Fraction, Fraction]:
    """An order table with its mass in mg, volume in mL and duration in h, by our own rule."""
    table = reference_table(session__observe="1000 h")
    kg = draw(mostly(("35", "180"), ("30", "190"), 4))
    weight, unit = kg, "kg"
    if draw(st.booleans()):
        weight, unit = _rounded(kg / KG_PER_LB, 3), "lb"
        kg = weight * KG_PER_LB
    table["patient"]["weight"] = text(weight, unit)
    mg_per_ml = draw(st.sampled_from((1, 2, 2, 5, 5, 10, 10, 3)))
    table["therapy"]["concentration"] = f"{mg_per_ml} mg/mL"
    mg_per_kg = draw(mostly(("0.1", "1"), ("0.05", "1.2"), 6))
    minutes = draw(mostly(("40", "120"), ("29", "121"), 3))
    hours = minutes / 60

    del table["therapy"]["dose"], table["therapy"]["duration"]
    if draw(st.integers(0, len(FORMS))) == 0:
        volume_ml = _rounded(mg_per_kg * kg / mg_per_ml, 6)
        ml_per_h = _rounded(volume_ml / hours, 3)
        table["therapy"] |= {"rate": text(ml_per_h, "mL/h"), "volume": text(volume_ml, "mL")}
        mg, hours = volume_ml * mg_per_ml, volume_ml / ml_per_h
    else:
        key, unit, value_of, places = draw(st.sampled_from(FORMS))
        value = _rounded(value_of(mg_per_kg, kg, hours), places)
        table["therapy"] |= {key: text(value, unit), "duration": text(minutes, "min")}
        mg = MASSES[unit](value, kg, hours)
        volume_ml = mg / mg_per_ml

    models = ("bd-plastipak-50",) * 4 + ("bd-plastipak-10", "bd-plastipak-20", "bd-plastipak-30")
    table["syringe"]["model"] = draw(st.sampled_from(models))
    enough_ml = Fraction(floor(volume_ml * 10**6), 10**6) + 1
    slack_ml = draw(mostly(("0", "1"), ("-0.5", "30"), 6))
    table["syringe"]["fill"] = text(max(enough_ml + slack_ml, Fraction("0.5")), "mL")
    return table, mg, volume_ml, hours


def _asked(plan: Plan) -> programme.Order:
    asked = plan_module._pump_order(plan.order, plan.library, plan.entry, plan.needs_override)
    asked.programme_number = 1
    return asked


def _derived(asked: programme.Order) -> programme.Programme | str:
    """The pump's programme, or the name of its refusal."""
    try:
        return programme.derive(asked, PROFILE, INSTALLED)
    except programme.Refused as refused:
        return refused.name


@pytest.mark.requirement("FLO-12")
@given(orders())
def test_host_and_pump_come_to_the_same_figures(
    case: tuple[dict[str, Any], Fraction, Fraction, Fraction],
) -> None:
    table, mg, volume_ml, hours = case
    plan = plan_of(table)

    figures = plan.figures
    assert figures.mass_ng == mg * 10**6
    assert figures.duration_ms == hours * 3_600_000
    assert figures.pumped_volume_nl == floor(volume_ml * 10**6)
    assert figures.pumped_rate_ul_per_h == floor(volume_ml / hours * 1000)
    assert programme.volume_and_rate(_asked(plan)) == (
        figures.pumped_volume_nl,
        figures.pumped_rate_ul_per_h,
    )


@pytest.mark.requirement("LIB-01")
@given(orders())
def test_the_pump_refuses_exactly_what_the_host_refuses(
    case: tuple[dict[str, Any], Fraction, Fraction, Fraction],
) -> None:
    """No path past a hard limit, and no order that only one of the two lets through."""
    plan = plan_of(case[0], board=PROFILE)
    refused_by_host = {limit.code for limit in plan.refused if limit.name not in HOST_ONLY}

    derived = _derived(_asked(plan))
    if isinstance(derived, str):
        event(f"refused: {derived}")
        assert derived in refused_by_host
    else:
        event("accepted")
        assert refused_by_host == set()
        assert plan.digest == derived.digest
        assert derived.volume_nl == plan.figures.pumped_volume_nl
        assert derived.rate_ul_per_h == plan.figures.pumped_rate_ul_per_h
        assert derived.mass_ng == floor(plan.figures.mass_ng or 0)


@pytest.mark.requirement("KET-04")
@given(decimals("0.0999", "1.0001", 6), decimals("29.9", "120.1", 3), decimals("34.9", "180.1", 3))
def test_no_combination_of_dose_and_duration_evades_the_rate(
    mg_per_kg: Fraction, minutes: Fraction, kg: Fraction
) -> None:
    plan = plan_of(
        reference_table(
            patient__weight=text(kg, "kg"),
            therapy__dose=text(mg_per_kg, "mg/kg"),
            therapy__duration=text(minutes, "min"),
            therapy__concentration="5 mg/mL",
            syringe__fill="50 mL",
            session__observe="1000 h",
        )
    )

    kinds = {(limit.name, limit.kind) for limit in plan.limits if not limit.ok}
    rate = mg_per_kg / minutes * 60
    outside_hard = rate > Fraction("1.5") or rate < Fraction("0.05")
    assert (("dose_rate_mg_per_kg_h", "hard") in kinds) == outside_hard
    outside_soft = rate > Fraction("0.75") or rate < Fraction("0.2")
    assert (("dose_rate_mg_per_kg_h", "soft") in kinds) == outside_soft
    assert (("dose_mg", "hard") in kinds) == (
        mg_per_kg * kg > 100 or mg_per_kg * kg < Fraction("3.5")
    )
    # The lower limits of rate and mass follow from the others and never stand alone.
    implied = {"dose_mg_per_kg", "duration_min", "weight_kg"}
    if rate < Fraction("0.05") or mg_per_kg * kg < Fraction("3.5"):
        assert {name for name, kind in kinds if kind == "hard"} & implied


@st.composite
def even_orders(draw: st.DrawFn) -> tuple[Fraction, Fraction, Fraction, int]:
    """mg/kg, kg, hours and mg/mL of which most forms have few decimals; some are past limits."""
    mg_per_kg = Fraction(draw(st.integers(8, 110)), 100)
    kg = Fraction(draw(st.integers(60, 380)), 2)
    minutes = draw(st.sampled_from((24, 30, 36, 40, 45, 48, 60, 72, 75, 80, 90, 96, 120, 125)))
    return mg_per_kg, kg, Fraction(minutes, 60), draw(st.sampled_from((1, 2, 5, 10)))


def _exact_forms(
    mg_per_kg: Fraction, kg: Fraction, hours: Fraction, mg_per_ml: int
) -> Iterator[dict[str, str]]:
    """Each form that can say exactly this."""
    duration = text(hours * 60, "min")
    for key, unit, value_of, places in FORMS:
        value = value_of(mg_per_kg, kg, hours)
        if (value * 10**places).denominator == 1:
            yield {key: text(value, unit), "duration": duration}
    ml = mg_per_kg * kg / mg_per_ml
    ml_per_h = ml / hours
    if (ml * 10**6).denominator == 1 and (ml_per_h * 1000).denominator == 1:
        yield {"rate": text(ml_per_h, "mL/h"), "volume": text(ml, "mL")}


@pytest.mark.requirement("FLO-12", "LIB-06")
@settings(max_examples=300)
@given(even_orders(), st.sampled_from(("kg", "lb")))
def test_every_form_of_one_order_has_the_same_schedule_and_the_same_end(
    case: tuple[Fraction, Fraction, Fraction, int], unit: str
) -> None:
    """Schedule, limits and refusal; the digest too where the wire says the same."""
    mg_per_kg, kg, hours, mg_per_ml = case
    weight = text(kg, "kg")
    if unit == "lb":
        weight, kg = text(kg * 2, unit), kg * 2 * KG_PER_LB
    fill = Fraction(ceil(mg_per_kg * kg / mg_per_ml * 10 + 10), 10)
    schedules, verdicts, count = set(), set(), 0
    digests: dict[tuple[int, ...], set[bytes | None]] = {}
    for keys in _exact_forms(mg_per_kg, kg, hours, mg_per_ml):
        table = reference_table(
            patient__weight=weight,
            therapy__concentration=f"{mg_per_ml} mg/mL",
            syringe__fill=text(fill, "mL"),
            session__observe="1000 h",
        )
        del table["therapy"]["dose"], table["therapy"]["duration"]
        table["therapy"] |= keys
        plan = plan_of(table)
        count += 1
        schedules.add(plan.figures)
        verdicts.add(frozenset((one.name, one.kind, one.value, one.ok) for one in plan.limits))
        asked = _asked(plan)
        said = (asked.dose_form, asked.dose_value, asked.rate_ul_per_h, asked.volume_nl)
        digests.setdefault(said, set()).add(plan.digest)

    event(f"{count} forms")
    assert len(schedules) == 1
    assert len(verdicts) == 1
    assert all(len(same) == 1 for same in digests.values())


@given(st.sampled_from(syringe.SYRINGES), decimals("0.1", "1200", 3), decimals("0.01", "55", 6))
def test_a_bench_order_is_what_was_typed(
    mounted: syringe.Syringe, ml_per_h: Fraction, ml: Fraction
) -> None:
    table = {
        "schema": 1,
        "therapy": {
            "care_area": "bench",
            "rate": text(ml_per_h, "mL/h"),
            "volume": text(ml, "mL"),
        },
        "syringe": {"model": mounted.model, "fill": text(ml + 1, "mL")},
    }
    plan = plan_module.plan(order_of(table), board=PROFILE)

    asked = _asked(plan)
    assert (asked.rate_ul_per_h, asked.volume_nl) == (ml_per_h * 1000, ml * 10**6)
    refused_by_host = {limit.code for limit in plan.refused}
    if "duration_range" in refused_by_host:
        # The pump has one name for too long, whatever the care area.
        refused_by_host.add("duration_hard")
    derived = _derived(asked)
    if isinstance(derived, str):
        assert derived in refused_by_host
    else:
        assert not refused_by_host
        if plan.error() is None:
            assert derived.digest == plan.digest
