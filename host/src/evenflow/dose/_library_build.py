"""From the shape of a library file to entries, with every contradiction named.

What the host checks and the pump does not (lower bounds of mass and dose rate, the volume) must
follow from what the pump does check, so that no path leads past a hard limit (LIB-01).
"""

from fractions import Fraction
from itertools import pairwise

from evenflow.dose import _library_file as shape
from evenflow.dose.dimension import (
    BODY_MASS,
    CONCENTRATION,
    DRUG_MASS,
    DURATION,
    FLOW,
    MASS_PER_KG,
    MASS_RATE_PER_KG,
    PRESSURE,
    VOLUME,
    Dimension,
)
from evenflow.dose.entry import CourseRules, Entry, Number, Range, VitalSigns
from evenflow.dose.quantity import InvalidQuantity, parse
from evenflow.errors import Problem
from pumpcore import limits, syringe, units, vital_signs

BENCH = "bench"


def entries(file: shape.LibraryFile, problems: list[Problem]) -> tuple[Entry, ...]:
    """The file's entries; to be used only if nothing was added to `problems`."""
    built = tuple(
        _Builder(f"entry.{index}", problems).entry(e) for index, e in enumerate(file.entry)
    )
    for index, entry in enumerate(built):
        for earlier in built[:index]:
            if entry.ident == earlier.ident:
                reason = f"ident {entry.ident} is taken by an earlier entry"
                problems.append(
                    Problem(f"entry.{index}.ident", "double", reason, "choose one never used")
                )
            if (entry.care_area, entry.drug) == (earlier.care_area, earlier.drug):
                reason = f"{entry.drug} in {entry.care_area} is there already"
                problems.append(
                    Problem(f"entry.{index}.drug", "double", reason, "keep one of the two")
                )
    return built


