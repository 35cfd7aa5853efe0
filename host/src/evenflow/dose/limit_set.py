"""Which limits an order is held to: the entry's, the syringe's, the session's and the pump's."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from evenflow.boards import Profile, mechanism
from evenflow.dose import body
from evenflow.dose.entry import Entry
from evenflow.dose.figures import Figures
from evenflow.dose.limit import Limit, Subject
from evenflow.dose.order import Order
from pumpcore import limits as pump
from pumpcore import syringe, units

# name in JSON, in words, unit, base units in it, code of the refusal before _hard or _soft
WEIGHT = Subject("weight_kg", "body weight", "kg", units.NG_PER_KG, "weight")
DOSING_WEIGHT = Subject(
    "dosing_weight_kg", "dosing weight", "kg", units.NG_PER_KG, "dosing_weight"
)
DOSE = Subject("dose_mg_per_kg", "dose", "mg/kg", units.NG_PER_MG, "dose")
DURATION = Subject("duration_min", "duration", "min", units.MS_PER_MIN, "duration")
DOSE_RATE = Subject("dose_rate_mg_per_kg_h", "dose rate", "mg/kg/h", units.NG_PER_MG, "dose_rate")
MASS = Subject("dose_mg", "mass of drug", "mg", units.NG_PER_MG, "mass")
VOLUME = Subject("volume_ml", "volume", "mL", units.NL_PER_ML, "volume")
RATE = Subject("rate_ml_per_h", "rate", "mL/h", units.UL_PER_ML, "rate")
CONCENTRATION = Subject(
    "concentration_mg_per_ml", "concentration", "mg/mL", units.NG_PER_MG, "concentration"
)
FILL = Subject("fill_ml", "fill", "mL", units.NL_PER_ML, "fill")
BORE = Subject("bore_mm", "calibrated bore", "mm", units.UM_PER_MM, "bore")
LOADED = Subject("loaded_mass_mg", "mass in the syringe", "mg", units.NG_PER_MG, "loaded_mass")
LOADED_PER_KG = Subject(
    "loaded_mass_mg_per_kg", "mass in the syringe", "mg/kg", units.NG_PER_MG, "loaded_mass"
)
BODY_MASS_INDEX = Subject("bmi_kg_per_m2", "body mass index", "kg/m2", 1, "body_mass_index")
OCCLUSION = Subject("occlusion_limit_mmhg", "occlusion limit", "mmHg", 1, "occlusion_limit")
KVO = Subject("kvo_ml_per_h", "flow after the end", "mL/h", units.UL_PER_ML, "kvo")
WITH_KVO = Subject("dose_with_kvo_mg", "mass of drug with it", "mg", units.NG_PER_MG, "mass")
DOSE_WITH_KVO = Subject(
    "dose_with_kvo_mg_per_kg", "dose with it", "mg/kg", units.NG_PER_MG, "dose"
)
OBSERVE = Subject("observe_min", "observation", "min", units.MS_PER_MIN, "observe")
# Weights are typed to the tenth of a kilogram.
_TENTH_NG = Fraction(units.NG_PER_KG, 10)


def limits(
    order: Order, figures: Figures, entry: Entry | None, board: Profile | None = None
) -> tuple[Limit, ...]:
    """Every limit of the order, passed or not; `entry` is None on the bench.

    Without the profile of a board what its mechanism can follow is not known.
    """
    found = [] if entry is None else [*_entry_limits(order, figures, entry)]
    found.extend(_pump_limits(order, figures))
    found.extend(_occlusion_limits(order, entry))
    found.extend(_kvo_limits(order, figures, entry))
    found.extend(_syringe_limits(order, figures))
    if board is not None:
        found.append(_mechanism_limit(order, figures, board))
    found.extend(_session_limits(order, figures, entry))
    return tuple(found)


def _entry_limits(order: Order, figures: Figures, entry: Entry) -> Iterator[Limit]:
    dose_key = _dose_key(order)
    duration_key = _rate_key(order)
    mass_ng = figures.mass_ng or Fraction(0)
    weight_ng = figures.weight_ng or Fraction(0)
    yield from _weight_limits(order, entry)
    yield from DOSE.both(dose_key, figures.dose_ng_per_kg or Fraction(0), entry.dose)
    yield from DURATION.both(duration_key, figures.duration_ms, entry.duration)
    dose_rate = figures.dose_rate_ng_per_kg_h or Fraction(0)
    yield from DOSE_RATE.both(dose_key, dose_rate, entry.dose_rate)
    yield from MASS.both(dose_key, mass_ng, entry.mass)
    soft_volume = (entry.volume.soft_low.value, entry.volume.soft_high.value)
    yield VOLUME.within(dose_key, "soft", figures.volume_nl, *soft_volume, code="volume_range")
    if order.concentration is not None:
        where = "therapy.concentration"
        value = order.concentration.value
        both = (*entry.concentrations, *entry.soft_concentrations)
        yield CONCENTRATION.among(where, "hard", value, both, "concentration")
        normal = entry.concentrations
        yield CONCENTRATION.among(where, "soft", value, normal, "concentration_soft")
        loaded_ng = order.fill.value * value / units.NL_PER_ML
        yield from _loaded_limits(loaded_ng, mass_ng, weight_ng, entry)


def _weight_limits(order: Order, entry: Entry) -> Iterator[Limit]:
    """Measured and ordered weight are held to the same range, so that neither leads past it."""
    if order.weight is None:
        return
    measured_ng = order.weight.value
    yield from WEIGHT.both("patient.weight", measured_ng, entry.weight)
    if order.height is None:
        return
    height_um = order.height.value
    if order.dosing_weight is None or order.sex is None:
        yield _body_mass_index(measured_ng, height_um, entry)
        return
    where, value = "patient.dosing_weight", order.dosing_weight.value
    for limit in WEIGHT.both(where, value, entry.weight):
        yield replace(limit, name=DOSING_WEIGHT.name, what=DOSING_WEIGHT.what)
    yield DOSING_WEIGHT.within(where, "hard", value, None, measured_ng, "dosing_weight_over")
    low, high = _usual_dosing_weight(order.sex, measured_ng, height_um, entry)
    yield DOSING_WEIGHT.within(where, "soft", value, low, high, "dosing_weight_soft")


def _usual_dosing_weight(
    sex: str, measured_ng: Fraction, height_um: Fraction, entry: Entry
) -> tuple[Fraction, Fraction]:
    """From ideal to adjusted weight, to the tenth of a kg around; of the slender, to measured."""
    ideal = body.ideal_ng(sex, height_um)
    if body.mass_index(measured_ng, height_um) < entry.body_mass_index_soft.value:
        return min(_TENTH_NG * (ideal // _TENTH_NG), measured_ng), measured_ng
    adjusted = body.adjusted_ng(ideal, measured_ng)
    return _TENTH_NG * (ideal // _TENTH_NG), -(_TENTH_NG * (-adjusted // _TENTH_NG))


def _loaded_limits(
    loaded_ng: Fraction, mass_ng: Fraction, weight_ng: Fraction, entry: Entry
) -> Iterator[Limit]:
    where = "syringe.fill"
    yield LOADED.within(where, "hard", loaded_ng, None, entry.loaded_mass_hard_high.value)
    per_kg = loaded_ng * units.NG_PER_KG / weight_ng
    highest_per_kg = entry.loaded_mass_per_kg_hard_high.value
    yield LOADED_PER_KG.within(where, "hard", per_kg, None, highest_per_kg)
    highest = mass_ng * entry.loaded_to_prescribed_soft_high.value
    yield LOADED.within(where, "soft", loaded_ng, None, highest)


def _body_mass_index(weight_ng: Fraction, height_um: Fraction, entry: Entry) -> Limit:
    index = body.mass_index(weight_ng, height_um)
    highest = entry.body_mass_index_soft.value
    limit = BODY_MASS_INDEX.within("patient.height", "soft", index, None, highest)
    # KET-07 prompts from this index on, so the bound itself is not within.
    return limit if index != highest else replace(limit, ok=False)


def _pump_limits(order: Order, figures: Figures) -> Iterator[Limit]:
    rates = (pump.MIN_RATE_UL_PER_H, pump.MAX_RATE_UL_PER_H)
    rate_key = _rate_key(order)
    yield RATE.within(rate_key, "hard", figures.rate_ul_per_h, *rates, code="rate_range")
    yield from _step_limits(figures)
    volumes = (pump.MIN_VOLUME_NL, pump.MAX_VOLUME_NL)
    dose_key = _dose_key(order)
    yield VOLUME.within(dose_key, "hard", figures.volume_nl, *volumes, code="volume_range")
    if order.is_bench:
        longest = pump.MAX_DURATION_MS
        duration_ms = figures.duration_ms
        yield DURATION.within(rate_key, "hard", duration_ms, None, longest, code="duration_range")


def _occlusion_limits(order: Order, entry: Entry | None) -> Iterator[Limit]:
    if order.occlusion_limit is None:
        return
    highest = pump.MAX_OCCLUSION_MMHG if entry is None else entry.occlusion.value
    bounds = (pump.MIN_OCCLUSION_MMHG, highest)
    value = order.occlusion_limit.value
    where = "therapy.occlusion_limit"
    yield OCCLUSION.within(where, "hard", value, *bounds, code="occlusion_limit")


def _kvo_limits(order: Order, figures: Figures, entry: Entry | None) -> Iterator[Limit]:
    """What may flow after the end: no more than 1 mL/h, the last rate, and what the entry says."""
    if order.kvo is None:
        return
    where = "therapy.kvo"
    rate = order.kvo.value
    if entry is not None and entry.kvo is None:
        yield KVO.within(where, "hard", rate, None, 0, code="kvo_not_permitted")
        return
    last = figures.rows[-1][1] if figures.rows else figures.pumped_rate_ul_per_h
    highest = min(Fraction(pump.MAX_KVO_UL_PER_H), Fraction(last))
    if entry is not None and entry.kvo is not None:
        highest = min(highest, entry.kvo.value)
    yield KVO.within(where, "hard", rate, pump.MIN_RATE_UL_PER_H, highest, code="kvo_rate")
    if entry is not None and order.concentration is not None:
        hours = Fraction(pump.MAX_KVO_MS, units.MS_PER_H)
        extra_ng = rate * hours * order.concentration.value / units.UL_PER_ML
        whole_ng = (figures.mass_ng or Fraction(0)) + extra_ng
        yield WITH_KVO.within(where, "hard", whole_ng, None, entry.mass.hard_high.value)
        if figures.weight_ng is not None:
            per_kg = whole_ng * units.NG_PER_KG / figures.weight_ng
            yield DOSE_WITH_KVO.within(where, "hard", per_kg, None, entry.dose.hard_high.value)


def _syringe_limits(order: Order, figures: Figures) -> Iterator[Limit]:
    mounted = syringe.by_model(order.syringe_model)
    if mounted is None:
        raise ValueError("an order with an unknown syringe is refused when it is read")
    lowest = figures.pumped_volume_nl + pump.RESERVE_NL
    highest = mounted.capacity_nl
    code = "fill_over" if order.fill.value > highest else "fill_short"
    yield FILL.within("syringe.fill", "hard", order.fill.value, lowest, highest, code)
    if order.bore is not None:
        slack = mounted.bore_um * syringe.MAX_CALIBRATION_PERMILLE // 1_000
        bounds = (mounted.bore_um - slack, mounted.bore_um + slack)
        bore = order.bore.value
        yield BORE.within("syringe.bore", "hard", bore, *bounds, code="bore_calibration")


def _mechanism_limit(order: Order, figures: Figures, board: Profile) -> Limit:
    """The rate at which the board's drive makes the most steps a second it can follow."""
    highest = mechanism.highest_rate_ul_per_h(board, order.bore_um)
    rate_key = _rate_key(order)
    pumped = figures.pumped_rate_ul_per_h
    return RATE.within(rate_key, "hard", pumped, None, highest, code="step_rate")


