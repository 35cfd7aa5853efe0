"""The clamp's lever as a sensor of the barrel's diameter.

    raw = (bore + 2 wall) / full scale;   an open clamp stands at its stop, full scale

A potentiometer on the lever, read like the carriage's. Exact at any moment. Walls of 1.2 mm and a
stop at 40 mm are plausible; that sizes are told apart by less than 1 mm is what matters here.
"""

from functools import lru_cache

from evenflow.emulator.plant.adc import read_u16

_UM_PER_MM = 1_000.0


def outer_mm(bore_um: float, wall_mm: float) -> float:
    """Diameter that the clamp embraces."""
    return bore_um / _UM_PER_MM + 2 * wall_mm


# Asked in every exchange, for what seldom changes.
@lru_cache(maxsize=64)
def raw_barrel(diameter_mm: float | None, full_scale_mm: float, bits: int) -> int:
    """The potentiometer as read_u16 gives it; None: the clamp is open."""
    return read_u16(1.0 if diameter_mm is None else diameter_mm / full_scale_mm, bits)
