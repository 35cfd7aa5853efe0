"""What somebody found in the patient: vital signs, and side effects from a short coded list."""

from dataclasses import dataclass

from pumpcore.vital_signs import NOT_TAKEN, SEDATION, VitalSigns

SIDE_EFFECTS = (
    "dissociation",
    "anxiety",
    "nausea",
    "vomiting",
    "dizziness",
    "drowsiness",
    "headache",
    "blood_pressure",
    "heart_rate",
    "double_vision",
    "other",
)
# Index + 1 is how it is typed.
SEVERITIES = ("mild", "moderate", "severe")

PERSON, FILE, AUTO_OPERATOR = "person", "file", "auto operator"


@dataclass(frozen=True, slots=True)
class SideEffect:
    """One of SIDE_EFFECTS, and how severe, one of SEVERITIES."""

    name: str
    severity: str

    @property
    def words(self) -> str:
        """For a line."""
        return f"{self.name.replace('_', ' ')}, {self.severity}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry: signs (0 was not measured), side effects, and who says so."""

    source: str
    signs: VitalSigns = NOT_TAKEN
    effects: tuple[SideEffect, ...] = ()

    @property
    def has_signs(self) -> bool:
        """Whether anything was measured."""
        return any(self.signs)


def words(signs: VitalSigns) -> str:
    """`120/80 mmHg, 60/min, 98 %, alert`, without what was not measured."""
    parts = []
    if signs.systolic:
        parts.append(f"{signs.systolic}/{signs.diastolic} mmHg")
    if signs.heart_rate:
        parts.append(f"{signs.heart_rate}/min")
    if signs.oxygen:
        parts.append(f"{signs.oxygen} %")
    if signs.sedation:
        parts.append(SEDATION[signs.sedation])
    return ", ".join(parts)


def figures(signs: VitalSigns) -> dict[str, int | str | None]:
    """For the record: null is what was not measured."""
    return {
        "systolic_mmhg": signs.systolic or None,
        "diastolic_mmhg": signs.diastolic or None,
        "heart_rate_per_min": signs.heart_rate or None,
        "oxygen_percent": signs.oxygen or None,
        "sedation": SEDATION[signs.sedation] if signs.sedation else None,
    }
