"""How far a board has come: sound, emulated, driven, proven; one definition for list and page."""

from collections.abc import Mapping
from typing import NamedTuple

from evenflow.boards import unverified
from pumpcore.board import drivers


class Fact(NamedTuple):
    """One question about a board: `what` is asked, `is_so` the answer, `words` for people."""

    what: str
    is_so: bool
    words: str


def of(profile: Mapping[str, object]) -> tuple[Fact, ...]:
    """The facts of a sound profile, in the order in which a board earns them."""
    lacking = drivers.missing(dict(profile))
    missing = " and ".join(
        line.partition(": no drivers for ")[2].partition(";")[0] for line in lacking
    )
    is_driven = not lacking
    is_proven = unverified.is_proven(profile)
    return (
        Fact("sound", is_so=True, words="yes"),
        # The emulated runtime is the firmware's own drivers over an emulated chip.
        Fact("emulated", is_driven, "yes" if is_driven else "no"),
        Fact("drivers", is_driven, "yes" if is_driven else f"none for {missing}"),
        Fact("hardware", is_proven, "proven" if is_proven else "not proven"),
    )
