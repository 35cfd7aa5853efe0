"""Accuracy that makers state for their pumps, to lie beside ours, and how far each was seen.

These are figures of the mean flow, with or without the syringe's own tolerance; no maker's trumpet
curve was at hand. A grade says where a figure is from, so that nobody takes a memory for a source.
"""

from typing import NamedTuple

READ, REMEMBERED = "read", "remembered"
GRADES = {
    READ: "read in the maker's own text",
    REMEMBERED: "from memory, not checked: see the manual before you quote it",
}


class Stated(NamedTuple):
    """A maker's figure; `about` says what it covers."""

    pump: str
    percent: float
    about: str
    grade: str


STATED = (
    Stated("Medfusion 3500", 2.0, "syringe's tolerance beside it", READ),
    Stated("Perfusor compact plus", 2.0, "typical, at 1 mL/h", READ),
    Stated("Baxter AS50", 3.0, "without the syringe", READ),
    Stated("Harvard 11 Elite", 0.5, "laboratory pump, without the syringe", READ),
    Stated("PHD Ultra", 0.25, "laboratory pump, without the syringe", READ),
    Stated("Perfusor Space", 2.0, "", REMEMBERED),
    Stated("Agilia SP", 3.0, "mechanism 1 %, syringe 2 %", REMEMBERED),
    Stated("Alaris GH", 2.0, "nominal", REMEMBERED),
)
