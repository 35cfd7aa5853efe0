"""From what a balance showed to millilitres: density of the liquid, buoyancy of the air.

A balance is adjusted with weights of 8 g/mL in air, and shows the mass of such weights that would
press on it alike. For a liquid of density d in air of density a, the volume is therefore

    V = W * (1 - a / 8) / (d - a)          g, g/mL, mL

(ISO 8655-6 calls the factor Z; 8 g/mL is the convention of OIML D 28). Without it a volume of
water reads 0.1 % short, which is the size of what is looked for.
"""

from dataclasses import dataclass

from evenflow.flow.error import FlowError

# The standard's, for water at room temperature (IEC 60601-2-24:1998, 50.102).
STANDARD_G_PER_ML = 0.998
# The convention of OIML D 28, 0.0012 g/mL; at 20 C and sea level it is that within 3 %.
AIR_G_PER_ML = 0.0012
WEIGHTS_G_PER_ML = 8.0
LOWEST_G_PER_ML, HIGHEST_G_PER_ML = 0.5, 2.0
HIGHEST_AIR_G_PER_ML = 0.0015
LOWEST_C, HIGHEST_C = 0.0, 40.0
# Tanaka et al., Metrologia 38 (2001) 301: water free of air, 0 to 40 C, to 1e-6.
_A1, _A2, _A3, _A4, _A5 = -3.983035, 301.797, 522528.9, 69.34881, 0.999974950


@dataclass(frozen=True, slots=True)
class Liquid:
    """What was weighed, and in what air."""

    density_g_per_ml: float = STANDARD_G_PER_ML
    air_g_per_ml: float = AIR_G_PER_ML

    def __post_init__(self) -> None:
        """FlowError for what is no liquid, or no air."""
        if not LOWEST_G_PER_ML <= self.density_g_per_ml <= HIGHEST_G_PER_ML:
            reason = f"a liquid of {self.density_g_per_ml} g/mL"
            hint = f"give {LOWEST_G_PER_ML} to {HIGHEST_G_PER_ML} g/mL"
            raise FlowError("density_range", reason, hint)
        if not 0 <= self.air_g_per_ml <= HIGHEST_AIR_G_PER_ML:
            reason = f"air of {self.air_g_per_ml} g/mL"
            hint = f"give 0 (no correction) to {HIGHEST_AIR_G_PER_ML} g/mL"
            raise FlowError("density_range", reason, hint)

    @property
    def ml_per_g(self) -> float:
        """The volume that a shown gram stands for."""
        air = self.air_g_per_ml
        return (1.0 - air / WEIGHTS_G_PER_ML) / (self.density_g_per_ml - air)


def water(temperature_c: float, air_g_per_ml: float = AIR_G_PER_ML) -> Liquid:
    """Water of that temperature."""
    if not LOWEST_C <= temperature_c <= HIGHEST_C:
        reason = f"water at {temperature_c} C"
        hint = f"the formula holds from {LOWEST_C:g} to {HIGHEST_C:g} C; give a density instead"
        raise FlowError("temperature_range", reason, hint)
    above = (temperature_c + _A1) ** 2 * (temperature_c + _A2)
    return Liquid(_A5 * (1.0 - above / (_A3 * (temperature_c + _A4))), air_g_per_ml)
