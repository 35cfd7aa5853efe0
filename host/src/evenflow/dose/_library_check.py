"""Contradictions inside one entry of a library: what no shape and no single number can tell.

What the host checks and the pump does not (lower bounds of mass and dose rate, the volume) must
follow from what the pump does check, so that no path leads past a hard limit (LIB-01).
"""

from collections.abc import Iterator
from itertools import pairwise

from evenflow.dose import _library_typical
from evenflow.dose.entry import CourseRules, Entry, Number, Range, VitalSigns
from evenflow.errors import Problem
from pumpcore import library as device
from pumpcore import limits, syringe, units, vital_signs

BENCH = "bench"
# Two lines of a terminal of 80 columns.
MAX_ADVICE_CHARACTERS = 160
# A question that comes more often is not answered but silenced.
MIN_INTERVAL_MS = units.MS_PER_MIN
# The pump counts what was given for as long after it has ended.
WINDOW_MS = 24 * units.MS_PER_H
_WEEK_MS = 7 * WINDOW_MS

# key in the entry, code, what is wrong, what to do
Finding = tuple[str, str, str, str]


def problems(entry: Entry, where: str, *, is_ordered: bool) -> list[Problem]:
    """Everything wrong between the numbers of an entry; `where` is its place in the file.

    `is_ordered`: each of its ranges has passed `order_of`.
    """
    found = [
        *_names(entry),
        *_pump(entry),
        *_vital_signs(entry.vital_signs),
        *_intervals(entry),
        *_course(entry),
        *_syringes(entry),
        *_advice(entry),
        *_concentrations(entry),
    ]
    # What a typical order comes to is not asked of an entry that is unsound already.
    if is_ordered and not found:
        found.extend(_library_typical.findings(entry))
    return [Problem(f"{where}.{key}", *rest) for key, *rest in found]


def order_of(key: str, numbers: Range) -> Iterator[Finding]:
    """LIB-03: hard, soft, typical, soft, hard."""
    for (low_name, low), (high_name, high) in pairwise(numbers.by_name()):
        if low.value > high.value:
            reason = f"{low_name} {low.text} is above {high_name} {high.text}"
            yield key, "order", reason, "order them hard, soft, typical, soft, hard"


def _names(entry: Entry) -> Iterator[Finding]:
    if entry.care_area == BENCH:
        yield "care_area", "reserved", "bench is for orders without a library", "rename it"


def _pump(entry: Entry) -> Iterator[Finding]:
    lowest_dose_rate = entry.dose.hard_low.value * units.MS_PER_H / entry.duration.hard_high.value
    lowest_mass = entry.dose.hard_low.value * entry.weight.hard_low.value / units.NG_PER_KG
    for key, number, low, high in (
        ("weight.hard_low", entry.weight.hard_low, limits.MIN_WEIGHT_NG, None),
        ("weight.hard_high", entry.weight.hard_high, None, limits.MAX_WEIGHT_NG),
        ("duration.hard_low", entry.duration.hard_low, limits.MIN_DURATION_MS, None),
        ("duration.hard_high", entry.duration.hard_high, None, limits.MAX_DURATION_MS),
        ("volume.hard_low", entry.volume.hard_low, None, limits.MIN_VOLUME_NL),
        ("volume.hard_high", entry.volume.hard_high, limits.MAX_VOLUME_NL, None),
        ("dose_rate.hard_low", entry.dose_rate.hard_low, None, lowest_dose_rate),
        ("mass.hard_low", entry.mass.hard_low, None, lowest_mass),
        ("occlusion", entry.occlusion, limits.MIN_OCCLUSION_MMHG, limits.MAX_OCCLUSION_MMHG),
        ("kvo", entry.kvo, limits.MIN_RATE_UL_PER_H, limits.MAX_KVO_UL_PER_H),
    ):
        if number is None:
            continue
        is_low = low is not None and number.value < low
        is_high = high is not None and number.value > high
        if is_low or is_high:
            side = "below" if is_low else "above"
            reason = f"{number.text} is {side} what the pump itself holds to"
            yield key, "beyond_pump", reason, "the pump could not enforce it; correct it"


