"""Vital signs: which there are, what a body can have, and the limits that stop a dose.

A sign that was not measured is 0. Limits are inclusive; a limit of 0 is none.
"""

from collections import namedtuple

from pumpcore.refusals import code

# Pressures in mmHg, heart rate a minute, saturation in percent, sedation an index of SEDATION.
VitalSigns = namedtuple(
    "VitalSigns", ("systolic", "diastolic", "heart_rate", "oxygen", "sedation")
)

NOT_TAKEN = VitalSigns(0, 0, 0, 0, 0)

SEDATION = ("not_assessed", "alert", "drowsy", "rousable", "unresponsive")
UNRESPONSIVE = SEDATION.index("unresponsive")

# Beyond these a figure was mistyped, whoever the patient is.
MAX_MMHG = 300
MAX_HEART_RATE_PER_MIN = 300
MAX_OXYGEN_PERCENT = 100

# Highest systolic and diastolic pressure, lowest and highest heart rate, lowest saturation.
STOP_COUNT = 5
# Systolic and diastolic pressure: soft, then hard.
BASELINE_COUNT = 4

_DONE = code("none")
_RANGE = code("vitals_range")
_BASELINE_HARD = code("baseline_hard")
_BASELINE_SOFT = code("baseline_soft")


def over(known: VitalSigns, entered: VitalSigns) -> VitalSigns:
    """What is known now: what was measured just now, and of the rest what was known before."""
    return VitalSigns(
        # Pressures come as two.
        entered.systolic or known.systolic,
        entered.diastolic or known.diastolic,
        entered.heart_rate or known.heart_rate,
        entered.oxygen or known.oxygen,
        entered.sedation or known.sedation,
    )


def is_measured(signs: VitalSigns) -> bool:
    """Whether anything was measured: sedation is a look."""
    return signs.systolic > 0 or signs.heart_rate > 0 or signs.oxygen > 0


def refusal_of(signs: VitalSigns) -> int:
    """A refusal code for figures that no body has; 0 if one may."""
    is_outside = (
        signs.systolic > MAX_MMHG
        or signs.diastolic > MAX_MMHG
        or signs.heart_rate > MAX_HEART_RATE_PER_MIN
        or signs.oxygen > MAX_OXYGEN_PERCENT
        or signs.sedation >= len(SEDATION)
    )
    # Swapped, or one without the other, is a slip of whoever typed them.
    is_half = (signs.systolic == 0) != (signs.diastolic == 0)
    is_swapped = signs.systolic < signs.diastolic
    return _RANGE if is_outside or is_half or is_swapped or not any(signs) else _DONE


def refusal_at_start(signs: VitalSigns, baseline_mmhg: tuple, *, is_overridden: bool) -> int:
    """A refusal code for pressures above the baseline's limits (requirement KET-11); 0 if none is.

    Pressures that were not measured pass. A soft limit passes by a person's override.
    """
    if not baseline_mmhg:
        return _DONE
    systolic_soft, diastolic_soft, systolic_hard, diastolic_hard = baseline_mmhg
    if _is_above(signs, systolic_hard, diastolic_hard):
        return _BASELINE_HARD
    if _is_above(signs, systolic_soft, diastolic_soft) and not is_overridden:
        return _BASELINE_SOFT
    return _DONE


def _is_above(signs: VitalSigns, systolic_mmhg: int, diastolic_mmhg: int) -> bool:
    """A limit of 0 is none."""
    is_above = systolic_mmhg != 0 and signs.systolic > systolic_mmhg
    return is_above or (diastolic_mmhg != 0 and signs.diastolic > diastolic_mmhg)


def beyond(signs: VitalSigns, stops: tuple) -> str:
    """The first sign that stops a dose, by its name; empty if none does.

    `stops` has STOP_COUNT limits. Somebody who does not respond stops it whatever the limits are.
    """
    systolic_high, diastolic_high, heart_low, heart_high, oxygen_low = stops
    for name, value, low, high in (
        ("systolic", signs.systolic, 0, systolic_high),
        ("diastolic", signs.diastolic, 0, diastolic_high),
        ("heart_rate", signs.heart_rate, heart_low, heart_high),
        ("oxygen", signs.oxygen, oxygen_low, 0),
    ):
        if value and (value < low or (high and value > high)):
            return name
    return "sedation" if signs.sedation == UNRESPONSIVE else ""
