"""Whether the typical figures of an entry belong together, and make an order that can be given."""

from collections.abc import Iterator
from fractions import Fraction

from evenflow.dose.entry import Entry, Number
from evenflow.dose.quantity import shown
from pumpcore import limits, syringe, units

# LIB-06: amounts further apart than 0.5 % contradict each other.
TOLERANCE = Fraction(5, 1_000)

_KEEP = "which of the two is mistyped?"


def findings(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    """Key, code, what is wrong and what to do."""
    yield from _amounts(entry)
    yield from _times(entry)
    rates = [
        _rate_ul_per_h(entry, one) for one in (*entry.concentrations, *entry.soft_concentrations)
    ]
    for number, rate in zip(
        (*entry.concentrations, *entry.soft_concentrations), rates, strict=True
    ):
        if not limits.MIN_RATE_UL_PER_H <= rate <= limits.MAX_RATE_UL_PER_H:
            reason = f"of {number.text} the typical dose takes {_ml(rate)}/h"
            hint = f"the pump gives {_ml(limits.MIN_RATE_UL_PER_H)}/h to "
            hint += f"{_ml(limits.MAX_RATE_UL_PER_H)}/h: leave it out"
            yield "concentration", "rate_range", reason, hint
    if not any(_holds(entry, one) for one in entry.concentrations):
        reason = (
            f"no syringe holds the typical {entry.mass.typical.text} at a normal concentration"
        )
        hint = "allow a larger syringe, another concentration or a larger loaded mass"
        yield "syringes", "no_plan", reason, hint


def _amounts(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    dose, weight, mass = entry.dose.typical, entry.weight.typical, entry.mass.typical
    if _are_apart(dose.value * weight.value / units.NG_PER_KG, mass.value):
        reason = f"{mass.text} is not {dose.text} for {weight.text}"
        yield "mass.typical", "mismatch", reason, _KEEP
    rate, duration = entry.dose_rate.typical, entry.duration.typical
    if _are_apart(rate.value * duration.value / units.MS_PER_H, dose.value):
        reason = f"{rate.text} for {duration.text} is not {dose.text}"
        yield "dose_rate.typical", "mismatch", reason, _KEEP
    volume = entry.volume.typical
    by_volume = [volume.value * one.value / units.NL_PER_ML for one in entry.concentrations]
    if all(_are_apart(one, mass.value) for one in by_volume):
        reason = f"{volume.text} is not {mass.text} at any normal concentration"
        yield "volume.typical", "mismatch", reason, _KEEP


def _times(entry: Entry) -> Iterator[tuple[str, str, str, str]]:
    duration = entry.duration.typical
    if entry.observe_soft_low.value < duration.value:
        reason = f"{entry.observe_soft_low.text} ends before the typical {duration.text}"
        yield "observe_soft_low", "observe_short", reason, "it counts from the start; lengthen it"
    if entry.near_end.value >= duration.value:
        reason = f"{entry.near_end.text} is the whole of the typical {duration.text}"
        yield "near_end", "never", reason, "warn later"


def _rate_ul_per_h(entry: Entry, concentration: Number) -> Fraction:
    volume_ul = entry.mass.typical.value * units.UL_PER_ML / concentration.value
    return volume_ul * units.MS_PER_H / entry.duration.typical.value


def _holds(entry: Entry, concentration: Number) -> bool:
    """Whether some syringe of the entry can be filled for the typical order."""
    volume_nl = entry.mass.typical.value * units.NL_PER_ML / concentration.value
    fill_nl = volume_nl + limits.RESERVE_NL
    loaded_ng = fill_nl * concentration.value / units.NL_PER_ML
    per_kg = loaded_ng * units.NG_PER_KG / entry.weight.typical.value
    mounted = [one for one in syringe.SYRINGES if one.model in entry.syringes]
    return (
        volume_nl <= limits.MAX_VOLUME_NL
        and loaded_ng <= entry.loaded_mass_hard_high.value
        and per_kg <= entry.loaded_mass_per_kg_hard_high.value
        and any(fill_nl <= one.capacity_nl for one in mounted)
    )


def _are_apart(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) > TOLERANCE * other


def _ml(ul: Fraction | int) -> str:
    return f"{shown(Fraction(ul) / units.UL_PER_ML)} mL"
