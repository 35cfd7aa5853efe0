"""Syringes and the volume that one microstep of the plunger displaces.

A cubic micrometre is a femtolitre, so with the bore and the lead in micrometres the volume per
microstep in femtolitres is pi/4 * bore^2 * lead / microsteps per turn, without a scale factor.
"""

from collections import namedtuple

from pumpcore.limits import require

Syringe = namedtuple("Syringe", ("ident", "model", "bore_um", "capacity_nl"))

# Nominal bores; published tables differ by 0.4-2 %, a calibration corrects the one in use.
# Idents travel on the wire and are never reused.
SYRINGES = (
    Syringe(1, "bd-plastipak-1", 4_780, 1_000_000),
    Syringe(2, "bd-plastipak-3", 8_660, 3_000_000),
    Syringe(3, "bd-plastipak-5", 12_060, 5_000_000),
    Syringe(4, "bd-plastipak-10", 14_500, 10_000_000),
    Syringe(5, "bd-plastipak-20", 19_130, 20_000_000),
    Syringe(6, "bd-plastipak-30", 21_700, 30_000_000),
    Syringe(7, "bd-plastipak-50", 26_700, 50_000_000),
)

MIN_BORE_UM = 3_000
MAX_BORE_UM = 40_000
# A calibration that moves the bore further than this is a wrong syringe, not a correction.
MAX_CALIBRATION_PERMILLE = 30

# pi/4 to 15 digits: the error on any volume here is below one part in 10^15.
_QUARTER_PI_NUM = 785_398_163_397_448
_QUARTER_PI_DEN = 1_000_000_000_000_000


def by_ident(ident: int) -> Syringe | None:
    """The syringe with that wire ident, or None."""
    for syringe in SYRINGES:
        if syringe.ident == ident:
            return syringe
    return None


def by_model(model: str) -> Syringe | None:
    """The syringe of that model name, or None."""
    for syringe in SYRINGES:
        if syringe.model == model:
            return syringe
    return None


def area_um2(bore_um: int) -> int:
    """Cross-section of the barrel, floored to a whole square micrometre."""
    require("bore_um", bore_um, MIN_BORE_UM, MAX_BORE_UM)
    return bore_um * bore_um * _QUARTER_PI_NUM // _QUARTER_PI_DEN


def femtolitres_per_microstep(bore_um: int, lead_um: int, microsteps_per_turn: int) -> int:
    """Volume of one microstep, rounded to the nearest femtolitre (1 part in 10^6 or better)."""
    require("bore_um", bore_um, MIN_BORE_UM, MAX_BORE_UM)
    numerator = bore_um * bore_um * lead_um * _QUARTER_PI_NUM
    denominator = microsteps_per_turn * _QUARTER_PI_DEN
    return (numerator + denominator // 2) // denominator
