"""Vital signs: which there are, what a body can have, and the limits that stop a dose.

A sign that was not measured is 0. Limits are inclusive; a limit of 0 is none.
"""

from collections import namedtuple

# Pressures in mmHg, heart rate a minute, saturation in percent, sedation an index of SEDATION.
VitalSigns = namedtuple(
    "VitalSigns", ("systolic", "diastolic", "heart_rate", "oxygen", "sedation")
)

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
