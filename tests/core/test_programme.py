"""The device's own arithmetic against fractions, and what it refuses."""

from fractions import Fraction
from math import floor

import pytest
from core import ketamine, pico
from core.pump_bench import bench_order
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import limits, programme, syringe, units
from pumpcore.library import Library
from pumpcore.programme import (
    DOSE_FORMS,
    MASS,
    MASS_PER_KG,
    MASS_RATE,
    MASS_RATE_PER_KG,
    VOLUME_RATE,
    Order,
    Programme,
    Refused,
    derive,
)
from pumpcore.refusals import code

PROFILE = pico.profile()
U64 = st.integers(0, (1 << 64) - 1)
OTHER = {"library": bytes(8), "rows": ((100, 100, 1),), "patient": b"somebody"}
U30 = st.integers(0, (1 << 30) - 1)


def exact(order: Order) -> tuple[Fraction, Fraction, Fraction]:
    """Mass in ng, volume in nL and rate in uL/h, as the order says them."""
    hours = Fraction(order.duration_ms, units.MS_PER_H)
    kilograms = Fraction(order.weight_ng, units.NG_PER_KG)
    if order.dose_form == VOLUME_RATE:
        mass = Fraction(order.volume_nl * order.concentration_ng_per_ml, units.NL_PER_ML)
        return mass, Fraction(order.volume_nl), Fraction(order.rate_ul_per_h)
    mass = Fraction(order.dose_value)
    if order.dose_form in (MASS_PER_KG, MASS_RATE_PER_KG):
        mass *= kilograms
    if order.dose_form in (MASS_RATE, MASS_RATE_PER_KG):
        mass *= hours
    volume = mass / order.concentration_ng_per_ml * units.NL_PER_ML
    return mass, volume, volume / units.NL_PER_UL / hours


@st.composite
def drug_orders(draw: st.DrawFn) -> Order:
    """Orders of every form around the whole domain of the entry, beyond its edges too."""
    order = ketamine.order()
    order.dose_form = draw(st.sampled_from(range(len(DOSE_FORMS))))
    order.weight_ng = draw(st.integers(30 * units.NG_PER_KG, 210 * units.NG_PER_KG))
    order.concentration_ng_per_ml = draw(st.sampled_from((1_000_000, 2_000_000)))
    order.duration_ms = draw(st.integers(25 * units.MS_PER_MIN, 130 * units.MS_PER_MIN))
    dose_ng_per_kg = draw(st.integers(50_000, 1_100_000))
    mass_ng = dose_ng_per_kg * order.weight_ng // units.NG_PER_KG
    order.dose_value = {
        VOLUME_RATE: 0,
        MASS_PER_KG: dose_ng_per_kg,
        MASS: mass_ng,
        MASS_RATE_PER_KG: dose_ng_per_kg * units.MS_PER_H // order.duration_ms,
        MASS_RATE: mass_ng * units.MS_PER_H // order.duration_ms,
    }[order.dose_form]
    if order.dose_form == VOLUME_RATE:
        order.volume_nl = mass_ng * units.NL_PER_ML // order.concentration_ng_per_ml
        order.rate_ul_per_h = order.volume_nl * 3_600 // order.duration_ms
        order.duration_ms = 0
    order.fill_nl = draw(st.integers(0, 60_000_000))
    return order


@st.composite
def bench_orders(draw: st.DrawFn) -> Order:
    order = bench_order(
        draw(st.integers(0, 1_300_000)),
        draw(st.integers(0, 61_000_000)),
        draw(st.integers(0, 60_000_000)),
    )
    order.syringe = draw(st.integers(0, 8))
    order.bore_um = draw(st.sampled_from((0, 0, 0, 8_400, 8_920, 26_500, 27_501, 27_502)))
    return order


def outcome(order: Order, library: Library) -> tuple[Programme | None, str]:
    """The programme, or the name of the refusal."""
    try:
        return derive(order, PROFILE, library), ""
    except Refused as refused:
        return None, refused.name


