"""Writes the table of docs/library.md from the shape of a library file; --check only compares."""

import sys
from collections.abc import Iterator

from generate_docs import NOTICE, write_pages
from pydantic import BaseModel

from evenflow.dose._library_file import EntryFile

# What the keys of a drug library's entry are for; their kinds come from its shape.
PURPOSES = {
    "weight": "body weight",
    "dose": "by body weight",
    "duration": "of the infusion",
    "dose_rate": "by body weight",
    "mass": "of drug in one infusion; the hard one also of what 24 h add up to",
    "volume": "of one infusion",
    "loaded_mass_hard_high": "of drug in the syringe",
    "loaded_mass_per_kg_hard_high": "the same, by body weight",
    "loaded_to_prescribed_soft_high": "what is in the syringe to what is ordered",
    "body_mass_index_soft": "from which on ideal or adjusted weight is to be considered",
    "observe_soft_low": "from START",
    "occlusion": "the pressure that stops the pump, if the order says no lower one",
    "near_end": "how long before the end the pump warns",
    "bolus": "always false: there is none",
    "kvo": "the highest flow after the end that may be ordered",
    "steps": "whether an order may have several rates",
    "presence": "how often somebody must say that they are there, or the pump stops",
    "vital_signs.infusing_interval": "how often they are due during the infusion",
    "vital_signs.observing_interval": "and afterwards",
    "vital_signs.systolic_stop_high_mmhg": "above it the pump stops",
    "vital_signs.diastolic_stop_high_mmhg": "above it the pump stops",
    "vital_signs.heart_rate_stop_low_per_min": "below it the pump stops",
    "vital_signs.heart_rate_stop_high_per_min": "above it the pump stops",
    "vital_signs.oxygen_saturation_stop_low_percent": "below it the pump stops",
    "vital_signs.baseline_systolic_soft_high_mmhg": "above it START needs a reason",
    "vital_signs.baseline_diastolic_soft_high_mmhg": "above it START needs a reason",
    "vital_signs.baseline_systolic_hard_high_mmhg": "above it there is no START",
    "vital_signs.baseline_diastolic_hard_high_mmhg": "above it there is no START",
    "course.spacing_hard_low": "from one START to the next of the same patient, at least",
    "course.spacing_soft_low": "the same, without a reason",
    "course.sessions_per_week_soft_high": "in seven days, without a reason",
    "course.induction_sessions": "how many an induction has",
    "syringes": "those that may be used",
    "advice": "what the person who orders is told; 160 characters each",
    "concentration": 'a list, each with its `kind`: "normal", or "soft", which needs a reason',
}
KINDS = {
    "RangeFile": "range",
    "SourcedText": "quantity",
    "SourcedTextOrOff": "quantity or false",
    "SourcedCount": "whole number",
    "SourcedCountOrOff": "whole number or false",
    "SourcedOff": "false",
    "SourcedSwitch": "true or false",
    "SourcedNames": "list of texts",
}


def main() -> int:
    """The page whose table comes from the shape."""
    return write_pages((("docs/library.md", {"library": library_keys}),), NOTICE)


def library_keys() -> str:
    """One row for each key of an entry; ValueError unless each has its purpose."""
    found = dict(keys(EntryFile))
    if set(found) != set(PURPOSES):
        raise ValueError(f"keys and purposes differ: {sorted(set(found) ^ set(PURPOSES))}")
    lines = ["| key | value | what |", "| --- | --- | --- |"]
    lines += [f"| `{key}` | {kind} | {PURPOSES[key]} |" for key, kind in found.items()]
    return "\n".join(lines)


def keys(shape: type[BaseModel], before: str = "") -> Iterator[tuple[str, str]]:
    """Each key and its kind, tables within tables by dots; what names the entry is left out."""
    for name, field in shape.model_fields.items():
        kind = getattr(field.annotation, "__name__", "")
        key = f"{before}{name}"
        if kind in KINDS:
            yield key, KINDS[kind]
        elif key == "concentration":
            yield key, "quantity"
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys(field.annotation, f"{key}.")


if __name__ == "__main__":
    sys.exit(main())