def _vital_signs(signs: VitalSigns) -> Iterator[Finding]:
    low, high = "low, high", "soft, hard"
    for name, one, other, words in (
        ("heart_rate_stop", signs.heart_rate_stop_low, signs.heart_rate_stop_high, low),
        (
            "baseline_systolic",
            signs.baseline_systolic_soft_high,
            signs.baseline_systolic_hard_high,
            high,
        ),
        (
            "baseline_diastolic",
            signs.baseline_diastolic_soft_high,
            signs.baseline_diastolic_hard_high,
            high,
        ),
    ):
        if one is not None and other is not None and one.value > other.value:
            reason = f"{one.text} is above {other.text}"
            yield f"vital_signs.{name}", "order", reason, f"order them {words}"
    yield from _impossible(signs)
    for name, first, stop in (
        ("systolic", _highest_baseline(signs, "systolic"), signs.systolic_stop_high),
        ("diastolic", _highest_baseline(signs, "diastolic"), signs.diastolic_stop_high),
    ):
        if first is not None and stop is not None and stop.value < first.value:
            reason = f"{stop.text} stops what may be begun with {first.text}"
            hint = "a stop limit lies above the limits at the start"
            yield f"vital_signs.{name}_stop_high_mmhg", "below_baseline", reason, hint
    for name, systolic, diastolic in (
        ("diastolic_stop_high_mmhg", signs.systolic_stop_high, signs.diastolic_stop_high),
        (
            "baseline_diastolic_soft_high_mmhg",
            signs.baseline_systolic_soft_high,
            signs.baseline_diastolic_soft_high,
        ),
        (
            "baseline_diastolic_hard_high_mmhg",
            signs.baseline_systolic_hard_high,
            signs.baseline_diastolic_hard_high,
        ),
    ):
        if systolic is None or diastolic is None:
            continue
        if diastolic.value >= systolic.value:
            reason = f"diastolic {diastolic.text} is not below systolic {systolic.text}"
            yield f"vital_signs.{name}", "order", reason, "are the two exchanged?"


def _impossible(signs: VitalSigns) -> Iterator[Finding]:
    heart = vital_signs.MAX_HEART_RATE_PER_MIN
    for key, number, highest in (
        ("systolic_stop_high_mmhg", signs.systolic_stop_high, vital_signs.MAX_MMHG),
        ("diastolic_stop_high_mmhg", signs.diastolic_stop_high, vital_signs.MAX_MMHG),
        ("heart_rate_stop_low_per_min", signs.heart_rate_stop_low, heart),
        ("heart_rate_stop_high_per_min", signs.heart_rate_stop_high, heart),
        (
            "oxygen_saturation_stop_low_percent",
            signs.oxygen_saturation_stop_low,
            vital_signs.MAX_OXYGEN_PERCENT,
        ),
        (
            "baseline_systolic_hard_high_mmhg",
            signs.baseline_systolic_hard_high,
            vital_signs.MAX_MMHG,
        ),
        (
            "baseline_diastolic_hard_high_mmhg",
            signs.baseline_diastolic_hard_high,
            vital_signs.MAX_MMHG,
        ),
        (
            "baseline_systolic_soft_high_mmhg",
            signs.baseline_systolic_soft_high,
            vital_signs.MAX_MMHG,
        ),
        (
            "baseline_diastolic_soft_high_mmhg",
            signs.baseline_diastolic_soft_high,
            vital_signs.MAX_MMHG,
        ),
    ):
        if number is not None and number.value > highest:
            reason = f"{number.text} is above {highest}, which nobody can have"
            yield f"vital_signs.{key}", "beyond_pump", reason, "correct it"


def _highest_baseline(signs: VitalSigns, which: str) -> Number | None:
    """With which pressure a session may be begun; the hard limit, or the soft one alone."""
    if which == "systolic":
        return signs.baseline_systolic_hard_high or signs.baseline_systolic_soft_high
    return signs.baseline_diastolic_hard_high or signs.baseline_diastolic_soft_high