def assert_derived(order: Order, derived: Programme) -> None:
    """Floored once from the exact dose, and within every absolute limit."""
    mass, volume, rate = exact(order)
    assert (derived.mass_ng, derived.volume_nl, derived.rate_ul_per_h) == (
        floor(mass),
        floor(volume),
        floor(rate),
    )
    bore_um = order.bore_um or syringe.by_ident(order.syringe).bore_um
    fl = syringe.femtolitres_per_microstep(bore_um, 1000, 3200)
    assert derived.femtolitres_per_microstep == fl
    assert derived.microsteps * fl <= derived.volume_nl * units.FL_PER_NL
    assert (derived.microsteps + 1) * fl > derived.volume_nl * units.FL_PER_NL
    assert limits.MIN_RATE_UL_PER_H <= derived.rate_ul_per_h <= limits.MAX_RATE_UL_PER_H
    assert limits.MIN_VOLUME_NL <= derived.volume_nl <= limits.MAX_VOLUME_NL
    assert derived.volume_nl + limits.RESERVE_NL <= derived.fill_nl
    assert derived.fill_nl <= syringe.by_ident(order.syringe).capacity_nl
    steps_per_s = Fraction(derived.rate_ul_per_h * 10**9, 3600 * fl)
    assert steps_per_s <= PROFILE["plunger.max_step_rate_hz"]


@pytest.mark.requirement("FLO-12", "LIB-01", "OVR-12")
@given(drug_orders())
def test_a_drug_order_is_derived_exactly_or_refused_for_a_limit_it_passes(order: Order) -> None:
    entry = ketamine.ENTRY
    mass, volume, rate = exact(order)
    weight = Fraction(order.weight_ng)
    dose = mass * units.NG_PER_KG / weight
    duration_ms = order.duration_ms or volume * units.MS_PER_H / order.rate_ul_per_h / 1000
    loaded = Fraction(order.fill_nl * order.concentration_ng_per_ml, units.NL_PER_ML)
    within = {
        "weight_hard": entry.weight_low_ng <= weight <= entry.weight_high_ng,
        "dose_hard": entry.dose_low_ng_per_kg <= dose <= entry.dose_high_ng_per_kg,
        "duration_hard": entry.duration_low_ms <= duration_ms <= entry.duration_high_ms,
        "dose_rate_hard": dose * units.MS_PER_H / duration_ms <= 1_500_000,
        "mass_hard": mass <= entry.mass_high_ng,
        "loaded_mass_hard": loaded <= entry.loaded_mass_high_ng
        and loaded * units.NG_PER_KG / weight <= 1_500_000,
        "fill_short": floor(volume) + limits.RESERVE_NL <= order.fill_nl,
        "fill_over": order.fill_nl <= 50_000_000,
        "volume_range": floor(volume) <= limits.MAX_VOLUME_NL,
        "rate_range": floor(rate) >= limits.MIN_RATE_UL_PER_H,
    }
    derived, refusal = outcome(order, ketamine.library())
    if derived is None:
        assert not within[refusal]
    else:
        assert all(within.values())
        assert_derived(order, derived)
        assert derived.occlusion_mmhg == 300
        assert derived.near_end_ms == 180_000


@pytest.mark.requirement("FLO-14")
@given(bench_orders())
def test_a_bench_order_is_taken_as_it_is_or_refused_by_name(order: Order) -> None:
    """Refused, never clamped."""
    derived, refusal = outcome(order, Library())
    if derived is None:
        assert refusal in {
            "rate_range",
            "volume_range",
            "duration_hard",
            "unknown_syringe",
            "bore_calibration",
            "fill_over",
            "fill_short",
            "step_rate",
        }
    else:
        assert_derived(order, derived)
        assert (derived.volume_nl, derived.rate_ul_per_h, derived.mass_ng) == (
            order.volume_nl,
            order.rate_ul_per_h,
            0,
        )


@pytest.mark.requirement("LIB-01", "SEC-05")
@given(
    st.fixed_dictionaries(
        {
            "programme_number": st.integers(0, 0xFFFF),
            "library": st.sampled_from((ketamine.DIGEST, bytes(8))),
            "entry": st.sampled_from((0, ketamine.IDENT, 8)),
            "dose_form": st.integers(0, 255),
            "dose_value": U64,
            "weight_ng": U64,
            "concentration_ng_per_ml": U64 | st.sampled_from((1_000_000, 2_000_000)),
            "duration_ms": U30,
            "rate_ul_per_h": U30,
            "volume_nl": U30,
            "syringe": st.integers(0, 255),
            "bore_um": st.integers(0, 0xFFFF),
            "fill_nl": U30,
            "stop_on_link_loss": st.integers(0, 255),
            "override": st.integers(0, 255),
            "occlusion_mmhg": st.just(0) | st.integers(0, 0xFFFF),
        }
    )
)
def test_whatever_the_wire_can_carry_is_derived_or_refused(fields: dict[str, object]) -> None:
    """No value reaches the pump, and none breaks it."""
    order = Order()
    for name, value in fields.items():
        assert hasattr(order, name)
        setattr(order, name, value)
    derived, refusal = outcome(order, ketamine.library())
    if derived is None:
        assert code(refusal)
    else:
        assert_derived(order, derived)


