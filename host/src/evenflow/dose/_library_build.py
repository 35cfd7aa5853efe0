"""From the shape of a library file to entries, with every contradiction named."""

from fractions import Fraction

from evenflow.dose import _library_check
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

# By text and kind of quantity.
Values = dict[tuple[str, str], Fraction]

# The ranges of an entry, each in order by itself whatever else is wrong (LIB-03).
RANGES = (
    ("weight", BODY_MASS),
    ("dose", MASS_PER_KG),
    ("duration", DURATION),
    ("dose_rate", MASS_RATE_PER_KG),
    ("mass", DRUG_MASS),
    ("volume", VOLUME),
)


def entries(file: shape.LibraryFile, problems: list[Problem]) -> tuple[Entry, ...]:
    """The file's entries; to be used only if nothing was added to `problems`."""
    values: Values = {}
    built = [
        _Builder(f"entry.{index}", problems, values).entry(one)
        for index, one in enumerate(file.entry)
    ]
    _check_doubles(built, problems)
    return tuple(built)


def check_readable(tables: object, problems: list[Problem]) -> None:
    """Adds what is wrong in a file of wrong shape beside that, so far as it can be read."""
    values: Values = {}
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        where = f"entry.{index}"
        builder = _Builder(where, problems, values)
        if not any(f"{one.where}.".startswith(f"{where}.") for one in problems):
            builder.entry(shape.EntryFile.model_validate(table))
            continue
        for key, dimension in RANGES:
            numbers = shape.range_in(table, key)
            if numbers is not None:
                builder.range(numbers, key, dimension)


def _check_doubles(built: list[Entry], problems: list[Problem]) -> None:
    idents: set[int] = set()
    names: set[tuple[str, str]] = set()
    for index, entry in enumerate(built):
        if entry.ident in idents:
            reason = f"ident {entry.ident} is taken by an earlier entry"
            hint = "choose one never used"
            problems.append(Problem(f"entry.{index}.ident", "double", reason, hint))
        if (entry.care_area, entry.drug) in names:
            reason = f"{entry.drug} in {entry.care_area} is there already"
            hint = "keep one of the two"
            problems.append(Problem(f"entry.{index}.drug", "double", reason, hint))
        idents.add(entry.ident)
        names.add((entry.care_area, entry.drug))


class _Builder:
    def __init__(self, where: str, problems: list[Problem], values: Values) -> None:
        self._where = where
        self._problems = problems
        # Of all entries: the same few texts come again and again.
        self._values = values

    def entry(self, file: shape.EntryFile) -> Entry:
        before = len(self._problems)
        entry = Entry(
            ident=file.ident,
            care_area=file.care_area,
            drug=file.drug,
            weight=self.range(file.weight, "weight", BODY_MASS),
            dose=self.range(file.dose, "dose", MASS_PER_KG),
            duration=self.range(file.duration, "duration", DURATION),
            dose_rate=self.range(file.dose_rate, "dose_rate", MASS_RATE_PER_KG),
            mass=self.range(file.mass, "mass", DRUG_MASS),
            volume=self.range(file.volume, "volume", VOLUME),
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
        found = self._problems[before:]
        if all(problem.code == "order" for problem in found):
            self._problems.extend(
                _library_check.problems(entry, self._where, is_ordered=not found)
            )
        return entry

    def range(self, file: shape.RangeFile, key: str, dimension: Dimension) -> Range:
        before = len(self._problems)
        numbers = Range(
            hard_low=self._number(file.hard_low, f"{key}.hard_low", dimension),
            soft_low=self._number(file.soft_low, f"{key}.soft_low", dimension),
            typical=self._number(file.typical, f"{key}.typical", dimension),
            soft_high=self._number(file.soft_high, f"{key}.soft_high", dimension),
            hard_high=self._number(file.hard_high, f"{key}.hard_high", dimension),
        )
        if len(self._problems) == before:
            for place, *rest in _library_check.order_of(key, numbers):
                self._problems.append(Problem(f"{self._where}.{place}", *rest))
        return numbers

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
        known = (file.value, dimension.name)
        value = self._values.get(known)
        if value is None:
            try:
                value = parse(file.value, f"{self._where}.{key}", dimension).value
                self._values[known] = value
            except InvalidQuantity as invalid:
                self._problems.append(invalid.problem)
                value = Fraction(0)
        return Number(value, file.value, file.grade, file.source)

    def _concentrations(self, file: shape.EntryFile, kind: str) -> tuple[Number, ...]:
        return tuple(
            self._number(one, f"concentration.{index}", CONCENTRATION)
            for index, one in enumerate(file.concentration)
            if one.kind == kind
        )


def _count(file: shape.SourcedCount) -> Number:
    return Number(Fraction(file.value), str(file.value), file.grade, file.source)


def _count_or_off(file: shape.SourcedCountOrOff) -> Number | None:
    if file.value is False:
        return None
    return Number(Fraction(file.value), str(file.value), file.grade, file.source)
