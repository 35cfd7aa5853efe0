"""What if it is paused, stopped, doubled, pushed: pure functions from a programme to another.

A programme is a list of infusions as `predict` takes them, (start min, stop min, mg/min). These
are answers to questions before or beside an infusion; nothing here reaches a pump.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from evenflow.pk.error import InvalidInfusion, InvalidTime
from evenflow.pk.many import predictions
from evenflow.pk.prediction import Infusion

_PUSH_MIN = 1.0

# lowest and highest of the models, in ng/mL
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A programme in words, and its infusions."""

    name: str
    infusions: tuple[Infusion, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A what-if across the band's models: mass, each model's own peak, and the level at the end.

    `peak_min` is when the model with the highest peak has it, to the minute.
    """

    what_if: WhatIf
    mass_mg: float
    peak_ng_per_ml: Range
    peak_min: float
    until_min: float
    end_ng_per_ml: Range


def aborted(programme: Sequence[Infusion], at_min: float) -> list[Infusion]:
    """Nothing after that time."""
    _check(at_min)
    return [(start, min(stop, at_min), rate) for start, stop, rate in programme if start < at_min]


def paused(programme: Sequence[Infusion], at_min: float, for_min: float) -> list[Infusion]:
    """Held at that time, and then resumed: the rest comes later at its own rate, nothing faster.

    A stop at 20 min that is resumed at 60 min is a pause of 40.
    """
    _check(at_min)
    if not (isfinite(for_min) and for_min > 0):
        raise InvalidTime("time_invalid", f"a pause of {for_min} min", "let it last above 0 min")
    later = [
        (max(start, at_min) + for_min, stop + for_min, rate)
        for start, stop, rate in programme
        if stop > at_min
    ]
    return aborted(programme, at_min) + later


def doubled(programme: Sequence[Infusion]) -> list[Infusion]:
    """Twice the rate over the same time: a concentration, or a weight, that is wrong by two."""
    return [(start, stop, 2 * rate) for start, stop, rate in programme]


def pushed(mass_mg: float) -> list[Infusion]:
    """So much at once, in a minute from START: what a syringe holds, by a plunger run away."""
    if not (isfinite(mass_mg) and mass_mg > 0):
        reason = f"a mass of {mass_mg} mg"
        raise InvalidInfusion("infusion_invalid", reason, "give a finite mass above 0")
    return [(0.0, _PUSH_MIN, mass_mg / _PUSH_MIN)]


def outcome(what_if: WhatIf, *, weight_kg: float, until_min: float) -> Outcome:
    """Of the band's models, until a time in min; looked at each minute, and where a rate ends."""
    _check(until_min)
    ends = {stop for _, stop, _ in what_if.infusions if stop <= until_min}
    times = sorted({*map(float, range(int(until_min) + 1)), *ends, until_min})
    table = predictions((), weight_kg=weight_kg, infusions=what_if.infusions, times_min=times)
    columns = [column.ng_per_ml for column in table.columns]
    peaks = [max(column) for column in columns]
    highest = columns[peaks.index(max(peaks))]
    return Outcome(
        what_if=what_if,
        mass_mg=sum((stop - start) * rate for start, stop, rate in what_if.infusions),
        peak_ng_per_ml=(min(peaks), max(peaks)),
        peak_min=times[highest.index(max(highest))],
        until_min=until_min,
        end_ng_per_ml=table.band()[-1],
    )


def _check(moment_min: float) -> None:
    if not (isfinite(moment_min) and moment_min > 0):
        raise InvalidTime("time_invalid", f"at {moment_min} min", "give a time above 0 min")
