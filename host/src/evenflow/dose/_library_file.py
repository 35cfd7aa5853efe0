"""The shape of a drug library file: every number with its grade and source, nothing optional."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from evenflow.errors import Problem


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class _Sourced(_Strict):
    # F read in a source, M and U from memory (sure, unsure), P a proposal of this project.
    grade: Literal["F", "M", "U", "P"]
    source: str = Field(pattern=r"\S")


class SourcedText(_Sourced):
    """A quantity with its unit, as text."""

    value: str


class SourcedCount(_Sourced):
    """A whole number without a unit of its own."""

    value: int = Field(gt=0)


class SourcedOff(_Sourced):
    """A feature that this version can only have switched off."""

    value: Literal[False]


class SourcedCountOrOff(_Sourced):
    """A whole number in the unit that its name ends with; or there is no such rule."""

    value: int | Literal[False]

    @field_validator("value", mode="plain")
    @classmethod
    def _count_or_off(cls, value: object) -> int | Literal[False]:
        # Python's True is an integer too.
        if value is False or (
            isinstance(value, int) and not isinstance(value, bool) and value > 0
        ):
            return value
        raise ValueError("neither a whole number above zero nor false")


class SourcedNames(_Sourced):
    """Names, at least one."""

    value: list[str] = Field(min_length=1)


class SourcedTextOrOff(_Sourced):
    """A quantity with its unit, as text; or the feature is off."""

    value: str | Literal[False]

    @field_validator("value", mode="plain")
    @classmethod
    def _text_or_off(cls, value: object) -> str | Literal[False]:
        # A union would name each of its members as a place of its own.
        if value is False or isinstance(value, str):
            return value
        raise ValueError("neither a quantity with its unit nor false")


class SourcedSwitch(_Sourced):
    """A feature that may be on or off."""

    value: bool


class RangeFile(_Strict):
    """Hard and soft limits around a typical value; all inclusive."""

    hard_low: SourcedText
    soft_low: SourcedText
    typical: SourcedText
    soft_high: SourcedText
    hard_high: SourcedText


class ConcentrationFile(_Sourced):
    """One concentration that may be ordered; a soft one needs an override."""

    value: str
    kind: Literal["normal", "soft"]


class VitalSignsFile(_Strict):
    """When vital signs are due, which ones stop the pump, and which bar or warn at the start."""

    infusing_interval: SourcedTextOrOff
    observing_interval: SourcedTextOrOff
    systolic_stop_high_mmhg: SourcedCountOrOff
    diastolic_stop_high_mmhg: SourcedCountOrOff
    heart_rate_stop_low_per_min: SourcedCountOrOff
    heart_rate_stop_high_per_min: SourcedCountOrOff
    oxygen_saturation_stop_low_percent: SourcedCountOrOff
    baseline_systolic_soft_high_mmhg: SourcedCountOrOff
    baseline_diastolic_soft_high_mmhg: SourcedCountOrOff
    baseline_systolic_hard_high_mmhg: SourcedCountOrOff
    baseline_diastolic_hard_high_mmhg: SourcedCountOrOff


class CourseFile(_Strict):
    """Rules between the sessions of one patient; times from start to start."""

    spacing_hard_low: SourcedTextOrOff
    spacing_soft_low: SourcedTextOrOff
    sessions_per_week_soft_high: SourcedCountOrOff
    induction_sessions: SourcedCountOrOff


class EntryFile(_Strict):
    """A drug in a care area."""

    ident: int = Field(ge=1, le=65_535)
    care_area: str = Field(pattern="^[a-z][a-z0-9-]{0,30}$")
    drug: str = Field(pattern="^[a-z][a-z0-9-]{0,30}$")
    weight: RangeFile
    dose: RangeFile
    duration: RangeFile
    dose_rate: RangeFile
    mass: RangeFile
    volume: RangeFile
    loaded_mass_hard_high: SourcedText
    loaded_mass_per_kg_hard_high: SourcedText
    loaded_to_prescribed_soft_high: SourcedCount
    body_mass_index_soft: SourcedCount
    observe_soft_low: SourcedText
    occlusion: SourcedText
    near_end: SourcedText
    bolus: SourcedOff
    kvo: SourcedTextOrOff
    steps: SourcedSwitch
    # How often somebody must say that they are there, or the pump stops.
    presence: SourcedTextOrOff
    vital_signs: VitalSignsFile
    course: CourseFile
    syringes: SourcedNames
    # What the person who orders is told, word for word.
    advice: SourcedNames
    concentration: list[ConcentrationFile] = Field(min_length=1)


class LibraryFile(_Strict):
    """The whole file, schema 2."""

    schema_number: Literal[2] = Field(alias="schema")
    name: str = Field(min_length=1)
    # Three numbers; the pump takes no lower ones than it has.
    version: str = Field(pattern=r"^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$")
    # Who and when; both empty: nobody has yet.
    reviewed_by: str
    reviewed_on: date | None
    # The last day, by the pump's clock, which knows no others.
    valid_until: date = Field(ge=date(2020, 1, 1), le=date(2053, 12, 31))
    entry: list[EntryFile] = Field(min_length=1)

    @field_validator("reviewed_on", mode="plain")
    @classmethod
    def _day_or_empty(cls, value: object) -> date | None:
        # A moment is a day too, to Python.
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value == "":
            return None
        raise ValueError("neither a day such as 2027-01-31 nor empty")


def checked(tables: Mapping[str, object], problems: list[Problem]) -> LibraryFile | None:
    """The file in its shape; None, and every problem by place, if it has another."""
    try:
        return LibraryFile.model_validate(tables)
    except ValidationError as invalid:
        problems.extend(
            _problem(".".join(str(part) for part in found["loc"]), found["type"], found["msg"])
            for found in invalid.errors(include_url=False, include_input=False)
        )
        return None


def range_in(table: object, key: str) -> RangeFile | None:
    """A range of an entry that is wrong elsewhere; None if it is wrong itself."""
    content = table.get(key) if isinstance(table, Mapping) else None
    try:
        return RangeFile.model_validate(content)
    except ValidationError:
        return None


def _problem(where: str, kind: str, message: str) -> Problem:
    if kind == "missing":
        return Problem(where, "missing", "is missing", "add it; nothing here has a default")
    if kind == "extra_forbidden":
        return Problem(where, "unknown_key", "unknown key", "remove it or correct its name")
    return Problem(where, "wrong_value", message[:1].lower() + message[1:], "correct the value")