def _intervals(entry: Entry) -> Iterator[Finding]:
    signs = entry.vital_signs
    for key, number in (
        ("presence", entry.presence),
        ("vital_signs.infusing_interval", signs.infusing_interval),
        ("vital_signs.observing_interval", signs.observing_interval),
    ):
        if number is None:
            continue
        if number.value < MIN_INTERVAL_MS:
            reason = f"{number.text} is less than a minute"
            yield key, "too_often", reason, "give people time to answer"
        elif number.value > limits.MAX_DURATION_MS:
            reason = f"{number.text} is above what the pump itself holds to"
            yield key, "beyond_pump", reason, "the pump could not enforce it; correct it"
        elif (
            key != "vital_signs.observing_interval" and number.value > entry.duration.typical.value
        ):
            reason = (
                f"{number.text} never comes in {entry.duration.typical.text}, the typical time"
            )
            yield key, "never", reason, "shorten it, or write false"


def _course(entry: Entry) -> Iterator[Finding]:
    course = entry.course
    hard, soft = course.spacing_hard_low, course.spacing_soft_low
    if hard is None:
        for key in ("spacing_soft_low", "sessions_per_week_soft_high", "induction_sessions"):
            if getattr(course, key) is not None:
                reason = "is a rule of a course without spacing_hard_low, which the pump holds"
                yield (
                    f"course.{key}",
                    "no_spacing",
                    reason,
                    "give spacing_hard_low, or write false",
                )
        return
    if soft is not None and hard.value > soft.value:
        reason = f"spacing_hard_low {hard.text} is above spacing_soft_low {soft.text}"
        yield "course", "order", reason, "the soft one is the longer"
    if hard.value > device.MAX_SPACING_S * units.MS_PER_S:
        reason = f"{hard.text} is above what the pump itself holds to"
        yield "course.spacing_hard_low", "beyond_pump", reason, "half a year is the most"
    yield from _week(course, soft or hard)
    usual = soft or hard
    is_both_counted = usual.value < WINDOW_MS + entry.duration.typical.value
    if is_both_counted and 2 * entry.mass.typical.value > entry.mass.hard_high.value:
        reason = (
            f"two typical sessions {usual.text} apart are more within 24 h than the hard mass of "
            f"{entry.mass.hard_high.text}"
        )
        hint = "the pump counts a dose for 24 h after its end; lengthen it, or raise the mass"
        yield "course.spacing", "window", reason, hint


def _week(course: CourseRules, spacing: Number) -> Iterator[Finding]:
    weekly = course.sessions_per_week_soft_high
    if weekly is not None and (weekly.value - 1) * spacing.value > _WEEK_MS:
        reason = f"{weekly.text} a week never come, {spacing.text} apart"
        yield "course.sessions_per_week_soft_high", "never", reason, "lower it, or write false"


def _syringes(entry: Entry) -> Iterator[Finding]:
    for model in entry.syringes:
        if syringe.by_model(model) is None:
            known = ", ".join(one.model for one in syringe.SYRINGES)
            yield "syringes", "unknown_syringe", f"unknown syringe {model!r}", f"known are {known}"
    if len(set(entry.syringes)) != len(entry.syringes):
        yield "syringes", "double", "a syringe is there twice", "keep one"


def _advice(entry: Entry) -> Iterator[Finding]:
    for index, text in enumerate(entry.advice):
        key = f"advice.{index}"
        if len(text) > MAX_ADVICE_CHARACTERS:
            reason = f"has {len(text)} characters, more than {MAX_ADVICE_CHARACTERS}"
            yield key, "too_long", reason, "say it shorter, or make two of it"
        if text != text.strip() or not text or not text.isprintable():
            reason = "is empty, or has blanks around it or characters that do not print"
            yield key, "wrong_text", reason, "write it plainly"
        if text in entry.advice[:index]:
            yield key, "double", "is there already", "keep one"


def _concentrations(entry: Entry) -> Iterator[Finding]:
    values = [one.value for one in (*entry.concentrations, *entry.soft_concentrations)]
    if len(set(values)) != len(values):
        yield "concentration", "double", "a concentration is there twice", "keep one"
    if not entry.concentrations:
        reason = "each one asks for an override"
        yield "concentration", "no_normal", reason, 'make one kind = "normal"'
