"""Writes tests/host/dose/vectors.csv, what orders must come to; --check only compares.

Reckoned from the formula alone, with nothing of Evenflow's: 0.5 mg/kg in 40 minutes, in every form
that says the same, for 40 to 120 kg and each concentration. `exit` is how `order show` ends: 3
where dose and 1 mL of reserve do not fit 50 mL, 4 below 45 kg or at 10 mg/mL, else 0.
"""

import csv
import io
import sys
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "tests/host/dose/vectors.csv"
COLUMNS = ("weight", "concentration", "first", "second", "fill", "mg", "ml", "ml_per_h", "exit")
WEIGHTS_KG = range(40, 121, 10)
MG_PER_ML = (1, 2, 5, 10)
MG_PER_KG = Fraction(1, 2)
HOURS = Fraction(40, 60)
CAPACITY_ML = 50
RESERVE_ML = 1
SOFT_LOW_KG = 45
SOFT_MG_PER_ML = 10
REFUSED, NEEDS_OVERRIDE = 3, 4


def main() -> int:
    """Write the file, or with --check say whether it is current (exit 1 if not)."""
    text = generated_text()
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    name = TARGET.relative_to(ROOT)
    if "--check" in sys.argv[1:]:
        print(f"{name}: not current; run `make gen`", file=sys.stderr)
        return 1
    TARGET.write_text(text, encoding="utf-8")
    print(f"{name}: written")
    return 0


def generated_text() -> str:
    """The table as CSV."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for kg in WEIGHTS_KG:
        for mg_per_ml in MG_PER_ML:
            writer.writerows(rows(kg, mg_per_ml))
    return stream.getvalue()


def rows(kg: int, mg_per_ml: int) -> Iterator[tuple[str, ...]]:
    """One for each form."""
    mg = MG_PER_KG * kg
    ml = mg / mg_per_ml
    ml_per_h = ml / HOURS
    fill = ml + RESERVE_ML
    is_soft = kg < SOFT_LOW_KG or mg_per_ml >= SOFT_MG_PER_ML
    ends = REFUSED if fill > CAPACITY_ML else NEEDS_OVERRIDE if is_soft else 0
    for weight, concentration, first, second in forms(kg, mg_per_ml):
        figures = (written(mg), written(ml), written(ml_per_h))
        yield (weight, concentration, first, second, f"{written(fill)} mL", *figures, str(ends))


def forms(kg: int, mg_per_ml: int) -> Iterator[tuple[str, str, str, str]]:
    """Weight, concentration, and the two keys that say the dose, each as `key = value`."""
    mg = MG_PER_KG * kg
    ml = mg / mg_per_ml
    per_h, per_min = MG_PER_KG / HOURS, MG_PER_KG / HOURS / 60
    units = (
        ("dose", MG_PER_KG, "mg/kg"),
        ("dose", MG_PER_KG * 1000, "ug/kg"),
        ("dose", MG_PER_KG * 1000, "mcg/kg"),
        ("dose", mg, "mg"),
        ("dose", mg * 1000, "ug"),
        ("dose", mg / 1000, "g"),
        ("dose_rate", per_h, "mg/kg/h"),
        ("dose_rate", per_min, "mg/kg/min"),
        ("dose_rate", per_min * 1000, "ug/kg/min"),
        ("dose_rate", per_h * 1000, "ug/kg/h"),
        ("dose_rate", per_min * kg, "mg/min"),
        ("dose_rate", per_h * kg, "mg/h"),
        ("dose_rate", per_min * kg * 1000, "ug/min"),
    )
    plain = (f"{kg} kg", f"{mg_per_ml} mg/mL")
    for key, value, unit in units:
        yield (*plain, f"{key} = {written(value)} {unit}", "duration = 40 min")
    yield (*plain, f"dose = {written(mg)} mg", "duration = 2400 s")
    volume = f"volume = {written(ml)} mL"
    yield (*plain, f"rate = {written(ml / HOURS)} mL/h", volume)
    yield (*plain, f"rate = {written(ml / HOURS / 60)} mL/min", volume)
    yield (*plain, f"rate = {written(ml / HOURS)} mL/h", f"volume = {written(ml / 1000)} L")
    other = (f"{kg * 1000} g", f"{mg_per_ml * 1000} ug/mL")
    yield (*other, f"dose = {written(MG_PER_KG)} mg/kg", "duration = 40 min")


def written(value: Fraction) -> str:
    """All of its decimals; ValueError if they do not end."""
    found = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(found) != value:
        raise ValueError(f"{value} has no end of decimals")
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


if __name__ == "__main__":
    sys.exit(main())
