"""Weights of a body by formula: the mass index, and ideal and adjusted weight, in exact fractions.

Ideal weight: B. J. Devine, Gentamicin therapy, Drug Intell Clin Pharm 1974; 8: 650-655 (50 kg for
men and 45.5 kg for women, and 2.3 kg for each inch above five feet; figures as they are cited
everywhere, the paper was not read). Adjusted: ideal and four tenths of what is above it, as is
commonly taught. They are shown to people; no dose is reckoned with them unless one is ordered.
"""

from dataclasses import dataclass
from fractions import Fraction

from pumpcore import units

FEMALE = "female"
MALE = "male"
SEXES = (FEMALE, MALE)
DEVINE = "Devine 1974"
UM_PER_IN = 25_400
# Five feet; the formula says nothing of shorter people.
MIN_DEVINE_UM = 60 * UM_PER_IN
_BASE_KG = {FEMALE: Fraction("45.5"), MALE: Fraction(50)}
_KG_PER_IN = Fraction("2.3")
_ADJUSTED_SHARE = Fraction("0.4")


@dataclass(frozen=True, slots=True)
class Body:
    """Mass index in kg/m2; ideal and adjusted weight, None below five feet or of unknown sex."""

    mass_index: Fraction
    ideal_ng: Fraction | None
    adjusted_ng: Fraction | None


def body_of(weight_ng: Fraction, height_um: Fraction, sex: str | None) -> Body:
    """What the formulas say of a measured weight; adjusted only where it is above the ideal."""
    index = mass_index(weight_ng, height_um)
    if sex is None or height_um < MIN_DEVINE_UM:
        return Body(index, None, None)
    ideal = ideal_ng(sex, height_um)
    return Body(index, ideal, adjusted_ng(ideal, weight_ng) if weight_ng > ideal else None)


def mass_index(weight_ng: Fraction, height_um: Fraction) -> Fraction:
    """kg/m2."""
    metres = height_um / (units.UM_PER_MM * 1_000)
    return weight_ng / units.NG_PER_KG / metres**2


def ideal_ng(sex: str, height_um: Fraction) -> Fraction:
    """Devine's ideal weight; ValueError below five feet."""
    if height_um < MIN_DEVINE_UM:
        raise ValueError(f"{height_um} um is below five feet")
    inches = (height_um - MIN_DEVINE_UM) / UM_PER_IN
    return (_BASE_KG[sex] + _KG_PER_IN * inches) * units.NG_PER_KG


def adjusted_ng(ideal: Fraction, weight_ng: Fraction) -> Fraction:
    """Between ideal and measured weight."""
    return ideal + _ADJUSTED_SHARE * (weight_ng - ideal)
