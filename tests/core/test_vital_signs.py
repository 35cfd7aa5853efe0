"""Vital signs: what nobody has, what stops a dose, what bars a start."""

import pytest

from pumpcore import vital_signs
from pumpcore.refusal_words import REFUSALS
from pumpcore.vital_signs import NOT_TAKEN, SEDATION, VitalSigns, beyond

pytestmark = pytest.mark.requirement("KET-10", "KET-11")

HEALTHY = VitalSigns(120, 75, 70, 98, 1)
# Highest pressures, lowest and highest heart rate, lowest saturation (requirement KET-10).
STOPS = (180, 110, 45, 130, 90)
# Soft, then hard (requirement KET-11).
BASELINE = (140, 90, 160, 100)


def named(code: int) -> str:
    return REFUSALS[code].name


def changed(**figures: int) -> VitalSigns:
    return HEALTHY._replace(**figures)


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (HEALTHY, ""),
        (NOT_TAKEN, ""),
        (changed(systolic=180, diastolic=110, heart_rate=45, oxygen=90), ""),
        (changed(heart_rate=130), ""),
        (changed(systolic=181), "systolic"),
        (changed(diastolic=111), "diastolic"),
        (changed(heart_rate=44), "heart_rate"),
        (changed(heart_rate=131), "heart_rate"),
        (changed(oxygen=89), "oxygen"),
        (changed(sedation=SEDATION.index("rousable")), ""),
        (changed(sedation=SEDATION.index("unresponsive")), "sedation"),
    ],
)
def test_limits_are_inclusive_and_the_first_sign_beyond_is_named(
    signs: VitalSigns, expected: str
) -> None:
    assert beyond(signs, STOPS) == expected


def test_without_limits_only_somebody_unresponsive_stops_a_dose() -> None:
    none = (0,) * vital_signs.STOP_COUNT

    assert beyond(changed(systolic=300, oxygen=1, heart_rate=300), none) == ""
    assert beyond(VitalSigns(0, 0, 0, 0, vital_signs.UNRESPONSIVE), none) == "sedation"


@pytest.mark.parametrize(
    ("signs", "is_overridden", "expected"),
    [
        (HEALTHY, False, "none"),
        (NOT_TAKEN, False, "none"),
        (changed(systolic=140, diastolic=90), False, "none"),
        (changed(systolic=141), False, "baseline_soft"),
        (changed(diastolic=91), False, "baseline_soft"),
        (changed(systolic=160, diastolic=100), True, "none"),
        (changed(systolic=161), True, "baseline_hard"),
        (changed(diastolic=101), True, "baseline_hard"),
    ],
)
def test_a_high_pressure_before_start_is_overridden_or_refused(
    signs: VitalSigns, *, is_overridden: bool, expected: str
) -> None:
    refusal = vital_signs.refusal_at_start(signs, BASELINE, is_overridden=is_overridden)

    assert named(refusal) == expected


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        (HEALTHY, "none"),
        (VitalSigns(0, 0, 0, 97, 0), "none"),
        (VitalSigns(0, 0, 0, 0, 1), "none"),
        (NOT_TAKEN, "vitals_range"),
        (changed(systolic=301), "vitals_range"),
        (changed(systolic=75, diastolic=120), "vitals_range"),
        (changed(diastolic=0), "vitals_range"),
        (changed(heart_rate=301), "vitals_range"),
        (changed(oxygen=101), "vitals_range"),
        (changed(sedation=len(SEDATION)), "vitals_range"),
    ],
)
def test_what_nobody_has_is_a_slip_and_refused(signs: VitalSigns, expected: str) -> None:
    assert named(vital_signs.refusal_of(signs)) == expected