def _session_limits(order: Order, figures: Figures, entry: Entry | None) -> Iterator[Limit]:
    if order.observe is None:
        return
    where = "session.observe"
    value = order.observe.value
    yield OBSERVE.within(where, "hard", value, figures.duration_ms, None, "observe_short")
    if entry is not None:
        yield OBSERVE.within(where, "soft", value, entry.observe_soft_low.value, None)


def _step_limits(figures: Figures) -> Iterator[Limit]:
    """Of each step, what it falls short of; the highest rate and the whole are judged above."""
    for index, (rate, to_rate, volume_nl) in enumerate(figures.rows):
        where = f"therapy.step.{index}"
        lowest = min(rate, to_rate)
        if lowest < pump.MIN_RATE_UL_PER_H:
            bounds = (pump.MIN_RATE_UL_PER_H, pump.MAX_RATE_UL_PER_H)
            yield RATE.within(where, "hard", lowest, *bounds, code="rate_range")
        if volume_nl < pump.MIN_VOLUME_NL:
            bounds = (pump.MIN_VOLUME_NL, pump.MAX_VOLUME_NL)
            yield VOLUME.within(where, "hard", volume_nl, *bounds, code="volume_range")


def _rate_key(order: Order) -> str:
    if order.steps:
        return "therapy.step"
    return "therapy.duration" if order.rate is None else "therapy.rate"


def _dose_key(order: Order) -> str:
    if order.steps:
        return "therapy.step"
    if order.dose is not None:
        return "therapy.dose"
    return "therapy.volume" if order.dose_rate is None else "therapy.dose_rate"