@pytest.mark.requirement("KET-01")
def test_the_example_is_17_and_a_half_millilitres_at_26_25_ml_per_h() -> None:
    derived = derive(ketamine.order(), PROFILE, ketamine.library())

    assert derived.mass_ng == 35_000_000
    assert derived.volume_nl == 17_500_000
    assert derived.rate_ul_per_h == 26_250
    assert not derived.stop_on_link_loss


@pytest.mark.requirement("LIB-01", "KET-02", "KET-03", "KET-07")
@pytest.mark.parametrize("bound", [0, 1])
@pytest.mark.parametrize(
    ("name", "field", "bounds"),
    [
        ("weight_hard", "weight_ng", (35 * units.NG_PER_KG, 200 * units.NG_PER_KG)),
        ("dose_hard", "dose_value", (100_000, 1_000_000)),
        ("duration_hard", "duration_ms", (1_800_000, 7_200_000)),
    ],
)
def test_limits_are_inclusive_and_one_unit_beyond_is_refused_with_the_bound(
    name: str, field: str, bounds: tuple[int, int], bound: int
) -> None:
    order = ketamine.order()
    order.duration_ms = 60 * units.MS_PER_MIN
    library = ketamine.library(
        mass_high_ng=10**12, loaded_mass_high_ng=10**12, loaded_mass_high_ng_per_kg=10**9
    )
    order.fill_nl = 50_000_000
    order.dose_value = 200_000
    setattr(order, field, bounds[bound])
    derive(order, PROFILE, library)
    setattr(order, field, bounds[bound] + (1 if bound else -1))
    with pytest.raises(Refused) as caught:
        derive(order, PROFILE, library)

    assert (caught.value.name, caught.value.bound) == (name, bounds[bound])


@pytest.mark.requirement("FLO-14", "LIB-01", "LIB-04", "LIB-06", "OVR-12")
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("number_zero", {"programme_number": 0}),
        ("dose_form", {"dose_form": 5}),
        ("wrong_library", {"library": bytes(8)}),
        ("unknown_entry", {"entry": 8}),
        ("bench_only", {"entry": 0}),
        ("bench_only", {"entry": 0, "dose_form": VOLUME_RATE, "volume_nl": 17_500_000}),
        ("concentration", {"concentration_ng_per_ml": 0}),
        ("concentration", {"concentration_ng_per_ml": 2_000_001}),
        ("duration_hard", {"duration_ms": 0}),
        ("duration_hard", {"duration_ms": 59_999}),
        ("rate_range", {"dose_value": 1}),
        ("volume_range", {"dose_value": 1_800_000, "duration_ms": 7_200_000}),
        ("rate_range", {"dose_value": 100_000_000}),
        ("rate_range", {"duration_ms": 1_000_000_000}),
        ("dose_rate_hard", {"duration_ms": 1_800_000, "dose_value": 760_000}),
        ("mass_hard", {"weight_ng": 200 * units.NG_PER_KG, "dose_value": 510_000}),
        ("loaded_mass_hard", {"fill_nl": 60_000_001}),
        ("loaded_mass_hard", {"weight_ng": 36 * units.NG_PER_KG, "fill_nl": 28_000_000}),
        ("fill_short", {"fill_nl": 18_499_999}),
        ("fill_over", {"syringe": 4}),
        ("unknown_syringe", {"syringe": 0}),
        ("syringe_not_permitted", {"syringe": 1}),
        ("bore_calibration", {"bore_um": 27_502}),
        ("bore_calibration", {"bore_um": 25_898}),
        ("occlusion_limit", {"occlusion_mmhg": 49}),
        ("occlusion_limit", {"occlusion_mmhg": 301}),
    ],
)
def test_each_refusal_has_its_name(name: str, changes: dict[str, object]) -> None:
    order = ketamine.order()
    for field, value in changes.items():
        setattr(order, field, value)
    with pytest.raises(Refused) as caught:
        derive(order, PROFILE, ketamine.library())

    assert caught.value.name == name
    assert str(caught.value) == name


