"""How a TMC2209 is set to a motor's current: its sense range and its scale, in whole numbers.

Peak of a phase (TMC2209 datasheet, 8 "Selecting Sense Resistors"), with 20 mOhm of its own:

    peak mA = (scale + 1) / 32 * full scale in uV / (sense resistor + 20 mOhm)

Full scale is 325 mV, or 180 mV with VSENSE set. The lower one is taken where it suffices: the same
current then has the larger scale, which is finer, and wastes less in the resistor. The scale is
rounded down, so that the motor never has more than was written; it may have one part of
`scale + 2` less.
"""

from pumpcore._compat import const

OWN_MOHM = const(20)
FULL_SCALE_UV = const(325_000)
SENSITIVE_UV = const(180_000)
_PARTS = const(32)


def current_scale(peak_ma: int, sense_mohm: int) -> tuple[bool, int]:
    """Whether VSENSE is set, and the scale from 0 to 31; ValueError if no scale reaches it."""
    across_uv = peak_ma * (sense_mohm + OWN_MOHM)
    is_sensitive = across_uv <= SENSITIVE_UV
    scale = across_uv * _PARTS // (SENSITIVE_UV if is_sensitive else FULL_SCALE_UV) - 1
    if across_uv > FULL_SCALE_UV or scale < 0:
        raise ValueError("motor.peak_ma: %d is out of reach over motor.sense_mohm" % peak_ma)
    return is_sensitive, scale


def too_little(peak_ma: int, sense_mohm: int) -> str:
    """What is wrong with a current that is less than scale 0; empty if it is not."""
    least_ma = -(-SENSITIVE_UV // (_PARTS * (sense_mohm + OWN_MOHM)))
    if peak_ma >= least_ma:
        return ""
    return (
        "motor.peak_ma: %d is less than tmc2209 can set over motor.sense_mohm; at least %d, or a "
        "larger resistor" % (peak_ma, least_ma)
    )
