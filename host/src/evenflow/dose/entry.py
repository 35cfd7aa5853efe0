"""One drug in one care area: its limits, what each rests on, and the row that the pump keeps."""

from dataclasses import dataclass
from fractions import Fraction

from pumpcore import library as device
from pumpcore import syringe, units


@dataclass(frozen=True, slots=True)
class Number:
    """One figure of the library in the base unit, with what it rests on."""

    value: Fraction
    text: str
    grade: str
    source: str

    @property
    def whole(self) -> int:
        """The value as the integer that travels to the pump."""
        if self.value.denominator != 1:
            raise ValueError(f"{self.text} is no whole number of the wire's unit")
        return self.value.numerator


@dataclass(frozen=True, slots=True)
class Range:
    """Inclusive limits around a typical value, in the base unit."""

    hard_low: Number
    soft_low: Number
    typical: Number
    soft_high: Number
    hard_high: Number

    def by_name(self) -> tuple[tuple[str, Number], ...]:
        """From the lowest to the highest, if the library is sound (LIB-03)."""
        return (
            ("hard_low", self.hard_low),
            ("soft_low", self.soft_low),
            ("typical", self.typical),
            ("soft_high", self.soft_high),
            ("hard_high", self.hard_high),
        )


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """When they are due, and their limits, all inclusive; None where there is no such rule.

    Intervals in ms, pressures in mmHg, heart rates a minute, saturation in percent.
    """

    infusing_interval: Number | None
    observing_interval: Number | None
    systolic_stop_high: Number | None
    diastolic_stop_high: Number | None
    heart_rate_stop_low: Number | None
    heart_rate_stop_high: Number | None
    oxygen_saturation_stop_low: Number | None
    baseline_systolic_soft_high: Number | None
    baseline_diastolic_soft_high: Number | None
    baseline_systolic_hard_high: Number | None
    baseline_diastolic_hard_high: Number | None


@dataclass(frozen=True, slots=True)
class CourseRules:
    """Rules between the sessions of one patient; spacing in ms, from start to start."""

    spacing_hard_low: Number | None
    spacing_soft_low: Number | None
    sessions_per_week_soft_high: Number | None
    induction_sessions: Number | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A drug in a care area; figures in the wire's units (ng, ng/kg, ng/kg/h, ms, nL, ng/mL)."""

    ident: int
    care_area: str
    drug: str
    weight: Range
    dose: Range
    duration: Range
    dose_rate: Range
    mass: Range
    volume: Range
    loaded_mass_hard_high: Number
    loaded_mass_per_kg_hard_high: Number
    loaded_to_prescribed_soft_high: Number
    body_mass_index_soft: Number
    observe_soft_low: Number
    occlusion: Number
    near_end: Number
    has_steps: bool
    # None: no flow after the end may be ordered.
    kvo: Number | None
    # None: nobody is asked whether they are there.
    presence: Number | None
    vital_signs: VitalSigns
    course: CourseRules
    # Models of pumpcore.syringe.
    syringes: tuple[str, ...]
    advice: tuple[str, ...]
    concentrations: tuple[Number, ...]
    soft_concentrations: tuple[Number, ...]

    def device_row(self) -> device.Entry:
        """What the pump checks on its own."""
        return device.Entry(
            ident=self.ident,
            care_area=self.care_area,
            drug=self.drug,
            weight_low_ng=self.weight.hard_low.whole,
            weight_high_ng=self.weight.hard_high.whole,
            dose_low_ng_per_kg=self.dose.hard_low.whole,
            dose_high_ng_per_kg=self.dose.hard_high.whole,
            duration_low_ms=self.duration.hard_low.whole,
            duration_high_ms=self.duration.hard_high.whole,
            dose_rate_high_ng_per_kg_h=self.dose_rate.hard_high.whole,
            mass_high_ng=self.mass.hard_high.whole,
            loaded_mass_high_ng_per_kg=self.loaded_mass_per_kg_hard_high.whole,
            loaded_mass_high_ng=self.loaded_mass_hard_high.whole,
            concentrations_ng_per_ml=tuple(
                one.whole for one in (*self.concentrations, *self.soft_concentrations)
            ),
            occlusion_mmhg=self.occlusion.whole,
            near_end_ms=self.near_end.whole,
            steps=int(self.has_steps),
            kvo_rate_ul_per_h=_whole(self.kvo),
            presence_ms=_whole(self.presence),
            vitals_interval_ms=_whole(self.vital_signs.infusing_interval),
            vital_stops=(
                _whole(self.vital_signs.systolic_stop_high),
                _whole(self.vital_signs.diastolic_stop_high),
                _whole(self.vital_signs.heart_rate_stop_low),
                _whole(self.vital_signs.heart_rate_stop_high),
                _whole(self.vital_signs.oxygen_saturation_stop_low),
            ),
            baseline_mmhg=(
                _whole(self.vital_signs.baseline_systolic_soft_high),
                _whole(self.vital_signs.baseline_diastolic_soft_high),
                _whole(self.vital_signs.baseline_systolic_hard_high),
                _whole(self.vital_signs.baseline_diastolic_hard_high),
            ),
            spacing_s=-(-_whole(self.course.spacing_hard_low) // units.MS_PER_S),
            syringes=tuple(one.ident for one in syringe.SYRINGES if one.model in self.syringes),
        )


def _whole(number: Number | None) -> int:
    """For the pump, which has 0 for what there is not."""
    return 0 if number is None else number.whole