@pytest.mark.parametrize(
    ("name", "bound", "rate", "volume"),
    [
        ("rate_range", 100, 99, 1_000_000),
        ("rate_range", 1_200_000, 1_200_001, 1_000_000),
        ("volume_range", 10_000, 26_250, 9_999),
        ("volume_range", 60_000_000, 26_250, 60_000_001),
    ],
)
def test_the_pumps_own_bounds_are_told(name: str, bound: int, rate: int, volume: int) -> None:
    with pytest.raises(Refused) as caught:
        derive(bench_order(rate, volume), PROFILE, Library())

    assert (caught.value.name, caught.value.bound) == (name, bound)


@pytest.mark.requirement("FLO-14")
def test_a_rate_the_mechanism_cannot_follow_is_refused_with_the_highest() -> None:
    order = bench_order(200_000, 1_000_000, 3_000_000)
    order.syringe = 2
    with pytest.raises(Refused) as caught:
        derive(order, PROFILE, Library())
    assert caught.value.name == "step_rate"
    order.rate_ul_per_h = caught.value.bound
    derive(order, PROFILE, Library())
    order.rate_ul_per_h += 1
    with pytest.raises(Refused):
        derive(order, PROFILE, Library())


@pytest.mark.requirement("SYR-06")
def test_the_duration_of_rate_and_volume_is_their_quotient() -> None:
    order = bench_order(26_250, 17_500_000)

    assert Fraction(*programme.exact_duration_ms(order)) == 2_400_000
    order.rate_ul_per_h = 99
    with pytest.raises(Refused) as caught:
        programme.exact_duration_ms(order)
    assert caught.value.name == "rate_range"


def test_an_unknown_form_has_no_mass() -> None:
    order = ketamine.order()
    order.dose_form = 9
    with pytest.raises(Refused) as caught:
        programme.exact_mass_ng(order)

    assert (caught.value.name, caught.value.bound) == ("dose_form", 4)


@pytest.mark.requirement("DES-07")
def test_the_digest_names_everything_but_the_programme_number() -> None:
    base = programme.digest(ketamine.order())
    assert len(base) == 8
    for name, value in vars(ketamine.order()).items():
        order = ketamine.order()
        setattr(order, name, OTHER[name] if name in OTHER else value + 1)
        if name == "dose_form":
            order.dose_form = MASS
        expected_same = name in ("programme_number", "step_count", "patient")

        assert (programme.digest(order) == base) == expected_same, name


@pytest.mark.requirement("SEC-08")
def test_a_lost_link_stops_only_where_the_order_says_so() -> None:
    order = ketamine.order()
    order.stop_on_link_loss = 1

    assert derive(order, PROFILE, ketamine.library()).stop_on_link_loss


def test_an_unknown_syringe_has_no_bore() -> None:
    with pytest.raises(Refused) as caught:
        programme.bore_um(Order())

    assert caught.value.name == "unknown_syringe"


@pytest.mark.requirement("FLO-14")
def test_a_programme_has_a_longest_time() -> None:
    """Five days, to the microlitre; 12 mL at 0.1 mL/h."""
    longest = bench_order(rate_ul_per_h=100, volume_nl=12_000_000)
    longer = bench_order(rate_ul_per_h=100, volume_nl=12_000_001)

    assert outcome(longest, Library())[1] == ""
    assert outcome(longer, Library())[1] == "duration_hard"


@pytest.mark.requirement("OVR-05")
@pytest.mark.parametrize(
    ("model", "lead_um", "is_refused"),
    [
        ("bd-plastipak-50", 2_000, False),
        ("bd-plastipak-50", 2_001, True),
        ("bd-plastipak-30", 8_000, False),
    ],
)
def test_a_large_syringe_needs_a_fine_screw(model: str, lead_um: int, *, is_refused: bool) -> None:
    order = bench_order(1_000, 1_000_000, 2_500_000)
    order.syringe = syringe.by_model(model).ident
    profile = pico.profile(plunger__lead_um=lead_um)
    if not is_refused:
        assert derive(order, profile, Library()).microsteps > 0
        return
    with pytest.raises(Refused) as caught:
        derive(order, profile, Library())

    assert (caught.value.name, caught.value.bound) == ("lead_coarse", 2_000)
