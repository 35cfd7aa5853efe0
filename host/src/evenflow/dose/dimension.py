"""Kinds of quantity: which units each is written in, and the wire's unit it is counted in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dimension:
    """A kind of quantity: its units with their size in the base unit, which is the wire's."""

    name: str
    base_unit: str
    example: str
    units: tuple[tuple[str, int], ...]
    is_on_wire: bool = True

    def factor(self, unit: str) -> int | None:
        """Base units in one of that unit; None if it is not a unit of this kind."""
        return dict(self.units).get(unit)


BODY_MASS = Dimension(
    "body weight",
    "ng",
    "70 kg",
    (("kg", 10**12), ("g", 10**9), ("lb", 453_592_370_000)),  # 1 lb = 0.45359237 kg, exactly
)
BODY_LENGTH = Dimension(
    "height", "um", "175 cm", (("cm", 10_000), ("m", 1_000_000), ("in", 25_400)), is_on_wire=False
)
BORE = Dimension("bore", "um", "26.70 mm", (("mm", 1_000),))
DRUG_MASS = Dimension("mass of drug", "ng", "35 mg", (("mg", 10**6), ("ug", 10**3), ("g", 10**9)))
VOLUME = Dimension("volume", "nL", "20 mL", (("mL", 10**6), ("L", 10**9)))
DURATION = Dimension("duration", "ms", "40 min", (("min", 60_000), ("s", 1_000), ("h", 3_600_000)))
CONCENTRATION = Dimension(
    "concentration", "ng/mL", "2 mg/mL", (("mg/mL", 10**6), ("ug/mL", 10**3))
)
FLOW = Dimension("rate", "uL/h", "26.25 mL/h", (("mL/h", 1_000), ("mL/min", 60_000)))
MASS_RATE = Dimension(
    "mass rate",
    "ng/h",
    "0.875 mg/min",
    (("mg/min", 60 * 10**6), ("mg/h", 10**6), ("ug/min", 60 * 10**3)),
)
MASS_PER_KG = Dimension(
    "dose by weight", "ng/kg", "0.5 mg/kg", (("mg/kg", 10**6), ("ug/kg", 10**3))
)
MASS_RATE_PER_KG = Dimension(
    "dose rate by weight",
    "ng/kg/h",
    "0.75 mg/kg/h",
    (
        ("mg/kg/h", 10**6),
        ("mg/kg/min", 60 * 10**6),
        ("ug/kg/min", 60 * 10**3),
        ("ug/kg/h", 10**3),
    ),
)
PRESSURE = Dimension("pressure", "mmHg", "300 mmHg", (("mmHg", 1),))

DIMENSIONS = (
    BODY_MASS,
    BODY_LENGTH,
    BORE,
    DRUG_MASS,
    VOLUME,
    DURATION,
    CONCENTRATION,
    FLOW,
    MASS_RATE,
    MASS_PER_KG,
    MASS_RATE_PER_KG,
    PRESSURE,
)