class _Builder:
    def __init__(self, where: str, problems: list[Problem]) -> None:
        self._where = where
        self._problems = problems

    def entry(self, file: shape.EntryFile) -> Entry:
        before = len(self._problems)
        entry = Entry(
            ident=file.ident,
            care_area=file.care_area,
            drug=file.drug,
            weight=self._range(file.weight, "weight", BODY_MASS),
            dose=self._range(file.dose, "dose", MASS_PER_KG),
            duration=self._range(file.duration, "duration", DURATION),
            dose_rate=self._range(file.dose_rate, "dose_rate", MASS_RATE_PER_KG),
            mass=self._range(file.mass, "mass", DRUG_MASS),
            volume=self._range(file.volume, "volume", VOLUME),
            loaded_mass_hard_high=self._number(
                file.loaded_mass_hard_high, "loaded_mass_hard_high", DRUG_MASS
            ),
            loaded_mass_per_kg_hard_high=self._number(
                file.loaded_mass_per_kg_hard_high, "loaded_mass_per_kg_hard_high", MASS_PER_KG
            ),
            loaded_to_prescribed_soft_high=_count(file.loaded_to_prescribed_soft_high),
            body_mass_index_soft=_count(file.body_mass_index_soft),
            observe_soft_low=self._number(file.observe_soft_low, "observe_soft_low", DURATION),
            occlusion=self._number(file.occlusion, "occlusion", PRESSURE),
            near_end=self._number(file.near_end, "near_end", DURATION),
            has_steps=file.steps.value,
            kvo=self._text_or_off(file.kvo, "kvo", FLOW),
            presence=self._text_or_off(file.presence, "presence", DURATION),
            vital_signs=self._vital_signs(file.vital_signs),
            course=self._course(file.course),
            syringes=tuple(file.syringes.value),
            advice=tuple(file.advice.value),
            concentrations=self._concentrations(file, "normal"),
            soft_concentrations=self._concentrations(file, "soft"),
        )
        if len(self._problems) == before:
            self._check(entry)
        return entry

    def _vital_signs(self, file: shape.VitalSignsFile) -> VitalSigns:
        key = "vital_signs"
        return VitalSigns(
            self._text_or_off(file.infusing_interval, f"{key}.infusing_interval", DURATION),
            self._text_or_off(file.observing_interval, f"{key}.observing_interval", DURATION),
            _count_or_off(file.systolic_stop_high_mmhg),
            _count_or_off(file.diastolic_stop_high_mmhg),
            _count_or_off(file.heart_rate_stop_low_per_min),
            _count_or_off(file.heart_rate_stop_high_per_min),
            _count_or_off(file.oxygen_saturation_stop_low_percent),
            _count_or_off(file.baseline_systolic_soft_high_mmhg),
            _count_or_off(file.baseline_diastolic_soft_high_mmhg),
            _count_or_off(file.baseline_systolic_hard_high_mmhg),
            _count_or_off(file.baseline_diastolic_hard_high_mmhg),
        )

    def _course(self, file: shape.CourseFile) -> CourseRules:
        return CourseRules(
            self._text_or_off(file.spacing_hard_low, "course.spacing_hard_low", DURATION),
            self._text_or_off(file.spacing_soft_low, "course.spacing_soft_low", DURATION),
            _count_or_off(file.sessions_per_week_soft_high),
            _count_or_off(file.induction_sessions),
        )

    def _text_or_off(
        self, file: shape.SourcedTextOrOff, key: str, dimension: Dimension
    ) -> Number | None:
        if file.value is False:
            return None
        text = shape.SourcedText(value=file.value, grade=file.grade, source=file.source)
        return self._number(text, key, dimension)

    def _number(
        self, file: shape.SourcedText | shape.ConcentrationFile, key: str, dimension: Dimension
    ) -> Number:
        value = Fraction(0)
        try:
            value = parse(file.value, f"{self._where}.{key}", dimension).value
        except InvalidQuantity as invalid:
            self._problems.append(invalid.problem)
        return Number(value, file.value, file.grade, file.source)

    def _range(self, file: shape.RangeFile, key: str, dimension: Dimension) -> Range:
        return Range(
            hard_low=self._number(file.hard_low, f"{key}.hard_low", dimension),
            soft_low=self._number(file.soft_low, f"{key}.soft_low", dimension),
            typical=self._number(file.typical, f"{key}.typical", dimension),
            soft_high=self._number(file.soft_high, f"{key}.soft_high", dimension),
            hard_high=self._number(file.hard_high, f"{key}.hard_high", dimension),
        )

    def _concentrations(self, file: shape.EntryFile, kind: str) -> tuple[Number, ...]:
        return tuple(
            self._number(one, f"concentration.{index}", CONCENTRATION)
            for index, one in enumerate(file.concentration)
            if one.kind == kind
        )

    def _check(self, entry: Entry) -> None:
        if entry.care_area == BENCH:
            self._add(
                "care_area", "reserved", "bench is for orders without a library", "rename it"
            )
        for key, numbers in (
            ("weight", entry.weight),
            ("dose", entry.dose),
            ("duration", entry.duration),
            ("dose_rate", entry.dose_rate),
            ("mass", entry.mass),
            ("volume", entry.volume),
        ):
            self._check_order(key, numbers)
        self._check_pump(entry)
        self._check_vital_signs(entry.vital_signs)
        self._check_course(entry.course)
        self._check_syringes(entry)
        concentrations = [one.value for one in (*entry.concentrations, *entry.soft_concentrations)]
        if len(set(concentrations)) != len(concentrations):
            self._add("concentration", "double", "a concentration is there twice", "keep one")

    def _check_order(self, key: str, numbers: Range) -> None:
        named = numbers.by_name()
        for (low_name, low), (high_name, high) in pairwise(named):
            if low.value > high.value:
                self._add(
                    key,
                    "order",
                    f"{low_name} {low.text} is above {high_name} {high.text}",
                    "order them hard, soft, typical, soft, hard",
                )

    def _check_pump(self, entry: Entry) -> None:
        lowest_dose_rate = (
            entry.dose.hard_low.value * units.MS_PER_H / entry.duration.hard_high.value
        )
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
            (
                "occlusion",
                entry.occlusion,
                limits.MIN_OCCLUSION_MMHG,
                limits.MAX_OCCLUSION_MMHG,
            ),
            *_kvo_bounds(entry.kvo),
        ):
            is_low = low is not None and number.value < low
            is_high = high is not None and number.value > high
            if is_low or is_high:
                side = "below" if is_low else "above"
                reason = f"{number.text} is {side} what the pump itself holds to"
                self._add(key, "beyond_pump", reason, "the pump could not enforce it; correct it")

    def _check_vital_signs(self, signs: VitalSigns) -> None:
        for name, low, high in (
            ("heart_rate_stop", signs.heart_rate_stop_low, signs.heart_rate_stop_high),
            (
                "baseline_systolic",
                signs.baseline_systolic_soft_high,
                signs.baseline_systolic_hard_high,
            ),
            (
                "baseline_diastolic",
                signs.baseline_diastolic_soft_high,
                signs.baseline_diastolic_hard_high,
            ),
        ):
            if low is not None and high is not None and low.value > high.value:
                reason = f"{low.text} is above {high.text}"
                self._add(
                    f"vital_signs.{name}", "order", reason, "order them low, high; soft, hard"
                )
        for key, number, highest in (
            ("systolic_stop_high_mmhg", signs.systolic_stop_high, vital_signs.MAX_MMHG),
            ("diastolic_stop_high_mmhg", signs.diastolic_stop_high, vital_signs.MAX_MMHG),
            (
                "heart_rate_stop_high_per_min",
                signs.heart_rate_stop_high,
                vital_signs.MAX_HEART_RATE_PER_MIN,
            ),
            ("oxygen_saturation_stop_low_percent", signs.oxygen_saturation_stop_low, 100),
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
        ):
            if number is not None and number.value > highest:
                reason = f"{number.text} is above {highest}, which nobody can have"
                self._add(f"vital_signs.{key}", "beyond_pump", reason, "correct it")

    def _check_course(self, course: CourseRules) -> None:
        hard = course.spacing_hard_low
        soft = course.spacing_soft_low
        if hard is not None and soft is not None and hard.value > soft.value:
            reason = f"spacing_hard_low {hard.text} is above spacing_soft_low {soft.text}"
            self._add("course", "order", reason, "the soft one is the longer")

    def _check_syringes(self, entry: Entry) -> None:
        for model in entry.syringes:
            if syringe.by_model(model) is None:
                known = ", ".join(one.model for one in syringe.SYRINGES)
                reason = f"unknown syringe {model!r}"
                self._add("syringes", "unknown_syringe", reason, f"known are {known}")
        if len(set(entry.syringes)) != len(entry.syringes):
            self._add("syringes", "double", "a syringe is there twice", "keep one")

    def _add(self, key: str, code: str, reason: str, hint: str) -> None:
        self._problems.append(Problem(f"{self._where}.{key}", code, reason, hint))


def _kvo_bounds(kvo: Number | None) -> tuple[tuple[str, Number, int, int], ...]:
    if kvo is None:
        return ()
    return (("kvo", kvo, limits.MIN_RATE_UL_PER_H, limits.MAX_KVO_UL_PER_H),)


def _count(file: shape.SourcedCount) -> Number:
    return Number(Fraction(file.value), str(file.value), file.grade, file.source)


def _count_or_off(file: shape.SourcedCountOrOff) -> Number | None:
    if file.value is False:
        return None
    return Number(Fraction(file.value), str(file.value), file.grade, file.source)
